from __future__ import annotations

import pytest
import sqlalchemy as sa
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from exchanges.core.errors import TechnicalError, UsageError
from exchanges.core.ledger import Delivery, Ledger, migrate
from exchanges.core.ledger.database import Database
from exchanges.core.ledger.tables import metadata


def tables(database: Database) -> set[str]:
    with database.read() as connection:
        return set(sa.inspect(connection).get_table_names())


def test_models_and_migrated_tables_agree(ledger: Ledger) -> None:
    with ledger.database.write() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True, "compare_server_default": True})
        assert compare_metadata(context, metadata) == []
        command.check(migrate.configuration(connection))


def test_a_difference_would_be_seen(ledger: Ledger) -> None:
    with ledger.database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE finding ADD COLUMN extra INTEGER")
        assert compare_metadata(MigrationContext.configure(connection), metadata) != []


def test_down_to_nothing_and_up_again(ledger: Ledger, delivery: Delivery) -> None:
    migrate.downgrade(ledger.database, "base")
    assert tables(ledger.database) == {"alembic_version"}
    assert migrate.current(ledger.database) is None
    ledger.create()
    assert ledger.deliveries() == []
    again = ledger.open_delivery("proef", "0153", delivery.period, "bestand")
    with pytest.raises(sa.exc.DBAPIError, match="append-only"), ledger.database.engine.begin() as connection:
        connection.exec_driver_sql("DELETE FROM event")
    assert ledger.events(again.id)


def test_create_again_changes_nothing(ledger: Ledger, delivery: Delivery) -> None:
    ledger.create()
    assert ledger.deliveries() == [delivery]


def test_the_newest_revision_is_the_one_the_program_expects(ledger: Ledger) -> None:
    with ledger.database.write() as connection:
        script = ScriptDirectory.from_config(migrate.configuration(connection))
    assert script.get_heads() == [migrate.HEAD] == [migrate.current(ledger.database)]


def test_a_migration_that_fails_leaves_nothing_behind(url: str) -> None:
    ledger = Ledger(url)
    ledger.database.prepare()
    with ledger.database.write() as connection:
        connection.exec_driver_sql("CREATE TABLE event (id INTEGER)")
    with pytest.raises(TechnicalError):
        ledger.create()
    assert tables(ledger.database) == {"event"}


def test_a_newer_register_is_refused(ledger: Ledger) -> None:
    with ledger.database.write() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(UsageError, match="nieuwere versie"):
        ledger.create()


def test_a_register_that_was_never_made_is_said_to_be_so(url: str) -> None:
    ledger = Ledger(url)
    ledger.database.prepare()
    with pytest.raises(UsageError, match="niet de tabellen van deze versie"):
        ledger.deliveries()
