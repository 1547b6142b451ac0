"""Text to typed columns: every Dutch and ISO notation, and nothing that merely looks like one."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.administration.adapters.text_values import Notation, read_text
from exchanges.administration.model.table import MOMENT, YES_NO, cent, column, day, partial, text, whole

DAY, PARTIAL, CENT, WHOLE = day("d", "d", null=True), partial("p", "p", null=True), cent("c", "c"), whole("w", "w")
PERC = column("perc", pa.int32(), "p", mark="perc_honderdsten")


def read(values: list[str], field: pa.Field, notation: Notation | None = None) -> tuple[list[object], list[bool]]:
    typed, bad = read_text(pa.array(values, pa.string()), field, notation or Notation())
    assert typed.type == field.type
    return typed.to_pylist(), bad.tolist()


@pytest.mark.parametrize("written", ["2026-05-01", "01-05-2026", "1-5-2026", "20260501", " 2026-05-01 "])
def test_days(written: str) -> None:
    assert read([written], DAY) == ([date(2026, 5, 1)], [False])
    assert read([written], PARTIAL) == ([20260501], [False])


@pytest.mark.parametrize("written", [
    "2026-02-30", "31-04-2026", "20260230", "2026-13-01", "01/05/2026", "5-2026", "gisteren", "2026-05-01x", "20260000",
    "٢٠٢٦٠٥٠١", "0000-01-01", "2026-5-1",
])
def test_no_days(written: str) -> None:
    assert read([written], DAY) == ([None], [True])


@pytest.mark.parametrize(("written", "number"), [
    ("20240231", 20240231), ("31-02-2024", 20240231), ("20240000", 20240000), ("00-00-2024", 20240000),
    ("2024-00-00", 20240000), ("00000229", 229), ("00000000", 0),
])
def test_partial_dates_are_kept_as_written(written: str, number: int) -> None:
    """Whether such a day exists is for the rules to say, not for the reader."""
    assert read([written], PARTIAL) == ([number], [False])


@given(st.lists(st.dates(date(1, 1, 1), date(9999, 12, 31))))
def test_every_day_in_every_notation(days: list[date]) -> None:
    for form in ("{0:%d}-{0:%m}-{1}", "{1}-{0:%m}-{0:%d}", "{1}{0:%m}{0:%d}"):
        assert read([form.format(d, f"{d.year:04d}") for d in days], DAY) == (days, [False] * len(days))


def test_the_notation_of_dates_is_recorded() -> None:
    notation = Notation()
    read(["2026-05-01", "01-05-2026", "", "x"], DAY, notation)
    assert str(notation) == "datums dd-mm-jjjj en jjjj-mm-dd"


@pytest.mark.parametrize(("values", "cents", "bad", "says"), [
    (["123456", "-5", "+7", "0", ""], [123456, -5, 7, 0, None], [], "bedragen in centen"),
    (["1.234,56", "12,5", "-3,00", "0", "1234567,89", "0,00"], [123456, 1250, -300, 0, 123456789, 0], [],
     "decimaalteken komma"),
    (["1,234.56", "12.5", "-3.00", "0"], [123456, 1250, -300, 0], [], "decimaalteken punt"),
    (["12,50", "13,00", "14"], [1250, 1300, None], [2], "decimaalteken komma"),
    (["1250", "1300", "12,50"], [1250, 1300, None], [2], "bedragen in centen"),
    (["12,50", "13,75", "12.50"], [1250, 1375, None], [2], "decimaalteken komma"),
    (["12,345", "1,2,3", "€ 12,00", "1e3", "--5", "1.23.456,00"], [None] * 6, [0, 1, 2, 3, 4, 5], ""),
    (["0", "", "0"], [0, None, 0], [], ""),
])
def test_amounts(values: list[str], cents: list[int | None], bad: list[int], says: str) -> None:
    notation = Notation()
    got, wrong = read(values, CENT, notation)
    assert got == cents
    assert np.flatnonzero(wrong).tolist() == bad
    assert str(notation) == says


def test_the_first_amounts_decide_for_the_whole_file() -> None:
    """Whole numbers after amounts with decimals could be cents or euros: a factor 100."""
    notation = Notation()
    assert read(["0", ""], CENT, notation) == ([0, None], [False, False])
    assert read(["12,50"], CENT, notation) == ([1250], [False])
    assert read(["1250", "0", "1,00"], CENT, notation) == ([None, 0, 100], [True, False, False])


@given(st.lists(st.integers(-10**11, 10**11), min_size=1))
def test_every_amount_in_every_notation(cents: list[int]) -> None:
    euros = [f"{'-' if c < 0 else ''}{abs(c) // 100:,}.{abs(c) % 100:02d}" for c in cents]
    dutch = [e.replace(",", "_").replace(".", ",").replace("_", ".") for e in euros]
    for written in ([str(c) for c in cents], euros, dutch):
        assert read(written, CENT) == (cents, [False] * len(cents))


def test_percentages() -> None:
    assert read(["50,00", "62,5", "100,00"], PERC) == ([5000, 6250, 10000], [False] * 3)
    assert read(["5000", "6250"], PERC) == ([5000, 6250], [False] * 2)


def test_whole_numbers() -> None:
    assert read(["12", "-3", " 4 ", "", "12,0", "3.000", "99999999999", "9" * 30], WHOLE) == (
        [12, -3, 4, None, None, None, None, None], [False] * 4 + [True] * 4)


def test_yes_and_no() -> None:
    field = column("b", YES_NO, "b")
    assert read(["ja", "J", "true", "WAAR", "1"], field) == ([True] * 5, [False] * 5)
    assert read(["nee", "N", "False", "onwaar", "0"], field) == ([False] * 5, [False] * 5)
    assert read(["", "misschien", "2"], field) == ([None] * 3, [False, True, True])


@pytest.mark.parametrize(("written", "moment"), [
    ("2026-10-01T08:30:00Z", datetime(2026, 10, 1, 8, 30, tzinfo=UTC)),
    ("2026-10-01 08:30", datetime(2026, 10, 1, 8, 30, tzinfo=UTC)),
    ("2026-10-01T10:30:00+02:00", datetime(2026, 10, 1, 8, 30, tzinfo=UTC)),
    ("2026-10-01 00:30:00-0130", datetime(2026, 10, 1, 2, 0, tzinfo=UTC)),
    ("2026-10-01T08:30:00+02", datetime(2026, 10, 1, 6, 30, tzinfo=UTC)),
    ("2026-10-01 08:30:15.123456Z", datetime(2026, 10, 1, 8, 30, 15, 123000, tzinfo=UTC)),
    ("2026-10-01 08:30:15.5", datetime(2026, 10, 1, 8, 30, 15, 500000, tzinfo=UTC)),
    ("1-10-2026 8:30", datetime(2026, 10, 1, 8, 30, tzinfo=UTC)),
    ("1969-12-31 23:59:59", datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)),
])
def test_moments(written: str, moment: datetime) -> None:
    assert read([written], column("m", MOMENT, "m")) == ([moment], [False])


@pytest.mark.parametrize("written", [
    "2026-10-01", "2026-10-01T25:00:00", "2026-02-30 08:00", "8:30", "2026-10-01T08:30:00 CET",
])
def test_no_moments(written: str) -> None:
    assert read([written], column("m", MOMENT, "m")) == ([None], [True])


@given(st.lists(st.datetimes(datetime(1900, 1, 1), datetime(2200, 1, 1)), min_size=1), st.integers(-12 * 60, 12 * 60))
def test_every_moment(moments: list[datetime], minutes: int) -> None:
    cut = [m.replace(microsecond=m.microsecond // 1000 * 1000, tzinfo=UTC) for m in moments]
    sign, rest = ("-" if minutes < 0 else "+"), abs(minutes)
    zone = f"{sign}{rest // 60:02d}:{rest % 60:02d}"
    local = [f"{(m + timedelta(minutes=minutes)):%Y-%m-%dT%H:%M:%S.%f}{zone}" for m in cut]
    assert read(local, column("m", MOMENT, "m"))[0] == cut


def test_text_is_kept_as_it_is() -> None:
    """A code of two blanks is an error to report (CD-01), not to repair."""
    assert read(["  ", " 't Hart ", "", "0153"], text("t", "t")) == (["  ", " 't Hart ", None, "0153"], [False] * 4)


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=20)), st.sampled_from([
    DAY, PARTIAL, CENT, WHOLE, PERC, column("m", MOMENT, "m"), column("b", YES_NO, "b")]))
def test_no_text_breaks_the_reader(values: list[str], field: pa.Field) -> None:
    got, bad = read(values, field)
    for value, typed, wrong in zip(values, got, bad, strict=True):
        assert not (typed is not None and wrong)
        if typed is None and not wrong:
            assert not value.strip()
