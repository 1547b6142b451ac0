"""Whether the comparison accounts for every row and every cent (R-OIB 2 and 3 of spec ib-signalen 6.5).

What is compared here was not made by the comparison: rows and sums of both snapshots are counted from their files, by a
scan that knows persons and windows but joins no previous row to a current one. What was found must bridge the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from exchanges.core.compare.canonical import PARQUET, literal, rows, same_key
from exchanges.core.compare.declare import Comparison, Level
from exchanges.core.compare.differ import window
from exchanges.core.compare.snapshot import LevelCount, Line
from exchanges.core.sql import execute

if TYPE_CHECKING:
    import duckdb

_ROWS = "rijen"


def add_standings(
    con: duckdb.DuckDBPyConnection,
    comparison: Comparison,
    level: Level,
    sides: Mapping[str, Sequence[Path]],
    where: Mapping[str, str],
    has_doubles: bool,
) -> None:
    """``stand_<level>``: rows and sums per side, ``per`` and ``vak`` (vergeleken, buiten, eerste, niet_bevraagd, weg,
    dubbel, and leeg: no rows, by ``Level.filled``); ``tegen``: how many are of persons who should have none."""
    person = comparison.person
    sums = "".join(f", CAST(coalesce(sum(r.{name}), 0) AS BIGINT) AS {name}" for name in level.sums)
    # Previous rows beyond the window of now are told apart by the comparison: some were delivered again.
    inside = window(level, f"r.{level.begin}", f"r.{level.end}", "'nieuw'")
    twice = ""
    if has_doubles:
        twice = f"WHEN EXISTS (SELECT 1 FROM dubbel_{level.name} d WHERE {same_key(level, 'd', 'r')}) THEN 'dubbel'"
    # Both sides in one statement: the persons are then looked up in one table, made once.
    held = " UNION ALL ".join(
        f"SELECT '{side}' AS zijde, * FROM"
        f" {rows(level, paths, where[side], only=[*level.sums, level.begin, level.end], empty=True)}"
        for side, paths in sides.items()
        if paths
    )
    execute(
        con,
        f"CREATE OR REPLACE TABLE stand_{level.name} AS SELECT zijde, {per(comparison, level)} AS per,"
        f" CASE WHEN leeg THEN 'leeg' WHEN p.staat IS NULL THEN 'weg' {twice} WHEN p.staat <> 'vergeleken' THEN"
        f" p.staat WHEN {inside if level.scope == 'inside' else 'true'} THEN 'vergeleken' ELSE 'buiten' END AS vak,"
        f" count(*) AS rijen, count(*) FILTER (NOT coalesce(CASE zijde WHEN 'nu' THEN p.nu ELSE p.toen END, false))"
        f" AS tegen{sums} FROM ({held}) r LEFT JOIN mens p ON p.{person} = r.{person} GROUP BY ALL",
    )


def against_the_answer(con: duckdb.DuckDBPyConnection, comparison: Comparison) -> bool:
    """Whether any row of either side is of a person who should have none."""
    found = " UNION ALL ".join(f"FROM stand_{level.name} SELECT tegen" for level in comparison.levels)
    row = con.execute(f"SELECT coalesce(max(tegen), 0) FROM ({found})").fetchone()
    return bool(row and row[0])


def left_aside(con: duckdb.DuckDBPyConnection, level: Level) -> tuple[int, int]:
    """Rows of this delivery that are none, and others of persons who should have none. Asked before these persons are
    set apart: then the standings do not know them any more."""
    row = con.execute(
        "SELECT CAST(coalesce(sum(rijen) FILTER (vak = 'leeg'), 0) AS BIGINT),"
        " CAST(coalesce(sum(tegen) FILTER (vak <> 'leeg'), 0) AS BIGINT)"
        f" FROM stand_{level.name} WHERE zijde = 'nu'"
    ).fetchone()
    assert row is not None
    return int(row[0]), int(row[1])


def per(comparison: Comparison, level: Level) -> str:
    """The column by which the balance of a level is made, as SQL; nothing where none is made."""
    known = level.balanced and comparison.per in {f.name for f in level.key}
    return f"r.{comparison.per}" if known else "''"


def level_count(
    con: duckdb.DuckDBPyConnection, level: Level, changed: int, outside: int, aside: tuple[int, int]
) -> LevelCount:
    """``changed``: current rows of compared persons that are new or differ; ``outside``: rows in neither that the
    comparison found out of scope, where the scan could not; ``aside``: see :func:`left_aside`."""
    found: dict[tuple[str, str], int] = {
        (side, box): count
        for side, box, count in con.execute(
            f"SELECT zijde, vak, CAST(sum(rijen) AS BIGINT) FROM stand_{level.name} WHERE vak <> 'leeg' GROUP BY ALL"
        ).fetchall()
    }
    empty, contradicted = aside

    def box(side: str, *names: str) -> int:
        return sum(found.get((side, name), 0) for name in names)

    compared = box("nu", "vergeleken") - outside
    return LevelCount(
        level=level.name,
        current=sum(count for (side, _), count in found.items() if side == "nu"),
        compared=compared,
        same=compared - changed,
        first=box("nu", "eerste"),
        outside=box("nu", "buiten") + outside,
        previous=sum(count for (side, _), count in found.items() if side == "toen"),
        previous_compared=box("toen", "vergeleken"),
        previous_outside=box("toen", "buiten"),
        kept=box("toen", "niet_bevraagd"),
        left=box("toen", "weg"),
        doubled=box("nu", "dubbel") + box("toen", "dubbel"),
        doubled_now=box("nu", "dubbel"),
        contradicted=contradicted,
        empty=empty,
    )


def add_lines(con: duckdb.DuckDBPyConnection, level: Level) -> None:
    """``balans``: a line per measure and ``per``. Needs ``gesneden_<level>``: previous rows the window leaves out, and
    ``telling_<level>``: what was found."""
    parts = []
    for measure in (_ROWS, *level.sums):
        corrected = "0" if measure == _ROWS else measure
        gone = measure if measure == _ROWS else f"-{measure}"
        parts.append(
            f"SELECT '{level.name}' AS niveau, '{measure}' AS maat, per,"
            f" CAST(sum(toen) AS BIGINT) AS vorige, CAST(sum(gesneden) AS BIGINT) AS gesneden,"
            f" CAST(sum(nieuw) AS BIGINT) AS nieuw, CAST(sum(anders) AS BIGINT) AS gecorrigeerd,"
            f" CAST(sum(weg) AS BIGINT) AS vervallen, CAST(sum(nu) AS BIGINT) AS huidige FROM ("
            f"SELECT per, CASE WHEN zijde = 'toen' THEN {measure} ELSE 0 END AS toen, 0 AS gesneden, 0 AS nieuw,"
            f" 0 AS anders, 0 AS weg, CASE WHEN zijde = 'nu' THEN {measure} ELSE 0 END AS nu"
            f" FROM stand_{level.name} WHERE vak = 'vergeleken'"
            f" UNION ALL SELECT per, 0, {measure}, 0, 0, 0, 0 FROM gesneden_{level.name}"
            f" UNION ALL SELECT per, 0, 0, CASE WHEN verandering = 'nieuw' THEN {measure} ELSE 0 END,"
            f" CASE WHEN verandering = 'anders' THEN {corrected} ELSE 0 END,"
            f" CASE WHEN verandering = 'weg' THEN {gone} ELSE 0 END, 0 FROM telling_{level.name} WHERE NOT eerste)"
            " GROUP BY per"
        )
    execute(con, "INSERT INTO balans " + " UNION ALL ".join(parts))


CREATE_LINES = (
    "CREATE TABLE balans (niveau VARCHAR, maat VARCHAR, per VARCHAR, vorige BIGINT, gesneden BIGINT, nieuw BIGINT,"
    " gecorrigeerd BIGINT, vervallen BIGINT, huidige BIGINT)"
)


def write_lines(con: duckdb.DuckDBPyConnection, path: Path) -> tuple[Line, ...]:
    bridge = "vorige - gesneden + nieuw + gecorrigeerd - vervallen"
    execute(
        con,
        f"COPY (SELECT *, huidige - ({bridge}) AS verschil FROM balans ORDER BY niveau, maat, per)"
        f" TO {literal(str(path))} {PARQUET}",
    )
    sums = ", ".join(
        f"CAST(sum({name}) AS BIGINT)"
        for name in ("vorige", "gesneden", "nieuw", "gecorrigeerd", "vervallen", "huidige")
    )
    found = con.execute(
        f"SELECT niveau, maat, {sums}, count(*) FILTER (huidige <> {bridge}) FROM balans GROUP BY 1, 2 ORDER BY 1, 2"
    ).fetchall()
    return tuple(Line(*row) for row in found)
