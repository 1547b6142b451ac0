"""The elements of a mapping as segments: one walk over the tree per batch, not per row."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.mapping.columns import one_array
from exchanges.core.mapping.segments import Block, Mask, Places, Pool
from exchanges.core.mapping.table import Node

# Stands where the records go while the envelope is rendered; XML cannot hold it, so no value can either.
HOLE = "\x00"


@dataclass
class Walk:
    """Adds the elements of the rows of one table to a block.

    ``place`` gives for every row of the table as it was handed over its number in ``table``, -1 for one that is
    left out with the group it stands in. ``hole`` is the element the records go in, while rendering the envelope.
    ``start`` comes before every row of a list.
    """

    pool: Pool
    block: Block
    name: str
    table: pa.Table
    place: Places
    tables: Mapping[str, pa.Table]
    first: Mapping[str, int]
    hole: Node | None
    start: str = ""
    _texts: dict[str, pa.Array] = field(default_factory=dict)

    def around(self, node: Node, mask: Mask, attributes: str = "") -> None:
        """``node`` with all that is in it, where ``mask``."""
        self.block.constant(f"<{node.tag}{attributes}>", mask)
        for child in node.children:
            self._inside(child, mask)
        self.block.constant(f"</{node.tag}>", mask)

    def _inside(self, node: Node, mask: Mask) -> None:
        """``node``, in an element that is there where ``mask``."""
        if node is self.hole:
            self.block.constant(HOLE, mask)
        elif node.kind == "lijst":
            self._list(node, mask)
        elif node.kind == "vast":
            self.block.constant(f"<{node.tag}>{escape(node.text)}</{node.tag}>", mask)
        elif node.kind == "waarde":
            text = self._text(node)
            there = _both(mask, _valid(text))
            self.block.constant(f"<{node.tag}>", there)
            self.block.value(self.pool, text, there)
            self.block.constant(f"</{node.tag}>", there)
        elif node.column or node.min_occurs == 0:
            self.around(node, _both(mask, self._content(node)))
        else:
            self.around(node, mask)

    def _list(self, node: Node, mask: Mask) -> None:
        if self._left_out(node):
            return
        table, up = self.tables[node.column], self._up(node)
        keep = up >= 0
        if mask is not None:
            keep[keep] = mask[up[keep]]
        place = np.arange(len(up))
        if not keep.all():
            table, up, place = table.filter(pa.array(keep)), up[keep], np.where(keep, np.cumsum(keep) - 1, -1)
        walk = Walk(self.pool, Block(len(up), up), node.column, table, place, self.tables, self.first, None, self.start)
        if self.start:
            walk.block.constant(self.start, None)
        walk.around(node, None)
        self.block.block(self.pool, walk.block)

    def _text(self, node: Node) -> pa.Array:
        if node.path not in self._texts:
            assert node.format is not None
            self._texts[node.path] = node.format.write(self.table[node.column])
        return self._texts[node.path]

    def _content(self, node: Node) -> Mask:
        """Where there is something to write in ``node``."""
        if node is self.hole:
            return None
        if node.kind == "waarde":
            return _valid(self._text(node))
        if node.kind == "vast":  # says nothing about the group it stands in
            return np.zeros(self.block.rows, np.bool_)
        if node.kind == "lijst":
            if self._left_out(node):
                return np.zeros(self.block.rows, np.bool_)
            up = self._up(node)
            return np.bincount(up[up >= 0], minlength=self.block.rows) > 0
        if node.column:
            return _true(self.table[node.column])
        found = np.zeros(self.block.rows, np.bool_)
        for child in node.children:
            mask = self._content(child)
            if mask is None:
                return None
            found |= mask
        return found

    def _left_out(self, node: Node) -> bool:
        """A list of the envelope that no rows were given for; its children go with it."""
        return self.hole is not None and node.column not in self.tables

    def _up(self, node: Node) -> Places:
        """For each row of the table of ``node`` the row of this block it belongs to, -1 when that is left out."""
        if self.hole is not None:  # the envelope is one row, and all in it belongs to that
            return np.zeros(self.tables[node.column].num_rows, np.int64)
        places: Places = self.place[parents(self.tables, node.column, self.first.get(self.name, 0), len(self.place))]
        return places


def parents(tables: Mapping[str, pa.Table], name: str, first: int, rows: int) -> Places:
    """Column ``_parent`` of a child table, as row numbers of its parent's table, which has ``rows`` rows from number
    ``first``. Raises ValueError when it is not in order or names a row that is not there: such a row would be lost,
    or end up with someone else."""
    up: Places = one_array(tables[name]["_parent"]).to_numpy() - first
    if len(up) and (up[0] < 0 or up[-1] >= rows or (up[1:] < up[:-1]).any()):
        raise ValueError(f"_parent of table {name} is not in order, or no row of its parent's table")
    return up


def _valid(text: pa.Array) -> Mask:
    return text.is_valid().to_numpy(zero_copy_only=False) if text.null_count else None


def _true(column: Any) -> Mask:
    mask: npt.NDArray[np.bool_] = pc.fill_null(one_array(column), False).to_numpy(zero_copy_only=False)
    return None if mask.all() else mask


def _both(one: Mask, other: Mask) -> Mask:
    if one is None or other is None:
        return other if one is None else one
    return one & other
