"""The snapshot that the next delivery is compared with: what is known after this one.

Files of the current delivery are named, not copied. Of whom nothing could be concluded the previous rows stay, in a
file beside them; so do the previous rows of a key that now stands there twice.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from exchanges.core.compare.canonical import PARQUET, field_sql, files, filled, literal
from exchanges.core.compare.declare import Comparison, Level
from exchanges.core.compare.snapshot import NOT_ASKED, People, Snapshot
from exchanges.core.sql import execute

if TYPE_CHECKING:
    import duckdb


def following(
    con: duckdb.DuckDBPyConnection,
    comparison: Comparison,
    previous: Snapshot | None,
    current: Snapshot,
    people: People,
    doubles: Collection[str],
    out: Path,
) -> Snapshot:
    """Writes ``gevraagd.parquet`` and where needed ``<level>_nu`` and ``<level>_gebleven`` into ``out``.
    ``doubles``: levels on which a key is not unique."""
    person = comparison.person
    asked = out / "gevraagd.parquet"
    known = f"SELECT * FROM gevraagd WHERE antwoord <> {literal(NOT_ASKED)}"
    if people.not_asked:
        known += (
            f" UNION ALL SELECT b.* FROM bekend b SEMI JOIN (SELECT {person} FROM persoon WHERE staat ="
            f" 'niet_bevraagd') USING ({person})"
        )
    execute(con, f"COPY ({known} ORDER BY {person}) TO {literal(str(asked))} {PARQUET}")
    row = con.execute("SELECT count(*) FROM tegenspraak").fetchone()
    unsound = bool(row and row[0])
    levels = {}
    for level in comparison.levels:
        now, twice = current.levels[level.name], level.name in doubles
        kept: tuple[Path, ...] = ()
        if twice or unsound:
            condition = f"{_person(person)} NOT IN (FROM tegenspraak)" + (f" AND NOT {_double(level)}" if twice else "")
            now = (_copy(con, level, now, condition, out / f"{level.name}_nu.parquet"),)
        if previous and (people.not_asked or twice):
            stays = f"{_person(person)} IN (SELECT {person} FROM persoon WHERE staat = 'niet_bevraagd')"
            again = f" OR ({_person(person)} IN (FROM persoon SELECT {person}) AND {_double(level)})" if twice else ""
            condition = f"{_person(person)} NOT IN (FROM onbekend) AND ({stays}{again})"
            paths = previous.levels[level.name]
            kept = (_copy(con, level, paths, condition, out / f"{level.name}_gebleven.parquet"),)
        levels[level.name] = (*now, *kept)
    return Snapshot((asked,), levels)


def _person(person: str) -> str:
    return f"CAST({person} AS VARCHAR)"


def _double(level: Level) -> str:
    """True of a raw row whose key is not unique. A snapshot that was made here has none, so those of the previous
    one are only those of now."""
    return (
        f"EXISTS (SELECT 1 FROM dubbel_{level.name} d WHERE "
        + " AND ".join(f"d.{f.name} IS NOT DISTINCT FROM ({_raw(field_sql(f), f.name)})" for f in level.key)
        + ")"
    )


def _raw(expression: str, name: str) -> str:
    return expression.replace(name, f"r.{name}")


def _copy(con: duckdb.DuckDBPyConnection, level: Level, paths: tuple[Path, ...], condition: str, path: Path) -> Path:
    order = ", ".join(f"r.{f.name}" for f in level.key)
    execute(
        con,
        f"COPY (SELECT r.* FROM {files(paths)} r WHERE {filled(level)} AND {condition} ORDER BY {order}, r)"
        f" TO {literal(str(path))} {PARQUET}",
    )
    return path
