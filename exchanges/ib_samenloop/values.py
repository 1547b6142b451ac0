"""From text to values, by column, exactly as the layout writes them; what is written otherwise is unreadable.

``read(text, place)`` gives the typed column and the mask of the values that could not be read. Null stays null.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from exchanges.core.bsn import elfproef
from exchanges.core.mapping.formats import parse_format
from exchanges.ib_samenloop.kinds import Field
from exchanges.ib_samenloop.layout import Place

Mask = NDArray[np.bool_]
_NONE = pa.scalar(None, pa.string())
_ARROW = {
    "code": pa.string(), "tekst": pa.string(), "bsn": pa.string(), "dag": pa.date32(), "datum": pa.int32(),
    "maand": pa.string(), "jaar": pa.int32(), "bedrag": pa.int64(), "getal": pa.int64(), "jn": pa.bool_(),
    "lijst": pa.list_(pa.string()),
}
# A thousands separator only before decimals: "1.234" alone may be either.
_AMOUNT = {
    "komma": r"^(?P<sign>-?)(?P<euros>[0-9]{1,3}(?:\.[0-9]{3})+|[0-9]{1,13})(?:,(?P<cents>[0-9]{1,2}))?$",
    "punt": r"^(?P<sign>-?)(?P<euros>[0-9]{1,13})(?:\.(?P<cents>[0-9]{1,2}))?$",
}
_GROUPED_WHOLE = r"^-?[0-9]{1,3}(\.[0-9]{3})+$"
_DAY = parse_format("dag", "")


def arrow_type(field: Field) -> pa.DataType:
    return _ARROW[field.type]


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


def read(text: pa.Array, place: Place) -> tuple[pa.Array, Mask]:
    """``text`` as :func:`plain` gives it."""
    kind = place.field.type
    if text.null_count == len(text):
        return pa.nulls(len(text), _ARROW[kind]), np.zeros(len(text), bool)
    typed = _READ[kind](text, place)
    return typed, filled(text) & ~filled(typed)


def _where(mask: Any, column: Any) -> pa.Array:
    return pc.if_else(mask, column, pa.scalar(None, column.type))


def _text(text: pa.Array, place: Place) -> pa.Array:
    if place.field.length is None:
        return text
    return _where(pc.less_equal(pc.utf8_length(text), place.field.length), text)


def _bsn(text: pa.Array, place: Place) -> pa.Array:
    return _where(elfproef(text), text)


def _day(text: pa.Array, place: Place) -> pa.Array:
    if place.notation == "jjjj-mm-dd":
        text = _matching(text, r"^[0-9]{4}-[0-9]{2}-[0-9]{2}$")
        text = pc.replace_substring(text, "-", "")
    elif place.notation == "d-m-jjjj":
        parts = pc.extract_regex(text, r"^(?P<d>[0-9]{1,2})-(?P<m>[0-9]{1,2})-(?P<j>[0-9]{4})$")
        day, month, year = (pc.struct_field(parts, name) for name in "dmj")
        text = pc.binary_join_element_wise(year, pc.utf8_lpad(month, 2, "0"), pc.utf8_lpad(day, 2, "0"), "")
    return _DAY.read(_matching(text, "^[0-9]{8}$"))


def _partial(text: pa.Array, place: Place) -> pa.Array:
    number = _matching(text, "^[0-9]{8}$").cast(pa.int32())
    values = pc.fill_null(number, 0).to_numpy(zero_copy_only=False)
    month, day = values // 100 % 100, values % 100
    good = (values > 0) & (month <= 12) & (day <= 31) & ((month > 0) | (day == 0))
    return _where(pa.array(good), number)


def _month(text: pa.Array, place: Place) -> pa.Array:
    if place.notation == "jjjjmm":
        text = pc.replace_substring_regex(_matching(text, "^[0-9]{6}$"), "^(....)(..)$", r"\1-\2")
    return _matching(text, "^[0-9]{4}-(0[1-9]|1[0-2])$")


def _amount(text: pa.Array, place: Place) -> pa.Array:
    whole = pc.fill_null(pc.match_substring_regex(text, _GROUPED_WHOLE), False)
    parts = pc.extract_regex(_where(pc.invert(whole), text), _AMOUNT[place.notation])
    euros = pc.replace_substring(pc.struct_field(parts, "euros"), ".", "").cast(pa.int64())
    # "12,5" is 12,50; no decimals are none.
    cents = pc.utf8_rpad(pc.struct_field(parts, "cents"), 2, "0").cast(pa.int64())
    value = pc.add(pc.multiply(euros, 100), cents)
    return pc.if_else(pc.equal(pc.struct_field(parts, "sign"), "-"), pc.negate(value), value)


def _number(text: pa.Array, place: Place) -> pa.Array:
    return _matching(text, "^[0-9]{1,9}$").cast(pa.int64())


def _year(text: pa.Array, place: Place) -> pa.Array:
    return _matching(text, "^(19|20)[0-9]{2}$").cast(pa.int32())


def _yes_no(text: pa.Array, place: Place) -> pa.Array:
    return _where(pc.is_in(text, value_set=pa.array(["J", "N"])), pc.equal(text, "J"))


def _list(text: pa.Array, place: Place) -> pa.Array:
    return pc.split_pattern_regex(text, r"\s*,\s*")


def _matching(text: pa.Array, pattern: str) -> pa.Array:
    return _where(pc.match_substring_regex(text, pattern), text)


_READ: dict[str, Any] = {
    "code": _text, "tekst": _text, "bsn": _bsn, "dag": _day, "datum": _partial, "maand": _month, "jaar": _year,
    "bedrag": _amount, "getal": _number, "jn": _yes_no, "lijst": _list,
}
