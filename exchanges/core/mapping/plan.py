"""What is read from a message: its tables, their values and where these stand. Shared by the two readers."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.mapping.table import MessageMapping, Node


@dataclass(frozen=True)
class Leaf:
    """One value of a table: XPath from the row's element, and the node it belongs to."""

    xpath: str
    node: Node

    @property
    def is_presence(self) -> bool:
        """A group whose being there is the value."""
        return self.node.format is None


@dataclass(frozen=True)
class TablePlan:
    """How one table is read: the node it repeats with, the table above it, its values, its child tables.

    ``schema`` are the columns of a row by itself, ``up`` those that say where it hangs.
    """

    name: str
    parent: str | None
    node: Node
    rows: str
    leaves: tuple[Leaf, ...]
    children: tuple[tuple[str, str], ...]
    schema: pa.Schema
    up: tuple[pa.Field, ...]

    @cached_property
    def full_schema(self) -> pa.Schema:
        return pa.schema([*self.schema, *self.up])

    def table(self, texts: Sequence[Any], lines: Any, up: Any = None, root: Any = None) -> pa.Table:
        """The rows, from the text of each leaf (null: element absent) and the line of each row; child tables also
        from the row numbers of parent (``up``) and record (``root``)."""
        columns: dict[str, Any] = {}
        signs: dict[str, Any] = {}
        for leaf, text in zip(self.leaves, texts, strict=True):
            if leaf.node.format is None:
                columns[leaf.node.column] = pc.is_valid(text)
            elif leaf.node.format.is_sign:
                signs[leaf.node.column] = leaf.node.format.read(text)
            else:
                columns[leaf.node.column] = leaf.node.format.read(text)
        for name, sign in signs.items():
            columns[name] = pc.cast(pc.multiply(columns[name], sign), self.schema.field(name).type)
        columns |= {"_line": lines, "_parent": up, "_root": root}
        schema = self.full_schema
        return pa.Table.from_arrays([columns[name] for name in schema.names], schema=schema)


_PARENT, _ROOT = pa.field("_parent", pa.int64()), pa.field("_root", pa.int64())


def table_plans(mapping: MessageMapping) -> list[TablePlan]:
    """One plan per table of the records, parents before children."""
    record = mapping.list_node(mapping.record)
    return list(_plans(record, "/" + record.path, None, (_PARENT, _ROOT)))


def envelope_plans(mapping: MessageMapping) -> list[TablePlan]:
    """One plan per list of the envelope, parents before children. They belong to no record: no ``_root``."""
    tops = [node for _, node in _lists(mapping.root, "")] if mapping.root.kind != "lijst" else []
    return [
        plan for node in tops if node.column != mapping.record
        for plan in _plans(node, "/" + node.path, None, (_PARENT,))
    ]


def scalar_leaves(mapping: MessageMapping) -> list[Leaf]:
    """The values of the envelope, XPath from the document."""
    root = mapping.root
    return [leaf for leaf in _leaves(root, "/" + root.tag) if not leaf.is_presence]


def scalar_schema(mapping: MessageMapping) -> pa.Schema:
    """The columns of the envelope's one row; none where the record is the root."""
    schema = _schema(scalar_leaves(mapping) if mapping.root.kind != "lijst" else [])
    return schema.remove(schema.get_field_index("_line"))


def scalar_table(mapping: MessageMapping, values: Mapping[str, Any]) -> pa.Table:
    """The envelope's row, from what was read of it; no row when nothing was."""
    return pa.Table.from_pylist([dict(values)] if values else [], schema=scalar_schema(mapping))


def _plans(node: Node, rows: str, parent: str | None, up: tuple[pa.Field, ...]) -> Iterator[TablePlan]:
    leaves = tuple(_leaves(node, ""))
    children = tuple(_lists(node, ""))
    names = tuple((child.column, xpath) for xpath, child in children)
    yield TablePlan(node.column, parent, node, rows, leaves, names, _schema(leaves), up if parent else ())
    for xpath, child in children:
        yield from _plans(child, f"{rows}/{xpath}", node.column, up)


def _leaves(node: Node, at: str) -> Iterator[Leaf]:
    for child in node.children:
        xpath = f"{at}/{child.tag}" if at else child.tag
        if child.kind == "waarde" or (child.kind == "groep" and child.column):
            yield Leaf(xpath, child)
        if child.kind == "groep":
            yield from _leaves(child, xpath)


def _lists(node: Node, at: str) -> Iterator[tuple[str, Node]]:
    for child in node.children:
        xpath = f"{at}/{child.tag}" if at else child.tag
        if child.kind == "lijst":
            yield xpath, child
        elif child.kind == "groep":
            yield from _lists(child, xpath)


def _schema(leaves: Sequence[Leaf]) -> pa.Schema:
    types: dict[str, pa.DataType] = {}
    for leaf in leaves:
        if leaf.node.format is None:
            types[leaf.node.column] = pa.bool_()
        elif leaf.node.format.is_sign:
            types.setdefault(leaf.node.column, pa.int64())
        else:
            types[leaf.node.column] = leaf.node.format.type
    return pa.schema([("_line", pa.int64()), *types.items()])
