"""Geometry of the waterfall: from what the source holds down to what the partner accepted, one row per item.

Rows lie flat, so that a long Dutch label fits beside its bar and the drawing can grow downwards; there is a wide
layout (label, bar, value) and a narrow one for telephones (label and value above the bar). Only numbers and wrapped
texts come out of here; the drawing is ``templates/waterfall.svg.j2``.
"""

from __future__ import annotations

import textwrap
from dataclasses import dataclass
from typing import Literal

from exchanges.core.reports.dutch import MINUS, number
from exchanges.core.reports.model import Report

UNEXPLAINED = "Onverklaard verschil"


@dataclass(frozen=True)
class Row:
    """What the table under the drawing shows too. ``value`` is positive; a gap may be negative (more than before)."""

    label: str
    value: int
    kind: Literal["total", "minus", "gap"]
    note: str
    start: int
    end: int

    @property
    def text(self) -> str:
        if self.kind == "total":
            return number(self.value)
        if self.value == 0:
            return "0"
        return (MINUS if self.value > 0 else "+") + " " + number(abs(self.value))


@dataclass(frozen=True)
class Layout:
    """Units of the drawing. ``beside`` puts label and value beside the bar, else above it."""

    name: str
    width: int
    left: int
    right: int
    beside: bool
    characters: int


WIDE = Layout("breed", 960, 300, 880, True, 38)
NARROW = Layout("smal", 340, 1, 339, False, 30)

BAR = 24
LINE = 18
GAP = 11
MINIMUM = 2.0  # a single person among a million stays visible


@dataclass(frozen=True)
class Bar:
    """A drawn row; coordinates in units of the layout, rounded to tenths."""

    kind: str
    lines: tuple[tuple[float, str], ...]
    text: str
    text_y: float
    x: float
    y: float
    width: float


@dataclass(frozen=True)
class Drawing:
    name: str
    width: int
    height: float
    base: float
    label_x: int
    value_x: int
    bars: tuple[Bar, ...]
    links: tuple[tuple[float, float, float], ...]


def rows(report: Report) -> tuple[Row, ...]:
    """The items, with a row for every level that does not follow from the level before."""
    result: list[Row] = []
    level = 0
    for item, gap in zip(report.waterfall, report.unexplained, strict=True):
        if gap:
            note = "Er zijn er minder dan verwacht" if gap > 0 else "Er zijn er meer dan verwacht"
            result.append(Row(UNEXPLAINED, gap, "gap", note, level, level - gap))
        if item.kind == "total":
            level = item.value
            result.append(Row(item.label, item.value, "total", item.note, 0, item.value))
        else:
            result.append(Row(item.label, item.value, "minus", item.note, level, level - item.value))
            level -= item.value
    return tuple(result)


def draw(items: tuple[Row, ...], layout: Layout) -> Drawing:
    """Place every row; the longest bar fills the plot. An empty waterfall gives a drawing without bars."""
    low = min((min(row.start, row.end, 0) for row in items), default=0)
    high = max((max(row.start, row.end) for row in items), default=0)
    # A digit is some 8.5 units wide at the size of the labels: a long value takes its room from the bars.
    longest = max((len(row.text) for row in items), default=0) if layout.beside else 0
    right = min(layout.right, layout.width - 15 - 8.5 * longest)
    scale = (right - layout.left) / max(high - low, 1)

    def x(value: int) -> float:
        return layout.left + (value - low) * scale

    bars: list[Bar] = []
    links: list[tuple[float, float, float]] = []
    top: float = GAP / 2
    level, bottom = 0.0, 0.0
    for row in items:
        texts = textwrap.wrap(row.label[:1].upper() + row.label[1:], layout.characters) or [""]
        block = len(texts) * LINE
        if layout.beside:
            height = max(block, BAR)
            bar_y = top + (height - BAR) / 2
            first = top + (height - block) / 2 + 14
            text_y = bar_y + 17
        else:
            height = block + 4 + BAR
            bar_y = top + block + 4
            first = text_y = top + 14
        begin, end = sorted((x(row.start), x(row.end)))
        begin = min(begin, right - MINIMUM)
        width = max(end - begin, MINIMUM if row.value else 0.0)
        if bars:
            links.append((_tenth(level), _tenth(bottom), _tenth(bar_y)))
        bars.append(Bar(
            kind=row.kind, text=row.text, text_y=_tenth(text_y),
            lines=tuple((_tenth(first + index * LINE), text) for index, text in enumerate(texts)),
            x=_tenth(begin), y=_tenth(bar_y), width=_tenth(width),
        ))
        level, bottom = x(row.end), bar_y + BAR
        top += height + GAP
    return Drawing(layout.name, layout.width, _tenth(top - GAP / 2), _tenth(x(0)), 0 if layout.beside else layout.left,
                   layout.width if layout.beside else layout.right, tuple(bars), tuple(links))


def _tenth(value: float) -> float:
    # Screen coordinates only, never an amount. Rounded so that every machine writes the same text.
    return round(value, 1) + 0.0
