"""Texts far longer than those of the model are refused by every adapter, before all of them are held."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.administration.adapters import database
from exchanges.administration.adapters.lengths import LONG, SMALL, Lengths, TooLong
from exchanges.administration.model import TABLES
from exchanges.core.errors import SourceError
from exchanges.core.source import Snapshot
from tests.unit.administration.adapters.sources import row, table, take, write_csv, write_parquet

NAMES = TABLES["persoon"].schema.names
TOO_LONG = ("Bron van gemeente 0153: tabel persoon heeft in kolom achternaam waarden van gemiddeld meer dan 256 bytes; "
            "maak de uitvoer opnieuw.")


@given(st.lists(st.tuples(st.integers(0, 100_000), st.integers(1, 1000)), max_size=200))
def test_a_column_is_too_long_as_soon_as_it_is_both(batches: list[tuple[int, int]]) -> None:
    """More than LONG on average over the rows so far, and more than SMALL in all; of another column it is not."""
    lengths, size, rows = Lengths(), 0, 0
    for more, length in batches:
        size, rows = size + more * length, rows + more
        if size > SMALL and size > LONG * rows:
            with pytest.raises(TooLong, match="kolom naam"):
                lengths.add({"code": more, "naam": more * length}, more)
            return
        lengths.add({"code": more, "naam": more * length}, more)


def long_names(rows: int) -> list[dict[str, object]]:
    return [row("persoon", achternaam="x" * 100_000)] * rows


def test_csv(tmp_path: Path) -> None:
    origin = write_csv(tmp_path / "bron", "persoon", table("persoon", *long_names(60)))
    with pytest.raises(SourceError) as refused:
        take("csv", tmp_path / "bron", tmp_path / "werk", "persoon")
    assert str(refused.value) == TOO_LONG and refused.value.original == origin
    assert not list((tmp_path / "werk").iterdir())


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_one_long_value_is_a_value(tmp_path: Path, kind: str) -> None:
    """Of which the rules will say what is wrong with it."""
    content = table("persoon", *long_names(1), row("persoon"))
    (write_csv if kind == "csv" else write_parquet)(tmp_path / "bron", "persoon", content)
    made = take(kind, tmp_path / "bron", tmp_path / "werk", "persoon").tables["persoon"]
    assert pq.read_table(made.path)["achternaam"].to_pylist() == ["x" * 100_000, "x"]


def read(tmp_path: Path, rows: int, long: int) -> Snapshot:
    """Of a database whose query gives ``rows``, the first ``long`` of them with a long name."""
    one = {name: f"'{value}'" for name, value in row("persoon").items()}
    one["achternaam"] = f"CASE WHEN n <= {long} THEN replace(hex(zeroblob(100000)), '00', 'x') ELSE 'x' END"
    columns = ", ".join(f"{one[name]} AS {name}" for name in NAMES)
    numbers = f"WITH RECURSIVE r(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM r WHERE n < {rows})"
    sqlite3.connect(tmp_path / "bron.db").close()
    (tmp_path / "bron.toml").write_text(f'[query]\npersoon = "{numbers} SELECT {columns} FROM r"\n', encoding="utf-8")
    return take("sql", f"sqlite:///{tmp_path / 'bron.db'}", tmp_path / "werk", "persoon",
                mapping=str(tmp_path / "bron.toml"))


def test_sql(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """After sixty rows it is known; ten thousand of them would be a gigabyte."""
    monkeypatch.setattr(database, "to_column", None)
    with pytest.raises(SourceError) as refused:
        read(tmp_path, 20_000, 20_000)
    assert str(refused.value) == TOO_LONG and refused.value.original is None


def test_sql_gives_all_rows_however_they_are_fetched(tmp_path: Path) -> None:
    for rows in (1, database._FIRST_ROWS, database._ROWS, database._ROWS + 1):
        made = read(tmp_path, rows, 1)
        names = pq.read_table(made.tables["persoon"].path)["achternaam"].to_pylist()
        assert [len(name) for name in names] == [100_000] + [1] * (rows - 1)
