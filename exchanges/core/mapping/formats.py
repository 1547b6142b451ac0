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
euro           int64 eurocents              euros with a point and two decimals, ``-`` when negative
geheel         int64                        digits, ``-`` when negative
isodag         date32                       JJJJ-MM-DD
jn             bool                         ``J`` or ``N``
tijdstip       string                       as is (``xs:dateTime``)
============== ============================ =====================================================

``bedrag``, ``percentage5`` and ``teken`` on the same column are one signed number.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.errors import MappingError
from exchanges.core.mapping.columns import characters, one_array
from exchanges.core.mapping.xsd_values import read_date, read_euro, write_euro

# XML 1.0 production Char leaves these out; they cannot be written, not even as a reference.
FORBIDDEN = r"[\x00-\x08\x0B\x0C\x0E-\x1F\x{FFFE}\x{FFFF}]"
_NONCHARACTER = b"\xef\xbf"  # how U+FFFE and U+FFFF begin in UTF-8, and some others
_ESCAPES = {"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;"}  # the ampersand first
_SHAPE = re.compile(r"([a-z0-9]+-?)(?:\(([0-9]+)\))?")
_DAY = 8  # jjjjmmdd


@dataclass(frozen=True)
class Format:
    """``name``, its optional length, and the Arrow type of the column it works on."""

    name: str
    length: int | None
    type: pa.DataType

    def write(self, column: Any) -> pa.Array:
        """Column values to message text (escaped), nulls stay null."""
        text: pa.Array = _WRITE[self.name](self.normalise(one_array(column)))
        return text

    def read(self, text: Any) -> Any:
        """Message text to column values; text that is not in this format gives null (the schema or a rule says so)."""
        return _READ[self.name](text)

    def normalise(self, column: Any) -> Any:
        """What of the column can be written: text without forbidden characters, cut to length."""
        if self.name != "tekst":
            return column
        column = _plain_strings(column)
        if _suspect(column) and _any(pc.match_substring_regex(column, FORBIDDEN)):
            column = pc.replace_substring_regex(column, FORBIDDEN, "")
        # Bytes bound characters, and are known without looking at the text.
        if self.length is not None and (pc.max(pc.binary_length(column)).as_py() or 0) > self.length:
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


def _suspect(column: Any) -> bool:
    """Whether the text may hold a forbidden character; a look at the bytes is much cheaper than the expression."""
    for part in characters(column):
        if len(part) and (part.min() < 0x20 or (part.max() >= 0xEF and _NONCHARACTER in part.tobytes())):
            return True
    return False


def _plain_strings(column: Any) -> Any:
    """Large strings, string views and dictionaries as strings."""
    return column if column.type == pa.string() else pc.cast(column, pa.string())


def _escape(column: pa.Array) -> pa.Array:
    column = _plain_strings(column)
    raw = b"".join(part.tobytes() for part in characters(column))
    for character, written in _ESCAPES.items():
        if character.encode() in raw:
            column = pc.replace_substring(column, character, written)
    return column


def _padded(width: int, column: pa.Array) -> pa.Array:
    """The number without its sign, with leading zeros to ``width``."""
    range_ = pc.min_max(column).as_py()
    if (range_["min"] or 0) < 0:
        column = pc.abs(column)
        range_ = pc.min_max(column).as_py()
    text = pc.cast(column, pa.string())
    full = range_["min"] is None or range_["min"] >= 10 ** (width - 1)
    return text if full else pc.utf8_lpad(text, width, "0")


def _write_day(column: pa.Array) -> pa.Array:
    # By numpy: in pyarrow 26 sums over the fields of pc.year_month_day now and then crash.
    missing = column.is_null().to_numpy(zero_copy_only=False)
    days = pc.fill_null(pc.cast(column, pa.int32()), 0).to_numpy().astype("M8[D]")
    month = days.astype("M8[M]")
    year, month_of_year = np.divmod(month.astype(np.int64), 12)
    day = (days - month.astype("M8[D]")).astype(np.int64) + 1
    number = (year + 1970) * 10000 + (month_of_year + 1) * 100 + day
    return _padded(_DAY, pa.array(number, mask=missing))


def _sign(positive: str | None, column: pa.Array) -> pa.Array:
    return pc.if_else(pc.less(column, 0), pa.scalar("-"), pa.scalar(positive, pa.string()))


