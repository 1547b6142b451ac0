"""The typed Parquet file of a snapshot, written batch by batch."""

from __future__ import annotations

from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.administration.adapters.lengths import Lengths
from exchanges.administration.model import Table


class TypedFile:
    """Has the canonical schema; when a required value turns out to be missing (a finding of its own) the columns are
    declared nullable, because Parquet has no other way to say so."""

    def __init__(self, table: Table, path: Path) -> None:
        self.rows = 0
        self._lengths = Lengths()
        self._schema: pa.Schema = table.schema
        self._path = path
        self._writer = self._open()

    def _open(self) -> pq.ParquetWriter:
        return pq.ParquetWriter(self._path, self._schema, compression="zstd", compression_level=1)

    def write(self, columns: list[pa.Array]) -> None:
        """One row group. Raises TooLong."""
        self._lengths.add({field.name: pc.sum(pc.binary_length(column)).as_py() or 0
                           for field, column in zip(self._schema, columns, strict=True)
                           if pa.types.is_string(field.type)}, len(columns[0]))
        strict = all(field.nullable or not column.null_count
                     for field, column in zip(self._schema, columns, strict=True))
        if not strict:
            self._loosen()
        batch = pa.Table.from_arrays(columns, schema=self._schema)
        if batch.num_rows:
            self._writer.write_table(batch, row_group_size=batch.num_rows)
            self.rows += batch.num_rows

    def _loosen(self) -> None:
        """Copy what is there under a schema that allows nulls; happens once, and only in a source that is refused."""
        self._writer.close()
        before = self._path.with_suffix(".streng")
        self._path.rename(before)
        self._schema = pa.schema([field.with_nullable(True) for field in self._schema])
        self._writer = self._open()
        with pq.ParquetFile(before) as done:
            for group in range(done.num_row_groups):
                self._writer.write_table(done.read_row_group(group).cast(self._schema))
        before.unlink()

    def __enter__(self) -> TypedFile:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._writer.close()
        if kind is not None:
            self._path.unlink(missing_ok=True)
