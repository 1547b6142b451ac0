"""What is usual of a kind is what came in whole months; a few repaired rows are none."""

from __future__ import annotations

from importlib import import_module
from types import SimpleNamespace
from typing import Any

import pytest

from exchanges.core.period import Period
from exchanges.core.receive.waiting import REPAIR

reconcile = import_module("exchanges.core.receive.reconcile")  # the package has the function under that name
Month = tuple[str, dict[str, Any]]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Any:
    def after(before: list[Month], now: int) -> list[str]:
        details = [(SimpleNamespace(period=Period.parse(period)), said) for period, said in before]
        monkeypatch.setattr(reconcile, "Earlier", lambda context: SimpleNamespace(details=lambda step: details))
        context: Any = SimpleNamespace(delivery=SimpleNamespace(period=Period.parse("2026-11")), parameters={})
        return [str(one["text"]) for one in reconcile.unusual(context, {"A": now})]

    return after


MONTHS: list[Month] = [(f"2026-{month:02d}", {"kinds": {"A": 100}}) for month in (8, 9, 10)]


def test_a_repair_is_no_month(told: Any) -> None:
    repairs: list[Month] = [("2026-10", {"kinds": {"A": 2}, REPAIR: {"waited": 2}})] * 3
    assert told([*MONTHS, *repairs], 100) == []
    assert told(MONTHS, 151) == ["Van soort A kwamen er 151; gewoon is 100 per maand."]


def test_neither_is_what_is_older_than_a_year_or_later(told: Any) -> None:
    others: list[Month] = [("2025-10", {"kinds": {"A": 2}}), ("2026-12", {"kinds": {"A": 2}})] * 3
    assert told([*MONTHS, *others], 100) == []
    assert told(MONTHS[:2], 5000) == []
