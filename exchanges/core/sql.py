"""DuckDB sessions for declarations: memory-bound, on Parquet, with the words declarations use.

Schemas: ``bron.<table>`` the snapshot of the administration, ``gekozen.<table>`` the rows a selection keeps,
``werk.<table>`` what a selection makes on the way, ``ontvangen.<table>`` what the partner has, ``bericht.<table>`` the
finished file as read back, ``gestuurd.<table>`` and ``eerder.<table>`` what a received file is held against,
``nieuw.<table>`` what is new in it, ``gevonden.<table>`` and ``stand.<table>`` what a comparison found and what holds,
``geweigerd.record`` (column ``sleutel``) the records that the partner refused in the delivery before,
``correctie.record`` and ``correctie.geldt`` (column ``sleutel``) what an addition is for and what is in force already;
without a schema the tables of the message. Parameters ``$name`` are filled in as literals:
``$gemeente``, ``$periode``, ``$begin`` and ``$eind`` (dates), ``$begin8`` and ``$eind8`` (jjjjmmdd), those of the dated
parameter file of the exchange, and what the settings of the municipality say about it.

=========================== ============================================================================
``elfproef(b)``             the BSN passes the eleven test (spec dkd-gsd section 5); null when not nine digits
``datum_bestaat(d)``        a calendar date or a legal partial one, as jjjjmmdd integer
``datum_volledig(d)``       a whole calendar date
``in_lijst(tag, code)``     the code is in that code list on the period
=========================== ============================================================================
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from exchanges.core.dated import Code
from exchanges.core.errors import UsageError
from exchanges.core.period import Period

if TYPE_CHECKING:
    import duckdb

Parameter = str | int | date
SCHEMAS = ("bron", "gekozen", "ontvangen", "werk", "verzonden", "bericht", "gestuurd", "eerder", "geweigerd",
           "nieuw", "gevonden", "stand", "correctie")
_SOURCE = re.compile(r"\bbron\.([a-z][a-z0-9_]*)")
_NAME = re.compile(r"\$([a-z][a-z0-9_]*)")

_CODES = pa.schema([("tag", pa.string()), ("code", pa.string()), ("volledig", pa.bool_())])
_MACROS = """
CREATE MACRO nummer(b) AS CASE WHEN regexp_full_match(b, '[0-9]{9}') THEN CAST(b AS INTEGER) END;
CREATE MACRO elfproef_nummer(n) AS (n//10 - n + 5*(n//100) + 7*(n//1000) + 9*(n//10000) + 2*(n//1000000)
    + 4*(n//10000000) + 6*(n//100000000) + CAST(n = 0 AS INTEGER)) % 11 = 0;
CREATE MACRO elfproef(b) AS elfproef_nummer(nummer(b));
CREATE MACRO datum_bestaat(d) AS CASE WHEN d IS NULL THEN NULL
    WHEN d BETWEEN 10000 AND 99991231 AND d//100%100 BETWEEN 1 AND 12 AND d%100 BETWEEN 1 AND 28 THEN true
    ELSE d = 0 OR (d BETWEEN 101 AND 99991231 AND (d >= 10000 OR d%100 > 0)
    AND coalesce([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][d//100%100 + 1], -1) >= d%100
    AND (d%10000 <> 229 OR (d//10000%4 = 0 AND (d//10000%100 <> 0 OR d//10000%400 = 0)))) END;
CREATE MACRO datum_volledig(d) AS d >= 10000 AND d%100 > 0 AND datum_bestaat(d);
CREATE MACRO in_lijst(t, c) AS EXISTS (SELECT 1 FROM codelijst WHERE codelijst.tag = t AND codelijst.code = c);
"""


def connect(work: Path, memory_mb: int = 224, threads: int = 2) -> duckdb.DuckDBPyConnection:
    """A session of its own, spilling to ``work`` beyond ``memory_mb``."""
    con = _connected()
    _furnish(con, work, memory_mb, threads)
    return con


@contextmanager
def session(work: Path, memory_mb: int = 224, threads: int = 2, *, rows: int) -> Iterator[duckdb.DuckDBPyConnection]:
    """Like :func:`connect`, and closed afterwards. Starting the engine takes longer than asking a small delivery (of
    ``rows`` persons) all its rules, so it is then emptied and kept for the next; after a large one its memory goes
    back."""
    try:
        con = _idle.pop()
    except IndexError:
        con = _connected()
    try:
        _furnish(con, work, memory_mb, threads)
        yield con
        keep = not _idle and not _spill(work).exists() and rows < _SMALL
        if keep:
            _empty(con)
    except BaseException:
        con.close()
        raise
    if keep:
        _idle.append(con)
    else:
        con.close()


_SMALL = 300_000
# Of this process: threads do not survive a fork, and closing what the parent uses is not for the child to do.
_idle: list[duckdb.DuckDBPyConnection] = []
_of_parent: list[duckdb.DuckDBPyConnection] = []


def _after_fork() -> None:
    _of_parent.extend(_idle)
    _idle.clear()


os.register_at_fork(after_in_child=_after_fork)


def _connected() -> duckdb.DuckDBPyConnection:
    import duckdb

    con = duckdb.connect(
        ":memory:", config={"preserve_insertion_order": "true", "enable_external_file_cache": "false"}
    )
    # Moments are UTC; in the zone of the machine the same source would give another file name.
    con.execute("SET GLOBAL TimeZone = 'UTC'")
    con.execute("CREATE TABLE codelijst (tag VARCHAR, code VARCHAR, volledig BOOLEAN)")
    con.execute(_MACROS)
    con.execute("; ".join(f"CREATE SCHEMA {name}" for name in SCHEMAS))
    return con


def _furnish(con: duckdb.DuckDBPyConnection, work: Path, memory_mb: int, threads: int) -> None:
    spill = _text(str(_spill(work)))
    con.execute(f"SET temp_directory = {spill}; SET memory_limit = '{memory_mb}MB'; SET threads = {threads}")


def _empty(con: duckdb.DuckDBPyConnection) -> None:
    # One by one: to make all schemas again takes longer.
    made = con.execute(
        "SELECT 'VIEW', database_name, schema_name, view_name FROM duckdb_views() WHERE NOT internal"
        " UNION ALL SELECT 'TABLE', database_name, schema_name, table_name FROM duckdb_tables()"
        " WHERE table_name <> 'codelijst'"
    ).fetchall()
    drops = [f'DROP {kind} "{database}"."{schema}"."{name}"' for kind, database, schema, name in made]
    con.execute("; ".join([*drops, "TRUNCATE codelijst"]))


def _spill(work: Path) -> Path:
    return work / "duckdb"


def add_codes(con: duckdb.DuckDBPyConnection, codes: Iterable[Code]) -> None:
    """Fill ``codelijst``, where ``in_lijst`` looks."""
    rows = list(codes)
    columns = [[c.tag for c in rows], [c.code for c in rows], [c.complete for c in rows]]
    # Not as literals: to parse some hundred takes longer than most rules.
    con.register("lijsten", pa.table(columns, schema=_CODES))
    con.execute("INSERT INTO codelijst FROM lijsten")
    con.unregister("lijsten")


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def fill(sql: str, parameters: Mapping[str, Parameter]) -> str:
    """``$name`` in ``sql`` as literals. Raises UsageError naming a parameter that is not given."""

    def literal(match: re.Match[str]) -> str:
        name = match[1]
        if name not in parameters:
            raise UsageError(
                f"Gegeven {name} ontbreekt; zet het in de instellingen bij de gegevens van de gemeente voor deze "
                "uitwisseling, of in het parameterbestand van de uitwisseling."
            )
        value = parameters[name]
        if isinstance(value, date):
            return f"DATE '{value.isoformat()}'"
        if isinstance(value, int):
            return str(value)
        return _text(value)

    return _NAME.sub(literal, sql)


def period_parameters(gemeente: str, period: Period) -> dict[str, Parameter]:
    """The parameters every delivery has."""
    return {
        "gemeente": gemeente,
        "periode": str(period),
        "begin": period.start,
        "eind": period.end,
        "begin8": day8(period.start),
        "eind8": day8(period.end),
    }


def day8(day: date) -> int:
    """``jjjjmmdd`` as an integer."""
    return day.year * 10000 + day.month * 100 + day.day


def parquet(path: Path, row_number: str = "") -> str:
    """A FROM item for a Parquet file; ``row_number`` names a column with the row's number in the file."""
    literal = _text(str(path))
    if not row_number:
        return f"read_parquet({literal})"
    return (
        f"(SELECT file_row_number AS {row_number}, * EXCLUDE (file_row_number)"
        f" FROM read_parquet({literal}, file_row_number = true))"
    )


def add_sources(con: duckdb.DuckDBPyConnection, paths: Mapping[str, Path], *sql: str) -> None:
    """``bron.<table>`` with ``_bronrij``, the row's number in it, for the tables of a snapshot; with ``sql`` only for
    those that it mentions."""
    mentioned = {name for text in sql for name in _SOURCE.findall(text)}
    files = {name: parquet(path, "_bronrij") for name, path in paths.items() if not sql or name in mentioned}
    if files:
        con.execute("; ".join(f"CREATE VIEW bron.{name} AS SELECT * FROM {file}" for name, file in files.items()))


def execute(con: duckdb.DuckDBPyConnection, statement: str) -> duckdb.DuckDBPyConnection:
    """The statement; once more with twice the memory where the engine runs out of what it was given. It spills to disk
    what it can, but what several joins hold at one moment it cannot, and a delivery must not depend on that moment."""
    import duckdb

    try:
        return con.execute(statement)
    except duckdb.OutOfMemoryException:
        con.execute(f"SET memory_limit = '{2 * _limit(con)}MiB'")
        return con.execute(statement)


def _limit(con: duckdb.DuckDBPyConnection) -> int:
    """Mebibytes the engine may use now."""
    row = con.execute("SELECT current_setting('memory_limit')").fetchone()
    assert row is not None
    number, unit = str(row[0]).split()
    return int(float(number) * {"KiB": 1 / 1024, "MiB": 1, "GiB": 1024}[unit]) or 1


def at_once(con: duckdb.DuckDBPyConnection, statements: Sequence[str]) -> None:
    """Statements that do not touch each other, two at a time: most are too small to keep two cores busy."""
    with ThreadPoolExecutor(2, "sql") as pool:
        list(pool.map(lambda statement: execute(con.cursor(), statement), statements))
