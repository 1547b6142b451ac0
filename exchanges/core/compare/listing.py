"""From what was found to what is told: each item once (spec ib-signalen 6.3 step 7).

The ledger says what was told of an item last. An item is told when that is not what holds now; so an amount that goes
up, down and up again is told three times, and a row that drops out of sight and comes back unchanged is not told again.
What this period told before is told again, byte for byte, and adds nothing to the ledger.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from exchanges.core.compare.canonical import PARQUET, files, literal
from exchanges.core.compare.declare import Comparison, Level
from exchanges.core.compare.snapshot import LEDGER, ClassCount
from exchanges.core.sql import execute

if TYPE_CHECKING:
    import duckdb

_INNER = "EXCLUDE (_vers, _gemeld)"


def judge(
    con: duckdb.DuckDBPyConnection, level: Level, found: Sequence[Path], ledger: Sequence[Path], period: str
) -> None:
    """View ``oordeel_<level>``: what was found with ``_gemeld`` (it is listed now) and ``_vers`` (for the first time).
    Of ledger rows of one period the later file counts."""
    source, now = files(found), literal(period)
    if not ledger:
        con.execute(f"CREATE VIEW oordeel_{level.name} AS SELECT *, true AS _vers, true AS _gemeld FROM {source}")
        return
    rows = " UNION ALL ".join(
        f"SELECT sleutel, inhoud, periode, {number} AS volgorde FROM {files([path])}"
        for number, path in enumerate(ledger)
    )
    execute(
        con,
        f"CREATE TABLE verteld_{level.name} AS SELECT sleutel,"
        f" arg_max(inhoud, (periode, volgorde)) FILTER (periode < {now}) AS _vorig,"
        f" list(inhoud) FILTER (periode = {now}) AS _eigen, list(inhoud) FILTER (periode > {now}) AS _later"
        f" FROM ({rows}) SEMI JOIN (SELECT sleutel FROM {source}) USING (sleutel) GROUP BY sleutel",
    )
    own = "coalesce(list_contains(_eigen, inhoud), false)"
    known = "coalesce(_vorig = inhoud, false) OR coalesce(list_contains(_later, inhoud), false)"
    con.execute(
        f"CREATE VIEW oordeel_{level.name} AS SELECT f.*, NOT {own} AND NOT ({known}) AS _vers,"
        f" {own} OR NOT ({known}) AS _gemeld FROM {source} f LEFT JOIN (SELECT sleutel AS _s, * EXCLUDE sleutel"
        f" FROM verteld_{level.name}) v ON v._s = f.sleutel"
    )


def write_lists(con: duckdb.DuckDBPyConnection, comparison: Comparison, level: Level, items: Path, first: Path) -> None:
    """What is listed now, by key: what changed, and apart from it what was delivered for the first time."""
    order = ", ".join(f.name for f in level.key)
    for path, which in ((items, "<>"), (first, "=")):
        execute(
            con,
            f"COPY (SELECT * {_INNER} FROM oordeel_{level.name} WHERE _gemeld AND klasse <> ''"
            f" AND klasse {which} {literal(comparison.first)} ORDER BY {order}) TO {literal(str(path))} {PARQUET}",
        )


def write_ledger(con: duckdb.DuckDBPyConnection, levels: Sequence[Level], period: str, path: Path) -> None:
    rows = " UNION ALL ".join(
        f"SELECT sleutel, inhoud, niveau, klasse FROM oordeel_{level.name} WHERE _vers AND klasse <> ''"
        for level in levels
    )
    columns = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in LEDGER.names if name != "periode")
    execute(
        con,
        f"COPY (SELECT {columns}, {literal(period)} AS periode FROM ({rows}) ORDER BY niveau, sleutel)"
        f" TO {literal(str(path))} {PARQUET}",
    )


def counted(con: duckdb.DuckDBPyConnection, level: Level) -> list[ClassCount]:
    sums = "".join(f", CAST(coalesce(sum({name}_verschil), 0) AS BIGINT)" for name in level.sums)
    found = execute(
        con,
        f"SELECT klasse, count(*), count(*) FILTER (_gemeld){sums} FROM oordeel_{level.name} WHERE klasse <> ''"
        " GROUP BY 1 ORDER BY 1",
    ).fetchall()
    return [
        ClassCount(level.name, name, rows, listed, rows - listed, dict(zip(level.sums, amounts, strict=True)))
        for name, rows, listed, *amounts in found
    ]
