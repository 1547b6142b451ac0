"""Sheets of a report as XLSX: headings that stay, numbers that can be added up, and the same bytes every time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, datetime, time
from decimal import Decimal
from io import BytesIO
from typing import Any

import xlsxwriter

from exchanges.core.lists.style import AMOUNT, DAY, DUTCH_NUMBER, FONT, HEADING, PERCENTAGE, TEXT
from exchanges.core.reports import dutch
from exchanges.core.reports.sheet import Quantity, Sheet, Value

# What a spreadsheet holds exactly; a longer number is written as text.
_DIGITS = 15
LONGEST = 32_767  # characters in a cell
_CUT = "… (afgebroken; de hele tekst staat in de JSON)"
_A4 = 9
_TITLE, _SHEET = 180, 62  # characters above a printed page, which has room for 255 with what places them
_FORMATS: dict[str, dict[str, Any]] = {
    "text": {**TEXT, "text_wrap": True},
    "day": DAY,
    # A number does not touch the text of the next column.
    "number": {**DUTCH_NUMBER, "indent": 1},
    "amount": {**AMOUNT, "indent": 1},
    "percentage": {**PERCENTAGE, "indent": 1},
}
# How many of the smallest part make one of what is shown, and in which format.
_UNITS = {
    "aantal": (1, "number"),
    "dagen": (1, "number"),
    "euro": (1, "number"),
    "cent": (100, "amount"),
    "procent": (10_000, "percentage"),
}


def workbook(sheets: Sequence[Sheet], *, title: str, on: date) -> bytes:
    """The file. ``on`` is the date in it, of what it is about and not of the clock."""
    made = BytesIO()
    book = xlsxwriter.Workbook(made, {"in_memory": True})
    book.set_properties({"title": title, "created": datetime.combine(on, time())})
    heading = book.add_format({**FONT, **HEADING})
    right = book.add_format({**FONT, **HEADING, "align": "right", "indent": 1})
    columns = {name: book.add_format({**FONT, "valign": "top", **form}) for name, form in _FORMATS.items()}
    # Of a list of labels and values a number stands where the texts stand.
    pairs = {
        name: book.add_format({**FONT, "valign": "top", **form, "align": "left", "indent": 0})
        for name, form in _FORMATS.items()
    }
    for sheet in sheets:
        formats = pairs if len(sheet.headings) == 2 else columns
        page = book.add_worksheet(sheet.title)
        for column, (text, width) in enumerate(zip(sheet.headings, sheet.widths, strict=True)):
            page.set_column(column, column, width)
            number = any(isinstance(row[column], Quantity) for row in sheet.rows) and column > 0
            page.write_string(0, column, text, right if number and len(sheet.headings) > 2 else heading)
        page.freeze_panes(1, 0)
        page.repeat_rows(0)
        page.set_landscape()
        page.set_paper(_A4)
        page.fit_to_pages(1, 0)
        # At both edges of each printed page; an ampersand would be a command.
        page.set_header(f"&L{_printed(title, _TITLE)}&R{_printed(sheet.title, _SHEET)}")
        page.set_footer("&RPagina &P van &N")
        page.autofilter(0, 0, max(len(sheet.rows), 1), len(sheet.headings) - 1)
        if not sheet.rows:
            page.write_string(1, 0, sheet.empty, formats["text"])
        for at, row in enumerate(sheet.rows, start=1):
            page.set_row(at, max(_height(value, width) for value, width in zip(row, sheet.widths, strict=True)))
            for column, value in enumerate(row):
                _write(page, at, column, value, formats)
        page.ignore_errors({"number_stored_as_text": "A1:XFD1048576"})
    book.close()
    return made.getvalue()


def _write(page: Any, row: int, column: int, value: Value, formats: dict[str, Any]) -> None:
    if isinstance(value, Quantity):
        parts, name = _UNITS[value.unit]
        if len(str(abs(value.value))) > _DIGITS:
            unit = "aantal" if value.unit == "dagen" else value.unit
            page.write_string(row, column, dutch.quantity(value.value, unit), formats["text"])
        else:
            page.write_number(row, column, Decimal(value.value) / parts, formats[name])
    elif isinstance(value, bool):
        page.write_string(row, column, "ja" if value else "nee", formats["text"])
    elif isinstance(value, date):
        page.write_datetime(row, column, datetime.combine(value, time()), formats["day"])
    elif value:
        shown = value if len(value) <= LONGEST else value[: LONGEST - len(_CUT)] + _CUT
        page.write_string(row, column, shown, formats["text"])
    else:
        page.write_blank(row, column, None, formats["text"])


def _printed(text: str, most: int) -> str:
    while len(shown := text.replace("&", "&&")) > most:
        text = text[:-1]
    return shown


def _height(value: Value, width: int) -> float:
    """In points: not every spreadsheet finds out by itself how high a row is."""
    if not isinstance(value, str):
        return 15.0
    lines = sum(math.ceil(max(len(line), 1) / width) for line in value.split("\n"))
    return 15.0 * min(lines, 27)  # a row is at most 409 points high
