"""Looking for one key in a Parquet file: only the columns for a person are read, and only where it may be."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

Rows = NDArray[np.int64]


def person_columns(schema: pa.Schema, person: str = "bsn") -> list[str]:
    """The columns with a BSN: ``person``, and whatever is called ``bsn`` or begins so."""
    return [field.name for field in schema
            if pa.types.is_string(field.type) and (field.name == person or field.name.startswith("bsn"))]  # fmt: skip


def rows_of(path: Path, key: str, person: str = "bsn") -> Rows | None:
    """The row numbers, from 0, with the key in any of the columns for a person; None when it has no such column."""
    with pq.ParquetFile(path) as file:
        columns = person_columns(file.schema_arrow, person)
        if not columns:
            return None
        found = [rows for name in columns for rows in _rows(file, name, key)]
    return np.unique(np.concatenate(found)) if found else np.empty(0, np.int64)


def values_at(path: Path, column: str, rows: Rows) -> pa.ChunkedArray:
    return pq.read_table(path, columns=[column])[column].take(pa.array(rows))


def _rows(file: pq.ParquetFile, name: str, key: str) -> list[Rows]:
    place = file.schema_arrow.names.index(name)
    found, start = [], 0
    for group in range(file.metadata.num_row_groups):
        about = file.metadata.row_group(group)
        if _may_have(about.column(place), key):
            same = pc.equal(file.read_row_group(group, columns=[name])[name], key).fill_null(False)
            hits = np.flatnonzero(same.to_numpy())
            if len(hits):
                found.append(hits + start)
        start += about.num_rows
    return found


def _may_have(column: pq.ColumnChunkMetaData, key: str) -> bool:
    """By the smallest and the largest value of the row group, where these are known."""
    known = column.statistics
    if known is None or not known.has_min_max:
        return True
    least, most = known.min, known.max
    return not (isinstance(least, str) and isinstance(most, str)) or least <= key <= most
