"""The register of a home that has none yet: as the migrations make it, made by them once a process and copied from then
on. They take fifty statements and 20 ms, and there are thousands of homes."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from exchanges.core.ledger import Ledger
from exchanges.core.ledger.database import Database


def settle(folder: Path) -> None:
    """From now on, in this process and its forks; the first is kept in ``folder``. A register that is there, or is not
    SQLite, is brought to this version as ever, and so is a copy."""
    create, first = Ledger.create, folder / "register.db"

    def copied(ledger: Ledger) -> None:
        address = ledger.database.engine.url
        if ledger.database.sqlite:
            with suppress(OSError):  # what is wrong there is for the migrations to say
                _lay(first, Path(str(address.database)), create)
        create(ledger)

    Ledger.create = copied  # type: ignore[method-assign]


def _lay(first: Path, path: Path, create: Callable[[Ledger], None]) -> None:
    """All of it or nothing, and nothing where there is one: another process may have been there first."""
    if path.exists():
        return
    if not first.exists():
        _make(first, create)
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=".register-")
    os.close(handle)
    try:
        shutil.copy(first, name)  # for whom it may be read as well
        path.hardlink_to(name)
    finally:
        Path(name).unlink()


def _make(first: Path, create: Callable[[Ledger], None]) -> None:
    making = first.with_name(f"{first.name}.{os.getpid()}")
    ledger = Ledger(f"sqlite:///{making}")
    create(ledger)
    _alone(ledger.database)
    making.rename(first)


def _alone(database: Database) -> None:
    """With nothing of it in files beside it."""
    with database.engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.engine.dispose()
