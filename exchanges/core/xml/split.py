"""Cutting a message file into pieces that are documents of their own.

A message is *before*, records, *after*. Every piece is before + some records + after. XML content
concatenates, and the records stand in one repeated place of the content model; so the file is well-formed
and valid exactly when every piece is. A cut is made only after an end tag of the record, found as text; where
that text is not really the end tag (in a comment, a CDATA section), a piece is not well-formed and the caller
reads the file as a whole instead.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Protocol

from lxml import etree

HEAD_BYTES = 256 * 1024
PIECE_BYTES = 1024 * 1024
RECORD_BYTES = 16 * 1024 * 1024


class CannotSplit(Exception):
    """The file has no records that can be told apart as text; read it as a whole."""


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
    """What surrounds the records: bytes before the first and after the last, and the end tag to cut after."""

    before: bytes
    after: bytes
    end_tag: bytes

    def document(self, piece: Piece) -> bytes:
        return self.before + piece.body + self.after

    @property
    def before_lines(self) -> int:
        return self.before.count(b"\n")


def root_of(head: bytes) -> tuple[str, dict[str | None, str]]:
    """Tag (``{namespace}local``) and namespaces of the root element, from the first bytes of a file.

    Raises etree.XMLSyntaxError when there is no root element in them.
    """
    parser = etree.XMLPullParser(events=("start",), resolve_entities=False, no_network=True, load_dtd=False)
    for at in range(0, len(head), 4096):
        parser.feed(head[at : at + 4096])
        for _, element in parser.read_events():
            return element.tag, dict(element.nsmap)
    raise etree.XMLSyntaxError("no root element", None, 0, 0)


def frame(file: BinaryIO, size: int, namespace: str, local: str) -> Frame:
    """Find the frame of the records ``{namespace}local``. Raises CannotSplit."""
    head = file.read(min(size, HEAD_BYTES))
    _, namespaces = root_of(head)
    prefixes = [prefix for prefix, uri in namespaces.items() if uri == namespace] if namespace else [None]
    for prefix in prefixes:
        name = (f"{prefix}:" if prefix else "").encode() + local.encode()
        start = re.search(rb"<" + re.escape(name) + rb"[\s/>]", head)
        if start:
            break
    else:
        raise CannotSplit
    end_tag = b"</" + name + b">"
    file.seek(max(0, size - HEAD_BYTES))
    tail = file.read()
    at = tail.rfind(end_tag)
    if at < 0:
        raise CannotSplit
    return Frame(head[: start.start()], tail[at + len(end_tag) :], end_tag)


def pieces(path: Path, frame: Frame, digest: _Digest) -> Iterator[Piece]:
    """The records, about a mebibyte a piece; every byte of the file goes through ``digest``.

    Raises CannotSplit when one record is larger than ``RECORD_BYTES``.
    """
    with path.open("rb") as file:
        head = file.read(len(frame.before))
        digest.update(head)
        line, number, rest = head.count(b"\n"), 0, b""
        while block := file.read(PIECE_BYTES):
            digest.update(block)
            rest += block
            end = rest.rfind(frame.end_tag)
            if end < 0:
                if len(rest) > RECORD_BYTES:
                    raise CannotSplit
                continue
            end += len(frame.end_tag)
            yield Piece(number, rest[:end], line)
            line, number, rest = line + rest.count(b"\n", 0, end), number + 1, rest[end:]
        if rest != frame.after:
            raise CannotSplit
