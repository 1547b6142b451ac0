"""One key in a file of many: the same rows as a look at every row gives, with less read."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.where.columns import person_columns, rows_of

KEYS = ("999990019", "999990020", "999990032")
some = st.lists(st.sampled_from([None, *KEYS]), max_size=40)


@given(first=some, second=some, size=st.integers(1, 9), stats=st.booleans())
def test_the_rows_are_those_of_a_look_at_each(tmp_path_factory, first, second, size, stats):
    rows = max(len(first), len(second))
    first, second = ([*one, *[None] * (rows - len(one))] for one in (first, second))
    path = tmp_path_factory.mktemp("kolom") / "t.parquet"
    table = pa.table({"bsn": pa.array(first, pa.string()), "bsn_partner": pa.array(second, pa.string())})
    pq.write_table(table, path, row_group_size=size, write_statistics=stats)
    for key in KEYS:
        seen = [place for place in range(rows) if key in (first[place], second[place])]
        assert rows_of(path, key).tolist() == seen


def test_a_table_without_a_column_for_a_person_is_told_apart_from_one_without_the_person(tmp_path):
    pq.write_table(pa.table({"nummer": ["1"]}), tmp_path / "zonder.parquet")
    pq.write_table(pa.table({"bsn": ["999990019"]}), tmp_path / "met.parquet")
    assert rows_of(tmp_path / "zonder.parquet", KEYS[1]) is None
    assert rows_of(tmp_path / "met.parquet", KEYS[1]).tolist() == []


def test_only_columns_of_text_for_a_person():
    schema = pa.schema([("bsn", pa.string()), ("bsn_vraag", pa.string()), ("bsnaantal", pa.int64()),
                        ("wie", pa.string()), ("absn", pa.string())])  # fmt: skip
    assert person_columns(schema) == ["bsn", "bsn_vraag"]
    assert person_columns(schema, "wie") == ["bsn", "bsn_vraag", "wie"]


def test_row_groups_that_cannot_have_it_are_not_read(tmp_path: Path, monkeypatch):
    path = tmp_path / "t.parquet"
    numbers = pa.array(np.arange(900_000_000, 900_000_100).astype(str))
    pq.write_table(pa.table({"bsn": numbers, "naam": numbers}), path, row_group_size=10)
    read, honest = [], pq.ParquetFile.read_row_group

    def counted(self, group, columns):
        read.append((group, columns))
        return honest(self, group, columns)

    monkeypatch.setattr(pq.ParquetFile, "read_row_group", counted)
    assert rows_of(path, "900000042").tolist() == [42]
    assert read == [(4, ["bsn"])]
