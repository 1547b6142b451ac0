"""Keeping a read-back: in Parquet files when it may be large, in memory when it is small."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

# Fast to write, and the files live only as long as the delivery is being proven.
PARQUET = {"compression": "lz4", "use_dictionary": False, "write_statistics": False}


class ParquetSink:
    """One Parquet file per table in ``folder``; :attr:`paths` by table. Every table exists, also without rows."""

    def __init__(self, folder: Path, schemas: dict[str, pa.Schema]) -> None:
        self._folder, self._schemas = folder, schemas
        self.paths = {name: folder / f"{name}.parquet" for name in schemas}
        self._writers: dict[str, pq.ParquetWriter] = {}
        self._waiting: dict[str, list[pa.Table]] = {}
        self.restart()

    def restart(self) -> None:
        for writer in self._writers.values():
            writer.close()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._writers = {
            name: pq.ParquetWriter(self.paths[name], schema, **PARQUET) for name, schema in self._schemas.items()
        }
        self._waiting = {name: [] for name in self._schemas}

    def add(self, tables: dict[str, pa.Table]) -> None:
        for name, table in tables.items():
            self._waiting[name].append(table)
            if sum(part.num_rows for part in self._waiting[name]) >= 50_000:
                self._flush(name)

    def close(self) -> None:
        for name in self._writers:
            self._flush(name)
            self._writers[name].close()
        self._writers = {}

    def _flush(self, name: str) -> None:
        if self._waiting[name]:
            table = pa.concat_tables(self._waiting[name]).select(self._schemas[name].names)
            if table.num_rows:
                self._writers[name].write_table(table, row_group_size=table.num_rows)
            self._waiting[name] = []


class MemorySink:
    """The read-back of a small file as tables."""

    def __init__(self) -> None:
        self._parts: dict[str, list[pa.Table]] = {}

    def restart(self) -> None:
        self._parts = {}

    def add(self, tables: dict[str, pa.Table]) -> None:
        for name, table in tables.items():
            self._parts.setdefault(name, []).append(table)

    @property
    def tables(self) -> dict[str, pa.Table]:
        return {name: pa.concat_tables(parts) for name, parts in self._parts.items()}
