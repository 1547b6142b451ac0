"""Values from text, by column: partial dates and whole numbers; the other types are held to the signals."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.receive.values import NOTATIONS, plain, read


def one(text: str, kind: str, notation: str = "") -> object:
    typed, wrong = read(plain(pa.array([text])), kind, notation)
    assert bool(wrong[0]) == (not typed[0].is_valid)
    return typed[0].as_py()


def written(value: int, notation: str) -> str:
    year, month, day = value // 10000, value // 100 % 100, value % 100
    return {"jjjjmmdd": f"{value:08d}", "jjjj-mm-dd": f"{year:04d}-{month:02d}-{day:02d}",
            "d-m-jjjj": f"{day}-{month}-{year:04d}"}[notation]


def legal(value: int) -> bool:
    """By the calendar of Python: unknown parts filled in with one that fits whatever stands beside it."""
    year, month, day = value // 10000, value // 100 % 100, value % 100
    if month == 0:
        return day == 0
    try:
        date(year or 2000, month, day or 1)
    except ValueError:
        return False
    return True


@given(st.integers(0, 9999), st.integers(0, 14), st.integers(0, 33), st.sampled_from(NOTATIONS["datum"]))
def test_a_partial_date_is_read_when_it_is_legal(year, month, day, notation):
    value = year * 10000 + month * 100 + day
    assert one(written(value, notation), "datum", notation) == (value if legal(value) else None)


@pytest.mark.parametrize("value", [0, 228, 20240000, 20241100, 66660101, 88881231, 99991230, 99991231, 229, 20000229])
def test_open_and_unknown_dates_stay_as_they_are(value):
    assert [one(written(value, notation), "datum", notation) for notation in NOTATIONS["datum"]] == [value] * 3


@pytest.mark.parametrize(("text", "kind", "notation", "value"), [
    ("-12", "geheel", "", -12), ("+12", "geheel", "", None), ("1,0", "geheel", "", None), ("0", "geheel", "", 0),
    ("20240015", "datum", "jjjjmmdd", None), ("20230229", "datum", "jjjjmmdd", None), ("2024", "datum", "jjjjmmdd",
                                                                                       None),
    ("2024-1-1", "datum", "jjjj-mm-dd", None), ("01-01-24", "datum", "d-m-jjjj", None),
    ("-0,01", "bedrag", "komma", -1), ("-0.01", "bedrag", "punt", -1), ("12,50-", "bedrag", "komma", None),
    ("-999.999.999.999.999,99", "bedrag", "komma", -99_999_999_999_999_999),
    ("99.999.999.999.999.999,50", "bedrag", "komma", None), ("1" + ".999" * 7 + ",00", "bedrag", "komma", None),
])
def test_edges(text, kind, notation, value):
    assert one(text, kind, notation) == value


@given(st.lists(st.integers(-(10**13), 10**13), min_size=1, max_size=9), st.sampled_from(NOTATIONS["bedrag"]),
       st.booleans())
def test_amounts_are_the_same_however_their_neighbours_are_written(cents, notation, mixed):
    mark = "," if notation == "komma" else "."
    texts = [f"{'-' if one < 0 else ''}{abs(one) // 100}{mark}{abs(one) % 100:02d}" for one in cents]
    texts += ["7"] * mixed
    typed, wrong = read(plain(pa.array(texts)), "bedrag", notation)
    assert typed.to_pylist() == cents + [700] * mixed and not wrong.any()
