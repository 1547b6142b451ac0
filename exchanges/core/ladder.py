"""A money ladder climbed: the amounts of its lines, and where they do not fit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from exchanges.core.declare import Rung
from exchanges.core.sql import Parameter, execute, fill, parquet

if TYPE_CHECKING:
    import duckdb


@dataclass(frozen=True)
class Line:
    """``cents`` of a line. ``gap``: of a ``stand`` what the lines before it come to more than this; of a ``rest`` what
    is more than may stay over, or less (negative)."""

    rung: Rung
    cents: int
    gap: int = 0


def climb(
    con: duckdb.DuckDBPyConnection,
    rungs: Sequence[Rung],
    parameters: Mapping[str, Parameter],
    readback: Mapping[str, Path],
) -> list[Line]:
    """The lines, in order. ``con`` has ``bron.*``; ``bericht.<table>`` are the files of ``readback``."""
    for name, path in readback.items():
        con.execute(f"CREATE VIEW bericht.{name} AS SELECT * FROM {parquet(path)}")
    amounts = [_amount(con, fill(rung.sql, parameters)) if rung.sql else 0 for rung in rungs]
    return fitted(rungs, amounts)


def fitted(rungs: Sequence[Rung], amounts: Sequence[int]) -> list[Line]:
    """The lines with these amounts; that of a ``rest`` follows from the others."""
    lines: list[Line] = []
    level = 0
    for place, (rung, cents) in enumerate(zip(rungs, amounts, strict=True)):
        match rung.kind:
            case "begin":
                level = cents
                lines.append(Line(rung, cents))
            case "plus" | "min":
                level += cents if rung.kind == "plus" else -cents
                lines.append(Line(rung, cents))
            case "rest":
                left = level - next(c for r, c in zip(rungs[place:], amounts[place:], strict=True) if r.kind == "stand")
                level -= left
                lines.append(Line(rung, left, max(left - rung.most, 0) or min(left - rung.least, 0)))
            case "stand":
                lines.append(Line(rung, cents, level - cents))
                level = cents
    return lines


def _amount(con: duckdb.DuckDBPyConnection, sql: str) -> int:
    row = execute(con, sql).fetchone()
    return int(row[0] or 0) if row else 0
