"""Texts of which it is sure that a simple type takes them, told by columns.

Sure goes one way: what is not sure here may be right for all that, and is asked of libxml2. So a test may be stricter
than the facet it stands for: bytes where the facet counts characters, ASCII digits where it means all of Unicode.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.mapping.columns import characters, offsets
from exchanges.core.schemas.declared import Complex, NotRead, Simple

_Bytes = npt.NDArray[np.bool_]

_ANY = np.ones(256, np.bool_)
_ASCII: _Bytes = np.arange(256) < 0x80
_DIGIT: _Bytes = np.isin(np.arange(256), np.frombuffer(b"0123456789", np.uint8))
# No byte of UTF-8 below is of a digit that is not ASCII: the first is U+0660, which begins with 0xD9.
_NO_DIGIT: _Bytes = ~_DIGIT & (np.arange(256) < 0xD9)
# Digits in Unicode 4.0, which libxml2 goes by, and no more in 4.1.
_ONCE_DIGITS = r"\x{1369}-\x{1371}"

# One class of characters and how often: of that, bytes can be counted. (A hyphen in the middle is none to libxml2.)
_RUN = re.compile(
    r"(?P<of>\\d|\\D|\[-?(?:[A-Za-z0-9](?:-[A-Za-z0-9])?)+-?\])"
    r"(?P<often>[*+]|\{(?P<least>[0-9]+)(?P<to>,)?(?P<most>[0-9]+)?\})?"
)
# What XML Schema, libxml2 and RE2 read alike. Repeated is only one character, by number only one of a class:
# libxml2 refuses 11 for 1{2}|1 and the empty text for (a?){2}, and gives up on repetitions in each other.
_ALIKE = re.compile(
    r"(?:(?:[A-Za-z0-9-]|\\\.)[?*+]?"
    r"|(?:\\d|\[(?:[A-Za-z0-9](?:-[A-Za-z0-9])?)+\])(?:[?*+]|\{[0-9]+(?:,[0-9]*)?\})?"
    r"|\(|\)\??|\|)*"
)
_WHOLE = {"integer": "-?[0-9]+", "nonNegativeInteger": "[0-9]+", "positiveInteger": "0*[1-9][0-9]*"}
_DAY = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
_MOST_DIGITS = 18
_FIRST_DAY = int(np.datetime64("0001-01-01").astype(np.int64))
_ENDLESS = np.iinfo(np.int32).max

_Few = Callable[[pa.Array], bool]


@dataclass
class Sure:
    """What is asked of the texts of one type: which bytes, how many of them (``low`` to ``high``), and of each
    different text what cannot be told so. Where there are other bytes ``or_else`` is asked, unless ``strict``."""

    allowed: _Bytes = field(default_factory=lambda: _ANY.copy())
    or_else: _Few | None = None
    strict: bool = False
    low: int = 0
    high: int = _ENDLESS
    few: list[_Few] = field(default_factory=list)

    @classmethod
    def of(cls, kind: Simple | Complex) -> Sure:
        """Raises NotRead when nothing is sure of this type."""
        if isinstance(kind, Complex):
            raise NotRead("elements where there should be text")
        sure, facets = cls(), kind.facets
        if kind.base == "string":
            sure._between(facets.length or 0, facets.length)
            sure._between(facets.min_length or 0, facets.max_length)
            known = {"length", "min_length", "max_length"}
        elif kind.base in _WHOLE:
            known = sure._whole(kind)
        elif kind.base == "decimal" and facets.total_digits:
            decimals = min(facets.fraction_digits or 0, facets.total_digits - 1)
            sure._matches(f"-?[0-9]{{1,{facets.total_digits - decimals}}}"
                          + (rf"(\.[0-9]{{1,{decimals}}})?" if decimals else ""))
            known = {"total_digits", "fraction_digits"}
        elif kind.base == "date":
            sure._matches(_DAY)
            sure.few.append(_days)
            known = set()
        else:
            raise NotRead(f"xs:{kind.base}")
        if more := set(facets.kinds()) - known - {"patterns", "enumeration"}:
            raise NotRead(f"xs:{kind.base} with {', '.join(sorted(more))}")
        for pattern in facets.patterns:
            sure._pattern(pattern)
        if facets.enumeration:
            listed = pa.array(facets.enumeration, pa.string())
            sure.few.append(lambda texts: bool(pc.all(pc.is_in(texts, value_set=listed)).as_py()))
        return sure

    def _whole(self, kind: Simple) -> set[str]:
        facets, digits = kind.facets, min(kind.facets.total_digits or _MOST_DIGITS, _MOST_DIGITS)
        if facets.min_inclusive not in (None, "0") or (facets.min_inclusive and kind.base == "integer"):
            raise NotRead("xs:minInclusive")
        if facets.max_inclusive is not None:
            if kind.base == "integer" or set(facets.max_inclusive) != {"9"}:
                raise NotRead("xs:maxInclusive")
            digits = min(digits, len(facets.max_inclusive))
        if kind.base == "integer":
            self._matches(f"-?[0-9]{{1,{digits}}}")
        else:
            self._between(1, digits)
            self._allow(_DIGIT)
            if kind.base == "positiveInteger":
                self._matches(_WHOLE[kind.base])
        return {"total_digits", "min_inclusive", "max_inclusive"}

    def _between(self, low: int, high: int | None) -> None:
        self.low, self.high = max(self.low, low), self.high if high is None else min(self.high, high)
        if low > 1:
            self._allow(_ASCII)  # as many characters as bytes

    def _allow(self, these: _Bytes) -> None:
        self.allowed &= these
        self.strict = True

    def _pattern(self, pattern: str) -> None:
        run = _RUN.fullmatch(pattern)
        if run is None:
            if not _ALIKE.fullmatch(pattern):
                raise NotRead(f"pattern {pattern}")
            self._matches(pattern.replace(r"\d", "[0-9]"))
            return
        if run["of"] == r"\D":
            self.allowed &= _NO_DIGIT
            self.or_else = _matching(rf"[^\p{{Nd}}{_ONCE_DIGITS}]*")
        else:
            self._allow(_class(run["of"].replace(r"\d", "[0-9]")))
        if run["often"] not in ("*", "+"):
            least = int(run["least"] or 1)
            self._between(least, least if not run["to"] else int(run["most"]) if run["most"] else None)
        elif run["often"] == "+":
            self._between(1, None)

    def _matches(self, re2: str) -> None:
        self.few.append(_matching(re2))

    def takes(self, data: npt.NDArray[np.uint8], at: npt.NDArray[np.int32], texts: pa.StringArray) -> bool:
        """Whether it is sure of ``texts``, of the right lengths; ``data`` are their bytes, row by row from ``at``."""
        if not self.allowed.all():
            others = np.flatnonzero(~self.allowed[data])
            if len(others):
                rows = np.unique(np.searchsorted(at, others, "right") - 1)
                if self.strict or self.or_else is None or not self.or_else(texts.take(pa.array(rows))):
                    return False
        different = pc.drop_null(pc.unique(texts)) if self.few else texts
        return not len(different) or all(test(different) for test in self.few)


class Texts:
    """The texts of several types at a time, None for one of which nothing is asked. Raises NotRead when nothing is sure
    of a type."""

    def __init__(self, kinds: Sequence[Simple | Complex | None]) -> None:
        self._sure = [Sure.of(kind) if kind else Sure() for kind in kinds]
        self._low = np.array([one.low for one in self._sure], np.int64)
        self._high = np.array([one.high for one in self._sure], np.int64)

    def taken(self, texts: pa.StringArray, absent: _Bytes, ends: Sequence[int]) -> bool:
        """Whether it is sure that each type takes its texts, those of type ``i`` end before ``ends[i]``; ``absent``
        tells which there are none of."""
        at = offsets(texts)
        long, begins = np.diff(at), [0, *ends[:-1]]
        some = np.flatnonzero(np.array(ends) > begins)
        if not len(some):
            return True
        starts = np.array(begins)[some]
        most = np.maximum.reduceat(long, starts)
        least = np.minimum.reduceat(np.where(absent, _ENDLESS, long), starts)
        if (most > self._high[some]).any() or (least < self._low[some]).any():
            return False
        (data,) = characters(texts) or [np.empty(0, np.uint8)]
        for number in some.tolist():
            begin, end = begins[number], ends[number]
            own, its = data[at[begin] - at[0] : at[end] - at[0]], texts.slice(begin, end - begin)
            if not self._sure[number].takes(own, at[begin:end] - at[begin], its):
                return False
        return True


def _matching(re2: str) -> _Few:
    """Raises NotRead for what RE2 does not take, such as more than a thousand of something."""
    whole = rf"\A(?:{re2})\z"
    try:
        pc.match_substring_regex(pa.array([""]), whole)
    except pa.ArrowInvalid as error:
        raise NotRead(f"pattern {re2}") from error
    return lambda texts: bool(pc.all(pc.match_substring_regex(texts, whole)).as_py())


def _class(written: str) -> _Bytes:
    found = re.compile(written.encode())
    return np.array([found.fullmatch(bytes([byte])) is not None for byte in range(256)])


def _days(texts: Any) -> bool:
    try:
        days = pc.cast(pc.cast(texts, pa.date32()), pa.int32())
    except pa.ArrowInvalid:
        return False
    return bool(pc.min(days).as_py() >= _FIRST_DAY)
