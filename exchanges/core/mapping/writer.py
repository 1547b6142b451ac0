"""From tables to XML, by column.

Every node becomes Arrow kernels that give a column of XML fragments, one per row of its table; children are
joined into their parents with ``ListArray`` and ``binary_join``. No row is looked at by Python.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.mapping.table import MessageMapping, Node

# Stands where the records go while the envelope is rendered; XML cannot hold it, so no value can either.
_HOLE = "\x00"
_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'


class Writer:
    """Writes one message version. Reusable and stateless between calls."""

    def __init__(self, mapping: MessageMapping) -> None:
        self._mapping = mapping
        self._record = mapping.list_node(mapping.record)

    def fragments(self, tables: Mapping[str, pa.Table]) -> pa.Array:
        """The XML of each record: string array, one per row of the record table.

        ``tables`` are the record table and its children, ``_parent`` counting from 0.
        """
        xml = self._element(self._record, tables[self._mapping.record], tables, self._own_namespaces())
        return xml.combine_chunks() if isinstance(xml, pa.ChunkedArray) else xml

    def envelope(self, scalar: pa.Table) -> tuple[bytes, bytes]:
        """What comes before the first record and after the last, with ``scalar`` (one row) filled in."""
        if self._record is self._mapping.root:
            return _DECLARATION.encode(), b""
        declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in self._mapping.namespaces.items())
        text = self._element(self._mapping.root, scalar, {}, declared)[0].as_py()
        before, _, after = text.partition(_HOLE)
        return f"{_DECLARATION}{before}\n".encode(), f"{after}\n".encode()

    def _own_namespaces(self) -> str:
        if self._record is not self._mapping.root:
            return ""
        return "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in self._mapping.namespaces.items())

    def _element(self, node: Node, table: pa.Table, tables: Mapping[str, pa.Table], attributes: str = "") -> Any:
        """Fragments of ``node`` for each row of ``table``; null where the element is absent."""
        if node.kind == "waarde":
            assert node.format is not None
            text = node.format.write(table[node.column])
            return _join([f"<{node.tag}>", text, f"</{node.tag}>"], "emit_null")
        pieces: list[Any] = [f"<{node.tag}{attributes}>"]
        optional: list[Any] = []
        for child in node.children:
            if child is self._record and node is not self._record:
                pieces.append(_HOLE)
            elif child.kind == "lijst":
                pieces.append(self._children(child, table.num_rows, tables))
            else:
                part = self._element(child, table, tables)
                if part.null_count:
                    optional.append(part)
                pieces.append(part)
        pieces.append(f"</{node.tag}>")
        whole = _join(pieces, "replace", table.num_rows)
        present = self._present(node, table, optional)
        return whole if present is None else pc.if_else(present, whole, pa.scalar(None, pa.string()))

    @staticmethod
    def _present(node: Node, table: pa.Table, optional: list[Any]) -> Any:
        if node.kind == "groep" and node.column:
            return pc.fill_null(table[node.column], False)
        if node.kind == "groep" and node.min_occurs == 0 and len(optional) == len(node.children):
            present = pc.is_valid(optional[0])
            for part in optional[1:]:
                present = pc.or_(present, pc.is_valid(part))
            return present
        return None

    def _children(self, node: Node, rows: int, tables: Mapping[str, pa.Table]) -> pa.Array:
        table = tables[node.column]
        parts = self._element(node, table, tables)
        if isinstance(parts, pa.ChunkedArray):
            parts = parts.combine_chunks()
        ends = np.searchsorted(table["_parent"].to_numpy(), np.arange(rows + 1)).astype(np.int32)
        return pc.binary_join(pa.ListArray.from_arrays(pa.array(ends), parts), "")


def _join(pieces: list[Any], nulls: str, rows: int | None = None) -> Any:
    """Element-wise concatenation; neighbouring constants are joined first."""
    merged: list[Any] = []
    for piece in pieces:
        if isinstance(piece, str) and merged and isinstance(merged[-1], str):
            merged[-1] += piece
        else:
            merged.append(piece)
    if all(isinstance(piece, str) for piece in merged):
        return pa.array(["".join(merged)] * (rows or 0), pa.string())
    scalars = [pa.scalar(piece) if isinstance(piece, str) else piece for piece in merged]
    return pc.binary_join_element_wise(*scalars, pa.scalar(""), null_handling=nulls, null_replacement="")


def write_file(writer: Writer, scalar: pa.Table, parts: Iterator[Mapping[str, pa.Table]], path: Path) -> tuple[str, int]:
    """Write the message, one record a line. Gives its sha256 and size in bytes."""
    before, after = writer.envelope(scalar)
    digest, size = hashlib.sha256(), 0
    with path.open("wb") as out:
        for block in _blocks(writer, before, parts, after):
            digest.update(block)
            size += out.write(block)
    return digest.hexdigest(), size


def _blocks(writer: Writer, before: bytes, parts: Iterator[Mapping[str, pa.Table]], after: bytes) -> Iterator[Any]:
    yield before
    for tables in parts:
        if tables[writer._mapping.record].num_rows:
            lines = pc.binary_join_element_wise(writer.fragments(tables), pa.scalar("\n"), pa.scalar(""))
            yield _data(lines)
    yield after


def _data(column: pa.Array) -> Any:
    """The characters of a string array, all rows after each other, without a copy."""
    _, offsets, data = column.buffers()
    ends = np.frombuffer(offsets, dtype=np.int32)[column.offset : column.offset + len(column) + 1]
    return memoryview(data)[ends[0] : ends[-1]]
