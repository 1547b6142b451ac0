"""Cutting a message file into pieces that are documents of their own.

A message is *before*, records, *after*. Every piece is before + some records + after. XML content
concatenates, and the records stand in one repeated place of the content model; so the file is well-formed
and valid exactly when every piece is. (A schema that bounds the number of records, or with keys over them, would
need more; no batch message has that.)

A message with lists outside its records has these whole in its first piece only; around the others stands a slim
envelope, without them (:mod:`exchanges.core.xml.lists`).

A cut is made after an end tag of the record, found as text. That the text is the end tag, and not in a comment or
CDATA section, follows from three things: the place between before and after is in the element that holds the
records; after holds nothing that would end a comment, CDATA section or instruction begun in the records; and the
piece is well-formed. Where one of them fails the file is read as a whole instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice, pairwise
from typing import Any, BinaryIO, Protocol
from xml.parsers.expat import ExpatError, ParserCreate

import numpy as np
from lxml import etree

HEAD_BYTES = 256 * 1024
PIECE_BYTES = 2 * 1024 * 1024
# libxml2 counts siblings to say where an error is: many small records in one piece would cost their square.
PIECE_RECORDS = 4096
# And where there are errors, one for every record perhaps, this many are looked at together.
REFUSED_RECORDS = 128
RECORD_BYTES = 4 * 1024 * 1024
# libxml2 takes some 130 bytes for an element: a document with this many tags (half of them end tags) about 65 MB.
MOST_TAGS = 1_000_000

_COMMENT = re.compile(rb"<!--(?:(?!--|\]\]>|\?>).)*-->", re.DOTALL)
_ENDS = (b"-->", b"]]>", b"?>")
_SAMPLE_BYTES = 64 * 1024
# What may come before the root: no more comments than this.
_PROLOG_BYTES = 8 * 1024 * 1024
TRIES = 8
PROBE = "ketensluis-probe"
_UTF8 = frozenset({"UTF-8", "US-ASCII", "ASCII"})
_ASCII = re.compile(rb"<\?xml[^>]*\bencoding\s*=\s*[\"'](?:US-)?ASCII[\"']", re.IGNORECASE)


class CannotSplit(Exception):
    """The file has no records that can be told apart as text; read it as a whole."""


class HasDoctype(Exception):
    """The file has a DOCTYPE; it is not read."""


class _Digest(Protocol):
    def update(self, data: bytes, /) -> object: ...


@dataclass(frozen=True)
class Piece:
    """``body`` holds whole records; ``line`` is the number of newlines in the file before it."""

    number: int
    body: bytes
    line: int


@dataclass(frozen=True)
class Frame:
    """What surrounds the records: bytes before the first and after the last, the end tag to cut after, and the
    namespaces by prefix that are declared there.

    ``gap`` is put between those and the records in the documents that are made of them: a newline there tells for
    every fault on which side it is. ``slim`` stands around the pieces after the first.
    """

    before: bytes
    after: bytes
    end_tag: bytes
    namespaces: dict[str | None, str]
    gap: bytes = b""
    slim: Frame | None = None

    def around(self, piece: Piece) -> Frame:
        return self.slim if self.slim and piece.number else self

    def document(self, piece: Piece) -> bytes:
        return b"".join((self.before, self.gap, piece.body, self.gap, self.after))

    @cached_property
    def before_lines(self) -> int:
        """Newlines before the records, in the documents."""
        return (self.before + self.gap).count(b"\n")

    @cached_property
    def ascii(self) -> bool:
        """Whether the file says that it has no other characters. (A byte order mark says more.)"""
        return _ASCII.match(self.before) is not None

    @cached_property
    def retyped(self) -> bool:
        """Whether an element around the records may say (``xsi:type``) that it is of another type than it is declared
        with: then they may be too."""
        return b":type" in self.before


def parser() -> etree.XMLParser:
    """For files from outside: no entities, nothing fetched, libxml2's limits on depth and size on."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False)


@dataclass(frozen=True)
class Root:
    """The start tag of a root element: name as ``{namespace}local``, the namespaces it declares by prefix, line."""

    tag: str
    namespaces: dict[str | None, str]
    line: int


class _Found(Exception):
    """The root element begins here: parsing may stop."""


