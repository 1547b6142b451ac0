"""One pass over a finished file: schema verdict, sha256, read-back.

The file goes by in pieces (:mod:`exchanges.core.xml.split`); libxml2 parses and validates a piece and libxslt
reads it back, both without the interpreter lock, so two threads check two pieces at a time. Memory holds a
few pieces, whatever the size of the file.
"""

from __future__ import annotations

import hashlib
import os
import threading
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from exchanges.core.mapping.reader import Reader
from exchanges.core.mapping.table import MessageMapping
from exchanges.core.xml.faults import Fault, schema_faults, syntax_fault
from exchanges.core.xml.split import CannotSplit, Frame, Piece, frame, pieces, root_of

THREADS = min(4, os.cpu_count() or 1)
WHOLE_BYTES = 32 * 1024 * 1024
_local = threading.local()


class Sink(Protocol):
    """Takes the read-back. ``restart`` forgets all that was added: the file is read again as a whole."""

    def add(self, tables: dict[str, pa.Table]) -> None: ...

    def restart(self) -> None: ...


@dataclass(frozen=True)
class Target:
    """What a file is held against: a schema compiled anew by ``compile`` for every thread, and a mapping to read
    it back with (none: verdict only). ``key`` names the pair for the caches."""

    key: str
    compile: Callable[[], Any]
    mapping: MessageMapping | None


@dataclass
class Checked:
    """Outcome of the pass. ``faults`` are all, in file order; ``scalar`` the values of the envelope."""

    sha256: str = ""
    size: int = 0
    records: int = 0
    faults: list[Fault] = field(default_factory=list)
    scalar: dict[str, Any] = field(default_factory=dict)

    @property
    def schema_valid(self) -> bool:
        return not self.faults


@dataclass
class _Part:
    tables: dict[str, pa.Table]
    faults: list[Fault]
    scalar: dict[str, Any]


def check_file(path: Path, target: Target, sink: Sink | None = None) -> Checked:
    """Hold the file against ``target``; ``sink`` gets the tables piece by piece, in order, numbered over the file."""
    size = path.stat().st_size
    mapping = target.mapping
    try:
        with path.open("rb") as file:
            if mapping is None or mapping.list_node(mapping.record) is mapping.root:
                raise CannotSplit
            record = mapping.list_node(mapping.record).tag
            prefix, _, local = record.rpartition(":")
            found = frame(file, size, mapping.namespaces[prefix] if prefix else "", local)
        return _in_pieces(path, size, target, found, sink)
    except CannotSplit:
        if sink:
            sink.restart()
        return _whole(path, size, target, sink)
    except etree.XMLSyntaxError as error:
        return Checked(_sha256(path), size, faults=[syntax_fault(error)])


def _in_pieces(path: Path, size: int, target: Target, found: Frame, sink: Sink | None) -> Checked:
    digest, out, numbers = hashlib.sha256(), Checked(size=size), _Numbers(target.mapping)
    for part in _parts(pieces(path, found, digest), lambda piece: _check(target, found, piece), size):
        numbers.shift(part)
        out.faults += part.faults
        out.scalar = out.scalar or part.scalar
        out.records = numbers.records
        if sink:
            sink.add(part.tables)
    out.sha256 = digest.hexdigest()
    return out


def _parts(todo: Iterator[Piece], work: Callable[[Piece], _Part], size: int) -> Iterator[_Part]:
    if size < 2 * 1024 * 1024 or THREADS == 1:
        yield from map(work, todo)
        return
    waiting: deque[Future[_Part]] = deque()
    with ThreadPoolExecutor(THREADS) as pool:
        for piece in todo:
            waiting.append(pool.submit(work, piece))
            if len(waiting) > THREADS:
                yield waiting.popleft().result()
        while waiting:
            yield waiting.popleft().result()


def _check(target: Target, found: Frame, piece: Piece) -> _Part:
    data = found.document(piece)
    try:
        document = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError:
        raise CannotSplit from None
    return _inspect(target, document, data, piece.line - found.before_lines, piece.number == 0)


