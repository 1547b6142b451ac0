"""What is stored, for tests that look at it: through the store, since on disk it is sealed."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.settings import Settings
from exchanges.core.store import Store
from exchanges.core.store.opening import open_store


def store_of(home: Path) -> Store:
    return open_store(Settings(home=home))


def content(home: Path, gemeente: str, sha256: str) -> bytes:
    with store_of(home).open(gemeente, sha256) as file:
        return file.read()


def table(home: Path, gemeente: str, sha256: str, columns: list[str] | None = None) -> pa.Table:
    return pq.read_table(BytesIO(content(home, gemeente, sha256)), columns=columns)


def refused(home: Path, gemeente: str) -> list[bytes]:
    """The files in quarantine, as they came."""
    store = store_of(home)
    out = []
    for one in store.quarantined(gemeente):
        with store.open_quarantined(gemeente, one.sha256) as file:
            out.append(file.read())
    return out


def place(home: Path, gemeente: str, sha256: str) -> Path:
    """Where it lies on disk, for a hand that should not be there."""
    return next((home / "artefacten" / gemeente).glob(f"??/{sha256}"))
