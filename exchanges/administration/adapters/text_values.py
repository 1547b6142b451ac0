"""From text to the types of the model, by column: Dutch and ISO notations, wrong values pointed out.

``read_text(column, field, notation)`` gives the typed column and a mask of the values that could not be read; the
text itself goes nowhere else.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_ISO = r"^(?P<j>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})$"
_DUTCH = r"^(?P<d>[0-9]{1,2})-(?P<m>[0-9]{1,2})-(?P<j>[0-9]{4})$"
_PLAIN = r"^(?P<j>[0-9]{4})(?P<m>[0-9]{2})(?P<d>[0-9]{2})$"
_DATES = {"jjjj-mm-dd": _ISO, "dd-mm-jjjj": _DUTCH, "jjjjmmdd": _PLAIN}
_WHOLE = r"^[+-]?[0-9]{1,18}$"
_COMMA = r"^[+-]?([0-9]{1,3}(\.[0-9]{3})+|[0-9]{1,15}),[0-9]{1,2}$"
_POINT = r"^[+-]?([0-9]{1,3}(,[0-9]{3})+|[0-9]{1,15})\.[0-9]{1,2}$"
_TRUE, _FALSE = ["ja", "j", "true", "waar", "1", "y"], ["nee", "n", "false", "onwaar", "0"]
_MOMENT = (r"^(?P<j>[0-9]{4})-(?P<m>[0-9]{2})-(?P<d>[0-9]{2})[T ](?P<u>[0-9]{2}):(?P<i>[0-9]{2})(?::(?P<s>[0-9]{2})"
           r"(?:\.(?P<f>[0-9]{1,6}))?)?(?P<z>Z|[+-][0-9]{2}(?::?[0-9]{2})?)?$")
_DUTCH_MOMENT = (r"^(?P<d>[0-9]{1,2})-(?P<m>[0-9]{1,2})-(?P<j>[0-9]{4}) (?P<u>[0-9]{1,2}):(?P<i>[0-9]{2})"
                 r"(?::(?P<s>[0-9]{2}))?(?P<f>)(?P<z>)$")


@dataclass
class Notation:
    """How dates and amounts turned out to be written; ``amounts`` holds per column ``geheel``, ``komma`` or ``punt``.

    An amount column is whole cents, or euros with decimals: the first values decide, and a column that mixes them
    cannot be trusted to the factor 100."""

    dates: set[str] = field(default_factory=set)
    amounts: dict[str, str] = field(default_factory=dict)

    def __str__(self) -> str:
        parts = [f"datums {' en '.join(sorted(self.dates))}"] if self.dates else []
        kinds = {"geheel": "bedragen in centen", "komma": "decimaalteken komma", "punt": "decimaalteken punt"}
        return ", ".join(parts + [text for kind, text in kinds.items() if kind in self.amounts.values()])


def read_text(column: pa.Array, target: pa.Field, notation: Notation) -> tuple[pa.Array, np.ndarray]:
    """(typed column, mask of unreadable values); empty text is null.

    Text itself is kept as it is, spaces included: a code of two blanks is something to report, not to repair.
    """
    filled = pc.if_else(pc.equal(column, ""), pa.scalar(None, column.type), column)
    if pa.types.is_string(target.type):
        return filled, np.zeros(len(column), bool)
    mark = (target.metadata or {}).get(b"ketensluis", b"").decode()
    trimmed = pc.utf8_trim_whitespace(filled)
    trimmed = pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, trimmed.type), trimmed)
    if mark == "partial_date":
        values, good = _dates(trimmed, notation)
        typed = _masked(values[0] * 10000 + values[1] * 100 + values[2], good, target.type)
    elif mark in ("cent", "perc_honderdsten"):
        typed = _amounts(trimmed, target, notation)
    elif pa.types.is_date(target.type):
        typed = _days(trimmed, notation)
    elif pa.types.is_timestamp(target.type):
        typed = _moments(trimmed, target.type)
    elif pa.types.is_boolean(target.type):
        typed = _yes_no(trimmed)
    else:
        typed = _whole(trimmed, target.type)
    bad = pc.and_(trimmed.is_valid(), typed.is_null()).to_numpy(zero_copy_only=False)
    return typed, bad


def _masked(values: np.ndarray, good: np.ndarray, kind: pa.DataType) -> pa.Array:
    return pa.array(np.where(good, values, 0), pa.int64(), mask=~good).cast(kind)


def _numbers(part: pa.Array) -> np.ndarray:
    """Digits to int64; 0 where there are none."""
    text = pc.if_else(pc.fill_null(pc.equal(part, ""), True), pa.scalar("0"), part)
    numbers: np.ndarray = text.cast(pa.int64()).to_numpy(zero_copy_only=False)
    return numbers


def _dates(text: pa.Array, notation: Notation) -> tuple[list[np.ndarray], np.ndarray]:
    """Year, month and day as written (calendar not checked) and where they are readable."""
    values = [np.zeros(len(text), np.int64) for _ in range(3)]
    good = np.zeros(len(text), bool)
    for name, pattern in _DATES.items():
        parts = pc.extract_regex(text, pattern)
        hit = parts.is_valid().to_numpy(zero_copy_only=False)
        if hit.any():
            notation.dates.add(name)
            for value, key in zip(values, "jmd", strict=True):
                np.copyto(value, _numbers(pc.struct_field(parts, key)), where=hit)
            good |= hit
    return values, good & (values[1] <= 12) & (values[2] <= 31)


def _calendar(year: np.ndarray, month: np.ndarray, day: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Days since 1970-01-01 and whether that day exists."""
    whole = (year >= 1) & (month >= 1) & (month <= 12) & (day >= 1)
    first = ((np.where(whole, year, 1970) - 1970) * 12 + np.where(whole, month, 1) - 1).astype("datetime64[M]")
    length = ((first + 1).astype("datetime64[D]") - first.astype("datetime64[D]")).astype(np.int64)
    return first.astype("datetime64[D]").astype(np.int64) + day - 1, whole & (day <= length)


