"""Answers kept as they come, so that after an interruption nobody is asked about twice: every question about a person
is registered at the partner, and has to be accounted for."""

from __future__ import annotations

import os
import sqlite3
import zlib
from pathlib import Path
from types import TracebackType
from typing import Self

from exchanges.core.errors import BusinessError
from exchanges.core.keys.sealed import Broken
from exchanges.core.store.sealing import Safe

_TABLE = "CREATE TABLE IF NOT EXISTS antwoord (vraag TEXT PRIMARY KEY, inhoud BLOB NOT NULL) WITHOUT ROWID"


class Kept:
    """``with Kept(path, safe) as kept``: one file, for its owner only, with answers that are sealed by ``safe``; an
    answer that was put is there after a kill. Keys must not hold a BSN. For one thread."""

    def __init__(self, path: Path, safe: Safe) -> None:
        self._safe = safe
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        self._file = sqlite3.connect(path, isolation_level=None)
        # What was put survives this process without waiting for the disk; after a power cut the last are asked again.
        self._file.execute("PRAGMA journal_mode=WAL")
        self._file.execute("PRAGMA synchronous=NORMAL")
        self._file.execute(_TABLE)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._file.close()

    def keys(self) -> set[str]:
        return {key for (key,) in self._file.execute("SELECT vraag FROM antwoord")}

    def put(self, key: str, answer: bytes) -> None:
        packed = self._safe.seal(key, zlib.compress(answer, 1))
        self._file.execute("INSERT OR REPLACE INTO antwoord VALUES (?, ?)", (key, packed))

    def get(self, key: str) -> bytes | None:
        """Raises BusinessError when what was kept has been altered."""
        found = self._file.execute("SELECT inhoud FROM antwoord WHERE vraag = ?", (key,)).fetchone()
        if found is None:
            return None
        try:
            return zlib.decompress(self._safe.open(key, found[0]))
        except (Broken, zlib.error):
            raise BusinessError(
                f"Een bewaard antwoord van gemeente {self._safe.gemeente} is veranderd; haal de map met antwoorden weg"
                " en vraag opnieuw."
            ) from None
