"""One process at a time for a delivery. Whoever holds it and dies, lets go: the lock is the system's, not a row.

On SQLite all processes are on one machine: a file beside the register. On PostgreSQL an advisory lock of a session.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import sqlalchemy as sa

from exchanges.core.errors import TechnicalError
from exchanges.core.ledger.database import Database
from exchanges.core.ledger.turn import lock_number
from exchanges.core.store.failures import storage_failures

_PAUSE = 0.05


@contextmanager
def alone(database: Database, id: str, seconds: float) -> Iterator[None]:
    """Waits at most ``seconds`` for its turn. Raises TechnicalError."""
    with (_by_file if database.sqlite else _by_session)(database, id, seconds):
        yield


@contextmanager
def _by_file(database: Database, id: str, seconds: float) -> Iterator[None]:
    folder = Path(f"{database.engine.url.database}.bezig")
    path = folder / hashlib.sha256(id.encode()).hexdigest()[:32]
    with storage_failures("een levering vasthouden"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        handle = _wait(lambda: _locked(path), id, seconds)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # while it is held: who waits for this file sees that it is gone, and makes one
        os.close(handle)


def _locked(path: Path) -> int | None:
    """The file, held; None when another has it, or when it went while we took it."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        if path.stat().st_ino == os.fstat(handle).st_ino:
            return handle
    except (BlockingIOError, FileNotFoundError):
        pass
    os.close(handle)
    return None


@contextmanager
def _by_session(database: Database, id: str, seconds: float) -> Iterator[None]:
    key = lock_number(id)
    engine = database.engine.execution_options(isolation_level="AUTOCOMMIT")
    with database.translated():
        connection = engine.connect()
    try:
        with database.translated():
            tried = sa.select(sa.func.pg_try_advisory_lock(key))
            _wait(lambda: connection.execute(tried).scalar() or None, id, seconds)
        try:
            yield
        finally:
            with suppress(sa.exc.DBAPIError):  # the server is gone, and the lock with it
                connection.execute(sa.select(sa.func.pg_advisory_unlock(key)))
    finally:
        connection.close()


def _wait(tried: Callable[[], int | None], id: str, seconds: float) -> int:
    until = time.monotonic() + seconds
    while (got := tried()) is None:
        if time.monotonic() > until:
            raise TechnicalError(f"Een ander proces werkt al aan {id}; probeer het later opnieuw.")
        time.sleep(_PAUSE)
    return got
