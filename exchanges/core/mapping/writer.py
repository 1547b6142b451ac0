"""From tables to XML, by column.

The mapping is walked once per batch, not per row: every element adds its tags and its column of values to the
segments of its table (:mod:`exchanges.core.mapping.segments`), which are then written out together. Batches are
made by two threads; a third hashes and writes them in order.
"""

from __future__ import annotations

import hashlib
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Protocol
from xml.sax.saxutils import quoteattr

import numpy as np
import pyarrow as pa

from exchanges.core.mapping.columns import characters
from exchanges.core.mapping.elements import HOLE, Walk, parents
from exchanges.core.mapping.segments import Block, Places, Pool, compose
from exchanges.core.mapping.table import MessageMapping, Node

_DECLARATION = '<?xml version="1.0" encoding="UTF-8"?>\n'
# Elements with text in a batch: some megabytes of XML, so that what is made of it stays in the processor's cache.
BATCH_TEXTS = 120_000
THREADS = 2


class Sink(Protocol):
    def write(self, data: memoryview, /) -> object: ...


class Writer:
    """Writes one message version. Reusable, stateless between calls, and may be shared by threads."""

    def __init__(self, mapping: MessageMapping) -> None:
        self._mapping = mapping
        self.record = mapping.list_node(mapping.record)

    def fragments(self, tables: Mapping[str, pa.Table], first: Mapping[str, int] | None = None) -> pa.StringArray:
        """The XML of each record: string array, one per row of the record table.

        ``tables`` are the record table and its children. ``_parent`` of a child counts the rows of its parent's
        table from 0, or from ``first[parent]`` when the tables are a slice; it must not decrease.
        Raises ValueError for a ``_parent`` that does, or that is no row of the parent's table.
        """
        return self._compose(tables, first or {}, "")

    def lines(self, tables: Mapping[str, pa.Table], first: Mapping[str, int] | None = None) -> pa.StringArray:
        """As :meth:`fragments`, each with a newline after it."""
        return self._compose(tables, first or {}, "\n")

    def envelope(self, scalar: pa.Table, lists: Mapping[str, pa.Table] | None = None) -> tuple[bytes, bytes]:
        """What comes before the first record and after the last, with ``scalar`` (one row) filled in.

        ``lists`` are the envelope tables, each row of which begins on a new line. One that hangs under another has
        ``_parent``, as in :meth:`fragments`; one that is not given has no rows.
        """
        if self.record is self._mapping.root:
            return _DECLARATION.encode(), b""
        one = np.zeros(1, np.int64)
        walk = Walk(Pool(), Block(1, one), "", scalar, one, lists or {}, {}, self.record, "\n")
        walk.around(self._mapping.root, None, self._attributes())
        before, _, after = compose(walk.pool, walk.block)[0].as_py().partition(HOLE)
        return f"{_DECLARATION}{before}\n".encode(), f"{after}\n".encode()

    def _compose(self, tables: Mapping[str, pa.Table], first: Mapping[str, int], end: str) -> pa.StringArray:
        name = self._mapping.record
        every = np.arange(tables[name].num_rows)
        walk = Walk(Pool(), Block(len(every), every), name, tables[name], every, tables, first, None)
        walk.around(self.record, None, self._attributes() if self.record is self._mapping.root else "")
        walk.block.constant(end, None)
        return compose(walk.pool, walk.block)

    def _attributes(self) -> str:
        """What the root declares, and the attributes it always has."""
        declared = "".join(f' xmlns:{prefix}="{uri}"' for prefix, uri in self._mapping.namespaces.items())
        return declared + "".join(f" {name}={quoteattr(text)}" for name, text in self._mapping.attributes.items())


def write_file(
    writer: Writer,
    scalar: pa.Table,
    parts: Iterator[Mapping[str, pa.Table]],
    out: Sink,
    lists: Mapping[str, pa.Table] | None = None,
) -> str:
    """Write the message, one record a line. Gives its sha256.

    Each of ``parts`` holds some records in order, as :meth:`Writer.fragments` takes them; ``lists`` are the tables of
    the envelope, as :meth:`Writer.envelope` takes them.
    """
    digest = hashlib.sha256()
    with ThreadPoolExecutor(1, "file") as filing:

        def file(block: Any) -> None:
            digest.update(block)
            out.write(block)

        filed: Future[None] | None = None
        for block in _blocks(writer.envelope(scalar, lists), writer, parts):
            if filed:
                filed.result()
            filed = filing.submit(file, block)
        if filed:
            filed.result()
    return digest.hexdigest()


def _blocks(
    envelope: tuple[bytes, bytes], writer: Writer, parts: Iterator[Mapping[str, pa.Table]]
) -> Iterator[Any]:
    before, after = envelope
    yield before
    waiting: deque[Future[Any]] = deque()
    with ThreadPoolExecutor(THREADS, "write") as pool:
        for batch in _batches(writer.record, parts):
            waiting.append(pool.submit(batch.xml, writer))
            if len(waiting) > 2 * THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()
    yield after


@dataclass(frozen=True)
class _Batch:
    """A slice of the tables, and the number of the first row of each."""

    tables: dict[str, pa.Table]
    first: dict[str, int]

    def xml(self, writer: Writer) -> Any:
        return characters(writer.lines(self.tables, self.first))[0]


def _batches(record: Node, parts: Iterator[Mapping[str, pa.Table]]) -> Iterator[_Batch]:
    texts = {node.column: _texts(node) for node in record.walk() if node.kind == "lijst"}
    for part in parts:
        records = part[record.column].num_rows
        total = sum(table.num_rows * texts[name] for name, table in part.items())
        step = max(1, records * BATCH_TEXTS // max(total, 1))
        up = dict(_parents(record, part))
        for first in range(0, records, step):
            batch = _Batch({}, {})
            _cut(record, part, up, first, min(first + step, records), batch)
            yield batch


def _parents(node: Node, part: Mapping[str, pa.Table]) -> Iterator[tuple[str, Places]]:
    for child in _lists(node):
        yield child.column, parents(part, child.column, 0, part[node.column].num_rows)
        yield from _parents(child, part)


def _cut(
    node: Node, part: Mapping[str, pa.Table], up: Mapping[str, Places], first: int, last: int, batch: _Batch
) -> None:
    """Rows ``first`` to ``last`` of the table of ``node``, and of the tables below it what belongs to them."""
    batch.tables[node.column] = part[node.column].slice(first, last - first)
    batch.first[node.column] = first
    for child in _lists(node):
        begin, end = np.searchsorted(up[child.column], [first, last]).tolist()
        _cut(child, part, up, begin, end, batch)


def _texts(node: Node) -> int:
    """How many elements with text a row of the table of ``node`` may have."""
    below = [child for child in node.children if child.kind != "lijst"]
    return sum(1 if child.kind in ("waarde", "vast") else _texts(child) for child in below)


def _lists(node: Node) -> Iterator[Node]:
    for child in node.children:
        if child.kind == "lijst":
            yield child
        else:
            yield from _lists(child)
