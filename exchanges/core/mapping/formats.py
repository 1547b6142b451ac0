"""How a value is written and read back. Each format is one pair of Arrow kernels.

============== ============================ =====================================================
opmaak         Arrow type of the column     text in the message
============== ============================ =====================================================
tekst          string                       as is; ``tekst(100)`` cuts to 100 characters
code, bsn      string                       as is, leading zeros kept
datum          int32 jjjjmmdd (partial)     eight digits, unknown parts ``00`` (spec dkd-gsd section 5)
dag            date32                       eight digits
bedrag         int64 eurocents              digits without sign (WaardeBedr)
percentage5    int32 hundredths of percent  five digits, two implied decimals (62,5 % = ``06250``)
teken          int (column of the amount)   ``+`` or ``-``; null when the amount is null
teken-         int (column of the amount)   only ``-``; absent means positive
janee          bool                         ``1`` or ``2`` (SGR 15: Ja = 1, Nee = 2)
getal          int64                        digits
============== ============================ =====================================================

``bedrag``, ``percentage5`` and ``teken`` on the same column are one signed number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.errors import MappingError

# XML 1.0 production Char leaves these out; they cannot be written, not even as a reference.
FORBIDDEN = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"
_ESCAPES = (("&", "&amp;"), ("<", "&lt;"), (">", "&gt;"), ("\r", "&#13;"))
_SHAPE = re.compile(r"([a-z0-9]+-?)(?:\(([0-9]+)\))?")


@dataclass(frozen=True)
class Format:
    """``name``, its optional length, and the Arrow type of the column it works on."""

    name: str
    length: int | None
    type: pa.DataType

    def write(self, column: Any) -> Any:
        """Column values to message text (escaped), nulls stay null."""
        return _WRITE[self.name](self.normalise(column))

    def read(self, text: Any) -> Any:
        """Message text to column values; text that is not in this format gives null (the schema or a rule says so)."""
        return _READ[self.name](text)

    def normalise(self, column: Any) -> Any:
        """What of the column can be written: text without forbidden characters, cut to length."""
        if self.name != "tekst":
            return column
        if _any(pc.match_substring_regex(column, FORBIDDEN)):
            column = pc.replace_substring_regex(column, FORBIDDEN, "")
        if self.length is not None and (pc.max(pc.utf8_length(column)).as_py() or 0) > self.length:
            column = pc.utf8_slice_codeunits(column, 0, self.length)
        return column

    @property
    def is_sign(self) -> bool:
        return self.name in ("teken", "teken-")


def parse_format(text: str, where: str) -> Format:
    """``tekst(100)`` to a Format. Raises MappingError naming the row."""
    match = _SHAPE.fullmatch(text)
    if not match or match[1] not in _TYPES:
        raise MappingError(f"{where}: opmaak {text!r} bestaat niet; kies uit {', '.join(_TYPES)}.")
    return Format(match[1], int(match[2]) if match[2] else None, _TYPES[match[1]])


def _any(mask: Any) -> bool:
    return bool(pc.any(mask).as_py())


def _escape(column: Any) -> Any:
    if _any(pc.match_substring_regex(column, "[&<>\r]")):
        for raw, written in _ESCAPES:
            column = pc.replace_substring(column, raw, written)
    return column


def _padded(width: int, column: Any) -> Any:
    return pc.utf8_lpad(pc.cast(pc.abs(column), pa.string()), width, "0")


def _write_day(column: Any) -> Any:
    number = pc.add(
        pc.add(pc.multiply(pc.year(column), 10000), pc.multiply(pc.month(column), 100)), pc.day(column)
    )
    return _padded(8, number)


def _sign(positive: str | None, column: Any) -> Any:
    return pc.if_else(pc.less(column, 0), pa.scalar("-"), pa.scalar(positive, pa.string()))


def _digits(kind: pa.DataType, most: int, text: Any) -> Any:
    """Digits to integers; anything else to null. The cast is tried first: in a valid file it always fits."""
    try:
        return pc.cast(text, kind)
    except pa.ArrowInvalid:
        good = pc.match_substring_regex(text, f"^[0-9]{{1,{most}}}$")
        return pc.cast(pc.if_else(good, text, pa.scalar(None, pa.string())), kind)


def _read_day(text: Any) -> Any:
    try:
        return pc.cast(pc.strptime(text, format="%Y%m%d", unit="s", error_is_null=True), pa.date32())
    except pa.ArrowInvalid:
        return pa.nulls(len(text), pa.date32())


def _read_sign(text: Any) -> Any:
    return pc.if_else(pc.fill_null(pc.equal(text, "-"), False), pa.scalar(-1, pa.int32()), pa.scalar(1, pa.int32()))


def _same(column: Any) -> Any:
    return column


_TYPES: dict[str, pa.DataType] = {
    "tekst": pa.string(),
    "code": pa.string(),
    "bsn": pa.string(),
    "datum": pa.int32(),
    "dag": pa.date32(),
    "bedrag": pa.int64(),
    "percentage5": pa.int32(),
    "teken": pa.int64(),
    "teken-": pa.int64(),
    "janee": pa.bool_(),
    "getal": pa.int64(),
}
_WRITE: dict[str, Any] = {
    "tekst": _escape,
    "code": _escape,
    "bsn": _escape,
    "datum": partial(_padded, 8),
    "dag": _write_day,
    "bedrag": partial(_padded, 1),
    "percentage5": partial(_padded, 5),
    "teken": partial(_sign, "+"),
    "teken-": partial(_sign, None),
    "janee": lambda column: pc.if_else(column, pa.scalar("1"), pa.scalar("2")),
    "getal": lambda column: pc.cast(column, pa.string()),
}
_READ: dict[str, Any] = {
    "tekst": _same,
    "code": _same,
    "bsn": _same,
    "datum": partial(_digits, pa.int32(), 8),
    "dag": _read_day,
    "bedrag": partial(_digits, pa.int64(), 18),
    "percentage5": partial(_digits, pa.int32(), 5),
    "teken": _read_sign,
    "teken-": _read_sign,
    "janee": lambda text: pc.if_else(pc.equal(text, "1"), pa.scalar(True),
                                     pc.if_else(pc.equal(text, "2"), pa.scalar(False), pa.scalar(None, pa.bool_()))),
    "getal": partial(_digits, pa.int64(), 18),
}
