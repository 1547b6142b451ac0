"""Dutch notation: read back with an independent reader, the number is the one that went in."""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.declare import Unit
from exchanges.core.errors import UsageError
from exchanges.core.period import Period
from exchanges.core.reports import dutch


def read(text: str) -> Decimal:
    return Decimal(text.replace(dutch.MINUS, "-").replace(".", "").replace(",", "."))


@pytest.mark.parametrize(("value", "text"), [
    (0, "0"), (7, "7"), (999, "999"), (1000, "1.000"), (1234, "1.234"), (-1234567, "−1.234.567"),
    (10**15, "1.000.000.000.000.000"),
])
def test_number(value: int, text: str) -> None:
    assert dutch.number(value) == text


@pytest.mark.parametrize(("value", "text"), [
    (0, "0,00"), (5, "0,05"), (-5, "−0,05"), (99, "0,99"), (123456, "1.234,56"), (-100000, "−1.000,00"),
])
def test_amount(value: int, text: str) -> None:
    assert dutch.amount(value) == text


def test_percentage() -> None:
    assert dutch.percentage(6250) == "62,50 %"


@given(st.integers())
def test_a_number_reads_back(value: int) -> None:
    text = dutch.number(value)
    assert read(text) == value
    assert re.fullmatch(r"−?\d{1,3}(\.\d{3})*", text)


@given(st.integers(-10**24, 10**24))
def test_an_amount_reads_back_to_the_cent(value: int) -> None:
    text = dutch.amount(value)
    assert read(text) * 100 == value
    assert re.fullmatch(r"−?\d{1,3}(\.\d{3})*,\d\d", text)
    assert dutch.percentage(value) == text + " %"


@pytest.mark.parametrize("value", [1.0, True, "1", None, Decimal(1)])
@pytest.mark.parametrize("formatted", [dutch.number, dutch.amount, dutch.percentage, dutch.partial_date])
def test_only_whole_numbers(formatted, value) -> None:
    with pytest.raises(TypeError):
        formatted(value)


def test_quantity_follows_the_unit() -> None:
    assert {unit: dutch.quantity(150000, unit) for unit in get_args(Unit)} == {
        "aantal": "150.000", "cent": "1.500,00", "euro": "150.000", "procent": "1.500,00 %"}
    with pytest.raises(ValueError, match="unit"):
        dutch.quantity(1, "promille")


def test_count_has_a_singular() -> None:
    assert [dutch.count(n, "persoon", "personen") for n in (0, 1, 1000)] == ["0 personen", "1 persoon",
                                                                              "1.000 personen"]


@pytest.mark.parametrize("value", [date(2026, 11, 22), "2026-11-22"])
def test_day(value: date | str) -> None:
    assert dutch.day(value) == "22 november 2026"


@given(st.dates())
def test_a_day_reads_back(value: date) -> None:
    day, month, year = dutch.day(value).split()
    assert date(int(year), dutch.MONTHS.index(month) + 1, int(day)) == value
    assert dutch.partial_date(int(value.strftime("%Y%m%d").zfill(8))) == dutch.day(value)


@pytest.mark.parametrize(("value", "text"), [
    (20261122, "22 november 2026"), (20261100, "november 2026"), (20260000, "2026"), (0, "onbekend"),
    (1105, "5 november, jaar onbekend"), (1100, "november, jaar onbekend"),
])
def test_partial_date(value: int, text: str) -> None:
    assert dutch.partial_date(value) == text


@pytest.mark.parametrize("value", [20261301, 20260230, 20260005, 20261132, -1, 100000101])
def test_a_date_that_cannot_be(value: int) -> None:
    with pytest.raises(ValueError):
        dutch.partial_date(value)


@pytest.mark.parametrize("value", ["2026-10", Period(2026, 10)])
def test_period(value: Period | str) -> None:
    assert dutch.period(value) == "oktober 2026"


def test_period_that_does_not_exist() -> None:
    with pytest.raises(UsageError):
        dutch.period("2026-13")
