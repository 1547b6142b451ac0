"""A ledger with its tables, migrated once and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from exchanges.core.ledger import Ledger
from exchanges.core.ledger.database import Database
from exchanges.core.ledger.signals import SignalBook
from exchanges.ib_samenloop.handling import Handling
from tests.unit.ib_samenloop.files import GEMEENTE


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("register") / "register.db"
    ledger = Ledger(f"sqlite:///{path}")
    ledger.create()
    ledger.database.engine.dispose()
    return path


@pytest.fixture
def book(migrated: Path, tmp_path: Path) -> SignalBook:
    shutil.copy(migrated, tmp_path / "register.db")
    return SignalBook(Database(f"sqlite:///{tmp_path}/register.db"))


@pytest.fixture
def handling(book: SignalBook) -> Handling:
    return Handling(book, GEMEENTE)
