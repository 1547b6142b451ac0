"""A disk that refuses is called by its name, whoever met it, and nothing of what they say is repeated."""

from __future__ import annotations

import errno
import resource
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchanges.core.disk import make_writable, no_room
from exchanges.core.errors import TechnicalError, UsageError
from exchanges.core.guard import guarded

ROWS = pa.table({"bsn": [f"{number:09d}" for number in range(5000)]})


@pytest.fixture
def little(tmp_path: Path) -> Iterator[Path]:
    """No file can be longer than 1,000 bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    yield tmp_path
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


def told(action) -> str:
    with pytest.raises(TechnicalError) as info, guarded("stap map"):
        action()
    return str(info.value)


def test_arrow(little: Path) -> None:
    assert "groter dan de opslag toelaat" in told(lambda: pq.write_table(ROWS, little / "x.parquet"))


def test_a_folder_that_somebody_named(little: Path) -> None:
    """That there is no room is no wrong argument: the same command goes well when there is."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, resource.getrlimit(resource.RLIMIT_FSIZE)[1]))
    with pytest.raises(TechnicalError, match="kan niet worden geschreven: het bestand is groter dan de opslag toelaat"):
        make_writable(little / "map")
    (little / "bestand").touch()
    with pytest.raises(UsageError, match="een deel van het pad is geen map"):
        make_writable(little / "bestand" / "map")


def test_duckdb(little: Path) -> None:
    with duckdb.connect() as con:
        con.register("rijen", ROWS)
        text = told(lambda: con.execute(f"COPY rijen TO '{little}/x.parquet' (FORMAT parquet)"))
    assert "groter dan de opslag toelaat" in text and str(little) not in text


def test_sqlite(tmp_path: Path) -> None:
    con = sqlite3.connect(tmp_path / "x.db")
    con.execute("CREATE TABLE t (a)")
    con.execute("PRAGMA max_page_count = 2")
    assert "de schijf is vol" in told(lambda: con.execute("INSERT INTO t VALUES (?)", ["x" * 100_000]))
    con.close()


def test_a_device_without_room() -> None:
    with Path("/dev/full").open("wb", buffering=0) as full:
        assert "de schijf is vol" in told(lambda: full.write(b"x"))


@pytest.mark.parametrize(
    "error", [OSError(errno.ECONNRESET, "reset"), ValueError("No space left on device"), duckdb.Error("anders")]
)
def test_what_is_not_the_disk_is_not_called_so(error: Exception) -> None:
    assert no_room(error) is None
