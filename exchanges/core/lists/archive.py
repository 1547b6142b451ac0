"""A zip file as a stream: the same entries give the same bytes, and nothing of it needs to be on disk.

An XLSX file is one, and so is what is sealed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from zipfile import ZIP_DEFLATED, ZipFile

Pieces = Iterable[bytes]

_PIECE = 1 << 18


class _Sink:
    """Writes what it is given and cannot go back, so that zipfile puts the sizes behind each entry."""

    def __init__(self) -> None:
        self._held = bytearray()

    def write(self, data: bytes, /) -> int:
        self._held += data
        return len(data)

    def flush(self) -> None:
        """Nothing waits."""

    def close(self) -> None:
        """Nothing is open."""

    def taken(self, least: int = 1) -> Iterator[bytes]:
        if len(self._held) >= least:
            held, self._held = bytes(self._held), bytearray()
            yield held


def zipped(entries: Iterable[tuple[str, Pieces]], *, level: int, large: bool) -> Iterator[bytes]:
    """The bytes of a zip file. ``large``: entries may be over 2 GiB, which not every reader of XLSX accepts; without it
    such an entry raises RuntimeError. Entries have the first date a zip file knows, 1 January 1980."""
    sink = _Sink()
    with ZipFile(sink, "w", ZIP_DEFLATED, compresslevel=level) as archive:
        for name, pieces in entries:
            with archive.open(name, "w", force_zip64=large) as entry:
                for piece in pieces:
                    entry.write(piece)
                    yield from sink.taken(_PIECE)
    yield from sink.taken()


def together(texts: Iterable[bytes]) -> Iterator[bytes]:
    """The same bytes in fewer pieces."""
    held = bytearray()
    for text in texts:
        held += text
        if len(held) >= _PIECE:
            yield bytes(held)
            held.clear()
    if held:
        yield bytes(held)
