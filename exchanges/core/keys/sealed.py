"""Bytes on disk, sealed: AES-256-GCM in pieces of 1 MiB that cannot be altered, cut off, swapped or moved elsewhere.

Nobody needs to know beforehand how much there is to seal, or what it will be called. The key is of this file alone
(HKDF-SHA256 over a salt of 32 random bytes), so the nonce may simply count the pieces, and a piece opens in its own
place of its own file only. After the pieces comes the end: it has no content, and vouches for head, size and ``place``
(whose it is, and under which name), with the one nonce that says it is the end. Who opens looks there first, so what
is read before the last piece is already certain, and any piece can be read by itself.

    magic 8 | id of the data key 8 | salt 32 | pieces, each with a tag of 16
        | size of the content 8 (big-endian) | tag 16
"""

from __future__ import annotations

import io
import os
import struct
import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import BinaryIO, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PIECE = 1 << 20
# No text, XML, zip or Parquet file begins like this. The digit is the version of the format.
MAGIC = b"\xd7SLUIS2\n"
_ANY_VERSION = MAGIC[:6]
ID_BYTES = 8
KEY_BYTES = 32
TAG_BYTES = 16
_HEAD = struct.Struct(f">{len(MAGIC)}s{ID_BYTES}s32s")
_SIZE = struct.Struct(">Q")
HEAD_BYTES = _HEAD.size
END_BYTES = _SIZE.size + TAG_BYTES
_PURPOSE = b"ketensluis bestand v2"


class Broken(Exception):
    """These bytes were not sealed like this, with this key, for this place."""


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes | None: ...


@dataclass(frozen=True)
class DataKey:
    """``id`` (8 bytes) is in the head of what it sealed; ``secret`` is 32 bytes."""

    id: bytes
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class Head:
    """``raw`` is the head itself."""

    key_id: bytes
    salt: bytes
    raw: bytes


