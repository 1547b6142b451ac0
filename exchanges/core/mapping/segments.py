"""Putting texts in order: many columns and constants to one run of characters, with one Arrow kernel.

A fragment of XML is a row of segments: tags and values by turns. All texts that occur in a batch stand in one
pool, the segments of the whole batch are numbers in it, in document order, and ``take`` writes them out. So every
character is copied once, however deep the elements are nested.

Every row of a block has the same segments, absent ones being empty; only child blocks differ in length. That makes
the place of each segment a sum, which numpy does by column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from exchanges.core.mapping.columns import offsets

Ints = npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]
# True where something is there, by row; None: everywhere.
Mask = npt.NDArray[np.bool_] | None

# Conditions on neighbouring constants that are combined in one segment: 2 to this power texts in the pool.
_MOST_MASKS = 4


class Pool:
    """The texts of a batch: constants by number, of which 0 is empty, and columns of values."""

    def __init__(self) -> None:
        self.constants: list[str] = [""]
        self.columns: list[pa.Array] = []

    def texts(self) -> pa.Array:
        return pa.concat_arrays([pa.array(self.constants, pa.string()), *self.columns])

    def first_of_columns(self) -> list[int]:
        """The number of each column's first value."""
        sizes = [len(self.constants), *(len(column) for column in self.columns)]
        return [int(first) for first in np.cumsum(sizes)[:-1]]


@dataclass(frozen=True)
class _Constant:
    """Text number ``first``, plus a bit for each mask."""

    first: int
    masks: tuple[Mask, ...]

    def numbers(self, columns: Sequence[int], rows: int) -> Ints | int:
        if not self.masks:
            return self.first
        total = np.full(rows, self.first, np.int32)
        for bit, mask in enumerate(self.masks):
            assert mask is not None
            total += mask.astype(np.int32) << bit
        return total


@dataclass(frozen=True)
class _Value:
    """The row's text of ``column``; empty where not ``mask``."""

    column: int
    mask: Mask

    def numbers(self, columns: Sequence[int], rows: int) -> Ints | int:
        all_rows = np.arange(columns[self.column], columns[self.column] + rows, dtype=np.int32)
        return all_rows if self.mask is None else all_rows * self.mask


@dataclass
class Block:
    """Rows with the same segments. ``up`` gives the row of the block above that each row belongs to, in order."""

    rows: int
    up: npt.NDArray[np.int64]
    _parts: list[_Constant | _Value | Block] = field(default_factory=list)
    _run: list[tuple[str, Mask]] = field(default_factory=list)

    def constant(self, text: str, mask: Mask) -> None:
        if self._run and self._run[-1][1] is mask:
            text = self._run.pop()[0] + text
        self._run.append((text, mask))

    def value(self, pool: Pool, texts: pa.Array, mask: Mask) -> None:
        self.close(pool)
        self._parts.append(_Value(len(pool.columns), mask))
        pool.columns.append(texts)

    def block(self, pool: Pool, inner: Block) -> None:
        self.close(pool)
        inner.close(pool)
        self._parts.append(inner)

    def close(self, pool: Pool) -> None:
        """The constants since the last value become one segment: a text for each combination of their masks."""
        while self._run:
            masks: list[Mask] = []
            run: list[tuple[str, Mask]] = []
            while self._run:
                mask = self._run[0][1]
                if mask is not None and not any(mask is known for known in masks):
                    if len(masks) == _MOST_MASKS:
                        break
                    masks.append(mask)
                run.append(self._run.pop(0))
            self._parts.append(_Constant(len(pool.constants), tuple(masks)))
            for combination in range(1 << len(masks)):
                there = [bool(combination >> bit & 1) for bit in range(len(masks))]
                pool.constants.append("".join(
                    text for text, mask in run
                    if mask is None or any(yes for yes, known in zip(there, masks, strict=True) if known is mask)
                ))

    @cached_property
    def lengths(self) -> Places:
        """How many segments each row has, those of its inner blocks included. To be asked when all are added."""
        total = np.full(self.rows, sum(not isinstance(part, Block) for part in self._parts), np.int64)
        for part in self._parts:
            if isinstance(part, Block):
                total += part.lengths_above(self.rows)
        return total

    def lengths_above(self, rows: int) -> Places:
        """The same, added up for each of the ``rows`` of the block above."""
        ends = np.concatenate([[0], np.cumsum(self.lengths)])
        return np.diff(ends[np.searchsorted(self.up, np.arange(rows + 1))])

    def place(self, out: Ints, at: Places, columns: Sequence[int]) -> None:
        """Write the numbers of the segments in ``out``; row ``i`` begins at ``at[i]``."""
        at = at.copy()
        for part in self._parts:
            if isinstance(part, Block):
                within = np.cumsum(part.lengths) - part.lengths
                above = part.lengths_above(self.rows)
                part.place(out, (at - np.cumsum(above) + above)[part.up] + within, columns)
                at += above
            else:
                out[at] = part.numbers(columns, self.rows)
                at += 1


def compose(pool: Pool, block: Block) -> pa.StringArray:
    """The texts of the rows of ``block``, each its segments one after the other."""
    block.close(pool)
    ends = np.cumsum(block.lengths)
    numbers = np.empty(int(ends[-1]) if len(ends) else 0, np.int32)
    block.place(numbers, ends - block.lengths, pool.first_of_columns())
    segments = pool.texts().take(pa.array(numbers))
    bounds = offsets(segments)[np.concatenate([[0], ends])]
    return pa.StringArray.from_buffers(block.rows, pa.py_buffer(np.ascontiguousarray(bounds)), segments.buffers()[2])
