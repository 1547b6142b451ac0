"""Cells of a worksheet, by column: Arrow kernels write the XML of SpreadsheetML (ECMA-376 part 1, 18.3.1.4).

A number is written as the exact decimal it is; what a spreadsheet cannot hold exactly, more than fifteen digits, is
written as text. Text is an inline string and never a formula.
"""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.lists import dates
from exchanges.core.lists.csv import decimal
from exchanges.core.lists.declare import Kind
from exchanges.core.lists.values import per_value

_DIGITS = 15
_TEXT = ' t="inlineStr"><is><t xml:space="preserve">'
_TEXT_END = "</t></is></c>"
_NUMBER = "><v>"
_NUMBER_END = "</v></c>"
_DECIMALS: dict[Kind, int] = {"bedrag": 2, "procent": 4, "getal": 0, "jaar": 0}


def cells(kind: Kind, values: Any) -> Any:
    """What follows ``<c r=".." s=".."`` for every value, up to and including ``</c>``; null stays null."""
    if kind in ("tekst", "code", "bsn"):
        return _texts(values)
    if kind == "janee":
        return _texts(pc.if_else(values, "Ja", "Nee"))
    if kind == "datum":
        return _days(values)
    if kind == "deeldatum":
        return per_value(values, _partial)
    return _numbers(kind, values)


def _texts(values: Any) -> Any:
    for character, written in (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;")):
        values = pc.replace_substring(values, character, written)
    # _xHHHH_ is how SpreadsheetML writes a character; to mean itself its first sign is written that way.
    escaped = pc.match_substring_regex(values, "_x[0-9A-Fa-f]{4}_")
    if pc.any(escaped).as_py():
        values = pc.if_else(escaped, pc.replace_substring(values, "_x", "_x005F_x"), values)
    return pc.binary_join_element_wise(_TEXT, values, _TEXT_END, "")


def _numbers(kind: Kind, values: Any) -> Any:
    digits = _DECIMALS[kind]
    exact = pc.binary_join_element_wise(_NUMBER, _decimal(values, digits, "."), _NUMBER_END, "")
    length = pc.utf8_length(pc.utf8_ltrim(pc.cast(values, pa.string()), "-"))
    long = pc.greater(length, _DIGITS)
    if not pc.any(long).as_py():
        return exact
    # As text a percentage has two decimals: hundredths of a percent, not of one.
    return pc.if_else(long, _texts(_decimal(values, min(digits, 2), ",")), exact)


def _decimal(values: Any, digits: int, point: str) -> Any:
    return decimal(values, digits, point) if digits else pc.cast(values, pa.string())


def _days(values: Any) -> Any:
    number = pc.add(pc.cast(values, pa.int32()).cast(pa.int64()), dates.EPOCH)
    exact = pc.binary_join_element_wise(_NUMBER, pc.cast(number, pa.string()), _NUMBER_END, "")
    outside = pc.or_(pc.less(number, dates.FIRST), pc.greater(number, dates.LAST))
    if not pc.any(outside).as_py():
        return exact
    return pc.if_else(outside, _texts(per_value(pc.cast(values, pa.string()), dates.words)), exact)


def _partial(value: int) -> str:
    found = dates.whole(value)
    number = None if found is None else dates.serial(found)
    if number is not None:
        return f"{_NUMBER}{number}{_NUMBER_END}"
    return f"{_TEXT}{dates.partial_words(value)}{_TEXT_END}"
