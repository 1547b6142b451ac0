"""What a record is beside those that came before it, in this file and in earlier ones."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from exchanges.core.intake import Intake
from exchanges.core.receive.compare import _classify

INTAKE = Intake("proef", ".*", "m:f", "r", "nummer", "soort", "m:f")


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as made:
        yield made


def classes(con: duckdb.DuckDBPyConnection, intake: Intake, before: list[Path], **columns: list[str]) -> list[str]:
    rows = len(columns["nummer"])
    con.register("gelezen", pa.table({"rij": range(1, rows + 1), **columns}))
    con.execute("CREATE TABLE merk AS FROM gelezen")
    _classify(con, intake, before)
    return [row[0] for row in con.execute("SELECT klasse FROM merk ORDER BY rij").fetchall()]


def came(path: Path, **columns: list[str]) -> Path:
    pq.write_table(pa.table({"rij": range(1, len(columns["nummer"]) + 1), **columns}), path)
    return path


def test_in_one_file_the_first_of_a_number_counts(con: duckdb.DuckDBPyConnection) -> None:
    found = classes(con, INTAKE, [], nummer=["A", "A", "B", "A"], merk=["x", "x", "x", "y"])
    assert found == ["nieuw", "bekend", "nieuw", "botst"]


def test_only_what_went_on_before_is_known(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    before = [
        came(tmp_path / "1", nummer=["A", "B", "C"], merk=["x", "x", "x"], klasse=["nieuw", "nieuw", "afgewezen"]),
        came(tmp_path / "2", nummer=["D"], merk=["x"], klasse=["nieuw"]),
    ]
    found = classes(con, INTAKE, before, nummer=["A", "B", "C", "D", "E"], merk=["x", "y", "y", "x", "x"])
    assert found == ["bekend", "botst", "nieuw", "bekend", "nieuw"]


def test_of_a_thing_what_was_told_of_it_last_is_known(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    before = [
        came(tmp_path / str(number), nummer=[said], merk=[said], ding=["T"], klasse=["nieuw"])
        for number, said in enumerate(("eerst", "toen"))
    ]
    said = ["toen", "eerst"]
    assert classes(con, replace(INTAKE, thing="ding"), before, nummer=said, merk=said, ding=["T", "T"]) == [
        "bekend", "nieuw",
    ]  # fmt: skip
