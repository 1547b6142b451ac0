"""How long the texts of a source may be, whatever it is kept in: what is far longer than any value of the model can be
fills memory here and everywhere after."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

# Bytes: of a value on average, which in no message is as long even at its longest; and what is little in all, where a
# long value is a finding like any other.
LONG, SMALL = 256, 4 << 20


class TooLong(Exception):
    """A column holds too much; the text says so after the name of the table."""

    def __init__(self, column: str) -> None:
        super().__init__(f"heeft in kolom {column} waarden van gemiddeld meer dan {LONG} bytes")


def most(rows: int) -> int:
    """Bytes that a column may have over so many rows."""
    return max(SMALL, LONG * rows)


class Lengths:
    """Of one table, while it is read."""

    def __init__(self) -> None:
        self._rows = 0
        self._sizes: Counter[str] = Counter()

    def add(self, sizes: Mapping[str, int], rows: int) -> None:
        """``sizes``: bytes or characters of each text column in the next ``rows``. Raises TooLong."""
        self._rows += rows
        for column, size in sizes.items():
            self._sizes[column] += size
            if self._sizes[column] > most(self._rows):
                raise TooLong(column)
