"""Small administrations in every form an adapter reads."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv as pacsv
import pyarrow.parquet as pq

from exchanges.administration.adapters import open_source
from exchanges.administration.model import TABLES
from exchanges.core.source import Snapshot

GEMEENTE = "0153"
# Far below the first number ever given out, but it passes the elfproef: looks real, is nobody's.
STRANGE = "000000012"

_SAMPLES: dict[str, Any] = {
    "bool": True, "int32": 3, "int64": 12345, "date32[day]": date(2026, 5, 1),
    "timestamp[ms, tz=UTC]": datetime(2026, 10, 1, 8, 30, tzinfo=UTC), "string": "x",
}


def row(name: str, **values: object) -> dict[str, object]:
    """A row of the table with something in every column."""
    made: dict[str, object] = {}
    for field in TABLES[name].schema:
        mark = (field.metadata or {}).get(b"ketensluis", b"").decode()
        made[field.name] = {"partial_date": 20260501, "bsn": "999990019"}.get(mark, _SAMPLES[str(field.type)])
    return made | values


def table(name: str, *rows: dict[str, object]) -> pa.Table:
    return pa.Table.from_pylist(list(rows), schema=TABLES[name].schema)


def write_parquet(folder: Path, name: str, content: pa.Table) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    pq.write_table(content, folder / f"{name}.parquet")
    return folder / f"{name}.parquet"


def write_csv(folder: Path, name: str, content: pa.Table, delimiter: str = ";") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    pacsv.write_csv(content, folder / f"{name}.csv", pacsv.WriteOptions(delimiter=delimiter, quoting_style="needed"))
    return folder / f"{name}.csv"


def take(kind: str, location: Path | str, work: Path, *required: str, optional: tuple[str, ...] = (),
         **config: Any) -> Snapshot:
    """Snapshot of a source of municipality 0153."""
    source = open_source(kind=kind, location=str(location), gemeente=GEMEENTE, **config)
    return source.snapshot(required, optional, work)
