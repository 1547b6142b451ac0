"""Answers of a benefits system as they come: files, folders, archives, and files with many answers after each other.

Names of files are not repeated in anything that is told: they may hold a BSN. A place is the number of the file in
sorted order, and of the answer in it.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, BinaryIO

from exchanges.core.findings import finding

# One answer is about one client: some kilobytes.
MOST_BYTES = 2 * 1024**2
_MOST_UNPACKED = 8 * 1024**3
_MOST_RATIO = 200
_FREE_BYTES = 64 * 1024**2
_CHUNK = 256 * 1024
_PROLOG = re.compile(rb"(?:\xef\xbb\xbf|\s|<\?.*?\?>|<!--.*?-->)*", re.DOTALL)
_START = re.compile(rb"""<([A-Za-z_][^\s/>]*)(?:[^<>"']|"[^"<]*"|'[^'<]*')*>""")
_SOURCE = "spec transport 15"


@dataclass(frozen=True)
class Answer:
    """One document, not yet read. ``place`` is for people: ``bestand 3, antwoord 17``."""

    place: str
    data: bytes


@dataclass(frozen=True)
class Trouble:
    """A file, or the rest of it, that gives no answers. ``data`` is what is kept of it (its beginning)."""

    finding: dict[str, object]
    data: bytes = b""


def answers(paths: Sequence[Path]) -> Iterator[Answer | Trouble]:
    """Every answer in ``paths`` (files, folders of files, zip archives), in sorted order."""
    for number, path in enumerate(_files(paths), start=1):
        place = f"bestand {number}"
        with path.open("rb") as file:
            if file.read(4) == b"PK\x03\x04":
                yield from _archive(path, place)
            else:
                file.seek(0)
                yield from _documents(file, place)


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        found += sorted(p for p in path.rglob("*") if p.is_file() and not p.is_symlink()) if path.is_dir() else [path]
    return found


def _archive(path: Path, place: str) -> Iterator[Answer | Trouble]:
    left = _MOST_UNPACKED
    try:
        with zipfile.ZipFile(path) as archive:
            for number, member in enumerate((m for m in archive.infolist() if not m.is_dir()), start=1):
                where = f"{place}, onderdeel {number}"
                if member.flag_bits & 1:
                    yield Trouble(_told("XML-03", where, "is versleuteld", "Lever het onversleuteld."))
                    continue
                # No answer shrinks this much; a bomb does, and is not unpacked.
                size, packed = member.file_size, max(member.compress_size, 1)
                if size > left or (size > _FREE_BYTES and size // packed > _MOST_RATIO):
                    yield Trouble(_told("XML-02", where, "wordt uitgepakt te groot", "Lever kleinere archieven."))
                    continue
                left -= size
                with archive.open(member) as file:
                    yield from _documents(file, where)
    except (zipfile.BadZipFile, zipfile.LargeZipFile, NotImplementedError, EOFError, OSError):
        yield Trouble(_told("XML-03", place, "is een archief dat niet (verder) uit te pakken is",
                            "Lever het archief opnieuw."))


def _documents(file: BinaryIO | Any, place: str) -> Iterator[Answer | Trouble]:
    """The documents of one file, cut at the end tag of each root. (Such a tag in a comment or CDATA gives two halves
    that are not well-formed; they are found wrong when they are read.)"""
    buffer, number, ended = b"", 0, False
    while True:
        cut = _cut(buffer)
        while cut is None and not ended and len(buffer) <= MOST_BYTES:
            more = file.read(_CHUNK)
            ended = not more
            buffer += more
            cut = _cut(buffer)
        where = f"{place}, antwoord {number + 1}" if number else place
        if cut is not None and cut <= MOST_BYTES:
            number += 1
            yield Answer(where, buffer[:cut])
            buffer = buffer[cut:]
        elif not buffer[_prolog(buffer):]:
            if not number:
                yield Trouble(_told("XML-00", place, "is leeg", "Lever het opnieuw."), buffer)
            return
        else:
            yield Trouble(_why(buffer, where), buffer[:MOST_BYTES])
            return


def _prolog(buffer: bytes) -> int:
    match = _PROLOG.match(buffer)
    return match.end() if match else 0


def _cut(buffer: bytes) -> int | None:
    """Where the first document ends; None when that cannot be seen (yet)."""
    begin = _START.match(buffer, _prolog(buffer))
    if begin is None:
        return None
    if begin[0].endswith(b"/>"):
        return begin.end()
    depth = 0
    for tag in _tags(begin[1]).finditer(buffer, begin.start()):
        depth += -1 if tag[1] else 0 if tag[2].endswith(b"/") else 1
        if depth == 0:
            return tag.end()
    return None


@lru_cache(maxsize=16)
def _tags(name: bytes) -> re.Pattern[bytes]:
    """Start and end tags of that name."""
    return re.compile(rb"<(/?)" + re.escape(name) + rb"""(?=[\s/>])((?:[^<>"']|"[^"<]*"|'[^'<]*')*)>""")


def _why(buffer: bytes, place: str) -> dict[str, object]:
    rest = buffer[_prolog(buffer):]
    if rest.startswith(b"<!DOCTYPE"):
        return _told("XML-05", place, "heeft een DOCTYPE; dat wordt niet gelezen", "Lever XML zonder DOCTYPE.")
    if len(buffer) > MOST_BYTES:
        return _told("XML-02", place, "is te groot voor een antwoord over een client", "Lever per client een antwoord.")
    if not rest.startswith(b"<") or b"\x00" in buffer[:64]:
        return _told("XML-01", place, "is geen XML in UTF-8", "Lever de antwoorden zoals het systeem ze gaf.")
    return _told("XML-01", place, "is niet goed gevormd of breekt af", "Lever het opnieuw.")


def _told(code: str, place: str, what: str, action: str) -> dict[str, object]:
    return finding(code, "error", f"{place[:1].upper()}{place[1:]} {what}.", action=action, source=_SOURCE,
                   table="gws")
