"""Bring a database to a version of the tables, up or down, from code; there is no alembic.ini."""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.util import CommandError

from exchanges.core.errors import UsageError
from exchanges.core.ledger.database import Database

# Any number, the same for every process: only one migrates at a time.
_POSTGRES_LOCK = 5_306_202_610


def configuration(connection: sa.Connection) -> Config:
    """Alembic's configuration, bound to an open transaction."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations").replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config


def upgrade(database: Database, revision: str = "head") -> None:
    """Raises UsageError when the database is of a newer version than this program."""
    database.prepare()
    with database.write() as connection:
        _alone(connection)
        try:
            command.upgrade(configuration(connection), revision)
        except CommandError:
            raise UsageError(
                "Het register van leveringen is gemaakt met een nieuwere versie; installeer die versie."
            ) from None


def downgrade(database: Database, revision: str) -> None:
    with database.write() as connection:
        _alone(connection)
        command.downgrade(configuration(connection), revision)


def current(database: Database) -> str | None:
    """Revision of the database; None before the first migration."""
    with database.read() as connection:
        return MigrationContext.configure(connection).get_current_revision()


def _alone(connection: sa.Connection) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_POSTGRES_LOCK)))
