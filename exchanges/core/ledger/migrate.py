"""Bring a database to a version of the tables, up or down, from code; there is no alembic.ini.

Alembic is imported only when there is something to do: half a second that most processes never need.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

import sqlalchemy as sa

from exchanges.core.errors import UsageError
from exchanges.core.ledger.database import Database

if TYPE_CHECKING:
    from alembic.config import Config

HEAD = "0006"  # the newest revision in migrations/versions; a test compares
_WITHOUT_CHAIN = ("0001", "0002", "0003")

# Any number, the same for every process: only one migrates at a time.
_POSTGRES_LOCK = 5_306_202_610
_VERSION = sa.table("alembic_version", sa.column("version_num", sa.String))


def configuration(connection: sa.Connection) -> Config:
    """Alembic's configuration, bound to an open transaction."""
    from alembic.config import Config

    # Its own default is whatever was standard output when it was imported.
    config = Config(stdout=sys.stdout)
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database, revision: str = HEAD) -> None:
    """All or nothing. Raises UsageError when the database is of a newer version than this program."""
    database.prepare()
    if current(database) == revision:
        return
    from alembic import command
    from alembic.util import CommandError

    with database.write() as connection:
        _alone(connection)
        before = _revision(connection)
        try:
            command.upgrade(configuration(connection), revision)
        except CommandError:
            raise UsageError(
                "Het register van leveringen is gemaakt met een nieuwere versie; installeer die versie."
            ) from None
        if before in _WITHOUT_CHAIN and revision == HEAD:
            from exchanges.core.ledger.adopt import adopt

            adopt(connection)


def downgrade(database: Database, revision: str) -> None:
    """All or nothing; ``base`` takes every table away."""
    from alembic import command

    with database.write() as connection:
        _alone(connection)
        command.downgrade(configuration(connection), revision)


def exists(database: Database) -> bool:
    """Whether there are tables, of any version. Makes nothing, as asking an SQLite file that is not there would."""
    return database.there() and current(database) is not None


def current(database: Database) -> str | None:
    """Revision of the database; None before the first migration."""
    with database.read() as connection:
        return _revision(connection)


def _revision(connection: sa.Connection) -> str | None:
    if not sa.inspect(connection).has_table(_VERSION.name):
        return None
    revision: str | None = connection.execute(sa.select(_VERSION.c.version_num)).scalar()
    return revision


def _alone(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_POSTGRES_LOCK)))
