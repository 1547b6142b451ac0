"""From XML back to tables, straight from the bytes: the fast reader for files written the plain way.

The bytes of some whole records, already found well-formed, are seen as a column of tags and a column of the text
after each tag. That is right only for XML in plain form, so everything is checked: each start tag is exactly
``<name>`` of an element of the mapping, and stands where the mapping has it. Anything else (attribute, comment,
CDATA, processing instruction, ``<x/>``, other element, other reference than the five of XML, carriage return)
gives None, and the piece is left to :class:`exchanges.core.mapping.reader.Reader`. Both give equal tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.mapping.paths import Ints, Paths, Places
from exchanges.core.mapping.plan import TablePlan, table_plans
from exchanges.core.mapping.table import MessageMapping, Node

_LESS, _GREATER, _SLASH, _NEWLINE = b"<>/\n"
_REFERENCES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&#13;": "\r", "&#xD;": "\r", "&amp;": "&"}
_PLAIN = {reference.encode() for reference in _REFERENCES}
_LONGEST = max(map(len, _PLAIN))


class TokenReader:
    """Reads pieces of one message version, from a file that declares the namespaces ``fitting`` was told."""

    def __init__(self, mapping: MessageMapping, paths: Paths) -> None:
        plans = table_plans(mapping)
        self._runs = list(_runs(mapping.list_node(mapping.record), paths))
        number = {plan.name: paths.number[plan.node.path] for plan in plans}
        self._paths = paths
        self._tables = [
            _Table(plan, number[plan.name], number.get(plan.parent or ""),
                   tuple(paths.number[leaf.node.path] for leaf in plan.leaves))
            for plan in plans
        ]

    @classmethod
    def fitting(cls, mapping: MessageMapping, namespaces: Mapping[str | None, str]) -> TokenReader | None:
        """The reader for records around which ``namespaces`` are declared, by prefix; None when tags cannot tell
        the elements of the mapping apart there, or those that never change from others."""
        nodes = list(mapping.list_node(mapping.record).walk())
        fixed, tags = {node.tag for node in nodes if node.kind == "vast"}, [node.tag for node in nodes]
        paths = Paths.of(mapping, namespaces) if all(tags.count(tag) == 1 for tag in fixed) else None
        return cls(mapping, paths) if paths else None

    def read(self, body: bytes, line: int) -> dict[str, pa.Table] | None:
        """The tables of the records in ``body``, which ``line`` newlines come before. None: not in plain form.

        ``body`` is UTF-8 and well-formed content: whole records and what stands between them.
        ``_parent`` and ``_root`` count from 0 in it.
        """
        cut = [0] * len(self._runs)
        for place, run in enumerate(self._runs):
            # Most of a message may be elements that never change: they are counted, not read.
            parts = body.split(run.text)
            cut[place], body = len(parts) - 1, b"".join(parts)
        references = b"&" in body
        if b"\r" in body or (references and not _only_plain_references(body)):
            return None
        tags = _Tags.of(body)
        found = tags and self._elements(tags)
        if not found or any(len(found.at(run.above)) != count for run, count in zip(self._runs, cut, strict=True)):
            return None
        texts = self._texts(found, references)
        return None if texts is None else self._assemble(found, texts, line)

    def _elements(self, tags: _Tags) -> _Elements | None:
        name = pc.index_in(tags.texts.take(pa.array(2 * tags.starts)), value_set=self._paths.names)
        if name.null_count:
            return None
        ends = np.diff(tags.starts, prepend=np.int32(-1), append=np.int32(len(tags.opens))) - 1
        element = self._paths.resolve(name.to_numpy(), ends)
        return None if element is None else _Elements(tags, element, self._paths.count)

    def _texts(self, found: _Elements, references: bool) -> list[pa.Array] | None:
        """The text of every leaf of every table, one per row, null where absent. All are taken at once."""
        wanted: list[Ints] = []
        for table in self._tables:
            rows, row_of = len(found.at(table.number)), found.row_of(table.number)
            for leaf in table.leaves:
                starts = found.at(leaf)
                row = row_of[starts]
                if (row[1:] == row[:-1]).any():
                    return None  # twice in one row: the schema refuses it, the other reader knows which counts
                at = np.full(rows, -1, np.int32)
                at[row] = 2 * found.tags.starts[starts] + 1
                wanted.append(at)
        where = np.concatenate([np.empty(0, np.int32), *wanted])
        texts = found.tags.texts.take(pa.array(where, mask=where < 0))
        if references:
            texts = _resolve_references(texts)
        ends = np.cumsum([len(at) for at in wanted])
        return [texts.slice(end - len(at), len(at)) for at, end in zip(wanted, ends.tolist(), strict=True)]

    def _assemble(self, found: _Elements, texts: list[pa.Array], line: int) -> dict[str, pa.Table]:
        tables: dict[str, pa.Table] = {}
        root: dict[int, Places] = {}
        newlines = np.flatnonzero(found.tags.data == _NEWLINE)
        for table in self._tables:
            starts = found.at(table.number)
            lines = np.searchsorted(newlines, found.tags.opens[found.tags.starts[starts]]) + (line + 1)
            up: Places | None = None
            if table.above is not None:
                up = found.row_of(table.above)[starts].astype(np.int64)
                root[table.number] = root[table.above][up] if table.above in root else up
            own, texts = texts[: len(table.leaves)], texts[len(table.leaves) :]
            tables[table.plan.name] = table.plan.table(
                own, pa.array(lines), *(() if up is None else (pa.array(up), pa.array(root[table.number])))
            )
        return tables


@dataclass(frozen=True)
class _Table:
    """A table by the numbers of its elements: its own, that of the table above, those of its leaves."""

    plan: TablePlan
    number: int
    above: int | None
    leaves: tuple[int, ...]


@dataclass(frozen=True)
class _Run:
    """Elements that always have the same text, one after the other, in element number ``above``."""

    text: bytes
    above: int


def _runs(node: Node, paths: Paths) -> Iterator[_Run]:
    for fixed, together in groupby(node.children, lambda child: child.kind == "vast"):
        if fixed:
            written = ((paths.tags[child.tag], escape(child.text)) for child in together)
            text = "".join(f"<{tag}>{value}</{tag}>" for tag, value in written)
            yield _Run(text.encode(), paths.number[node.path])
        else:
            for child in together:
                yield from _runs(child, paths)


@dataclass(frozen=True)
class _Tags:
    """The tags of a piece. ``texts`` holds tag and following text by turns; ``opens`` is where each tag begins,
    ``starts`` which of them are no end tags."""

    data: npt.NDArray[np.uint8]
    opens: Places
    starts: Ints
    texts: pa.StringArray

    @classmethod
    def of(cls, body: bytes) -> _Tags | None:
        """None when ``<`` and ``>`` do not take turns, as in a comment or a text with ``>``."""
        data = np.frombuffer(body, np.uint8)
        brackets = np.flatnonzero(data & ~np.uint8(_LESS ^ _GREATER) == _LESS)  # these two differ in one bit
        opens, closes = brackets[0::2], brackets[1::2]
        if len(opens) != len(closes) or len(opens) == 0:
            return None
        if (data[opens] != _LESS).any() or (data[closes] != _GREATER).any():
            return None
        cuts = np.empty(len(brackets) + 1, np.int32)
        cuts[:-1], cuts[-1] = brackets, len(body)
        cuts[1::2] += 1
        texts = pa.StringArray.from_buffers(len(cuts) - 1, pa.py_buffer(cuts), pa.py_buffer(body))
        starts = np.flatnonzero(data[opens + 1] != _SLASH).astype(np.int32)
        return cls(data, opens, starts, texts)


class _Elements:
    """Start tags by the element they are of. Positions are those in ``tags.starts``."""

    def __init__(self, tags: _Tags, element: Ints, count: int) -> None:
        self.tags = tags
        self._element = element
        narrow = element.astype(np.int16) if count < 2**15 else element
        self._order = np.argsort(narrow, kind="stable")
        self._ends = np.cumsum(np.bincount(element, minlength=count))
        self._row_of: dict[int, Ints] = {}

    def at(self, element: int) -> Places:
        """Positions of ``element``, in order."""
        return self._order[self._ends[element - 1] : self._ends[element]]

    def row_of(self, element: int) -> Ints:
        """For every start tag: the number of the last ``element`` at or before it, from 0."""
        if element not in self._row_of:
            self._row_of[element] = np.cumsum(self._element == element, dtype=np.int32) - 1
        return self._row_of[element]


def _only_plain_references(body: bytes) -> bool:
    at = body.find(b"&")
    while at >= 0:
        if body[at : body.find(b";", at, at + _LONGEST) + 1] not in _PLAIN:
            return False
        at = body.find(b"&", at + 1)
    return True


def _resolve_references(texts: pa.Array) -> pa.Array:
    mask = pc.match_substring(texts, "&")
    if not pc.any(mask).as_py():
        return texts
    plain = texts.filter(mask)
    for reference, character in _REFERENCES.items():  # the ampersand last, or "&amp;lt;" would become "<"
        plain = pc.replace_substring(plain, reference, character)
    return pc.replace_with_mask(texts, pc.fill_null(mask, False), plain)
