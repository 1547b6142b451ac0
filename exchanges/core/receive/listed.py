"""Findings on the rows of a file: as many of one kind as are worth listing, the rest counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence

from exchanges.core.reports.dutch import count

# Beyond this many of one kind in one column the places add nothing.
LISTED = 1000


class Listed:
    """``said`` makes a finding of a code, more text, and ``field``, ``record`` and ``line``; ``place`` is what people
    call a field of the file."""

    def __init__(self, said: Callable[..., dict[str, object]], place: str) -> None:
        self._said, self._place = said, place
        self._rows: list[dict[str, object]] = []
        self._counts: Counter[tuple[str, str]] = Counter()

    def room(self, code: str, field: str) -> int:
        """How many more of these are listed."""
        return max(LISTED - self._counts[code, field], 0)

    def add(self, code: str, field: str, count: int, lines: Sequence[int], records: Sequence[str | None]) -> None:
        """``count`` rows; of the first :meth:`room` at least their lines, and their pseudonyms as ``records``."""
        room = self.room(code, field)
        self._counts[code, field] += count
        name = f"{self._place}: {field}." if field else ""
        self._rows += [
            self._said(code, name, field=field, record=record, line=line)
            for line, record in zip(lines[:room], records[:room], strict=True)
        ]

    def all(self) -> list[dict[str, object]]:
        """By line, and at the end how many of each were not listed."""
        rest = [
            self._said(code, f"Nog {count(many - LISTED, 'regel', 'regels')}.", field=field)
            for (code, field), many in self._counts.items()
            if many > LISTED
        ]
        return sorted(self._rows, key=lambda row: (row["line"] or 0, row["code"], row["path"])) + rest
