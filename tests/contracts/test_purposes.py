"""The register of purposes agrees with the declarations, and with the terms by which data are destroyed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from exchanges.core.data import data_dir
from exchanges.core.purpose.check import check
from exchanges.core.purpose.registry import entries
from exchanges.core.registry import exchanges
from exchanges.core.settings import Settings

pytestmark = pytest.mark.contract


def test_every_exchange_has_a_purpose_with_its_partners_and_terms(tmp_path: Path):
    found = check(Settings(home=tmp_path), date(2026, 11, 1))
    assert {one.exchange for one in found} == set(exchanges())
    assert {one.exchange: one.complaints for one in found if one.complaints} == {}


def test_goal_and_legal_basis_are_those_of_the_declaration(tmp_path: Path):
    for id, exchange in exchanges().items():
        newest = entries(Settings(home=tmp_path), id)[-1]
        assert (newest.legal_basis, newest.goal) == (exchange.purpose.legal_basis, exchange.purpose.goal), id


def test_there_is_no_purpose_of_an_exchange_that_does_not_exist():
    assert {path.stem for path in (data_dir("mappings") / "doelbinding").glob("*")} == set(exchanges())
