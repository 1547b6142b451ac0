"""Who is in the tables of a delivery, and how far each came: numbers and not texts, for there may be millions.

A BSN of nine digits is a number below 10^9, so with how far it came it fits in 32 bits, and sorting is counting.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

DIGITS = 9
_STAGE_BITS = 2  # read, chosen, onward
_STAGE = np.uint32((1 << _STAGE_BITS) - 1)


@dataclass(frozen=True)
class People:
    """Everybody once. ``numbers`` ascending; ``texts`` are what stands in a column for a BSN and is not nine digits.
    ``reached`` is the highest stage of each, numbers first."""

    numbers: NDArray[np.uint32]
    texts: list[str]
    reached: NDArray[np.int8]


def people(columns: Iterable[tuple[pa.ChunkedArray, int]]) -> People:
    """Of string columns with the stage (0 to 3) that who is in them has reached; null is nobody."""
    marked: list[NDArray[np.uint32]] = [np.empty(0, np.uint32)]
    texts: list[tuple[str, int]] = []
    for column, stage in columns:
        for chunk in column.chunks:
            numbers, others = parted(chunk)
            marked.append(numbers << np.uint32(_STAGE_BITS) | np.uint32(stage))
            texts += [(text, stage) for text in others]
    every = np.concatenate(marked)
    every.sort()
    last = np.ones(len(every), bool)
    last[:-1] = every[1:] >> _STAGE_BITS != every[:-1] >> _STAGE_BITS
    every = every[last]
    furthest = {text: max(stage for _, stage in same) for text, same in groupby(sorted(texts), lambda one: one[0])}
    reached = np.append((every & _STAGE).astype(np.int8), np.array(list(furthest.values()), np.int8))
    apart: NDArray[np.uint32] = every >> np.uint32(_STAGE_BITS)
    return People(apart, list(furthest), reached)


def parted(column: pa.Array) -> tuple[NDArray[np.uint32], list[str]]:
    """The values of a string column that are nine digits, as numbers in their order, and the others as they are."""
    column = column.drop_null()
    if not len(column):
        return np.empty(0, np.uint32), []
    nine = np.diff(_offsets(column)) == DIGITS
    digits = _bytes(column if nine.all() else column.filter(pa.array(nine))) - np.uint8(ord("0"))
    formed = (digits < 10).all(axis=1)
    numbers = np.zeros(len(digits), np.uint32)
    for place in range(DIGITS):
        numbers = numbers * np.uint32(10) + digits[:, place]
    if formed.all() and nine.all():
        return numbers, []
    nine[nine] = formed
    return numbers[formed], pc.filter(column, pa.array(~nine)).to_pylist()


def written(numbers: NDArray[np.uint32], width: int) -> NDArray[np.uint8]:
    """The nine digits of each as ASCII, followed by zero bytes up to ``width``."""
    text, rest = np.zeros((len(numbers), width), np.uint8), numbers
    for place in reversed(range(DIGITS)):
        whole = rest // np.uint32(10)
        text[:, place] = rest - whole * np.uint32(10) + np.uint32(ord("0"))
        rest = whole
    return text


def _offsets(column: pa.Array) -> NDArray[np.int32]:
    return np.frombuffer(column.buffers()[1], np.int32)[column.offset : column.offset + len(column) + 1]


def _bytes(column: pa.Array) -> NDArray[np.uint8]:
    """Of texts of nine bytes: a row for each."""
    if not len(column):
        return np.empty((0, DIGITS), np.uint8)
    start = int(_offsets(column)[0])
    return np.frombuffer(column.buffers()[2], np.uint8)[start : start + DIGITS * len(column)].reshape(-1, DIGITS)