def _digits(kind: pa.DataType, most: int, sign: str, text: Any) -> Any:
    """Digits to integers; anything else to null. ``sign`` is the expression for what may stand before them.

    The cast alone takes more than digits; so it is tried only where there is nothing else, as in a valid file.
    """
    if _only_digits(text, most):
        try:
            return pc.cast(text, kind)
        except pa.ArrowInvalid:
            pass
    # White space around a number means nothing (XML Schema, whiteSpace collapse).
    text = pc.ascii_trim(text, " \t\r\n")
    good = pc.match_substring_regex(text, f"^{sign}[0-9]{{1,{most}}}$")
    text = pc.utf8_ltrim(pc.if_else(good, text, pa.scalar(None, pa.string())), "+")
    return pc.cast(text, kind)


def _only_digits(text: Any, most: int) -> bool:
    parts = characters(text)
    return (pc.max(pc.binary_length(text)).as_py() or 0) <= most and all(
        len(part) == 0 or (part.min() >= ord("0") and part.max() <= ord("9")) for part in parts
    )


def _read_day(text: Any) -> Any:
    """Only days that exist."""
    text = one_array(text)
    whole = pc.if_else(pc.equal(pc.binary_length(text), _DAY), text, pa.scalar(None, pa.string()))
    number = pc.cast(_digits(pa.int32(), _DAY, "", whole), pa.int64())
    there = pc.is_valid(number).to_numpy(zero_copy_only=False)
    year_month, day = np.divmod(pc.fill_null(number, 0).to_numpy(), 100)
    year, month = np.divmod(year_month, 100)
    first = ((year - 1970) * 12 + month - 1).astype("M8[M]").astype("M8[D]")
    found = first + (day - 1)
    in_month = (day >= 1) & (found.astype("M8[M]") == first.astype("M8[M]"))
    exists = there & (year >= 1) & (month >= 1) & (month <= 12) & in_month
    return pa.array(found, mask=~exists)


def _read_sign(text: Any) -> Any:
    return pc.if_else(pc.fill_null(pc.equal(text, "-"), False), pa.scalar(-1, pa.int32()), pa.scalar(1, pa.int32()))


def _one_of(yes: str, no: str, column: pa.Array) -> pa.Array:
    return pc.if_else(column, pa.scalar(yes), pa.scalar(no))


def _which(yes: str, no: str, text: Any) -> Any:
    other = pc.if_else(pc.equal(text, no), pa.scalar(False), pa.scalar(None, pa.bool_()))
    return pc.if_else(pc.equal(text, yes), pa.scalar(True), other)


def _as_text(column: pa.Array) -> pa.Array:
    return pc.cast(column, pa.string())


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
    "euro": pa.int64(),
    "geheel": pa.int64(),
    "isodag": pa.date32(),
    "jn": pa.bool_(),
    "tijdstip": pa.string(),
}
_WRITE: dict[str, Any] = {
    "tekst": _escape,
    "code": _escape,
    "bsn": _escape,
    "datum": partial(_padded, _DAY),
    "dag": _write_day,
    "bedrag": partial(_padded, 1),
    "percentage5": partial(_padded, 5),
    "teken": partial(_sign, "+"),
    "teken-": partial(_sign, None),
    "janee": partial(_one_of, "1", "2"),
    "getal": _as_text,
    "euro": write_euro,
    "geheel": _as_text,
    "isodag": _as_text,
    "jn": partial(_one_of, "J", "N"),
    "tijdstip": _escape,
}
_READ: dict[str, Any] = {
    "tekst": _same,
    "code": _same,
    "bsn": _same,
    "datum": partial(_digits, pa.int32(), _DAY, ""),
    "dag": _read_day,
    # WaardeBedr is an integer of XML Schema: a plus and zeros in front are no other amount.
    "bedrag": partial(_digits, pa.int64(), 18, "[+]?0*"),
    "percentage5": partial(_digits, pa.int32(), 5, ""),
    "teken": _read_sign,
    "teken-": _read_sign,
    "janee": partial(_which, "1", "2"),
    "getal": partial(_digits, pa.int64(), 18, "[+-]?"),
    "euro": read_euro,
    "geheel": partial(_digits, pa.int64(), 18, "[+-]?"),
    "isodag": partial(read_date, _read_day),
    "jn": partial(_which, "J", "N"),
    "tijdstip": _same,
}
