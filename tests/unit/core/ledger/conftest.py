"""Every ledger test runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa

from exchanges.core.ledger import Delivery, Ledger
from exchanges.core.ledger.database import _ENGINES
from exchanges.core.period import Period
from exchanges.core.store import Artefact
from tests.unit.core.ledger.postgres import postgres_server

OCTOBER = Period(2026, 10)
_numbers = itertools.count()


@pytest.fixture(scope="session")
def server() -> Iterator[str]:
    with postgres_server() as address:
        yield address


DATABASES = ["sqlite", pytest.param("postgresql", marks=pytest.mark.system)]


@pytest.fixture(params=DATABASES)
def url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """Address of an empty database."""
    with empty_database(request, tmp_path) as address:
        yield address


@contextmanager
def empty_database(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    """Of the kind that the parameter of the fixture says."""
    if request.param == "sqlite":
        yield f"sqlite:///{folder}/register/leveringen.db"
        return
    address: str = request.getfixturevalue("server")
    name = f"ledger_{next(_numbers)}"
    admin = sa.create_engine(address.format(database="postgres"), isolation_level="AUTOCOMMIT", poolclass=sa.NullPool)
    with admin.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield address.format(database=name)
    for engine in list(_ENGINES):
        engine.dispose()
    with admin.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def ledger(url: str) -> Ledger:
    made = Ledger(url)
    made.create()
    return made


@pytest.fixture
def delivery(ledger: Ledger) -> Delivery:
    return ledger.open_delivery("proef", "0153", OCTOBER, "bestand")


@pytest.fixture
def file() -> Artefact:
    return Artefact("ab" * 32, 1234, "application/xml", 10, "PROEF_0153_2026-10.xml")
