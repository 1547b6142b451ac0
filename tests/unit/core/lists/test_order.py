"""Sorting in stretches gives the order of sorting at once, whatever the order of the table, and stays off the disk."""

from __future__ import annotations

import hashlib
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.core.errors import TechnicalError
from exchanges.core.lists.declare import Column, Sheet
from exchanges.core.lists.order import in_order, sorting

SHEET = Sheet("INK", "Inkomen", (Column("bsn", "BSN", "bsn"), Column("naam", "Naam"), Column("loon", "Loon", "bedrag")),
              sort=("naam",))
row = st.tuples(st.none() | st.sampled_from(["111222333", "123456782", "999990019"]),
                st.none() | st.sampled_from(["", "a", "Zoë", "zoë", "é"]), st.none() | st.integers(-5, 5))


def ordered(rows, stretch: int, secret: bytes | None = None) -> list[tuple]:
    with TemporaryDirectory() as folder, sorting() as engine:
        path = Path(folder) / "t.parquet"
        types = (pa.string(), pa.string(), pa.int64())
        columns = [pa.array([row[i] for row in rows], kind) for i, kind in enumerate(types)]
        pq.write_table(pa.table(columns, names=["bsn", "naam", "loon"]), path)
        batches = in_order(SHEET, path, len(rows), engine, secret, stretch * 3)
        return [tuple(row.values()) for batch in batches for row in batch.to_pylist()]


def last(value):
    """None after everything; texts by their bytes."""
    return (value is None, value.encode() if isinstance(value, str) else value or 0)


@settings(max_examples=40, deadline=None)
@given(st.lists(row, max_size=40), st.integers(1, 12), st.randoms(use_true_random=False))
def test_stretches_do_not_change_the_order(rows, stretch, chance):
    expected = sorted(rows, key=lambda r: (last(r[1]), last(r[0]), last(r[2])))
    chance.shuffle(rows)
    assert ordered(rows, stretch) == expected


@settings(max_examples=10, deadline=None)
@given(st.lists(row, min_size=1, max_size=40), st.integers(1, 12))
def test_with_a_secret_rows_of_one_person_stay_together_in_an_order_that_tells_nothing(rows, stretch):
    def place(row):
        return hashlib.sha256(b"geheim".hex().encode() + (row[0] or "").encode()).hexdigest()

    rows = [(bsn, "a", loon) for bsn, _, loon in rows]
    found = ordered(rows, stretch, b"geheim")
    assert found == ordered(rows, 100, b"geheim")
    assert [name for name, _ in groupby(map(place, found))] == sorted(set(map(place, rows)))


def test_too_little_memory_is_said_and_nothing_goes_to_disk(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    names = pa.array([f"{i:09d}" * 20 for i in range(100_000)])
    pq.write_table(pa.table([names, names, pa.nulls(100_000, pa.int64())], names=["bsn", "naam", "loon"]), "t.parquet")
    with sorting() as engine:
        assert engine.execute("SELECT current_setting('temp_directory')").fetchall() == [("",)]
    with sorting(16) as engine, pytest.raises(TechnicalError, match="blad INK: er is te weinig geheugen"):
        list(in_order(SHEET, tmp_path / "t.parquet", 100_000, engine, None))
    assert [path.name for path in tmp_path.rglob("*")] == ["t.parquet"]
