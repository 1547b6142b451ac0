"""Lists as a workbook: XlsxWriter makes the book, Arrow the rows.

XlsxWriter makes everything but the rows of signals: cover, styles, headings, filters, names. In every sheet it leaves
one row of empty cells, of which only the styles are read; the rows are written in its place, by column, while the file
is zipped. So the rows are neither in memory nor on disk, and 500,000 of them do not cost a call per cell.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from io import BytesIO
from typing import Any
from zipfile import ZipFile

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from xlsxwriter.utility import xl_col_to_name

from exchanges.core.lists.archive import zipped
from exchanges.core.lists.cells import cells
from exchanges.core.lists.cover import Cover, CoverPage
from exchanges.core.lists.declare import COVER_TITLE, Column, Kind
from exchanges.core.lists.style import AMOUNT, COUNT, DAY, DUTCH_NUMBER, FONT, HEADING, PERCENTAGE, TEXT
from exchanges.core.lists.values import Rows
from exchanges.core.mapping.columns import characters

NOTHING = "Geen signalen deze maand"
SHEET_ROWS = 1_048_575  # a sheet has one more, for the headings
# A part of a workbook stays under 2 GiB, so that the zip file is one that every spreadsheet reads.
SHEET_CELLS = 20_000_000

_LEVEL = 1
_FORMAT: dict[Kind, dict[str, Any]] = {
    "tekst": TEXT, "code": TEXT, "bsn": TEXT, "janee": TEXT,
    "datum": DAY, "deeldatum": DAY,
    "bedrag": AMOUNT,
    "jaar": {"num_format": "0", "align": "left"},
    "getal": DUTCH_NUMBER,
    "procent": PERCENTAGE,
}
_COVER = (34, 90, 40)
_NUMBERS: tuple[Kind, ...] = ("bedrag", "getal", "procent")
_TEMPLATE = re.compile(rb'<row r="2"[^>]*>.*?</row>', re.DOTALL)
_STYLE = re.compile(rb'<c r="[A-Z]+2" s="([0-9]+)"')
_DIMENSION = re.compile(rb'<dimension ref="[^"]*"/>')


@dataclass(frozen=True)
class _Leaf:
    """One worksheet: rows ``first`` to ``last`` (exclusive) of a sheet."""

    rows: Rows
    title: str
    first: int
    last: int


def workbook(cover: Cover, page: CoverPage, sheets: Sequence[Rows], sheet_rows: int = SHEET_ROWS) -> Iterator[bytes]:
    """The file, in pieces: the cover, then every sheet, in as many worksheets of ``sheet_rows`` as it takes."""
    leaves = [leaf for rows in sheets for leaf in _leaves(rows, sheet_rows)]
    with ZipFile(BytesIO(_book(cover, page, leaves))) as book:
        yield from zipped(_parts(book, leaves), level=_LEVEL, large=False)


def sheet_titles(rows: Rows, sheet_rows: int = SHEET_ROWS) -> list[str]:
    return [leaf.title for leaf in _leaves(rows, sheet_rows)]


def _leaves(rows: Rows, sheet_rows: int) -> list[_Leaf]:
    size = min(sheet_rows, SHEET_CELLS // len(rows.sheet.columns))
    starts = range(0, max(rows.count, 1), size)
    return [_Leaf(rows, rows.sheet.title + (f" ({i})" if i > 1 else ""), first, min(first + size, rows.count))
            for i, first in enumerate(starts, start=1)]


def _parts(book: ZipFile, leaves: list[_Leaf]) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Every part of the book as it is, worksheets with their rows. The cover is the first worksheet."""
    reading: dict[str, _Reader] = {}
    for name in book.namelist():
        number = re.fullmatch(r"xl/worksheets/sheet([0-9]+)\.xml", name)
        leaf = leaves[int(number[1]) - 2] if number and int(number[1]) > 1 else None
        if leaf is None or not leaf.rows.count:
            yield name, iter([book.read(name)])
        else:
            if leaf.first == 0:
                reading[leaf.rows.sheet.id] = _Reader(leaf.rows)
            yield name, _filled(book.read(name), leaf, reading[leaf.rows.sheet.id])


class _Reader:
    """The rows of a sheet that goes over several worksheets, read once."""

    def __init__(self, rows: Rows) -> None:
        self._batches = rows.batches()
        self._left: pa.RecordBatch | None = None

    def take(self, rows: int) -> Iterator[pa.RecordBatch]:
        while rows:
            batch = self._left if self._left is not None else next(self._batches)
            part = batch.slice(0, rows)
            self._left = batch.slice(rows) if batch.num_rows > rows else None
            rows -= part.num_rows
            yield part

    def end(self) -> None:
        """Read on to where the rows are counted. Raises BalanceError."""
        for batch in self._batches:
            self._left = batch


