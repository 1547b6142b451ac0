"""The forms of a report as somebody else reads them: tables by caption or sheet, pairs, and all text in reading order.

Nothing of ``exchanges`` is used. The PDF is read by its tags, as a screen reader does, so a table that is not tagged as
one is not found here. White space is left out of all texts: where a line breaks is not what is compared.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any

import openpyxl
import pdfplumber
from lxml import html
from pdfminer.pdfdevice import PDFDevice
from pdfminer.pdfinterp import PDFPageInterpreter, PDFResourceManager
from pdfminer.pdftypes import resolve1
from pdfminer.psparser import literal_name

Table = list[list[str]]
# Blanks of all kinds, and marks that only say where a line may break.
_BLANK = re.compile(r"[\s\u200b\u00ad]+")
_ON_SCREEN = "self::nav or self::script or self::style or contains(@class, 'skip') or contains(@class, 'smal')"


def tight(text: str) -> str:
    return _BLANK.sub("", text)


class Page:
    """The HTML: what a reader sees of it, the drawing apart."""

    def __init__(self, page: str) -> None:
        self.body = html.fromstring(page.replace("<wbr>", "")).find("body")
        for gone in self.body.xpath(f"//*[{_ON_SCREEN} or self::svg]"):
            gone.drop_tree()
        self.text = tight("".join(self.body.itertext()))
        self.tables: dict[str, Table] = {
            tight(table.find("caption").text_content()): [
                _row(tight(cell.text_content()) for cell in row) for row in table.iter("tr")
            ]
            for table in self.body.iter("table")
        }


@dataclass
class Element:
    """A structure element; ``parts`` are texts and elements in reading order, ``about`` its attributes."""

    kind: str
    parts: list[str | Element]
    about: dict[str, Any]

    def find(self, kind: str) -> Iterator[Element]:
        for part in self.parts:
            if isinstance(part, Element):
                if part.kind == kind:
                    yield part
                yield from part.find(kind)

    @property
    def text(self) -> str:
        """Drawings and the numbers of a list left out: those are no text on the page either."""
        if self.kind in ("Figure", "Lbl"):
            return ""
        return "".join(part if isinstance(part, str) else part.text for part in self.parts)


class Paper:
    """The PDF, by its structure tree."""

    def __init__(self, data: bytes) -> None:
        with pdfplumber.open(BytesIO(data)) as document:
            marks = {page.page_obj.pageid: _marked(page.page_obj) for page in document.pages}
            self.pages = len(document.pages)
            self.root = _element(resolve1(document.doc.catalog["StructTreeRoot"]), marks, None)
        self.text = tight(self.root.text)
        self.tables: dict[str, Table] = {}
        for table in self.root.find("Table"):
            caption = next(table.find("Caption"))
            self.tables[tight(caption.text)] = [
                _row(tight(cell.text) for cell in row.parts if isinstance(cell, Element)) for row in table.find("TR")
            ]


def _element(found: dict[str, Any], marks: dict[int, dict[int, str]], page: int | None) -> Element:
    page = found["Pg"].objid if "Pg" in found else page
    children = resolve1(found.get("K", []))
    parts: list[str | Element] = []
    for child in children if isinstance(children, list) else [children]:
        kid = resolve1(child)
        if isinstance(kid, int):
            parts.append(marks[page or 0].get(kid, ""))
        elif literal_name(kid.get("Type")) == "MCR":
            parts.append(marks[kid["Pg"].objid if "Pg" in kid else page or 0].get(kid["MCID"], ""))
        elif "S" in kid:
            parts.append(_element(kid, marks, page))
    return Element(literal_name(found["S"]) if "S" in found else "", parts, found)


def _row(cells: Iterable[str]) -> list[str]:
    """Without empty cells: there is nothing in them to tag."""
    return [cell for cell in cells if cell]


class _Marked(PDFDevice):
    """Text by the number of the marked content it is in."""

    def __init__(self, manager: PDFResourceManager) -> None:
        super().__init__(manager)
        self.texts: dict[int, str] = defaultdict(str)
        self._open: list[int | None] = []

    def begin_tag(self, tag: Any, props: Any = None) -> None:
        self._open.append((props or {}).get("MCID"))

    def end_tag(self) -> None:
        self._open.pop()

    def render_string(self, textstate: Any, seq: Any, ncs: Any, graphicstate: Any) -> None:
        mark = next((one for one in reversed(self._open) if one is not None), None)
        if mark is None:
            return
        for part in seq:
            if isinstance(part, bytes):
                self.texts[mark] += "".join(textstate.font.to_unichr(cid) for cid in textstate.font.decode(part))


def _marked(page: Any) -> dict[int, str]:
    manager = PDFResourceManager()
    device = _Marked(manager)
    PDFPageInterpreter(manager, device).process_page(page)
    return device.texts


class Book:
    """The workbook: rows by sheet, a number as the reader sees it in Dutch notation."""

    def __init__(self, data: bytes) -> None:
        self.book = openpyxl.load_workbook(BytesIO(data))
        self.tables: dict[str, Table] = {
            sheet.title: [_row(tight(_shown(cell)) for cell in row) for row in sheet.iter_rows()] for sheet in self.book
        }


def _shown(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if cell.is_date:
        return value.date().isoformat()
    if isinstance(value, int | float):
        kind = cell.number_format.removeprefix("[$-413]")
        # Through repr: the shortest text that is this number, which for fifteen digits is what was written.
        exact = Decimal(repr(value))
        return {
            "#,##0": lambda: dutch(exact, 0),
            "#,##0.00": lambda: dutch(exact, 2),
            "0.00%": lambda: dutch(exact * 100, 2) + "%",
        }[kind]()
    return str(value)


def dutch(value: Decimal, digits: int) -> str:
    """``-1234.5`` -> ``−1.234,50``, by another road than the reports take."""
    plain = f"{abs(value):,.{digits}f}"
    return ("−" if value < 0 else "") + plain.translate(str.maketrans({",": ".", ".": ","}))


def unit(value: int, name: str) -> str:
    """A whole number in its unit as a reader sees it."""
    return {
        "aantal": lambda: dutch(Decimal(value), 0),
        "dagen": lambda: dutch(Decimal(value), 0),
        "euro": lambda: dutch(Decimal(value), 0),
        "cent": lambda: dutch(Decimal(value) / 100, 2),
        "procent": lambda: dutch(Decimal(value) / 100, 2) + "%",
    }[name]()


# A row that must be there: where on the page (a word of the caption), in which sheet, the label, the numbers in order.
Row = tuple[str, str, str, list[str]]


def has(table: list[list[str]], label: str, numbers: list[str], signed: bool = True) -> bool:
    """Is there a row with the label and, after it, these numbers in this order?"""
    wanted = tight(label).casefold()
    for row in table:
        cells = [cell.casefold() for cell in row]
        at = next((i for i, cell in enumerate(cells) if wanted in cell), None)
        if at is None:
            continue
        rest = iter(row[at + 1 :])
        wanted_cells = [{number} if signed else {number, number.removeprefix("+")} for number in numbers]
        if all(any(cell in one for cell in rest) for one in wanted_cells):
            return True
    return False


def agree(page: Page, paper: Paper, book: Book, rows: Iterable[Row], unsigned: str = "") -> int:
    """All three have these rows, and page and paper every table and word in the same order; how many rows. In the sheet
    ``unsigned`` a plus is not written: there numbers can be added up as they are."""
    count = 0
    for caption, sheet, label, numbers in rows:
        on_page = [table for name, table in page.tables.items() if name.startswith(caption)]
        on_paper = [table for name, table in paper.tables.items() if name.startswith(caption)]
        assert len(on_page) == len(on_paper) == 1, caption
        assert has(on_page[0], label, numbers), ("HTML", caption, label, numbers)
        assert has(on_paper[0], label, numbers), ("PDF", caption, label, numbers)
        assert has(book.tables[sheet], label, numbers, signed=sheet != unsigned), (sheet, label, numbers)
        count += 1
    assert paper.tables == page.tables
    assert paper.text == page.text
    return count
