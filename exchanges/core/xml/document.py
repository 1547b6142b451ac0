"""One document, whole file or piece of it: parsed, held against the schema, read back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from exchanges.core.xml.columns import Fault
from exchanges.core.xml.faults import crowded_fault, doctype_fault, schema_faults
from exchanges.core.xml.split import MOST_TAGS, PIECE_BYTES, CannotSplit, Frame, Piece, parser, smaller
from exchanges.core.xml.target import Nothing, Target, Tools

# For each fault libxml2 counts the elements beside it: no more than this many in all, a quarter of a second.
_MOST_COUNTED = 100_000_000
_CROWDED_BYTES = 256 * 1024


@dataclass(frozen=True)
class Refusals:
    """``faults`` of a part of a piece, that has ``before`` records in the piece before it; their lines and records are
    those of the document that part is."""

    piece: Piece
    before: int
    faults: Sequence[Fault]


@dataclass
class Part:
    """What one document gave: ``tables`` of the records, ``lists`` of the envelope; ``faults`` are refusals of the
    schema, ``refused`` those of a piece, ``deviations`` elements with another text than they always have. Lines of
    these are those of the document, those of the tables of the file."""

    tables: dict[str, pa.Table] = field(default_factory=dict)
    lists: dict[str, pa.Table] = field(default_factory=dict)
    faults: Sequence[Fault] = field(default_factory=list)
    refused: list[Refusals] = field(default_factory=list)
    deviations: list[Fault] = field(default_factory=list)
    scalar: dict[str, Any] = field(default_factory=dict)


def check_piece(target: Target, frame: Frame, piece: Piece, *, told: bool = True, known: bool = False) -> Part:
    """The records of ``piece``; ``told``: with what the schema refuses; ``known``: it takes what is around them, so
    columns may tell that it takes them too. Raises CannotSplit when the piece is not a document."""
    if len(piece.body) > 2 * PIECE_BYTES and piece.body.count(b"<") > MOST_TAGS // 2:
        raise CannotSplit  # one enormous record, and as many of these at a time as there are threads
    if frame.ascii and not piece.body.isascii():
        raise CannotSplit  # not well-formed, but the encoding is not said in every document that is made of it
    tools = Tools.of(target)
    fast = tools.tokens(frame.namespaces)
    if known and fast and not frame.retyped and (tables := fast.judged(piece.body, piece.line)) is not None:
        return Part(tables=tables)
    around = frame.around(piece)
    data = around.document(piece)
    try:
        # A tree is needed only when something is unusual; the envelope stands around every piece.
        part = Part(refused=[] if tools.passes(data) or not told else _refusals(target, tools, frame, piece))
        tables = fast.read(piece.body, piece.line) if fast else None
        if tables is not None:
            part.tables = tables
            return part
        document = etree.fromstring(data, parser())
    except etree.XMLSyntaxError:
        raise CannotSplit from None
    assert tools.reader is not None and tools.constants is not None
    quotes = b'"' in piece.body or b"&" in piece.body
    part.tables = tools.reader.read(document, quotes=quotes, line_shift=piece.line - around.before_lines)
    part.deviations = tools.constants.faults(document)
    return part


def _refusals(target: Target, tools: Tools, frame: Frame, piece: Piece) -> list[Refusals]:
    """What the schema refuses in ``piece``, of which is known that it does. Raises etree.XMLSyntaxError."""
    try:
        return list(_refused(target, tools, frame, smaller(piece, frame.end_tag)))
    except etree.XMLSyntaxError:
        return list(_refused(target, tools, frame, [piece]))  # cut in a comment


def _refused(target: Target, tools: Tools, frame: Frame, pieces: Iterable[Piece]) -> Iterator[Refusals]:
    before = 0
    for piece in pieces:
        data = frame.around(piece).document(piece)
        document = etree.fromstring(data, parser())
        faults = _verdict(target, tools, document, data).faults
        if faults:
            yield Refusals(piece, before, faults)
        before += tools.records_in(document)


def read_envelope(target: Target, frame: Frame, lines: int) -> Part:
    """The scalar values, the lists, and what deviates there. ``lines`` newlines come before ``frame.after`` in the
    file; lines here are those of the file."""
    document = etree.fromstring(frame.before + frame.gap + frame.after, parser())
    tools = Tools.of(target)
    assert tools.reader is not None and tools.around is not None
    later = lines - frame.before_lines
    lists = {}
    for name, table in tools.reader.envelope_tables(document).items():
        line = table["_line"]
        moved = pc.if_else(pc.greater(line, frame.before_lines), pc.add(line, later), line)
        lists[name] = table.set_column(table.schema.get_field_index("_line"), table.schema.field("_line"), moved)
    deviations = [
        replace(fault, line=fault.line + (later if fault.line > frame.before_lines else 0)) if fault.line else fault
        for fault in tools.around.faults(document)
    ]
    return Part(lists=lists, deviations=deviations, scalar=tools.reader.scalar(document))


def check_document(target: Target, data: bytes) -> Part:
    """A file as a whole. Raises etree.XMLSyntaxError."""
    tools = Tools.of(target)
    document = etree.fromstring(data, parser())
    if document.getroottree().docinfo.doctype:
        return Part(faults=[doctype_fault()])
    part = _verdict(target, tools, document, data)
    if tools.reader is not None:
        part.tables = tools.reader.read(document, quotes=True)
        part.lists = tools.reader.envelope_tables(document)
        part.scalar = tools.reader.scalar(document)
    for constants in (tools.constants, tools.around):
        part.deviations += constants.faults(document) if constants else []
    return part


def well_formed(file: BinaryIO) -> None:
    """Raises etree.XMLSyntaxError where the file is not; no tree is made, whatever its size."""
    target = etree.XMLParser(
        target=Nothing(), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
    )
    etree.parse(file, target)


def stream_verdict(file: BinaryIO, target: Target) -> list[Fault]:
    """Whether a well-formed file is valid; so read, libxml2 tells neither place nor kind. (Of a file that is not
    well-formed it may say that it is valid.)"""
    try:
        events = etree.iterparse(
            file, schema=target.compile(), resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False
        )
        for _, element in events:
            element.clear()
            while element.getprevious() is not None:
                del element.getparent()[0]
    except etree.XMLSyntaxError:
        return [Fault("XSD", "Het schema staat dit niet toe.", "", None)]
    return []


def _verdict(target: Target, tools: Tools, document: Any, data: bytes) -> Part:
    """``document`` is the tree of ``data``."""
    if len(data) > _CROWDED_BYTES and not tools.passes(data):
        crowded = document.xpath(f"(//*[count(*) > {_MOST_COUNTED // max(1, tools.told())}])[1]")
        if crowded:
            return Part(faults=[_crowded(crowded[0], len(target.path))])
    if tools.schema.validate(document):
        return Part()
    return Part(faults=schema_faults(tools.schema.error_log, document, target.local_path))


def _crowded(element: Any, level: int) -> Fault:
    """So much is wrong in ``element`` that it is not told one by one; a record is at ``level``, 0: there are none."""
    above = [*reversed(list(element.iterancestors())), element]
    record = above[level - 1] if 0 < level <= len(above) else None
    number = None if record is None else sum(1 for _ in record.itersiblings(record.tag, preceding=True))
    path = "/".join(etree.QName(one).localname for one in above)
    return crowded_fault(path, element.sourceline, number)