def _days(text: pa.Array, notation: Notation) -> pa.Array:
    (year, month, day), good = _dates(text, notation)
    days, exists = _calendar(year, month, day)
    return _masked(days, good & exists, pa.int32()).cast(pa.date32())


def _moments(text: pa.Array, kind: pa.DataType) -> pa.Array:
    """Without a zone a moment is UTC, as the model says."""
    result, good = np.zeros(len(text), np.int64), np.zeros(len(text), bool)
    for pattern in (_MOMENT, _DUTCH_MOMENT):
        parts = pc.extract_regex(text, pattern)
        hit = parts.is_valid().to_numpy(zero_copy_only=False)
        if not hit.any():
            continue
        year, month, day, hour, minute, second = (_numbers(pc.struct_field(parts, key)) for key in "jmduis")
        days, exists = _calendar(year, month, day)
        milli = _numbers(pc.utf8_slice_codeunits(pc.utf8_rpad(pc.struct_field(parts, "f"), 3, "0"), 0, 3))
        zone = pc.replace_substring(pc.fill_null(pc.struct_field(parts, "z"), ""), ":", "")
        behind = pc.starts_with(zone, "-").to_numpy(zero_copy_only=False)
        offset = _numbers(pc.utf8_slice_codeunits(zone, 1, 3)) * 60 + _numbers(pc.utf8_slice_codeunits(zone, 3, 5))
        offset = np.where(behind, -offset, offset)
        stamp = (((days * 24 + hour) * 60 + minute - offset) * 60 + second) * 1000 + milli
        np.copyto(result, stamp, where=hit)
        good |= hit & exists & (hour < 24) & (minute < 60) & (second < 60)
    return pa.array(np.where(good, result, 0), pa.int64(), mask=~good).cast(pa.timestamp("ms")).cast(kind)


def _yes_no(text: pa.Array) -> pa.Array:
    lower = pc.utf8_lower(text)
    true, false = (pc.is_in(lower, value_set=pa.array(words)) for words in (_TRUE, _FALSE))
    return pc.if_else(pc.or_(true, false), true, pa.scalar(None, pa.bool_()))


def _whole(text: pa.Array, kind: pa.DataType) -> pa.Array:
    return _fitting(_digits(text, _WHOLE), kind)


def _digits(text: pa.Array, pattern: str) -> pa.Array:
    """int64 of what matches, signs, separators and decimal sign taken out; null for the rest."""
    hit = pc.fill_null(pc.match_substring_regex(text, pattern), False)
    bare = pc.replace_substring_regex(pc.if_else(hit, text, pa.scalar(None, pa.string())), r"[+.,]", "")
    return bare.cast(pa.int64())


def _fitting(values: pa.Array, kind: pa.DataType) -> pa.Array:
    """Cast, null where the number is too large for the type."""
    if kind == pa.int64():
        return values
    limit = 2 ** (kind.bit_width - 1)
    fits = pc.and_(pc.greater_equal(values, -limit), pc.less(values, limit))
    return pc.if_else(fits, values, pa.scalar(None, pa.int64())).cast(kind)


def _amounts(text: pa.Array, target: pa.Field, notation: Notation) -> pa.Array:
    kinds = {"geheel": _WHOLE, "komma": _COMMA, "punt": _POINT}
    zero = pc.fill_null(pc.match_substring_regex(text, "^0+$"), False)
    if target.name not in notation.amounts:
        counts = {kind: pc.sum(pc.match_substring_regex(text, pattern)).as_py() or 0 for kind, pattern in kinds.items()}
        # Zeros are zeros in any notation and decide nothing.
        counts["geheel"] -= pc.sum(zero).as_py() or 0
        most = max(counts, key=lambda kind: counts[kind])
        if counts[most] > 0:
            notation.amounts[target.name] = most
    kind = notation.amounts.get(target.name, "geheel")
    values = _digits(text, kinds[kind])
    if kind != "geheel":
        # "12,5" is 12,50.
        short = pc.match_substring_regex(text, r"[.,][0-9]$")
        values = pc.if_else(pc.fill_null(short, False), pc.multiply(values, 10), values)
        values = pc.if_else(zero, pa.scalar(0, pa.int64()), values)
    return _fitting(values, target.type)
