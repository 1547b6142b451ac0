"""Lists as CSV: ``;``, UTF-8 with BOM, decimal comma, ISO dates, one file per kind, and the cover as its own.

Texts are quoted, numbers and dates are not. A text that a spreadsheet would take for a formula gets an apostrophe in
front, and so does one that already begins with apostrophes before such a sign: taking off one apostrophe gives it back.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.lists.cover import CoverPage
from exchanges.core.lists.dates import partial_iso
from exchanges.core.lists.declare import Column
from exchanges.core.lists.values import Rows, per_value
from exchanges.core.mapping.columns import characters

BOM = b"\xef\xbb\xbf"
_END = "\r\n"
# = + - @, their wide forms and a tab begin a formula in one spreadsheet or another; white space before them is skipped.
_FORMULA = r"^('*\s*[=+\-@\t\x{FF1D}\x{FF0B}\x{FF0D}\x{FF20}])"


def sheet_csv(rows: Rows) -> Iterator[bytes]:
    """The file of one sheet, in pieces. A sheet without rows has its headings."""
    columns = rows.headed().columns
    yield BOM + (";".join(quoted(column.heading) for column in columns) + _END).encode()
    for batch in rows.batches():
        cells = [pc.fill_null(_cell(column, batch.column(i)), "") for i, column in enumerate(columns)]
        lines = pc.binary_join_element_wise(*cells, ";")
        yield from (part.tobytes() for part in characters(pc.binary_join_element_wise(lines, _END, "")))


def cover_csv(page: CoverPage) -> bytes:
    lines = [("Onderdeel", "Inhoud"), ("Titel", page.title), *page.lines]
    lines += [(title, str(count)) for _, title, count in page.kinds] + [("Totaal aantal signalen", str(page.total))]
    return BOM + "".join(f"{quoted(label)};{quoted(text)}{_END}" for label, text in lines).encode()


def quoted(text: str) -> str:
    return _text(pa.array([text])).to_pylist()[0]  # type: ignore[no-any-return]


def decimal(values: Any, digits: int, point: str) -> Any:
    """Whole numbers of which the last ``digits`` are decimals, as text: ``-5`` -> ``-0,05``. Exact for every int64."""
    text = pc.cast(values, pa.string())
    padded = pc.utf8_lpad(pc.utf8_ltrim(text, "-"), digits + 1, "0")
    sign = pc.if_else(pc.less(values, 0), "-", "")
    whole = pc.utf8_slice_codeunits(padded, 0, -digits)
    return pc.binary_join_element_wise(sign, whole, point, pc.utf8_slice_codeunits(padded, -digits), "")


def _cell(column: Column, values: Any) -> Any:
    if column.kind in ("tekst", "code", "bsn"):
        return _text(values)
    if column.kind in ("bedrag", "procent"):
        return decimal(values, 2, ",")
    if column.kind == "deeldatum":
        return per_value(values, partial_iso)
    if column.kind == "janee":
        return pc.if_else(values, "Ja", "Nee")
    return pc.cast(values, pa.string())


def _text(values: Any) -> Any:
    safe = pc.replace_substring_regex(values, _FORMULA, r"'\1")
    return pc.binary_join_element_wise('"', pc.replace_substring(safe, '"', '""'), '"', "")