def pieces(size: int) -> int:
    return -(-size // PIECE)


def sealed_size(size: int) -> int:
    """Bytes that ``size`` bytes take sealed."""
    return HEAD_BYTES + size + pieces(size) * TAG_BYTES + END_BYTES


def is_sealed(begin: bytes) -> bool:
    """In this format or in another version of it, which is not opened."""
    return begin.startswith(_ANY_VERSION)


def head_of(begin: bytes) -> Head:
    """From the first ``HEAD_BYTES`` of a file. Raises Broken."""
    if len(begin) < HEAD_BYTES or not begin.startswith(MAGIC):
        raise Broken
    _, key_id, salt = _HEAD.unpack(begin[:HEAD_BYTES])
    return Head(key_id, salt, begin[:HEAD_BYTES])


def size_of(file: BinaryIO) -> int:
    """How much content a sealed file says it has: what its length allows. Raises Broken."""
    return _end(file)[0]


class Sealer:
    """Seals what is given bit by bit. ``size`` is how much that was, in bytes.

    One at a time, each to its end, and nothing after ``end`` or an error: whatever would give other content under a
    nonce that was used, or vouch for what was sealed in part, raises RuntimeError.
    """

    def __init__(self, key: DataKey) -> None:
        salt = os.urandom(32)
        self._head = Head(key.id, salt, _HEAD.pack(MAGIC, key.id, salt))
        self._cipher = _cipher(key, self._head)
        self._number, self._rest = 0, bytearray()
        self._free = threading.Lock()
        self.size = 0

    @property
    def head(self) -> bytes:
        """What comes first."""
        return self._head.raw

    def add(self, data: bytes | memoryview) -> Iterator[bytes]:
        """Sealed pieces, as far as they are full."""
        with self._turn():
            view = memoryview(data)
            self.size += len(view)
            if self._rest:
                missing = PIECE - len(self._rest)
                self._rest += view[:missing]
                view = view[missing:]
                if len(self._rest) < PIECE:
                    return
                yield self._piece(self._rest)
            whole = len(view) - len(view) % PIECE
            for begin in range(0, whole, PIECE):
                yield self._piece(view[begin : begin + PIECE])
            self._rest = bytearray(view[whole:])

    def end(self, place: str) -> Iterator[bytes]:
        """The rest, and what vouches for all of it."""
        with self._turn(last=True):
            if self._rest:
                yield self._piece(self._rest)
            size = _SIZE.pack(self.size)
            yield size + self._cipher.encrypt(_nonce(self._number, True), b"", _vouched(self._head, size, place))

    @contextmanager
    def _turn(self, *, last: bool = False) -> Iterator[None]:
        if not self._free.acquire(blocking=False):
            raise RuntimeError("a Sealer is busy, was left halfway or has ended")
        yield
        if not last:  # nor after an error, or when somebody stopped asking: then it stays taken
            self._free.release()

    def _piece(self, content: bytes | bytearray | memoryview) -> bytes:
        self._number += 1
        return self._cipher.encrypt(_nonce(self._number - 1, False), content, self._head.raw)


def seal(blocks: Iterable[bytes], sealer: Sealer, place: Callable[[], str]) -> Iterator[bytes]:
    """The sealed bytes of ``blocks``; ``place`` is asked at the end."""
    yield sealer.head
    for block in blocks:
        yield from sealer.add(block)
    yield from sealer.end(place())


class Unsealed:
    """The content of a sealed file (which can be sought in), ``size`` bytes; by one thread at a time. Raises Broken
    where the file is not what was sealed for ``place``: at once for head, length and place, else at the piece."""

    def __init__(self, file: BinaryIO, head: Head, key: DataKey, place: str) -> None:
        self.size, size, tag = _end(file)
        self._file, self._head, self._cipher = file, head, _cipher(key, head)
        self._at = -1
        try:
            self._cipher.decrypt(_nonce(pieces(self.size), True), tag, _vouched(head, size, place))
        except InvalidTag:
            raise Broken from None

    def piece(self, number: int) -> bytes:
        """Bytes from ``number * PIECE`` on."""
        begin = HEAD_BYTES + number * (PIECE + TAG_BYTES)
        if self._at != begin:
            self._file.seek(begin)
        found = read_fully(self._file, min(PIECE, self.size - number * PIECE) + TAG_BYTES)
        self._at = begin + len(found)
        try:
            return self._cipher.decrypt(_nonce(number, False), found, self._head.raw)
        except InvalidTag:
            raise Broken from None

    def blocks(self) -> Iterator[bytes]:
        """All of it."""
        for number in range(pieces(self.size)):  # a generator: after Broken it gives no more
            yield self.piece(number)


def read_fully(source: Readable, size: int) -> bytes:
    """Less at the end only: a file without a buffer may give less than was asked."""
    found = source.read(size) or b""
    if len(found) in (0, size):
        return found
    parts, left = [found], size - len(found)
    while left and (more := source.read(left)):
        parts.append(more)
        left -= len(more)
    return b"".join(parts)


def _end(file: BinaryIO) -> tuple[int, bytes, bytes]:
    """The size, as number and as it stands there, and the tag."""
    file.seek(0, io.SEEK_END)
    length = file.tell()  # what seek gives, not every file system says
    if length < HEAD_BYTES + END_BYTES:
        raise Broken
    file.seek(length - END_BYTES)
    end = read_fully(file, END_BYTES)
    if len(end) < END_BYTES:  # it became shorter since
        raise Broken
    size = end[: _SIZE.size]
    [number] = _SIZE.unpack(size)
    if sealed_size(number) != length:
        raise Broken
    return number, size, end[_SIZE.size :]


def _vouched(head: Head, size: bytes, place: str) -> bytes:
    return head.raw + size + place.encode()


def _cipher(key: DataKey, head: Head) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, head.salt, _PURPOSE).derive(key.secret))


def _nonce(number: int, last: bool) -> bytes:
    return struct.pack(">7xIB", number, last)
