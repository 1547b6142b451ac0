"""The burgerservicenummer: elfproef by column, keyed pseudonyms, and masking of text.

A BSN never reaches a log, an exception, a file name or a screen (spec ib-signalen, SEC-10): tables carry it,
everything else carries a pseudonym.
"""

from __future__ import annotations

import hmac
import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

_WEIGHTS = np.array([9, 8, 7, 6, 5, 4, 3, 2, -1], dtype=np.int64)
_NINE = "^[0-9]{9}$"
_NINE_IN_TEXT = re.compile(r"(?<![0-9])[0-9]{9}(?![0-9])")
# As people write it: 1234.56.782. No amount, date or count is grouped so.
GROUPED = re.compile(r"(?<![0-9.])([0-9]{4})[. ]([0-9]{2})[. ]([0-9]{3})(?![0-9])")


def numbers(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """int64 values of the well-formed BSNs (nine ASCII digits); null for everything else."""
    text = _text(column)
    # RE2 reads [0-9] as ASCII only: Arabic-Indic digits are not a BSN, whatever a schema's \d says.
    formed = pc.match_substring_regex(text, _NINE)
    return pc.if_else(formed, text, pa.scalar(None, pa.string())).cast(pa.int64())


def _text(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One plain string array, however the text was encoded."""
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    return flat if flat.type == pa.string() else flat.cast(pa.string())


def elfproef(column: pa.Array | pa.ChunkedArray) -> pa.BooleanArray:
    """True where the value is nine ASCII digits that pass the elfproef; false otherwise, also for null.

    9·d1 + 8·d2 + … + 2·d8 − 1·d9 divisible by 11, and not all zeros (spec dkd-gsd, section 5).
    """
    values = numbers(column)
    formed = values.is_valid().to_numpy(zero_copy_only=False)
    return pa.array(elfproef_numbers(values.fill_null(0).to_numpy()) & formed)


def elfproef_numbers(values: np.ndarray) -> np.ndarray:
    """The same over whole numbers below 10^9."""
    rest, total = values.astype(np.int64), np.zeros(len(values), dtype=np.int64)
    for weight in _WEIGHTS[::-1]:
        total += weight * (rest % 10)
        rest //= 10
    passed: np.ndarray = (total % 11 == 0) & (values > 0)
    return passed


def pseudonyms(values: pa.Array | pa.ChunkedArray, key: bytes) -> pa.StringArray:
    """``p:`` + the first 20 hex digits of HMAC-SHA-256 with ``key``; null stays null."""
    unique = _text(values).dictionary_encode()
    # One hash per distinct value: there is no column kernel for HMAC.
    named = [None if v is None else "p:" + hmac.digest(key, v.encode(), "sha256").hex()[:20]
             for v in unique.dictionary.to_pylist()]
    return pa.array(named, pa.string()).take(unique.indices)


def passes(text: str) -> bool:
    """Elfproef of one value."""
    if not re.fullmatch(r"[0-9]{9}", text, re.ASCII):
        return False
    digits = [int(d) for d in text]
    return any(digits) and sum(int(w) * d for w, d in zip(_WEIGHTS, digits, strict=True)) % 11 == 0


def mask(text: str) -> str:
    """``text`` with every nine-digit number that passes the elfproef, grouped or not, replaced by ``[bsn]``."""
    loose = _NINE_IN_TEXT.sub(lambda m: "[bsn]" if passes(m[0]) else m[0], text)
    return GROUPED.sub(lambda m: "[bsn]" if passes("".join(m.groups())) else m[0], loose)


class Bsn:
    """One BSN in the hands of code: to compare and to make a pseudonym of. ``repr`` and ``str`` are masked.

    Raises ValueError, without the value, when it is not nine digits that pass the elfproef.
    """

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        if not passes(value):
            raise ValueError("Geen geldig burgerservicenummer (negen cijfers en elfproef).")
        self._value = value

    def pseudonym(self, key: bytes) -> str:
        return "p:" + hmac.digest(key, self._value.encode(), "sha256").hex()[:20]

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Bsn) and other._value == self._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __repr__(self) -> str:
        return "Bsn([bsn])"

    __str__ = __repr__

    def __reduce__(self) -> tuple[type[Bsn], tuple[str]]:
        return Bsn, (self._value,)
