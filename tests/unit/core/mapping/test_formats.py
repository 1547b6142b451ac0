"""Each format: what is written, what is read, and what is read from text that is not in it."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.errors import MappingError
from exchanges.core.mapping.formats import Format, parse_format

WRITTEN: list[tuple[str, pa.DataType, Any, str | None]] = [
    ("tekst", pa.string(), 'a & b < c > d "e" \'f\'', 'a &amp; b &lt; c &gt; d "e" \'f\''),
    ("tekst", pa.string(), "a\r\nb\tc", "a&#13;\nb\tc"),
    ("tekst", pa.string(), "a\x00\x0b\x1f\ufffe\uffffb\ud7ff\ue000\U0010ffff", "ab\ud7ff\ue000\U0010ffff"),
    ("tekst", pa.string(), "ﾊï﻿", "ﾊï﻿"),
    ("tekst", pa.string(), "", ""),
    ("tekst(3)", pa.string(), "abcd", "abc"),
    ("tekst(3)", pa.string(), "éééé", "ééé"),
    ("tekst(3)", pa.string(), "ééé", "ééé"),
    ("tekst(3)", pa.string(), "a\x00bcd", "abc"),
    ("tekst(3)", pa.string(), "a&bc", "a&amp;b"),
    ("code", pa.string(), "007", "007"),
    ("code", pa.string(), "<&>", "&lt;&amp;&gt;"),
    ("bsn", pa.string(), "012345678", "012345678"),
    ("datum", pa.int32(), 20240229, "20240229"),
    ("datum", pa.int32(), 0, "00000000"),
    ("datum", pa.int32(), 1, "00000001"),
    ("dag", pa.date32(), date(2024, 2, 29), "20240229"),
    ("dag", pa.date32(), date(1, 1, 1), "00010101"),
    ("dag", pa.date32(), date(1969, 12, 31), "19691231"),
    ("dag", pa.date32(), date(9999, 12, 31), "99991231"),
    ("bedrag", pa.int64(), 12345, "12345"),
    ("bedrag", pa.int64(), -5, "5"),
    ("bedrag", pa.int64(), 0, "0"),
    ("percentage5", pa.int32(), 6250, "06250"),
    ("percentage5", pa.int32(), -6250, "06250"),
    ("percentage5", pa.int32(), 10000, "10000"),
    ("percentage5", pa.int32(), 0, "00000"),
    ("teken", pa.int64(), 5, "+"),
    ("teken", pa.int64(), 0, "+"),
    ("teken", pa.int32(), -5, "-"),
    ("teken-", pa.int64(), 5, None),
    ("teken-", pa.int64(), -5, "-"),
    ("janee", pa.bool_(), True, "1"),
    ("janee", pa.bool_(), False, "2"),
    ("getal", pa.int64(), -12, "-12"),
    ("euro", pa.int64(), 0, "0.00"),
    ("euro", pa.int64(), 7, "0.07"),
    ("euro", pa.int64(), -7, "-0.07"),
    ("euro", pa.int64(), 177728, "1777.28"),
    ("euro", pa.int64(), -100, "-1.00"),
    ("euro", pa.int64(), 2**63 - 1, "92233720368547758.07"),
    ("euro", pa.int64(), -(2**63), "-92233720368547758.08"),
    ("euro", pa.int32(), 1999, "19.99"),
    ("geheel", pa.int64(), -12, "-12"),
    ("geheel", pa.int64(), 0, "0"),
    ("isodag", pa.date32(), date(2024, 2, 29), "2024-02-29"),
    ("isodag", pa.date32(), date(1, 1, 1), "0001-01-01"),
    ("isodag", pa.date32(), date(1969, 12, 31), "1969-12-31"),
    ("jn", pa.bool_(), True, "J"),
    ("jn", pa.bool_(), False, "N"),
    ("tijdstip", pa.string(), "2026-03-01T12:00:00", "2026-03-01T12:00:00"),
]


def of(name: str) -> Format:
    return parse_format(name, "test")


@pytest.mark.parametrize(("name", "kind", "value", "text"), WRITTEN)
@pytest.mark.parametrize("company", [[], [None]], ids=["alone", "with a null"])
def test_written(name: str, kind: pa.DataType, value: Any, text: str | None, company: list[None]) -> None:
    column = pa.array([*company, value], kind)
    assert of(name).write(column).to_pylist() == [*company, text]
    assert of(name).write(pa.chunked_array([column, column])).to_pylist() == [*company, text] * 2
    # A slice: what is outside it must not be seen.
    assert of(name).write(pa.concat_arrays([column, column, column]).slice(len(column), len(column))).to_pylist() == [
        *company, text
    ]


@pytest.mark.parametrize("name", sorted({name for name, *_ in WRITTEN}))
def test_nothing_and_no_rows(name: str) -> None:
    kind = next(kind for other, kind, *_ in WRITTEN if other == name)
    assert of(name).write(pa.nulls(2, kind)).to_pylist() == [None, None]
    assert of(name).write(pa.array([], kind)).to_pylist() == []
    assert of(name).write(pa.chunked_array([], kind)).to_pylist() == []
    assert of(name).read(pa.array([], pa.string())).to_pylist() == []
    assert len(of(name).read(pa.chunked_array([], pa.string()))) == 0


@pytest.mark.parametrize("kind", [pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())])
@pytest.mark.parametrize("name", ["tekst(3)", "code"])
def test_any_arrow_string(kind: pa.DataType, name: str) -> None:
    column = pa.array(["a&b", None, "a&b"]).cast(kind)
    assert of(name).write(column).to_pylist() == ["a&amp;b", None, "a&amp;b"]


READ: list[tuple[str, str | None, Any]] = [
    ("tekst", "  a\n", "  a\n"),
    ("tekst", "", ""),
    ("datum", "20240229", 20240229),
    ("datum", "00000000", 0),
    ("datum", "20241399", 20241399),  # which days exist is for a rule to say
    ("datum", "2024-2-29", None),
    ("datum", "-2024022", None),
    ("datum", "0x123456", None),
    ("datum", "202402291", None),
    ("datum", "", None),
    ("dag", "20240229", date(2024, 2, 29)),
    ("dag", "20230229", None),
    ("dag", "20241301", None),
    ("dag", "20240001", None),
    ("dag", "20240100", None),
    ("dag", "20240431", None),
    ("dag", "00000101", None),
    ("dag", "2024011", None),
    ("dag", "2024 101", None),
    ("dag", "99991231", date(9999, 12, 31)),
    ("bedrag", "100", 100),
    ("bedrag", "-100", None),
    ("bedrag", "+100", 100),
    ("bedrag", "0000000000000000000000100", 100),
    ("bedrag", " +007\n", 7),
    ("bedrag", "1,00", None),
    ("bedrag", "999999999999999999", 999999999999999999),
    ("bedrag", "9999999999999999999", None),
    ("percentage5", "06250", 6250),
    ("percentage5", "062500", None),
    ("percentage5", "٠٠٠٠١", None),
    ("janee", "1", True),
    ("janee", "2", False),
    ("janee", "3", None),
    ("janee", "", None),
    ("getal", " 5\n", 5),
    ("getal", "+5", 5),
    ("getal", "-5", -5),
    ("getal", "5 6", None),
    ("getal", "0x1F", None),
    ("getal", "1e3", None),
    ("euro", "1777.28", 177728),
    ("euro", "-0.05", -5),
    ("euro", "-0.00", 0),
    ("euro", "12", 1200),
    ("euro", "12.", 1200),
    ("euro", "12.5", 1250),
    ("euro", ".5", 50),
    ("euro", "+1.50", 150),
    ("euro", " 1.50\n", 150),
    ("euro", "0001.5000", 150),
    ("euro", "1.005", None),
    ("euro", "0.001", None),
    ("euro", "1,00", None),
    ("euro", "1e3", None),
    ("euro", "1-2", None),
    ("euro", "--1", None),
    ("euro", "1.2.3", None),
    ("euro", "1 000.00", None),
    ("euro", "", None),
    ("euro", ".", None),
    ("euro", "-", None),
    ("euro", "92233720368547758.07", 2**63 - 1),
    ("euro", "92233720368547758.08", None),
    ("euro", "-92233720368547758.08", -(2**63)),
    ("euro", "9" * 40, None),
    ("geheel", "-5", -5),
    ("geheel", "05", 5),
    ("geheel", "5.0", None),
    ("geheel", "", None),
    ("isodag", "2024-02-29", date(2024, 2, 29)),
    ("isodag", " 2024-02-29\n", date(2024, 2, 29)),
    ("isodag", "0001-01-01", date(1, 1, 1)),
    ("isodag", "9999-12-31", date(9999, 12, 31)),
    ("isodag", "0000-01-01", None),
    ("isodag", "2023-02-29", None),
    ("isodag", "2024-13-01", None),
    ("isodag", "20240229", None),
    ("isodag", "2024-2-29", None),
    ("isodag", "2024-02-29Z", None),
    ("isodag", "", None),
    ("jn", "J", True),
    ("jn", "N", False),
    ("jn", "j", None),
    ("jn", "1", None),
    ("jn", "", None),
    ("tijdstip", "2026-03-01T12:00:00+01:00", "2026-03-01T12:00:00+01:00"),
]


@pytest.mark.parametrize(("name", "text", "value"), READ)
def test_read(name: str, text: str | None, value: Any) -> None:
    good = {"dag": "20240101", "janee": "1", "isodag": "2024-01-01", "jn": "J"}.get(name, "00001")
    read = of(name).read(pa.array([text, None, good], pa.string()))
    assert read.type == of(name).type
    assert read.to_pylist()[:2] == [value, None]
    assert read.to_pylist()[2] is not None, "one bad text must not cost its neighbours"
    assert of(name).read(pa.array([text], pa.string())).to_pylist() == [value]


@given(st.lists(st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31)), max_size=70))
def test_any_day(days: list[date | None]) -> None:
    form = of("dag")
    written = form.write(pa.array(days, pa.date32()))
    assert written.to_pylist() == [day and f"{day.year:04d}{day.month:02d}{day.day:02d}" for day in days]
    assert form.read(written).to_pylist() == days


_INT64 = st.integers(-(2**63), 2**63 - 1) | st.integers(-10_000, 10_000)


@given(st.lists(st.none() | _INT64, max_size=70))
def test_any_amount(cents: list[int | None]) -> None:
    form = of("euro")
    written = form.write(pa.array(cents, pa.int64()))
    wanted = [c if c is None else f"{'-' * (c < 0)}{abs(c) // 100}.{abs(c) % 100:02d}" for c in cents]
    assert written.to_pylist() == wanted
    assert form.read(written).to_pylist() == cents
    # A slice, and text that is not all alike, must not make a difference.
    assert form.read(pa.concat_arrays([pa.array(["1.234"]), written]).slice(1)).to_pylist() == cents
    assert form.read(pa.concat_arrays([pa.array(["+1"]), written])).to_pylist() == [100, *cents]


@given(st.integers(1, 4).flatmap(lambda places: st.decimals(-(10**12), 10**12, places=places)))
def test_any_decimal(amount: Decimal) -> None:
    text = f"{amount:f}"
    whole = amount * 100 == int(amount * 100)
    assert of("euro").read(pa.array([text])).to_pylist() == [int(amount * 100) if whole else None]


@given(st.lists(st.none() | st.integers(-(10**18) + 1, 10**18 - 1), max_size=70))
def test_any_whole_number(numbers: list[int | None]) -> None:
    form = of("geheel")
    written = form.write(pa.array(numbers, pa.int64()))
    assert written.to_pylist() == [number if number is None else str(number) for number in numbers]
    assert form.read(written).to_pylist() == numbers


@given(st.lists(st.none() | st.dates(date(1, 1, 1), date(9999, 12, 31)), max_size=70))
def test_any_iso_day(days: list[date | None]) -> None:
    form = of("isodag")
    written = form.write(pa.array(days, pa.date32()))
    assert written.to_pylist() == [day and day.isoformat() for day in days]
    assert form.read(written).to_pylist() == days
    assert form.read(pa.concat_arrays([written, pa.array(["2023-02-29"])])).to_pylist() == [*days, None]


@given(st.lists(st.none() | st.booleans(), max_size=70))
def test_any_yes_or_no(answers: list[bool | None]) -> None:
    form = of("jn")
    assert form.read(form.write(pa.array(answers, pa.bool_()))).to_pylist() == answers


@pytest.mark.parametrize("name", ["teken", "teken-"])
def test_signs_read_as_factors(name: str) -> None:
    assert of(name).read(pa.array(["-", "+", None])).to_pylist() == [-1, 1, 1]
    assert of(name).is_sign


def test_normalise_says_what_can_be_written() -> None:
    column = pa.chunked_array([["abc\x00def"], ["ab", None]])
    assert of("tekst(4)").normalise(column).to_pylist() == ["abcd", "ab", None]
    assert of("code").normalise(column).equals(column)


@pytest.mark.parametrize("text", ["", "teksten", "tekst(", "tekst()", "tekst(-1)", "TEKST", "percentage"])
def test_unknown_format(text: str) -> None:
    with pytest.raises(MappingError, match="mapping x, regel 3: opmaak"):
        parse_format(text, "mapping x, regel 3")
