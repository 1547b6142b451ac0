"""Wrong values, collected: table, line and column, never the value; all of a source at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable

import numpy as np
import pyarrow as pa
from numpy.typing import ArrayLike, NDArray

from exchanges.core.findings import finding, findings_table
from exchanges.core.reports.dutch import number

UNREADABLE, MISSING, RAGGED = "BRON-01", "BRON-02", "BRON-03"
# Beyond this many of one kind in one column the places add nothing; they are counted.
LISTED = 1000

_ACTION = {
    UNREADABLE: "Verbeter de waarde in de bron of de uitvoer en bied de bron opnieuw aan.",
    MISSING: "Vul de waarde in de bron of de uitvoer en bied de bron opnieuw aan.",
    RAGGED: "Controleer scheidingstekens en aanhalingstekens op deze regel en bied de bron opnieuw aan.",
}
_SOURCE = "docs/administration.md"


class Problems:
    """Findings of severity blocker: a value that cannot be read cannot be left out either."""

    def __init__(self) -> None:
        self._rows: list[dict[str, object]] = []
        self._counts: Counter[tuple[str, str, str, str]] = Counter()

    def add(self, code: str, table: str, column: str, text: str, lines: ArrayLike) -> None:
        """One finding per line, of which there may be millions; ``text`` must not hold a value."""
        kind, numbers = (code, table, column, text), np.asarray(lines, np.int64)
        room = LISTED - self._counts[kind]
        self._counts[kind] += len(numbers)
        self._rows += [self._row(kind, text, line) for line in numbers[:max(room, 0)].tolist()]

    def add_missing(self, table: str, column: str, empty: NDArray[np.bool_], lines: NDArray[np.int64]) -> None:
        """``empty`` tells of each of the ``lines`` whether the required value is not there."""
        self.add(MISSING, table, column, f"kolom {column} is leeg, maar verplicht.", lines[empty])

    def never_filled(self, table: str, rows: int) -> list[str]:
        """The required columns of a table that has more rows than are listed and in all of them misses the value."""
        return [] if rows <= LISTED else [
            column for (code, of, column, _), count in self._counts.items()
            if (code, of, count) == (MISSING, table, rows)]

    def extend(self, others: Iterable[Problems]) -> None:
        for other in others:
            self._rows += other._rows
            self._counts.update(other._counts)

    def _row(self, kind: tuple[str, str, str, str], text: str, line: int | None) -> dict[str, object]:
        code, table, column, _ = kind
        return finding(code, "blocker", f"Tabel {table}: {text}", action=_ACTION[code], source=_SOURCE,
                       path=f"{table}.{column}" if column else table, table=table, line=line)

    def table(self) -> pa.Table:
        rest = [self._row(kind, f"{kind[3]} Nog {number(count - LISTED)} regels.", None)
                for kind, count in self._counts.items() if count > LISTED]
        return findings_table(self._rows + rest)
