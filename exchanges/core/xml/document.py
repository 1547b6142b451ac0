"""One document, whole file or piece of it: parsed, held against the schema, read back."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
from lxml import etree

from exchanges.core.xml.faults import Fault, doctype_fault, schema_faults
from exchanges.core.xml.split import CannotSplit, Frame, Piece, parser
from exchanges.core.xml.target import Target, Tools

# libxml2 takes some 130 bytes for an element: this many tags is about 200 MB.
MOST_TAGS = 3_000_000


@dataclass
class Part:
    """What one document gave. Lines of ``faults`` are those of the document; those of ``tables`` of the file."""

    tables: dict[str, pa.Table] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    scalar: dict[str, Any] = field(default_factory=dict)


def check_piece(target: Target, frame: Frame, piece: Piece) -> Part:
    """Raises CannotSplit when the piece is not a document."""
    tools = Tools.of(target)
    try:
        document = etree.fromstring(frame.document(piece), parser())
    except etree.XMLSyntaxError:
        raise CannotSplit from None
    part = _verdict(target, tools, document)
    assert tools.reader is not None
    fast = tools.tokens(frame.namespaces)
    tables = fast.read(piece.body, piece.line) if fast else None
    if tables is None:
        quotes = b'"' in piece.body or b"&" in piece.body
        tables = tools.reader.read(document, quotes=quotes, line_shift=piece.line - frame.before_lines)
    part.tables = tables
    if piece.number == 0:
        part.scalar = tools.reader.scalar(document)
    return part


def check_document(target: Target, data: bytes) -> Part:
    """A file as a whole. Raises etree.XMLSyntaxError."""
    tools = Tools.of(target)
    document = etree.fromstring(data, parser())
    if document.getroottree().docinfo.doctype:
        return Part(faults=[doctype_fault()])
    part = _verdict(target, tools, document)
    if tools.reader is not None:
        part.tables = tools.reader.read(document, quotes=True)
        part.scalar = tools.reader.scalar(document)
    return part


def _verdict(target: Target, tools: Tools, document: Any) -> Part:
    if tools.schema.validate(document):
        return Part()
    return Part(faults=schema_faults(tools.schema.error_log, document, target.local_path))
