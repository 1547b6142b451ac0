"""From XML back to tables, straight from the bytes: the fast reader for files written the plain way.

The bytes of some whole records, already found well-formed, are seen as a column of tags and a column of the text
after each tag. That is right only for XML in plain form, so everything is checked: each start tag is exactly
``<name>`` of an element of the mapping, and stands where the mapping has it. Anything else (attribute, comment,
CDATA, processing instruction, ``<x/>``, other element, carriage return, other reference than the five of XML and
that of a carriage return) gives None, and the piece is left to :class:`exchanges.core.mapping.reader.Reader`. Both
give equal tables.

Of bytes that nobody has looked at the same columns can tell that they surely are well-formed and as the schema has it.
What they do not surely tell may be right for all that: libxml2 says so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from itertools import groupby, pairwise
from xml.sax.saxutils import escape

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.mapping.follow import Follow
from exchanges.core.mapping.paths import Ints, Paths, Places
from exchanges.core.mapping.plan import TablePlan, table_plans
from exchanges.core.mapping.table import MessageMapping, Node
from exchanges.core.mapping.texts import Texts
from exchanges.core.mapping.typed import around_records, record_types
from exchanges.core.schemas.declared import Declared, NotRead

_LESS, _GREATER, _SLASH, _NEWLINE, _TAB, _SPACE = b"<>/\n\t "
_REFERENCES = {"&lt;": "<", "&gt;": ">", "&quot;": '"', "&apos;": "'", "&#13;": "\r", "&#xD;": "\r", "&amp;": "&"}
_PLAIN = {reference.encode() for reference in _REFERENCES}
_LONGEST = max(map(len, _PLAIN))
_BLANK = r"\A[ \t\n]*\z"


class TokenReader:
    """Reads pieces of one message version, from a file that declares the namespaces ``fitting`` was told."""

    def __init__(self, mapping: MessageMapping, paths: Paths, schema: Declared | None = None) -> None:
        plans = table_plans(mapping)
        self._runs = list(_runs(mapping.list_node(mapping.record), paths))
        number = {plan.name: paths.number[plan.node.path] for plan in plans}
        self._paths = paths
        self._tables = [
            _Table(plan, number[plan.name], number.get(plan.parent or ""),
                   tuple(paths.number[leaf.node.path] for leaf in plan.leaves))
            for plan in plans
        ]
        leaves = [leaf for plan in plans for leaf in plan.leaves]
        self._is_value = [not leaf.is_presence for leaf in leaves]
        self._judge: tuple[Follow, Texts] | None = None
        if schema is not None:
            with suppress(NotRead):
                types = record_types(mapping, schema)
                kinds = [None if leaf.is_presence else types[leaf.node.path] for leaf in leaves]
                self._judge = Follow(mapping, paths, types, around_records(mapping, schema)), Texts(kinds)

    @classmethod
    def fitting(
        cls, mapping: MessageMapping, namespaces: Mapping[str | None, str], schema: Declared | None = None
    ) -> TokenReader | None:
        """The reader for records around which ``namespaces`` are declared, by prefix; None when tags cannot tell
        the elements of the mapping apart there, or those that never change from others."""
        nodes = list(mapping.list_node(mapping.record).walk())
        fixed, tags = {node.tag for node in nodes if node.kind == "vast"}, [node.tag for node in nodes]
        paths = Paths.of(mapping, namespaces) if all(tags.count(tag) == 1 for tag in fixed) else None
        return cls(mapping, paths, schema) if paths else None

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
        found = self._found(body)
        if found is None:
            return None
        elements, texts = found
        if any(len(elements.at(run.above)) != count for run, count in zip(self._runs, cut, strict=True)):
            return None
        return self._assemble(elements, texts.columns(), line)

    def judged(self, body: bytes, line: int) -> dict[str, pa.Table] | None:
        """The same of bytes that nobody has looked at yet, where what is around them is known to be right. None: it is
        not sure that they are records in plain form as the schema has them."""
        if self._judge is None or not _characters(body):
            return None
        found = self._found(body)
        if found is None:
            return None
        (follow, kinds), (elements, texts) = self._judge, found
        sure = (
            elements.closed(self._paths)
            and follow.allows(elements.number)
            and kinds.taken(texts.all, texts.absent, texts.ends)
            and elements.tags.blank_but(texts.of(self._is_value))
        )
        return self._assemble(elements, texts.columns(), line) if sure else None

    def _found(self, body: bytes) -> tuple[_Elements, _Texts] | None:
        references = b"&" in body
        if b"\r" in body or (references and not _only_plain_references(body)):
            return None
        tags = _Tags.of(body)
        elements = tags and self._elements(tags)
        texts = elements and self._texts(elements, references)
        return (elements, texts) if elements and texts else None

    def _elements(self, tags: _Tags) -> _Elements | None:
        name = pc.index_in(tags.texts.take(pa.array(2 * tags.starts)), value_set=self._paths.names)
        if name.null_count:
            return None
        ends = np.diff(tags.starts, prepend=np.int32(-1), append=np.int32(len(tags.opens))) - 1
        element = self._paths.resolve(name.to_numpy(), ends)
        return None if element is None else _Elements(tags, element, ends, self._paths.count)

    def _texts(self, found: _Elements, references: bool) -> _Texts | None:
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
        absent = where < 0
        texts = found.tags.texts.take(pa.array(where, mask=absent))
        if references:
            texts = _resolve_references(texts)
        return _Texts(texts, absent, np.cumsum([len(at) for at in wanted]).tolist(), where)

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
class _Texts:
    """The texts of the leaves, leaf after leaf, those of leaf ``i`` up to ``ends[i]``; ``where`` they are in the texts
    of the tags, -1 where ``absent``."""

    all: pa.StringArray
    absent: npt.NDArray[np.bool_]
    ends: list[int]
    where: Ints

    def columns(self) -> list[pa.Array]:
        return [self.all.slice(begin, end - begin) for begin, end in pairwise([0, *self.ends])]

    def of(self, leaves: Sequence[bool]) -> Ints:
        """Where the texts of these leaves are."""
        bounds = pairwise([0, *self.ends])
        parts = [self.where[begin:end] for (begin, end), wanted in zip(bounds, leaves, strict=True) if wanted]
        found = np.concatenate([np.empty(0, np.int32), *parts])
        return found[found >= 0]


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
    cuts: Ints

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
        return cls(data, opens, starts, texts, cuts)

    def blank_but(self, read: Ints) -> bool:
        """Whether there is only white space around the tags, but for the texts in the places ``read``."""
        long = self.cuts[2::2] - self.cuts[1:-1:2]
        long[read >> 1] = 0
        more = np.flatnonzero(long).astype(np.int32)
        texts = pc.unique(self.texts.take(pa.array(2 * more + 1)))
        before = self.data[: self.opens[0]].tobytes()
        return not before.strip(b" \t\n") and pc.all(pc.match_substring_regex(texts, _BLANK), min_count=0).as_py()


class _Elements:
    """Start tags by the ``number`` of the element they are of, ``ends`` the end tags before each and after the last.
    Positions are those in ``tags.starts``."""

    def __init__(self, tags: _Tags, element: Ints, ends: Ints, count: int) -> None:
        self.tags = tags
        self.number = element
        self._between = ends
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
            self._row_of[element] = np.cumsum(self.number == element, dtype=np.int32) - 1
        return self._row_of[element]

    def closed(self, paths: Paths) -> bool:
        """Whether each end tag is that of the element that is open."""
        is_end = np.ones(len(self.tags.opens), np.bool_)
        is_end[self.tags.starts] = False
        written = self.tags.texts.take(pa.array(2 * np.flatnonzero(is_end).astype(np.int32)))
        return bool(written.equals(paths.ends.take(pa.array(paths.closed(self.number, self._between[1:])))))


def _characters(body: bytes) -> bool:
    """Whether ``body`` surely is UTF-8 without characters that XML does not know."""
    data = np.frombuffer(body, np.uint8)
    controls = np.count_nonzero(data < _SPACE) - np.count_nonzero(data == _NEWLINE)
    if controls and controls != np.count_nonzero(data == _TAB):
        return False
    # U+FFFE and U+FFFF; what begins like them is rare, and one byte is found faster than three.
    if b"\xef" in body and (b"\xef\xbf\xbe" in body or b"\xef\xbf\xbf" in body):
        return False
    bounds = pa.array([0, len(body)], pa.int32()).buffers()[1]
    try:
        pa.StringArray.from_buffers(1, bounds, pa.py_buffer(body)).validate(full=True)
    except pa.ArrowInvalid:
        return False
    return True


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
