"""Reading the tables of a message from Parquet, slice by slice, parents and children in step.

A message is a set of tables. The record table has one row per record; every child table has ``_parent``,
the row number of its parent in the parent's table, non-decreasing, and ``_root``, that of its record.
Row numbers are those of the file: a slice keeps them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


class Cursor:
    """A Parquet file read forward, or ``columns`` of it; ``until(column, limit)`` gives the next rows with
    ``column < limit``."""

    def __init__(self, path: Path, batch_rows: int = 65536, columns: Sequence[str] | None = None) -> None:
        self._file = pq.ParquetFile(path)
        self._batches = self._file.iter_batches(batch_size=batch_rows, columns=columns, use_threads=False)
        self.schema = self._file.schema_arrow
        empty = self.schema.empty_table()
        self._pending = empty if columns is None else empty.select(columns)
        self._row = 0

    @property
    def rows(self) -> int:
        """Rows of the whole file, as its footer says."""
        return int(self._file.metadata.num_rows)

    def column(self, name: str) -> pa.ChunkedArray:
        """One whole column, read apart from the batches."""
        return self._file.read(columns=[name])[name]

    def take(self, rows: int) -> tuple[int, pa.Table]:
        """The next ``rows`` rows (fewer at the end) and the number of the first."""
        while self._pending.num_rows < rows and self._more():
            pass
        return self._cut(min(rows, self._pending.num_rows))

    def until(self, column: str, limit: int) -> tuple[int, pa.Table]:
        """The next rows with ``column < limit`` (sorted by it) and the number of the first."""
        while self._pending.num_rows == 0 or self._pending[column][-1].as_py() < limit:
            if not self._more():
                break
        values = self._pending[column].to_numpy()
        return self._cut(int(np.searchsorted(values, limit)))

    def _more(self) -> bool:
        batch = next(self._batches, None)
        if batch is None:
            return False
        table = pa.Table.from_batches([batch])
        self._pending = pa.concat_tables([self._pending, table]) if self._pending.num_rows else table
        return True

    def _cut(self, rows: int) -> tuple[int, pa.Table]:
        first, out = self._row, self._pending.slice(0, rows)
        self._pending, self._row = self._pending.slice(rows), self._row + rows
        return first, out


@dataclass(frozen=True)
class Slice:
    """Consecutive records: per table the rows that belong to them, and the number of the first."""

    tables: dict[str, pa.Table]
    first: dict[str, int]


def slices(paths: Mapping[str, Path], parents: Mapping[str, str | None], record: str, rows: int) -> Iterator[Slice]:
    """Slices of ``rows`` records. ``parents`` gives each table's parent; parents come before children."""
    cursors = {name: Cursor(path) for name, path in paths.items()}
    while True:
        first, table = cursors[record].take(rows)
        if table.num_rows == 0:
            return
        tables, firsts = {record: table}, {record: first}
        for name, cursor in cursors.items():
            if name != record:
                parent = parents[name]
                assert parent is not None
                firsts[name], tables[name] = cursor.until("_parent", firsts[parent] + tables[parent].num_rows)
        yield Slice(tables, firsts)


def parents_first(parents: Mapping[str, str | None]) -> list[str]:
    """Table names, each after its parent."""
    done: list[str] = []
    while len(done) < len(parents):
        done += [name for name, parent in parents.items() if name not in done and (parent is None or parent in done)]
    return done


def keep_records(part: Slice, parents: Mapping[str, str | None], record: str, keep: pa.Array) -> dict[str, pa.Table]:
    """The tables of ``part`` with only the records where ``keep``, ``_parent`` renumbered within the result
    (0-based), ``_root`` dropped."""
    out: dict[str, pa.Table] = {}
    mask = {record: np.asarray(keep)}
    number: dict[str, np.ndarray] = {}
    for name in parents_first({n: parents[n] for n in part.tables}):
        table, parent = part.tables[name], parents[name]
        if parent is not None and name != record:
            up = table["_parent"].to_numpy() - part.first[parent]
            mask[name] = mask[parent][up]
            kept = table if mask[name].all() else table.filter(pa.array(mask[name]))
            up = number[parent][up[mask[name]]]
            out[name] = kept.set_column(kept.schema.get_field_index("_parent"), "_parent", pa.array(up))
        else:
            out[name] = table if mask[name].all() else table.filter(pa.array(mask[name]))
        number[name] = np.cumsum(mask[name]) - 1
    return out
