from __future__ import annotations

import sqlite3
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from exchanges.core.errors import TechnicalError, UsageError
from exchanges.core.ledger import Ledger, database
from exchanges.core.ledger.labels import (
    STATE_LABELS,
    STEP_STATE_LABELS,
    state_label,
    step_label,
    step_state_label,
)
from exchanges.core.ledger.model import DeliveryState, StepState
from exchanges.core.period import Period

OCTOBER = Period(2026, 10)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "map" / "register.db"


@pytest.fixture
def sqlite_ledger(path: Path) -> Ledger:
    ledger = Ledger(f"sqlite:///{path}")
    ledger.create()
    return ledger


def pragma(ledger: Ledger, name: str) -> object:
    with ledger.database.read() as connection:
        return connection.exec_driver_sql(f"PRAGMA {name}").scalar()


def test_sqlite_is_set_for_many_processes_and_for_keeping(sqlite_ledger: Ledger, path: Path) -> None:
    assert pragma(sqlite_ledger, "journal_mode") == "wal"
    assert pragma(sqlite_ledger, "foreign_keys") == 1
    assert pragma(sqlite_ledger, "synchronous") == 2
    assert pragma(sqlite_ledger, "busy_timeout") == 30_000
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_loose_row_is_refused(sqlite_ledger: Ledger) -> None:
    with pytest.raises(UsageError, match="losse regel"), sqlite_ledger.database.write() as connection:
        connection.exec_driver_sql(
            "INSERT INTO receipt VALUES ('weg', 'x', 0, 0, 'f', 's', 1, 'm', 1, '{}', '2026-10-01')"
        )


def test_reading_goes_on_while_another_writes(sqlite_ledger: Ledger, path: Path) -> None:
    opened = sqlite_ledger.open_delivery("proef", "0153", OCTOBER, "bestand")
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("UPDATE delivery SET state = 'failed'")
    assert sqlite_ledger.delivery(opened.id) == opened
    other.execute("COMMIT")
    other.close()
    assert sqlite_ledger.delivery(opened.id).state is DeliveryState.failed


def test_a_writer_that_waits_too_long_may_be_tried_again(
    path: Path, sqlite_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(database, "_BUSY_SECONDS", 0)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(TechnicalError, match="locked") as refusal:
        Ledger(f"sqlite:///{path}").open_delivery("proef", "0153", OCTOBER, "bestand")
    assert "\n" not in str(refusal.value)
    other.close()


@pytest.mark.parametrize("url", [
    "", "niets", "sqlite://", "sqlite:///:memory:", "mysql://wachtwoord@host/x", "geheim://u:wachtwoord@host/x",
])
def test_an_address_that_cannot_be_one(url: str) -> None:
    with pytest.raises(UsageError) as refusal:
        Ledger(url)
    assert "wachtwoord" not in str(refusal.value)


def test_a_file_that_is_something_else(tmp_path: Path) -> None:
    other = tmp_path / "brief.db"
    other.write_bytes(b"Geachte heer, mevrouw, " * 100)
    with pytest.raises(UsageError, match="geen register"):
        Ledger(f"sqlite:///{other}").create()
    assert other.read_bytes() == b"Geachte heer, mevrouw, " * 100


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "bestand").write_text("")
    with pytest.raises(TechnicalError, match="register van leveringen maken lukt niet: een deel van het pad"):
        Ledger(f"sqlite:///{tmp_path}/bestand/register.db").create()


def test_a_server_that_is_away(tmp_path: Path) -> None:
    ledger = Ledger(f"postgresql+psycopg://u:wachtwoord@/x?host={tmp_path}")
    for way in (ledger.deliveries, ledger.alone("proef/0153/2026-10/0001").__enter__):
        with pytest.raises(TechnicalError) as refusal:
            way()
        assert "wachtwoord" not in str(refusal.value) and "\n" not in str(refusal.value)


def test_a_server_that_goes_while_something_is_held_hides_nothing(ledger: Ledger) -> None:
    """What went wrong meanwhile is told, and not that what is gone cannot be let go of."""
    with pytest.raises(KeyError), ledger.alone("proef/0153/2026-10/0001"):
        if not ledger.database.sqlite:
            with ledger.database.read() as connection:
                assert connection.execute(sa.text(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                )).scalars().all() == [True]
        raise KeyError
    with ledger.alone("proef/0153/2026-10/0001", 5):
        pass


def test_what_is_no_text_is_not_quoted(sqlite_ledger: Ledger) -> None:
    with sqlite_ledger.database.write() as connection:
        connection.execute(sa.text("INSERT INTO alembic_version VALUES (CAST(x'393939393930303139ff' AS TEXT))"))
    with pytest.raises(UsageError, match="geen tekst") as told, sqlite_ledger.database.read() as connection:
        connection.execute(sa.text("SELECT * FROM alembic_version")).all()
    assert "999990019" not in str(told.value)


def test_every_state_has_a_dutch_word() -> None:
    assert set(STATE_LABELS) == set(DeliveryState)
    assert set(STEP_STATE_LABELS) == set(StepState)
    assert (state_label("open"), state_label(DeliveryState.delivered)) == ("geopend", "verzonden")
    assert (step_label("reconcile"), step_label("eigen_stap")) == ("Aansluiting", "eigen_stap")
    assert step_state_label("done") == "klaar"
