"""What cannot be a row of a list is refused, with the sheet and the column and never the value."""

from __future__ import annotations

from datetime import date

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.lists import dates
from exchanges.core.lists.declare import Column, Sheet, SignalList
from exchanges.core.lists.order import sorting
from exchanges.core.lists.values import LONGEST, rows_of


def read(tmp_path, column: Column, values: pa.Array, key: bytes | None = None) -> list:
    pq.write_table(pa.table({"x": values}), tmp_path / "t.parquet")
    sheet = Sheet("INK", "Inkomen", (column,))
    with sorting() as engine:
        rows = rows_of(SignalList("Lijst", (sheet,)), sheet, tmp_path / "t.parquet", engine, key)
        return [value for batch in rows.batches() for value in batch.column(0).to_pylist()]


@pytest.mark.parametrize(("kind", "values"), [
    ("bedrag", pa.array([1.5])), ("bedrag", pa.array(["1"])), ("bedrag", pa.array([1], pa.decimal128(9, 2))),
    ("getal", pa.array([1], pa.uint64())), ("datum", pa.array([20261001])),
    ("datum", pa.array([0], pa.timestamp("ms"))),
    ("deeldatum", pa.array([date(2026, 1, 1)])), ("bsn", pa.array([111222333])), ("janee", pa.array([1])),
    ("tekst", pa.array([b"x"])),
])
def test_a_column_of_another_type_is_refused(tmp_path, kind, values):
    with pytest.raises(UsageError, match=f"blad INK, kolom x: .* is geen {kind}"):
        read(tmp_path, Column("x", "X", kind), values)


def test_a_column_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(UsageError, match="kolom y staat niet in de tabel"):
        read(tmp_path, Column("y", "Y"), pa.array(["x"]))


@pytest.mark.parametrize("values", [
    pa.array(["b", "a", None]), pa.array(["b", "a", None], pa.large_string()),
    pa.array(["b", "a", None]).dictionary_encode(),
])
def test_text_may_be_encoded_in_any_way(tmp_path, values):
    assert read(tmp_path, Column("x", "X"), values) == ["a", "b", None]


def test_a_column_without_any_value_fits_every_kind(tmp_path):
    assert read(tmp_path, Column("x", "X", "bedrag"), pa.nulls(2)) == [None, None]


def test_a_text_that_no_cell_holds_is_refused_and_not_cut(tmp_path):
    assert len(read(tmp_path, Column("x", "X"), pa.array(["é" * LONGEST]))[0]) == LONGEST
    with pytest.raises(BusinessError, match=r"kolom x: een tekst is langer dan 16\.000 tekens") as refused:
        read(tmp_path, Column("x", "X"), pa.array(["é" * (LONGEST + 1)]))
    assert "é" not in str(refused.value)


@pytest.mark.parametrize("text", ["zie 111222333", "zie 1112.22.333", "zie 1112 22 333"])
def test_with_pseudonyms_no_text_has_a_bsn_however_it_is_written(tmp_path, text):
    assert read(tmp_path, Column("x", "X"), pa.array([text, "1.234,56"]), b"k" * 32) == ["1.234,56", "zie [bsn]"]
    assert read(tmp_path, Column("x", "X"), pa.array([text])) == [text]


def test_with_pseudonyms_a_digest_with_nine_digits_by_chance_is_whole(tmp_path):
    digest = "111222333f4ae73d1d96c9e489ec7771"
    assert read(tmp_path, Column("x", "X", "code"), pa.array([digest, "111222333L01"]), b"k" * 32) == [
        "[bsn]L01", digest]


def test_what_is_not_seen_is_shown(tmp_path):
    assert read(tmp_path, Column("x", "X"), pa.array(["a\x00b\u202ec\r\nd\re\tf"])) == ["a\ufffdb\ufffdc\nd\ne\tf"]


@pytest.mark.parametrize(("value", "iso", "words"), [
    (20261122, "2026-11-22", "22 november 2026"), (20261100, "2026-11", "november 2026"), (20260000, "2026", "2026"),
    (0, "00000000", "onbekend"), (1122, "00001122", "22 november, jaar onbekend"), (20260231, "20260231", "20260231"),
    (20261300, "20261300", "20261300"), (20260005, "20260005", "20260005"),
    (99991230, "9999-12-30", "30 december 9999"),
])
def test_partial_dates(value, iso, words):
    assert dates.partial_iso(value) == iso
    assert dates.partial_words(value) == words


def test_the_number_of_a_day_counts_a_29_february_1900_that_never_was():
    assert dates.serial(date(1900, 3, 1)) == 61
    assert dates.serial(date(1900, 2, 28)) is None
    assert dates.serial(date(2026, 11, 22)) == 46_348
    assert dates.serial(date(9999, 12, 31)) == dates.LAST