def root_of(file: BinaryIO) -> Root | None:
    """The root element, from the first bytes of a file; None when it cannot be told from them.

    Raises HasDoctype. Whether what comes before the root is XML at all is left to the parser of the whole file.
    """
    expat = ParserCreate(namespace_separator=" ")
    namespaces: dict[str | None, str] = {}
    found: list[Root] = []

    def namespace(prefix: str | None, uri: str | None) -> None:
        if uri:
            namespaces[prefix] = uri

    def start(name: str, _attributes: dict[str, str]) -> None:
        uri, _, local = name.rpartition(" ")
        found.append(Root(f"{{{uri}}}{local}" if uri else local, namespaces, expat.CurrentLineNumber))
        raise _Found

    def doctype(*_: object) -> None:
        raise HasDoctype

    expat.StartNamespaceDeclHandler = namespace
    expat.StartElementHandler = start
    expat.StartDoctypeDeclHandler = doctype
    with suppress(_Found, ExpatError, ValueError, LookupError):
        for _ in range(_PROLOG_BYTES // HEAD_BYTES):
            block = file.read(HEAD_BYTES)
            expat.Parse(block, not block)
            if not block:
                break
    return found[0] if found else None


def frame(file: BinaryIO, size: int, root: Root, path: tuple[str, ...]) -> Frame:
    """Find the frame of the records; ``path`` are the names (``{namespace}local``) from the root to the record.

    Raises CannotSplit.
    """
    head = file.read(min(size, HEAD_BYTES))
    tail_at = max(0, size - HEAD_BYTES)
    file.seek(tail_at)
    tail = file.read()
    for name in written(root, path[-1]):
        end_tag = b"</" + name + b">"
        at = tail.rfind(end_tag)
        # The first that looks like a record may stand in a comment; a few tries will do.
        for start in islice(re.finditer(rb"<" + re.escape(name) + rb"[\s/>]", head), TRIES if at >= 0 else 0):
            before, after = head[: start.start()], tail[at + len(end_tag) :]
            probe = place(before, after, path)
            if probe is not None and start.start() < tail_at + at:
                return Frame(before, after, end_tag, dict(probe.getparent().nsmap))
    raise CannotSplit


def written(root: Root, name: str) -> list[bytes]:
    """How the element ``name`` (``{namespace}local``) is written in a file with ``root``, its prefix in front."""
    element = etree.QName(name)
    prefixes: list[str | None] = [None]
    if element.namespace:
        prefixes = [prefix for prefix, uri in root.namespaces.items() if uri == element.namespace]
    return [f"{prefix}:{element.localname}".encode() if prefix else element.localname.encode() for prefix in prefixes]


def place(before: bytes, after: bytes, path: tuple[str, ...]) -> Any:
    """An element between ``before`` and ``after``, in the document they are; None when that is not where ``path`` has
    its records, when there are records in them (an end tag written ``</x >``), or when ``after`` could also be the
    rest of something begun before it."""
    rest = _COMMENT.sub(b"", after)
    if any(end in rest for end in _ENDS):
        return None
    try:
        document = etree.fromstring(before + f"<{PROBE} xmlns=''/>".encode() + after, parser())
    except etree.XMLSyntaxError:
        return None
    probes = document.findall(f".//{PROBE}")
    info = document.getroottree().docinfo
    if len(probes) != 1 or (info.encoding or "UTF-8").upper() not in _UTF8:
        return None
    above = tuple(element.tag for element in probes[0].iterancestors())
    if above[::-1] != path[:-1] or document.find("/".join(path[1:])) is not None:
        return None
    return probes[0]


def pieces(file: BinaryIO, size: int, frame: Frame, digest: _Digest) -> Iterator[Piece]:
    """The records, at most about two mebibytes a piece; every byte of the file, which stands at its begin and has
    ``size`` of them, goes through ``digest``.

    Raises CannotSplit when one record has ``RECORD_BYTES`` or more.
    """
    head = file.read(len(frame.before))
    digest.update(head)
    left = size - len(frame.before) - len(frame.after)
    line, number, rest = frame.before.count(b"\n"), 0, b""
    while block := file.read(min(PIECE_BYTES, left)):
        digest.update(block)
        left -= len(block)
        rest += block
        end = rest.rfind(frame.end_tag)
        if end < 0:
            if len(rest) >= RECORD_BYTES:
                raise CannotSplit
            continue
        end += len(frame.end_tag)
        for body in _bounded(rest[:end], frame.end_tag):
            yield Piece(number, body, line)
            line, number = line + _newlines(body), number + 1
        rest = rest[end:]
    after = file.read()
    digest.update(after)
    if rest or after != frame.after:
        raise CannotSplit


def _bounded(body: bytes, end_tag: bytes) -> Iterator[bytes]:
    """``body``, in parts of ``PIECE_RECORDS`` end tags when, judged by its beginning, it has more."""
    sample = body[:_SAMPLE_BYTES]
    crowded = sample.count(end_tag) * len(body) > PIECE_RECORDS * len(sample)
    while crowded and body.count(end_tag) > PIECE_RECORDS:
        at = 0
        for _ in range(PIECE_RECORDS):
            at = body.index(end_tag, at) + len(end_tag)
        yield body[:at]
        body = body[at:]
    yield body


def smaller(piece: Piece, end_tag: bytes) -> Iterator[Piece]:
    """``piece`` in parts of ``REFUSED_RECORDS``. Where it has lines a part begins with the end of one, so that what is
    wrong between two records is not on the line of what is around them all."""
    end = re.compile(re.escape(end_tag) + (rb"(?=\r?\n)" if b"\n" in piece.body else b""))
    ends = [found.end() for found in end.finditer(piece.body)][REFUSED_RECORDS - 1 : -1 : REFUSED_RECORDS]
    line = piece.line
    for begin, stop in pairwise([0, *ends, len(piece.body)]):
        body = piece.body[begin:stop]
        yield Piece(piece.number if not begin else piece.number or 1, body, line)
        line += _newlines(body)


def _newlines(body: bytes) -> int:
    return int(np.count_nonzero(np.frombuffer(body, np.uint8) == 10))
