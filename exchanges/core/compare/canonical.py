"""Rows in the form in which they are compared (spec ib-signalen 6.3 step 1), as SQL.

Open and unknown days are null, numbers are integers, an amount that is missing is null and not 0. What is not declared
is dropped: a name that is spelled otherwise makes no correction.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from exchanges.core.compare.declare import Field, Level

# From this year on a day is a sign for open or unknown (spec polisadministratie-inkomsten 6).
_SENTINEL = 60_000_000
PARQUET = "(FORMAT parquet, COMPRESSION lz4_raw, ROW_GROUP_SIZE 61440)"


def files(paths: Sequence[Path]) -> str:
    """A FROM item for the rows of all these files."""
    names = ", ".join(literal(str(path)) for path in paths)
    return f"read_parquet([{names}], union_by_name = true)"


def literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def rows(
    level: Level, paths: Sequence[Path], where: str = "true", only: Iterable[str] = (), empty: bool = False
) -> str:
    """A subquery of the canonical rows of a level; ``where`` is asked of the rows as they are in the files. ``only``:
    of the columns beside the key no more than these. ``empty``: also rows that count as none, ``leeg``."""
    wanted = set(only) or set(level.columns)
    picked = [f"{field_sql(field)} AS {field.name}" for field in level.key]
    picked += [f"CAST({name} AS BIGINT) AS {name}" for name in level.measured if name in wanted]
    picked += [f"{field_sql(trait)} AS {trait.name}" for trait in level.traits if trait.name in wanted]
    counts = filled(level)
    if empty:
        picked.append(f"NOT {counts} AS leeg")
        counts = "true"
    return f"(SELECT {', '.join(picked)} FROM {files(paths)} WHERE ({where}) AND {counts})"


def filled(level: Level) -> str:
    """True of a raw row that counts as one."""
    if not level.filled:
        return "true"
    return "(" + " OR ".join(f"{name} IS NOT NULL" for name in level.measured) + ")"


def field_sql(field: Field) -> str:
    match field.kind:
        case "day":
            return f"CASE WHEN {field.name} < {_SENTINEL} THEN CAST({field.name} AS INTEGER) END"
        case "number":
            return f"CAST({field.name} AS INTEGER)"
        case _:
            return f"CAST({field.name} AS VARCHAR)"


def same_key(level: Level, left: str, right: str, keys: int | None = None) -> str:
    """Equal keys, nulls included: a period without an end has one. ``keys``: of the first so many columns."""
    return " AND ".join(f"{left}.{f.name} IS NOT DISTINCT FROM {right}.{f.name}" for f in level.key[:keys])


def earliest(day: str) -> str:
    """The first day a partial day may mean, jjjjmmdd; 0 where even the year is not known."""
    return (
        f"CASE WHEN {day} IS NULL OR {day} < 10000 THEN 0 ELSE"
        f" {day} + CASE WHEN {day} % 10000 // 100 = 0 THEN 100 ELSE 0 END + CASE WHEN {day} % 100 = 0 THEN 1 ELSE 0 END"
        " END"
    )


def latest(day: str) -> str:
    """The last day a partial day may mean, jjjjmmdd (day 31 of any month will do); 99999999 where not known."""
    return (
        f"CASE WHEN {day} IS NULL OR {day} < 10000 THEN 99999999 ELSE"
        f" {day} + CASE WHEN {day} % 10000 // 100 = 0 THEN 1200 ELSE 0 END"
        f" + CASE WHEN {day} % 100 = 0 THEN 31 ELSE 0 END END"
    )


def text(expression: str, kind: str = "number") -> str:
    """The value as text for a hash: no text of one value can be read as two, nor as nothing."""
    if kind == "code":
        return f"coalesce(replace(replace({expression}, '\\', '\\\\'), '|', '\\p'), '\\n')"
    return f"coalesce(CAST({expression} AS VARCHAR), '\\n')"