def _inspect(target: Target, document: Any, data: bytes, line_shift: int, with_scalar: bool) -> _Part:
    schema, reader = _tools(target)
    if document.getroottree().docinfo.doctype:
        fault = Fault("XML-05", "Het bestand heeft een DOCTYPE of eigen entiteiten; dat wordt niet gelezen.", "", None)
        return _Part({}, [fault], {})
    faults: list[Fault] = []
    if not schema.validate(document):
        depth = target.mapping.list_node(target.mapping.record).path.count("/") + 1 if target.mapping else 1
        faults = schema_faults(schema.error_log, depth, 0, line_shift)
    if reader is None:
        return _Part({}, faults, {})
    quotes = b'"' in data[data.find(b">") :] or b"&" in data
    tables = reader.read(document, quotes=quotes)
    for name, table in tables.items():
        lines = pc.add(table["_line"], line_shift)
        tables[name] = table.set_column(table.schema.get_field_index("_line"), "_line", lines)
    return _Part(tables, faults, reader.scalar(document) if with_scalar else {})


def _whole(path: Path, size: int, target: Target, sink: Sink | None) -> Checked:
    """A file without records that can be told apart: at once when small, else only its verdict, by stream."""
    out = Checked(_sha256(path), size)
    if size > WHOLE_BYTES:
        out.faults = list(_stream_verdict(path, target))
        if not out.faults and target.mapping:
            out.faults = [Fault("XML-06", "De records in dit grote bestand zijn niet te onderscheiden.", "", None)]
        return out
    data = path.read_bytes()
    try:
        document = etree.fromstring(data, _parser())
    except etree.XMLSyntaxError as error:
        out.faults = [syntax_fault(error)]
        return out
    part = _inspect(target, document, data, 0, True)
    out.faults, out.scalar = part.faults, part.scalar
    if target.mapping and part.tables:
        numbers = _Numbers(target.mapping)
        numbers.shift(part)
        out.records = numbers.records
        if sink:
            sink.add(part.tables)
    elif not target.mapping:
        out.records = 1
    return out


def _stream_verdict(path: Path, target: Target) -> Iterator[Fault]:
    try:
        for _, element in etree.iterparse(
            str(path), schema=target.compile(), resolve_entities=False, no_network=True, load_dtd=False
        ):
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError as error:
        schema = error.error_log and error.error_log.last_error.domain_name == "SCHEMASV"
        yield Fault("XSD", "Het schema staat dit niet toe.", "", error.lineno or None) if schema else syntax_fault(error)


class _Numbers:
    """Row numbers over the file: pieces count from 0, the file goes on."""

    def __init__(self, mapping: MessageMapping | None) -> None:
        assert mapping is not None
        self._record = mapping.record
        self._parents = {name: spec.parent for name, spec in mapping.tables.items()}
        self._base = dict.fromkeys(mapping.tables, 0)

    @property
    def records(self) -> int:
        return self._base[self._record]

    def shift(self, part: _Part) -> None:
        tables: Mapping[str, pa.Table] = part.tables
        part.faults[:] = [
            fault if fault.record is None else Fault(fault.code, fault.text, fault.path, fault.line, fault.record + self.records)
            for fault in part.faults
        ]
        for name, table in list(tables.items()):
            parent = self._parents[name]
            if parent is not None and name != self._record:
                for column, of in (("_parent", parent), ("_root", self._record)):
                    moved = pc.add(table[column], self._base[of])
                    table = table.set_column(table.schema.get_field_index(column), column, moved)
                part.tables[name] = table
        for name, table in tables.items():
            self._base[name] += table.num_rows


def _tools(target: Target) -> tuple[Any, Reader | None]:
    cache: dict[str, tuple[Any, Reader | None]] = _local.__dict__.setdefault("tools", {})
    if target.key not in cache:
        cache[target.key] = target.compile(), Reader(target.mapping) if target.mapping else None
    return cache[target.key]


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def root_tag(path: Path) -> str | None:
    """``{namespace}local`` of the root element, or None when there is none to be read."""
    with path.open("rb") as file:
        try:
            return root_of(file.read(65536))[0]
        except (etree.XMLSyntaxError, ValueError):
            return None
