"""From what was found to what is told: each item once (spec ib-signalen 6.3 step 7).

The ledger says what was told of an item last. An item is told when that is not what holds now; so an amount that goes
up, down and up again is told three times, and a row that drops out of sight and comes back unchanged is not told again.
What this period told before is told again, byte for byte, and adds nothing to the ledger.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from exchanges.core.compare.canonical import PARQUET, files, literal
from exchanges.core.compare.declare import Comparison, Level
from exchanges.core.compare.snapshot import LEDGER, ClassCount
from exchanges.core.sql import execute

if TYPE_CHECKING:
    import duckdb

# Kept for good, and mostly hexadecimal digits.
_KEPT = PARQUET.replace("lz4_raw", "zstd")

def write_found(
    con: duckdb.DuckDBPyConnection, level: Level, found: str, ledger: Sequence[Path], period: str, path: Path
) -> None:
    """Write the subquery ``found`` by key, with ``_gemeld`` (it is listed now) and ``_vers`` (for the first time). Of
    ledger rows of one period the later file counts."""
    verdict, source, join, now = "true AS _vers, true AS _gemeld", found, "", literal(period)
    if ledger:
        rows = " UNION ALL ".join(
            f"SELECT sleutel, inhoud, periode, {number} AS volgorde FROM {files([one])}"
            for number, one in enumerate(ledger)
        )
        source = f"gevonden_{level.name}"
        execute(con, f"CREATE OR REPLACE TABLE {source} AS SELECT * FROM {found}")
        told = (
            f"SELECT sleutel AS _s, arg_max(inhoud, (periode, volgorde)) FILTER (periode < {now}) AS _vorig,"
            f" list(inhoud) FILTER (periode = {now}) AS _eigen, list(inhoud) FILTER (periode > {now}) AS _later"
            f" FROM ({rows}) SEMI JOIN {source} USING (sleutel) GROUP BY sleutel"
        )
        own = "coalesce(list_contains(v._eigen, f.inhoud), false)"
        known = "coalesce(v._vorig = f.inhoud, false) OR coalesce(list_contains(v._later, f.inhoud), false)"
        verdict = f"NOT {own} AND NOT ({known}) AS _vers, {own} OR NOT ({known}) AS _gemeld"
        join = f"LEFT JOIN ({told}) v ON v._s = f.sleutel"
    order = ", ".join(f"f.{one.name}" for one in level.key)
    execute(
        con,
        f"COPY (SELECT f.*, {verdict} FROM {source} f {join} ORDER BY {order}) TO {literal(str(path))} {PARQUET}",
    )


def write_lists(
    con: duckdb.DuckDBPyConnection,
    comparison: Comparison,
    level: Level,
    found: Sequence[Path],
    items: Path,
    first: Path,
) -> None:
    """What is listed now: what changed, and apart from it what was delivered for the first time. The parts follow each
    other by person and are by key themselves, so together they are by key."""
    for path, which in ((items, "<>"), (first, "=")):
        execute(
            con,
            f"COPY (SELECT * EXCLUDE (_vers, _gemeld) FROM {files(found)} WHERE _gemeld AND klasse <> ''"
            f" AND klasse {which} {literal(comparison.first)}) TO {literal(str(path))} {PARQUET}",
        )


def write_ledger(con: duckdb.DuckDBPyConnection, found: Mapping[str, Sequence[Path]], period: str, path: Path) -> None:
    """In the order of the lists."""
    rows = " UNION ALL ".join(
        f"SELECT sleutel, inhoud, niveau, klasse FROM {files(paths)} WHERE _vers AND klasse <> ''"
        for paths in found.values()
    )
    columns = ", ".join(f"CAST({name} AS VARCHAR) AS {name}" for name in LEDGER.names if name != "periode")
    execute(
        con,
        f"COPY (SELECT {columns}, {literal(period)} AS periode FROM ({rows})) TO {literal(str(path))} {_KEPT}",
    )


def counted(con: duckdb.DuckDBPyConnection, level: Level, found: Sequence[Path]) -> list[ClassCount]:
    sums = "".join(f", CAST(coalesce(sum({name}_verschil), 0) AS BIGINT)" for name in level.sums)
    rows = execute(
        con,
        f"SELECT klasse, count(*), count(*) FILTER (_gemeld){sums} FROM {files(found)} WHERE klasse <> ''"
        " GROUP BY 1 ORDER BY 1",
    ).fetchall()
    return [
        ClassCount(level.name, name, count, listed, count - listed, dict(zip(level.sums, amounts, strict=True)))
        for name, count, listed, *amounts in rows
    ]
