"""From text to values, by column, exactly as a layout writes them; what is written otherwise is unreadable.

======== ======================= ==================================================================
type     Arrow type              notations
======== ======================= ==================================================================
code     string                  as it stands, leading zeros kept
tekst    string                  as it stands
bsn      string                  nine digits that pass the elfproef
dag      date32                  ``jjjjmmdd``, ``jjjj-mm-dd``, ``d-m-jjjj``; a day that exists
datum    int32 jjjjmmdd          the same; unknown parts are 00, and a year such as 9999 is left to who reads it
maand    string ``2026-10``      ``jjjjmm``, ``jjjj-mm``
jaar     int32                   four digits
bedrag   int64 eurocents         ``komma`` (``-1.234,50``), ``punt`` (``-1234.50``)
getal    int64                   digits
geheel   int64                   digits, ``-`` when negative
jn       bool                    ``J/N``
lijst    list of string          separated by a comma
======== ======================= ==================================================================
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from exchanges.core.bsn import elfproef
from exchanges.core.mapping.formats import parse_format

Mask = NDArray[np.bool_]
NOTATIONS = {
    "dag": ("jjjjmmdd", "jjjj-mm-dd", "d-m-jjjj"), "datum": ("jjjjmmdd", "jjjj-mm-dd", "d-m-jjjj"),
    "maand": ("jjjjmm", "jjjj-mm"), "bedrag": ("komma", "punt"), "jn": ("J/N",), "lijst": (",",),
}  # fmt: skip
_NONE = pa.scalar(None, pa.string())
_ARROW = {
    "code": pa.string(), "tekst": pa.string(), "bsn": pa.string(), "dag": pa.date32(), "datum": pa.int32(),
    "maand": pa.string(), "jaar": pa.int32(), "bedrag": pa.int64(), "getal": pa.int64(), "geheel": pa.int64(),
    "jn": pa.bool_(), "lijst": pa.list_(pa.string()),
}  # fmt: skip
TYPES = tuple(_ARROW)
# A thousands separator only before decimals: "1.234" alone may be either. At most fifteen digits: cents are 64 bits.
_AMOUNT = {
    "komma": r"^(?P<sign>-?)(?P<euros>[0-9]{1,3}(?:\.[0-9]{3}){1,4}|[0-9]{1,13})(?:,(?P<cents>[0-9]{1,2}))?$",
    "punt": r"^(?P<sign>-?)(?P<euros>[0-9]{1,13})(?:\.(?P<cents>[0-9]{1,2}))?$",
}
# How nearly every amount is written: then the separator alone stands between the text and its cents.
_PLAIN_AMOUNT = {"komma": (",", r"^-?[0-9]{1,13},[0-9]{2}$"), "punt": (".", r"^-?[0-9]{1,13}\.[0-9]{2}$")}
_GROUPED_WHOLE = r"^-?[0-9]{1,3}(\.[0-9]{3})+$"
_DAY = parse_format("dag", "")
_DAYS = np.array([0, 31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])


def arrow_type(kind: str) -> pa.DataType:
    return _ARROW[kind]


def plain(column: Any) -> pa.Array:
    """One array of text without white space around it; empty text is null."""
    text = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    if (pc.max(pc.binary_length(text)).as_py() or 0) == 0:
        return pa.nulls(len(text), pa.string())
    text = pc.utf8_trim_whitespace(text)
    return pc.if_else(pc.equal(pc.binary_length(text), 0), _NONE, text)


def filled(column: pa.Array) -> Mask:
    mask: Mask = pc.is_valid(column).to_numpy(zero_copy_only=False)
    return mask


def lost_zeros(text: str | None, code: str) -> bool:
    """Whether it is ``code`` without the zeros it begins with, as a spreadsheet leaves it."""
    return text is not None and len(text) < len(code) and text.lstrip("0") == code.lstrip("0") != ""


def read(text: pa.Array, kind: str, notation: str = "", length: int | None = None) -> tuple[pa.Array, Mask]:
    """The typed column, and which values could not be read. ``text`` as :func:`plain` gives it; null stays null.
    ``length``: of a code or a text, in characters."""
    if text.null_count == len(text):
        return pa.nulls(len(text), _ARROW[kind]), np.zeros(len(text), bool)
    typed = _limited(text, length) if kind in ("code", "tekst") else _READ[kind](text, notation)
    return typed, filled(text) & ~filled(typed)


def _where(mask: Any, column: Any) -> pa.Array:
    return pc.if_else(mask, column, pa.scalar(None, column.type))


def _limited(text: pa.Array, length: int | None) -> pa.Array:
    return text if length is None else _where(pc.less_equal(pc.utf8_length(text), length), text)


def _bsn(text: pa.Array, notation: str) -> pa.Array:
    return _where(elfproef(text), text)


def _eight(text: pa.Array, notation: str) -> pa.Array:
    """A date as eight digits."""
    if notation == "jjjj-mm-dd":
        text = _matching(text, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
        text = pc.replace_substring(text, "-", "")
    elif notation == "d-m-jjjj":
        parts = pc.extract_regex(text, r"^(?P<d>[0-9]{1,2})-(?P<m>[0-9]{1,2})-(?P<j>[0-9]{4})$")
        day, month, year = (pc.struct_field(parts, name) for name in "dmj")
        text = pc.binary_join_element_wise(year, pc.utf8_lpad(month, 2, "0"), pc.utf8_lpad(day, 2, "0"), "")
    return _matching(text, "^[0-9]{8}$")


def _day(text: pa.Array, notation: str) -> pa.Array:
    return _DAY.read(_eight(text, notation))


def _partial(text: pa.Array, notation: str) -> pa.Array:
    number = _eight(text, notation).cast(pa.int32())
    values = pc.fill_null(number, -1).to_numpy(zero_copy_only=False)
    year, month, day = values // 10000, values // 100 % 100, values % 100
    # 29 February of an unknown year may exist.
    leap = (year % 4 == 0) & ((year % 100 != 0) | (year % 400 == 0))
    good = (values >= 0) & (month <= 12) & (day <= _DAYS[np.minimum(month, 12)])
    return _where(pa.array(good & ((values % 10000 != 229) | leap)), number)


def _month(text: pa.Array, notation: str) -> pa.Array:
    if notation == "jjjjmm":
        text = pc.replace_substring_regex(_matching(text, "^[0-9]{6}$"), "^(....)(..)$", r"\1-\2")
    return _matching(text, "^[0-9]{4}-(0[1-9]|1[0-2])$")


def _amount(text: pa.Array, notation: str) -> pa.Array:
    separator, usual = _PLAIN_AMOUNT[notation]
    if pc.all(pc.match_substring_regex(text, usual)).as_py():
        return pc.replace_substring(text, separator, "").cast(pa.int64())
    whole = pc.fill_null(pc.match_substring_regex(text, _GROUPED_WHOLE), False)
    parts = pc.extract_regex(_where(pc.invert(whole), text), _AMOUNT[notation])
    euros = pc.replace_substring(pc.struct_field(parts, "euros"), ".", "").cast(pa.int64())
    # "12,5" is 12,50; no decimals are none.
    cents = pc.utf8_rpad(pc.struct_field(parts, "cents"), 2, "0").cast(pa.int64())
    value = pc.add(pc.multiply(euros, 100), cents)
    return pc.if_else(pc.equal(pc.struct_field(parts, "sign"), "-"), pc.negate(value), value)


def _number(text: pa.Array, notation: str) -> pa.Array:
    return _matching(text, "^[0-9]{1,9}$").cast(pa.int64())


def _signed(text: pa.Array, notation: str) -> pa.Array:
    return _matching(text, "^-?[0-9]{1,9}$").cast(pa.int64())


def _year(text: pa.Array, notation: str) -> pa.Array:
    return _matching(text, "^(19|20)[0-9]{2}$").cast(pa.int32())


def _yes_no(text: pa.Array, notation: str) -> pa.Array:
    return _where(pc.is_in(text, value_set=pa.array(["J", "N"])), pc.equal(text, "J"))


def _list(text: pa.Array, notation: str) -> pa.Array:
    return pc.split_pattern_regex(text, r"\s*,\s*")


def _matching(text: pa.Array, pattern: str) -> pa.Array:
    return _where(pc.match_substring_regex(text, pattern), text)


_READ: dict[str, Any] = {
    "bsn": _bsn, "dag": _day, "datum": _partial, "maand": _month, "jaar": _year, "bedrag": _amount, "getal": _number,
    "geheel": _signed, "jn": _yes_no, "lijst": _list,
}  # fmt: skip
