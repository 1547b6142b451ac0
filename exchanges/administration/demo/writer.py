"""Writes the tables of the municipality: one Parquet file each, a row group per batch, finished files only."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from contextlib import nullcontext, suppress
from pathlib import Path
from types import TracebackType

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.administration.model import TABLES
from exchanges.core.disk import make_writable

_PART = ".parquet.deel"


class Writer:
    """One open file per table; the files get their names when all is written, so that a broken run leaves none.

    Raises UsageError on entering when nothing may be written in ``out``, TechnicalError when there is no room.
    """

    def __init__(self, out: Path) -> None:
        self.out = out
        self.rows: dict[str, int] = {}
        self._files: dict[str, pq.ParquetWriter] = {}

    def __enter__(self) -> Writer:
        make_writable(self.out)
        for name, table in TABLES.items():
            # Keys are all different: a dictionary would only be given up half way.
            plain = {*table.key, *(column for column, _, _ in table.references), *table.marked("bsn")}
            dictionary = [field.name for field in table.schema if field.name not in plain]
            self._files[name] = pq.ParquetWriter(self.out / (name + _PART), table.schema, compression="zstd",
                                                 compression_level=1, use_dictionary=dictionary)
            self.rows[name] = 0
        return self

    def write(self, tables: Mapping[str, pa.Table]) -> None:
        """A batch: one row group per table that has rows."""
        for name, table in tables.items():
            if table.num_rows:
                self._files[name].write_table(table, row_group_size=table.num_rows)
                self.rows[name] += table.num_rows

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        ended = kind is None
        try:
            for file in self._files.values():
                with nullcontext() if ended else suppress(OSError):  # what went wrong first must be heard
                    file.close()
            if ended:
                for name in self._files:
                    (self.out / (name + _PART)).replace(self.out / f"{name}.parquet")
        finally:
            for name in self._files:
                (self.out / (name + _PART)).unlink(missing_ok=True)

    def hashes(self) -> dict[str, str]:
        """sha256 of each finished file."""
        result = {}
        for name in self._files:
            with (self.out / f"{name}.parquet").open("rb") as file:
                result[name] = hashlib.file_digest(file, "sha256").hexdigest()
        return result
