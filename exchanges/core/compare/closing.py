"""Whether the comparison accounts for every row and every cent (R-OIB 2 and 3 of spec ib-signalen 6.5).

What is compared here was not made by the comparison: rows and sums of both snapshots are counted from their files, by a
scan that knows persons and windows but joins no previous row to a current one. What was found must bridge the two.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from exchanges.core.compare.canonical import PARQUET, files, filled, literal, rows, same_key
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
    dubbel)."""
    person, per = comparison.person, _per(comparison, level)
    sums = "".join(f", CAST(coalesce(sum(r.{name}), 0) AS BIGINT) AS {name}" for name in level.sums)
    held = [*level.sums, level.begin, level.end]
    con.execute(
        f"CREATE TABLE stand_{level.name} (zijde VARCHAR, per VARCHAR, vak VARCHAR, rijen BIGINT"
        + "".join(f", {name} BIGINT" for name in level.sums)
        + ")"
    )
    for side, paths in sides.items():
        if not paths:
            continue
        # Previous rows beyond the window of now are told apart by the comparison: some were delivered again.
        inside = window(level, f"r.{level.begin}", f"r.{level.end}", "'nieuw'") if level.scope == "inside" else "true"
        twice = ""
        if has_doubles:
            twice = f"WHEN EXISTS (SELECT 1 FROM dubbel_{level.name} d WHERE {same_key(level, 'd', 'r')}) THEN 'dubbel'"
        execute(
            con,
            f"INSERT INTO stand_{level.name} SELECT '{side}', {per}, CASE WHEN p.staat IS NULL THEN 'weg' {twice}"
            f" WHEN p.staat <> 'vergeleken' THEN p.staat WHEN {inside} THEN 'vergeleken' ELSE 'buiten' END,"
            f" count(*){sums} FROM {rows(level, paths, where[side], only=held)} r"
            f" LEFT JOIN persoon p ON p.{person} = r.{person} GROUP BY ALL",
        )


def level_count(
    con: duckdb.DuckDBPyConnection, comparison: Comparison, level: Level, sides: Mapping[str, Sequence[Path]],
    changed: int, outside: int,
) -> LevelCount:  # fmt: skip
    """``changed``: current rows of compared persons that are new or differ; ``outside``: rows in neither that the
    comparison found out of scope, where the scan could not."""
    found: dict[tuple[str, str], int] = {
        (side, box): count
        for side, box, count in con.execute(
            f"SELECT zijde, vak, CAST(sum(rijen) AS BIGINT) FROM stand_{level.name} GROUP BY ALL"
        ).fetchall()
    }
    empty, against = 0, f"CAST({comparison.person} AS VARCHAR) IN (FROM tegenspraak)"
    if level.filled and sides["nu"]:
        empty = _count(con, f"{files(sides['nu'])} WHERE NOT {filled(level)}")
    contradicted = 0
    if _count(con, "tegenspraak"):
        contradicted = _count(con, f"{files(sides['nu'])} WHERE {against} AND {filled(level)}")

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


def _count(con: duckdb.DuckDBPyConnection, source: str) -> int:
    row = execute(con, f"SELECT count(*) FROM {source}").fetchone()
    return int(row[0]) if row else 0


def _per(comparison: Comparison, level: Level) -> str:
    return f"r.{comparison.per}" if comparison.per in {f.name for f in level.key} else "''"


def add_lines(con: duckdb.DuckDBPyConnection, comparison: Comparison, level: Level, found: Sequence[Path]) -> None:
    """``balans``: a line per measure and ``per``. Needs ``gesneden_<level>``: previous rows the window leaves out."""
    parts = []
    for measure in (_ROWS, *level.sums):
        value = "rijen" if measure == _ROWS else measure
        change = "1" if measure == _ROWS else f"coalesce(r.{measure}_verschil, 0)"
        gone = "1" if measure == _ROWS else f"-coalesce(r.{measure}_verschil, 0)"
        corrected = "0" if measure == _ROWS else change
        per, now = _per(comparison, level), "r.klasse <> " + literal(comparison.first)
        parts.append(
            f"SELECT '{level.name}' AS niveau, '{measure}' AS maat, per,"
            f" CAST(sum(toen) AS BIGINT) AS vorige, CAST(sum(gesneden) AS BIGINT) AS gesneden,"
            f" CAST(sum(nieuw) AS BIGINT) AS nieuw, CAST(sum(anders) AS BIGINT) AS gecorrigeerd,"
            f" CAST(sum(weg) AS BIGINT) AS vervallen, CAST(sum(nu) AS BIGINT) AS huidige FROM ("
            f"SELECT per, CASE WHEN zijde = 'toen' THEN {value} ELSE 0 END AS toen, 0 AS gesneden, 0 AS nieuw,"
            f" 0 AS anders, 0 AS weg, CASE WHEN zijde = 'nu' THEN {value} ELSE 0 END AS nu"
            f" FROM stand_{level.name} WHERE vak = 'vergeleken'"
            f" UNION ALL SELECT per, 0, {value}, 0, 0, 0, 0 FROM gesneden_{level.name}"
            f" UNION ALL SELECT {per}, 0, 0, CASE WHEN verandering = 'nieuw' THEN {change} ELSE 0 END,"
            f" CASE WHEN verandering = 'anders' THEN {corrected} ELSE 0 END,"
            f" CASE WHEN verandering = 'weg' THEN {gone} ELSE 0 END, 0 FROM {files(found)} r WHERE {now}) GROUP BY per"
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
