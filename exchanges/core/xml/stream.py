"""One pass over a finished file: schema verdict, sha256, read-back.

The file goes by in pieces (:mod:`exchanges.core.xml.split`). The token reader reads a piece and tells whether it is
surely right; otherwise libxml2 parses and validates it, and libxslt reads what is not plain. All let go of the
interpreter's lock, so two threads check two pieces at a time. Memory holds a few pieces, whatever the size of the file.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Protocol

import pyarrow as pa
from lxml import etree

from exchanges.core.xml.columns import Fault, Faults, together
from exchanges.core.xml.document import (
    Part,
    check_document,
    check_piece,
    read_envelope,
    stream_verdict,
    well_formed,
)
from exchanges.core.xml.faults import doctype_fault, root_fault, syntax_fault, unsplittable_fault
from exchanges.core.xml.lists import ENVELOPE_BYTES, frame_with_lists
from exchanges.core.xml.numbers import FaultList, RowNumbers
from exchanges.core.xml.split import MOST_TAGS, CannotSplit, Frame, HasDoctype, Piece, Root, frame, pieces, root_of
from exchanges.core.xml.target import Target

__all__ = ["Checked", "Fault", "Sink", "Target", "check_file", "root_tag"]

THREADS = min(4, os.cpu_count() or 1)
# Under libxml2's limit of ten million bytes for one text, so that a text too long is never called malformed.
WHOLE_BYTES = 8 * 1024 * 1024
# Below this a second thread costs more than it gives.
_THREADED_BYTES = 2 * 1024 * 1024


class Sink(Protocol):
    """Takes the read-back: tables of records, part after part, and once those of the envelope. ``restart`` forgets all
    that was added: the file is read again as a whole."""

    def add(self, tables: dict[str, pa.Table]) -> None: ...

    def restart(self) -> None: ...


@dataclass
class Checked:
    """Outcome of the pass. ``faults`` are all refusals of the schema, in file order; ``scalar`` the values of the
    envelope; ``deviations`` elements with another text than they always have, of which the schema says nothing."""

    sha256: str = ""
    size: int = 0
    records: int = 0
    faults: Sequence[Fault] = field(default_factory=list)
    scalar: dict[str, Any] = field(default_factory=dict)
    deviations: Sequence[Fault] = field(default_factory=list)

    @property
    def schema_valid(self) -> bool:
        return not self.faults

    @property
    def wrong(self) -> Faults:
        """Faults and deviations, as columns."""
        return together([self.faults, self.deviations])


def check_file(path: Path, target: Target, sink: Sink | None = None) -> Checked:
    """:func:`check_opened`, for a file on disk."""
    with path.open("rb") as file:
        return check_opened(file, target, sink)


def check_opened(file: BinaryIO, target: Target, sink: Sink | None = None) -> Checked:
    """Hold a file that can be sought in against ``target``; ``sink`` gets the tables piece by piece, in order, numbered
    over the file. Where ``target.lists`` says that there are lists around the records it must be one on disk.

    Whatever is wrong with the file is in ``faults``; nothing is raised for it.
    """
    size = file.seek(0, io.SEEK_END)
    try:
        root = root_of(_begin(file))
        if root and target.path and root.tag != target.path[0]:
            return Checked(_sha256(file), size, faults=[root_fault(root.line)])
        try:
            if root is None or len(target.path) < 2:
                raise CannotSplit
            return _in_pieces(file, size, target, _frame(file, size, root, target), sink)
        except CannotSplit:
            if sink:
                sink.restart()
            return _whole(file, size, target, sink)
    except HasDoctype:
        return Checked(_sha256(file), size, faults=[doctype_fault()])
    except etree.XMLSyntaxError as error:
        return Checked(_sha256(file), size, faults=[syntax_fault(error)])


def _begin(file: BinaryIO) -> BinaryIO:
    file.seek(0)
    return file


def _frame(file: BinaryIO, size: int, root: Root, target: Target) -> Frame:
    if target.lists:
        return frame_with_lists(_begin(file), root, target.path, target.lists)
    return frame(_begin(file), size, root, target.path)


def _in_pieces(file: BinaryIO, size: int, target: Target, found: Frame, sink: Sink | None) -> Checked:
    assert target.mapping is not None
    digest, out = hashlib.sha256(), Checked(size=size)
    numbers, faults, deviations = RowNumbers(target.mapping), FaultList(found), FaultList(found)
    todo = pieces(_begin(file), size, found, digest)
    last, known = Piece(0, b"", 0), 0
    wanted = 2 if found.slim else 1

    def work(piece: Piece) -> Part:
        return check_piece(target, found, piece, told=not faults.full, known=known >= wanted)

    for piece, part in _parts(todo, work, size):
        # What is around the records is the same for all pieces; with lists in it, for all after the first.
        known += piece.number < wanted and not part.refused
        for refused in part.refused:
            faults.add(refused.faults, refused.piece, numbers.records + refused.before)
        deviations.add(part.deviations, piece, numbers.records)
        tables = numbers.shift(part.tables)
        last = piece
        if sink:
            sink.add(tables)
    if target.most_records is not None and numbers.records > target.most_records:
        raise CannotSplit  # no piece by itself has too many
    lines = last.line + last.body.count(b"\n")
    envelope = read_envelope(target, found, lines)
    if found.slim:
        faults.end(lines)
        if sink:
            sink.add(envelope.lists)
    out.scalar, out.deviations = envelope.scalar, together([envelope.deviations, deviations.all()])
    out.records, out.faults, out.sha256 = numbers.records, faults.all(), digest.hexdigest()
    return out


def _parts(todo: Iterator[Piece], work: Callable[[Piece], Part], size: int) -> Iterator[tuple[Piece, Part]]:
    if size < _THREADED_BYTES or THREADS == 1:
        for piece in todo:
            yield piece, work(piece)
        return
    waiting: deque[tuple[Piece, Future[Part]]] = deque()
    with ThreadPoolExecutor(THREADS, "check") as pool:
        for piece in todo:
            waiting.append((piece, pool.submit(work, piece)))
            if len(waiting) > 2 * THREADS:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()


def _whole(file: BinaryIO, size: int, target: Target, sink: Sink | None) -> Checked:
    """A file without records that can be told apart: read at once when small; a large one is not read.

    Raises etree.XMLSyntaxError.
    """
    out = Checked(_sha256(file), size)
    data = _begin(file).read() if size <= (ENVELOPE_BYTES if target.lists else WHOLE_BYTES) else None
    part = None
    if data is not None and data.count(b"<") <= MOST_TAGS:
        try:
            part = check_document(target, data)
        except etree.XMLSyntaxError:
            if size <= WHOLE_BYTES:
                raise
    if part is None:
        well_formed(_begin(file))
        out.faults = [unsplittable_fault()] if target.mapping else stream_verdict(_begin(file), target)
        return out
    out.faults, out.deviations, out.scalar = part.faults, part.deviations, part.scalar
    if target.mapping and part.tables:
        numbers = RowNumbers(target.mapping)
        tables = numbers.shift(part.tables)
        out.records = numbers.records
        if sink:
            sink.add(tables | part.lists)
    elif not target.mapping:
        out.records = 1
    return out


def _sha256(file: BinaryIO) -> str:
    return hashlib.file_digest(_begin(file), "sha256").hexdigest()  # type: ignore[arg-type]


def root_tag(path: Path) -> str | None:
    """``{namespace}local`` of the root element, or None when there is none to be read."""
    with path.open("rb") as file, suppress(HasDoctype):
        root = root_of(file)
        return root.tag if root else None
    return None
