"""The selection: from the administration to the tables of the message, with a reason for every row left out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow.parquet as pq

from exchanges.core.balance import Balance
from exchanges.core.declare import Selection, SelectionRule, SelectTable
from exchanges.core.sql import Parameter, at_once, execute, fill, parquet

if TYPE_CHECKING:
    import duckdb

# A row that its own rules keep but whose record does not go along.
WITH_RECORD = "SEL-RECORD"
WITH_RECORD_TEXT = "Hoort bij een persoon die niet in de levering zit."


@dataclass(frozen=True)
class Excluded:
    """How many rows of a source table a rule left out."""

    table: str
    code: str
    count: int


@dataclass(frozen=True)
class Selected:
    """``paths``: a Parquet file per message table (``_id``, the mapping's columns, and for children ``_parent`` and
    ``_root``), ``sha256`` of each file as it was written. ``trace``: per source table a Parquet file ``_id``,
    ``code`` of the rows left out."""

    paths: dict[str, Path]
    sha256: dict[str, str]
    trace: dict[str, Path]
    excluded: list[Excluded]
    balances: list[Balance]


def texts(selection: Selection) -> Iterator[str]:
    """All SQL of a selection that reads the source."""
    yield from (rule.keep for rule in selection.rules)
    yield from (table.sql for table in selection.tables)
    yield from (sql for _, sql in selection.work)
    yield from (f"bron.{name}" for name in (*selection.sources, *dict(selection.idents)))


def apply_rules(con: duckdb.DuckDBPyConnection, selection: Selection, parameters: Mapping[str, Parameter]) -> None:
    """Make ``spoor_<table>`` (``_bronrij``, ``_id``, ``_van``: technical key of the record it hangs under, ``_rule``:
    index into the rules, null when kept) and ``gekozen.<table>``.

    Tables other than the population go first, so that its rules can ask what of a person is kept.
    """
    idents = dict(selection.idents)
    own_ident, below = idents[selection.population], _below(con, selection)
    for table in [*(t for t in idents if t != selection.population), selection.population]:
        whens = " ".join(
            f"WHEN NOT coalesce(({fill(rule.keep, parameters)}), false) THEN {number}"
            for number, rule in enumerate(selection.rules)
            if rule.table == table
        )
        number = f"CASE {whens} END" if whens else "NULL::INTEGER"
        whose = f"r.{own_ident}" if table in below else "NULL"
        execute(
            con,
            f"CREATE TABLE spoor_{table} AS SELECT r._bronrij, r.{idents[table]} AS _id, {whose} AS _van,"
            f" {number} AS _rule FROM bron.{table} r",
        )
        con.execute(
            f"CREATE VIEW gekozen.{table} AS SELECT r.* FROM bron.{table} r"
            f" SEMI JOIN (SELECT _bronrij FROM spoor_{table} WHERE _rule IS NULL) s USING (_bronrij)"
        )


def leave_with_record(con: duckdb.DuckDBPyConnection, selection: Selection) -> None:
    """What hangs under a record that stays out goes out with it."""
    kept = f"SELECT _id FROM spoor_{selection.population} WHERE _rule IS NULL"
    at_once(
        con,
        [
            f"UPDATE spoor_{table} SET _rule = {len(selection.rules)} WHERE _rule IS NULL AND _bronrij IN"
            f" (SELECT s._bronrij FROM spoor_{table} s ANTI JOIN ({kept}) p ON p._id = s._van)"
            for table in _below(con, selection)
        ],
    )


def _below(con: duckdb.DuckDBPyConnection, selection: Selection) -> list[str]:
    """The source tables with the technical key of the population in their rows."""
    own_ident = dict(selection.idents)[selection.population]
    others = [table for table, _ in selection.idents if table != selection.population]
    return [table for table in others if own_ident in con.table(f"bron.{table}").columns]


def select(
    con: duckdb.DuckDBPyConnection,
    selection: Selection,
    parameters: Mapping[str, Parameter],
    source_rows: Mapping[str, int],
    out: Path,
) -> Selected:
    """Select into ``out``. ``source_rows`` are the row counts of the snapshot files themselves: the balance of
    every table is held against those, not against a count by this session."""
    apply_rules(con, selection, parameters)
    leave_with_record(con, selection)
    trace, excluded = _write_trace(con, selection, out)
    _forget_excluded(con, selection)
    _work(con, selection, parameters)
    paths, sha256 = _write_tables(con, selection, parameters, out)
    kept = _kept(con, selection)
    return Selected(paths, sha256, trace, excluded, _balances(selection, paths, kept, excluded, source_rows))


def _forget_excluded(con: duckdb.DuckDBPyConnection, selection: Selection) -> None:
    """What stays behind is on disk by now. The engine has better use for the memory: it would spill its joins."""
    for table, _ in selection.idents:
        execute(con, f"CREATE OR REPLACE TABLE spoor_{table} AS FROM spoor_{table} WHERE _rule IS NULL")


def _work(con: duckdb.DuckDBPyConnection, selection: Selection, parameters: Mapping[str, Parameter]) -> None:
    """Make ``werk.<name>`` one after the other, and drop each when nothing that follows mentions it."""
    following = [sql for _, sql in selection.work] + [table.sql for table in selection.tables]
    there: list[str] = []
    for place, (name, sql) in enumerate(selection.work, start=1):
        execute(con, f"CREATE TABLE werk.{name} AS {fill(sql, parameters)}")
        there.append(name)
        done = [one for one in there if not any(re.search(rf"\bwerk\.{one}\b", text) for text in following[place:])]
        for one in done:
            con.execute(f"DROP TABLE werk.{one}")
            there.remove(one)


def _write_tables(
    con: duckdb.DuckDBPyConnection, selection: Selection, parameters: Mapping[str, Parameter], out: Path
) -> tuple[dict[str, Path], dict[str, str]]:
    paths: dict[str, Path] = {}
    hashing: dict[str, Future[str]] = {}
    # What is written is hashed while the next is made.
    with ThreadPoolExecutor(1, "sha256") as pool:
        for table in selection.tables:
            # Written in its final order: the row's number in the file is what its children point to.
            up = f"JOIN t_{table.parent} p ON p._id = c._up" if table.parent else ""
            order = f"p._row, {table.order}" if table.parent else table.order
            number = "p._row AS _parent, p._root AS _root," if table.parent else ""
            drop = "EXCLUDE (_up)" if table.parent else ""
            paths[table.name] = out / f"{table.name}.parquet"
            execute(
                con,
                f"COPY (SELECT {number} c.* {drop} FROM ({fill(table.sql, parameters)}) c {up} ORDER BY {order})"
                f" TO '{paths[table.name]}' (FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 61440)",
            )
            written = parquet(paths[table.name], "_row")
            root = "_root" if table.parent else "_row AS _root"
            con.execute(f"CREATE VIEW t_{table.name} AS SELECT _row, _id, {root} FROM {written}")
            hashing[table.name] = pool.submit(_sha256, paths[table.name])
        return paths, {name: found.result() for name, found in hashing.items()}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def rule_of(selection: Selection, code: str) -> SelectionRule | None:
    return next((rule for rule in selection.rules if rule.code == code), None)


def _write_trace(
    con: duckdb.DuckDBPyConnection, selection: Selection, out: Path
) -> tuple[dict[str, Path], list[Excluded]]:
    codes = [rule.code for rule in selection.rules] + [WITH_RECORD]
    whens = " ".join(f"WHEN {number} THEN '{code}'" for number, code in enumerate(codes))
    trace: dict[str, Path] = {}
    excluded: list[Excluded] = []
    for table, _ in selection.idents:
        trace[table] = out / f"spoor_{table}.parquet"
        execute(
            con,
            f"COPY (SELECT _id, CASE _rule {whens} END AS code FROM spoor_{table} WHERE _rule IS NOT NULL)"
            f" TO '{trace[table]}' (FORMAT parquet, COMPRESSION lz4_raw)",
        )
        counts = con.execute(
            f"SELECT _rule, count(*) FROM spoor_{table} WHERE _rule IS NOT NULL GROUP BY 1 ORDER BY 1"
        ).fetchall()
        excluded += [Excluded(table, codes[number], count) for number, count in counts]
    return trace, excluded


def _kept(con: duckdb.DuckDBPyConnection, selection: Selection) -> dict[str, int]:
    """Rows that are kept of the source tables that are summed up in the message, not listed."""
    listed = {table.origin for table in selection.tables}
    summed = [table for table, _ in selection.idents if table not in listed]
    counts = [con.execute(f"SELECT count(*) FROM spoor_{table} WHERE _rule IS NULL").fetchone() for table in summed]
    return {table: int(count[0]) for table, count in zip(summed, counts, strict=True) if count}


def _balances(
    selection: Selection,
    paths: Mapping[str, Path],
    kept: Mapping[str, int],
    excluded: list[Excluded],
    source_rows: Mapping[str, int],
) -> list[Balance]:
    """The message tables in their order, the record table first; then what is summed up."""
    left_out: dict[str, int] = {}
    for line in excluded:
        left_out[line.table] = left_out.get(line.table, 0) + line.count
    lines: dict[str, Balance] = {}
    for table in listed_tables(selection):
        measure = table.origin if table.origin not in lines else f"{table.origin} als {table.name}"
        rows = pq.read_metadata(paths[table.name]).num_rows
        lines[measure] = Balance(
            measure, "aantal", source_rows[table.origin], rows, excluded=left_out.get(table.origin, 0)
        )
    for name, rows in kept.items():
        lines[name] = Balance(name, "aantal", source_rows[name], rows, excluded=left_out.get(name, 0))
    return list(lines.values())


def listed_tables(selection: Selection) -> list[SelectTable]:
    """The tables of the message with a source row for every row."""
    return [table for table in selection.tables if table.origin]