def _filled(sheet: bytes, leaf: _Leaf, reader: _Reader) -> Iterator[bytes]:
    template = _TEMPLATE.search(sheet)
    if template is None:
        raise RuntimeError("XlsxWriter writes worksheets in another way than this module knows")
    columns = leaf.rows.sheet.columns
    styles = [style.decode() for style in _STYLE.findall(template[0])]
    if len(styles) != len(columns):
        raise RuntimeError("XlsxWriter writes cells in another way than this module knows")
    area = f'<dimension ref="A1:{xl_col_to_name(len(columns) - 1)}{leaf.last - leaf.first + 1}"/>'
    yield _DIMENSION.sub(area.encode(), sheet[: template.start()])
    row = 2
    for batch in reader.take(leaf.last - leaf.first):
        yield from _lines(columns, styles, batch, row)
        row += batch.num_rows
    if leaf.last == leaf.rows.count:
        reader.end()
    yield sheet[template.end():]


def _lines(columns: Sequence[Column], styles: Sequence[str], batch: pa.RecordBatch, row: int) -> Iterator[bytes]:
    numbers = pc.cast(pa.array(np.arange(row, row + batch.num_rows)), pa.string())
    parts: list[Any] = ['<row r="', numbers, '">']
    for i, column in enumerate(columns):
        begin, style = f'<c r="{xl_col_to_name(i)}', f'" s="{styles[i]}"'
        cell = pc.binary_join_element_wise(begin, numbers, style, cells(column.kind, batch.column(i)), "")
        # An empty cell in the first column: a row without anything would not count as one.
        empty = pc.binary_join_element_wise(begin, numbers, f"{style}/>", "") if i == 0 else ""
        parts.append(pc.coalesce(cell, empty))
    yield from (part.tobytes() for part in characters(pc.binary_join_element_wise(*parts, "</row>", "")))


def _book(cover: Cover, page: CoverPage, leaves: list[_Leaf]) -> bytes:
    """The whole workbook without signals."""
    made = BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    # The period, not the clock: the same list is the same file.
    moment = datetime.combine(cover.period.start, datetime.min.time())
    book.set_properties({"title": f"{page.title}, {cover.gemeente_name}, {cover.period}", "created": moment})
    _write_cover(book, page, leaves)
    heading = book.add_format({**FONT, **HEADING})
    right = book.add_format({**FONT, **HEADING, "align": "right"})
    formats = {kind: book.add_format({**FONT, "valign": "top", **form}) for kind, form in _FORMAT.items()}
    for leaf in leaves:
        sheet = book.add_worksheet(leaf.title)
        columns = leaf.rows.headed().columns
        for i, column in enumerate(columns):
            sheet.set_column(i, i, column.width)
            sheet.write_string(0, i, column.heading, right if column.kind in _NUMBERS else heading)
        sheet.set_row(0, max(_height(column.heading, column.width) for column in columns))
        sheet.freeze_panes(1, 0)
        sheet.autofilter(0, 0, max(leaf.last - leaf.first, 1), len(columns) - 1)
        sheet.repeat_rows(0)
        sheet.set_landscape()
        sheet.fit_to_pages(1, 0)
        if not leaf.rows.count:
            sheet.write_string(1, 0, NOTHING, formats["tekst"])
            continue
        for i, column in enumerate(columns):
            sheet.write_blank(1, i, None, formats[column.kind])
        # A code of digits is text on purpose; without this every cell gets a warning.
        last = xl_col_to_name(len(columns) - 1)
        sheet.ignore_errors({"number_stored_as_text": f"A2:{last}{leaf.last - leaf.first + 1}"})
    book.close()
    return made.getvalue()


def _height(text: str, width: int) -> float:
    """In points, of a text that wraps; told, because not every spreadsheet finds it out by itself."""
    # A word that does not fit goes to the next line whole, so lines are never quite full.
    lines = sum(math.ceil(max(len(line), 1) / (0.85 * width)) for line in text.split("\n"))
    return 15.0 * min(lines, 27)  # a row is at most 409 points high


def _write_cover(book: Any, page: CoverPage, leaves: list[_Leaf]) -> None:
    plain = book.add_format({**FONT, "text_wrap": True, "valign": "top"})
    bold = book.add_format({**FONT, "bold": True, "valign": "top"})
    title = book.add_format({**FONT, "font_size": 16, "bold": True})
    count = book.add_format({**FONT, **COUNT, "valign": "top"})
    total = book.add_format({**FONT, **COUNT, "bold": True, "top": 1})
    sheet = book.add_worksheet(COVER_TITLE)
    for column, width in enumerate(_COVER):
        sheet.set_column(column, column, width)
    sheet.set_landscape()
    sheet.fit_to_pages(1, 0)
    sheet.write_string(0, 0, page.title, title)
    for row, (label, text) in enumerate(page.lines, start=2):
        sheet.write_string(row, 0, label, bold)
        sheet.write_string(row, 1, text, plain)
        sheet.set_row(row, _height(text, _COVER[1]))
    start = len(page.lines) + 3
    for column, text in enumerate(("Soort signaal", "Aantal", "Tabbladen")):
        sheet.write_string(start, column, text, bold)
    for row, (sheet_id, name, number) in enumerate(page.kinds, start=start + 1):
        sheet.write_string(row, 0, name, plain)
        sheet.write_number(row, 1, number, count)
        sheet.write_string(row, 2, ", ".join(leaf.title for leaf in leaves if leaf.rows.sheet.id == sheet_id), plain)
    sheet.write_string(start + 1 + len(page.kinds), 0, "Totaal", total)
    sheet.write_number(start + 1 + len(page.kinds), 1, page.total, total)
