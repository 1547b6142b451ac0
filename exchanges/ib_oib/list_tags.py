"""The tags of a line: one class, and labels (spec ib-signalen 6.1, 6.4). By column, over the lists of a batch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.receive.values import Mask


@dataclass(frozen=True)
class Tagged:
    """Per line: all ``tags`` that are not empty, the class (null when there is none or more than one), the labels, and
    whether one of them is ``strange``: IB may have labels that are not known."""

    tags: pa.ListArray
    classes: pa.Array
    labels: pa.ListArray
    strange: Mask


def tagged(lists: pa.ListArray, classes: tuple[str, ...], labels: tuple[str, ...]) -> Tagged:
    """A line without tags is null and has no labels."""
    size = len(lists)
    flat, line = pc.list_flatten(lists), pc.list_parent_indices(lists).to_numpy()
    filled = pc.greater(pc.utf8_length(flat), 0).to_numpy(zero_copy_only=False)
    flat, line = flat.filter(pa.array(filled)), line[filled]
    is_class = _in(flat, classes)
    at = np.full(size, -1)
    at[line[is_class]] = np.flatnonzero(is_class)
    one = np.bincount(line[is_class], minlength=size) == 1
    strange = np.zeros(size, bool)
    strange[line[~is_class & ~_in(flat, labels)]] = True
    return Tagged(
        _lists(flat, line, size), flat.take(pa.array(at, mask=~one)),
        _lists(flat.filter(pa.array(~is_class)), line[~is_class], size), strange,
    )  # fmt: skip


def _lists(flat: pa.Array, line: np.ndarray, size: int) -> pa.ListArray:
    ends = np.cumsum(np.bincount(line, minlength=size))
    return pa.ListArray.from_arrays(pa.array(np.concatenate([[0], ends]), pa.int32()), flat)


def _in(flat: pa.Array, values: tuple[str, ...]) -> Mask:
    mask: Mask = pc.is_in(flat, value_set=pa.array(values, pa.string())).to_numpy(zero_copy_only=False)
    return mask
