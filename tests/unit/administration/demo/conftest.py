"""Two municipalities, made once: a clean one, and the same with planted errors."""

from __future__ import annotations

import pytest

from tests.unit.administration.demo.made import Town, town


@pytest.fixture(scope="session")
def clean(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return town(tmp_path_factory.mktemp("clean"))


@pytest.fixture(scope="session")
def faulty(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return town(tmp_path_factory.mktemp("faulty"), errors={"dkd_reintegratie"})


@pytest.fixture(scope="session")
def month_later(tmp_path_factory: pytest.TempPathFactory) -> Town:
    return town(tmp_path_factory.mktemp("later"), period="2026-11")
