"""How wide each column of a table is on paper: what cannot be broken fits, and long texts share what is left.

As a browser does it, but from counts of characters: a page must come out the same on every machine.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

# Characters of the size of a table that fit in a line of the page, and what the edges of a column take of that.
LINE = 118
EDGES = 3
# A digest may be broken anywhere, and its letters are all equally wide.
DIGEST = 23
_WIDE = 1.25
# Where a word may be broken without a hyphen.
BREAK = "\u200b"
# Capitals are wider than the letters that a line is counted in, two of them most of all; in hundredths.
_CAPITAL, _WIDEST = 125, 170
_WORD = re.compile(f"[ {BREAK}]")


@dataclass(frozen=True)
class Cell:
    """The lines of a cell. ``whole``: never broken. ``digest``: with a hash in it. ``span``: over how many columns."""

    lines: tuple[str, ...]
    span: int = 1
    whole: bool = False
    digest: bool = False

    @property
    def least(self) -> int:
        words = self.lines if self.whole else [word for line in self.lines for word in _WORD.split(line)]
        longest = max(map(_size, words), default=0)
        return min(longest, DIGEST) if self.digest else longest

    @property
    def most(self) -> int:
        longest = max(map(_size, self.lines), default=0)
        return round(longest * _WIDE) if self.digest else longest


def _size(text: str) -> int:
    """In characters as a line of text has them, rounded up."""
    hundredths = sum(_WIDEST if one in "WM" else _CAPITAL if one.isupper() else 100 for one in text)
    return -(-hundredths // 100)


def widths(rows: Sequence[Sequence[Cell]]) -> tuple[list[int], int]:
    """Shares of the line per column, and the size of the letters in percent: less than 100 when not even what cannot be
    broken would fit. Cells over more columns take what there is."""
    count = max((sum(cell.span for cell in row) for row in rows), default=0)
    least, most = [1] * count, [1] * count
    for row in rows:
        if any(cell.span > 1 for cell in row):
            continue
        for column, cell in enumerate(row):
            least[column] = max(least[column], cell.least)
            most[column] = max(most[column], cell.most)
    room = LINE - EDGES * count
    scale = min(100, 100 * room // sum(least)) if least else 100
    room = max(room * 100 // max(scale, 1), sum(least))
    wanted = [large - small for large, small in zip(most, least, strict=True)]
    spare = room - sum(least)
    given = [
        min(want, spare * want // sum(wanted)) if sum(wanted) else 0 for want in wanted
    ]
    shares = [small + extra + EDGES for small, extra in zip(least, given, strict=True)]
    return shares, scale
