"""What received records are held against: what was sent, what was published, and the administration as it is now; and
the tables that follow from these."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from exchanges.core.intake import Intake
from exchanges.core.receive.earlier import Earlier
from exchanges.core.receive.sent import add_sent
from exchanges.core.sql import add_sources, execute, fill, parquet
from exchanges.core.steps.context import Context

if TYPE_CHECKING:
    import duckdb


def freeze_sources(context: Context) -> dict[str, Path]:
    """The declared tables of the administration, as they are now. Raises SourceError when they cannot be read."""
    intake = context.intake
    if not intake.sources and not intake.optional_sources:
        return {}
    snapshot = context.source().snapshot(intake.sources, intake.optional_sources, context.work / "bron")
    return {name: table.path for name, table in snapshot.tables.items()}


def add_surroundings(con: duckdb.DuckDBPyConnection, context: Context, frozen: Mapping[str, Path]) -> list[str]:
    """``bron``, ``gestuurd`` and what else is declared; gives the schemas that have something, and the tables of
    the administration that are there."""
    add_sources(con, frozen)
    there = ["bron", *(f"bron.{name}" for name in frozen)] if frozen else []
    return [*add_sent(con, context), *there]


def add_earlier(con: duckdb.DuckDBPyConnection, context: Context, earlier: Earlier, alike: str) -> None:
    """``eerder.<record>``: what was published before; with the columns of the table ``alike`` when nothing was."""
    intake = context.intake
    had = [path for name in intake.records for path in earlier.tables("compare", "nieuw", name)]
    before = " UNION ALL BY NAME ".join(f"SELECT * FROM {parquet(path)}" for path in had)
    con.execute(f"CREATE VIEW eerder.{intake.record} AS {before or f'SELECT * FROM {alike} WHERE false'}")


def add_work(con: duckdb.DuckDBPyConnection, context: Context, there: Sequence[str]) -> None:
    """``werk.<name>``: what the exchange makes on the way. ``there`` is what :func:`add_surroundings` gave."""
    for work in context.intake.work:
        sql = work.sql if set(work.needs) <= set(there) else work.without
        execute(con, f"CREATE TABLE werk.{work.name} AS {fill(sql, context.parameters)}")


def kept_work(con: duckdb.DuckDBPyConnection, intake: Intake, onward: str) -> dict[str, str]:
    """SQL by the name of every table that is kept with the delivery. ``onward``: SQL of the ``rij`` that go on."""
    wanted = {}
    for work in intake.work:
        if work.kept:
            columns = [name for name, *_ in con.execute(f"DESCRIBE werk.{work.name}").fetchall()]
            goes_on = f" SEMI JOIN ({onward}) m ON m.rij = t.rij" if "rij" in columns else ""
            wanted[work.name] = f"SELECT t.* FROM werk.{work.name} t{goes_on} ORDER BY ALL"
    return wanted
