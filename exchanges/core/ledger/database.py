"""Connections and transactions, the same on SQLite and PostgreSQL.

A writer on SQLite starts with BEGIN IMMEDIATE: it waits for its turn at the start instead of failing halfway, where
SQLite cannot wait. A process keeps one connection open: the last one to close an SQLite file writes its whole log
back, and a step asks the ledger ten times. A child of a fork (an Airflow task) starts with none of its parent's.
"""

from __future__ import annotations

import json
import os
import sqlite3
import time
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import Pool, QueuePool

from exchanges.core.disk import no_room, refusal
from exchanges.core.errors import KetensluisError, TechnicalError, UsageError
from exchanges.core.ledger.chain import written_last
from exchanges.core.store.failures import storage_failures

_BUSY_SECONDS = 30
_WRITER = "ketensluis_writer"


class Collision(TechnicalError):
    """Another process was first with the same row."""


class Database:
    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.sqlite = self.engine.dialect.name == "sqlite"
        self._folder = Path(str(self.engine.url.database)).parent if self.sqlite else None
        self._writer = self.engine.execution_options(**{_WRITER: True})
        # One picture of all tables while reading; SQLite gives that by itself.
        self._reader = self.engine if self.sqlite else self.engine.execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )

    def translated(self) -> AbstractContextManager[None]:
        """Errors of the database inside the block in one Dutch line."""
        return _translated(self._folder)

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        with self.translated(), self._reader.connect() as connection:
            yield connection

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """One transaction: all of it or nothing. Events appended in it are written at its end."""
        with self.translated(), self._writer.begin() as connection, written_last(connection):
            yield connection

    def there(self) -> bool:
        """Whether there is something to connect to: of SQLite the file. Of a server that is asked by connecting."""
        with storage_failures("het register van leveringen zoeken"):
            return not self.sqlite or Path(str(self.engine.url.database)).is_file()

    def prepare(self) -> None:
        """Make the SQLite file, for this user alone, in WAL mode: readers then never wait for a writer."""
        if not self.sqlite:
            return
        path = Path(str(self.engine.url.database))
        with storage_failures("het register van leveringen maken"):
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        with self.translated():
            _to_wal(self.engine)


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        if parsed.get_backend_name() not in ("sqlite", "postgresql"):
            raise UsageError("Het register van leveringen kan op SQLite of PostgreSQL staan; controleer het adres.")
        if parsed.get_backend_name() == "sqlite" and parsed.database in (None, "", ":memory:"):
            raise UsageError("Geef een bestand voor het register van leveringen: sqlite:///pad/naar/register.db.")
        # hide_parameters: values never reach a message or a log.
        engine = sa.create_engine(
            parsed,
            poolclass=QueuePool,
            pool_size=1,
            max_overflow=-1,  # more threads at once get a connection for the occasion
            pool_pre_ping=parsed.get_backend_name() == "postgresql",  # the server may have been restarted since
            hide_parameters=True,
            json_serializer=_to_json,
        )
    except (ArgumentError, NoSuchModuleError, ImportError):
        raise UsageError(
            "Het adres van het register van leveringen is niet bruikbaar; geef sqlite:///pad of "
            "postgresql+psycopg://… (en installeer dan psycopg)."
        ) from None
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _connected)
        event.listen(engine, "begin", _begun)
    _ENGINES.add(engine)
    return engine


_ENGINES: weakref.WeakSet[sa.Engine] = weakref.WeakSet()
# Pools of the parent, in a child: closing their connections, also by forgetting them, would be done to the parent's.
_OF_PARENT: list[Pool] = []


def _after_fork() -> None:
    for engine in _ENGINES:
        _OF_PARENT.append(engine.pool)
        engine.dispose(close=False)


os.register_at_fork(after_in_child=_after_fork)


def _connected(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # the driver must not start or end transactions by itself; see _begun
    for pragma in (f"busy_timeout={_BUSY_SECONDS * 1000}", "foreign_keys=ON", "synchronous=FULL"):
        connection.execute(f"PRAGMA {pragma}")


def _begun(connection: sa.Connection) -> None:
    writer = connection.get_execution_options().get(_WRITER)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writer else "BEGIN")


def _to_wal(engine: sa.Engine) -> None:
    """The switch to WAL does not wait for others by itself, so it is tried until it succeeds."""
    deadline = time.monotonic() + _BUSY_SECONDS
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        while True:
            try:
                cursor.execute("PRAGMA journal_mode=WAL")
                return
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.02)
    finally:
        connection.close()


@contextmanager
def _translated(folder: Path | None) -> Iterator[None]:
    """Database errors in one Dutch line. PostgreSQL puts values in the lines after the first, so those go. ``folder``
    is where the register of SQLite lies."""
    try:
        yield
    except IntegrityError as error:
        if _is_duplicate(error):
            raise Collision("Een ander proces schreef net dezelfde regel in het register van leveringen; "
                            "probeer opnieuw.") from None
        raise UsageError("Het register van leveringen weigert een onvolledige of losse regel.") from None
    except DBAPIError as error:
        raise _failure(error.orig, folder, error.connection_invalidated) from None
    except sqlite3.Error as error:  # from the pragmas of a new connection, where SQLAlchemy does not wrap
        raise _failure(error, folder) from None
    except SQLAlchemyError as error:
        raise TechnicalError(f"Het register van leveringen geeft een fout ({type(error).__name__}).") from None


def _failure(error: BaseException | None, folder: Path | None, gone: bool = False) -> KetensluisError:
    line = (str(error).splitlines() or [""])[0]
    name = type(error).__name__
    if name in ("UndefinedTable", "UndefinedColumn") or line.startswith(("no such table", "no such column")):
        return UsageError(
            "Het register van leveringen heeft niet de tabellen van deze versie; begin opnieuw, dan wordt het "
            "bijgewerkt."
        )
    if line.startswith("Could not decode to UTF-8"):  # and then SQLite quotes what is there
        return UsageError(
            "In het register van leveringen staat tekst die geen tekst is: het is beschadigd of van buiten veranderd; "
            "zie sluis ledger verify."
        )
    if isinstance(error, sqlite3.Error) and (reason := _of_the_disk(error, line, folder)) is not None:
        return TechnicalError(f"Het register van leveringen is nu niet te gebruiken: {reason}.")
    if gone or name in ("OperationalError", "InterfaceError", "ConnectionTimeout"):
        return TechnicalError(
            f"Het register van leveringen is nu niet te gebruiken ({line}); controleer de database en probeer opnieuw."
        )
    if name == "DatabaseError":
        return UsageError(
            f"Het bestand is geen register van leveringen of is beschadigd ({line}); controleer het adres."
        )
    return TechnicalError(f"Het register van leveringen geeft een fout ({name}).")


def _of_the_disk(error: sqlite3.Error, line: str, folder: Path | None) -> str | None:
    """Why the disk refused. Of its smaller files beside the register SQLite says no more than that it cannot open or
    write them, so then it is tried here."""
    vague = line.startswith(("unable to open database file", "disk I/O error"))
    return (refusal(folder) if vague and folder is not None else None) or no_room(error)


def _is_duplicate(error: IntegrityError) -> bool:
    """By the driver's own code: texts differ per version."""
    sqlite_names = ("SQLITE_CONSTRAINT_UNIQUE", "SQLITE_CONSTRAINT_PRIMARYKEY")
    name = getattr(error.orig, "sqlite_errorname", None)
    return name in sqlite_names or getattr(error.orig, "sqlstate", None) == "23505"


def _to_json(value: object) -> str:
    """Without spaces: of an event the characters themselves are hashed (form.py)."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
