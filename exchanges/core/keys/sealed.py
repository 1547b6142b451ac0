"""Bytes on disk, sealed: AES-256-GCM in pieces of 1 MiB that cannot be altered, cut off, swapped or moved elsewhere.

The STREAM construction (Hoang, Reyhanitabar, Rogaway and Vizár, 2015): the nonce counts the pieces and marks the last,
so a piece opens in its own place only. The key is of this file alone (HKDF-SHA256 over a salt of 32 random bytes), so
nonces need not be random. Header and ``place`` (whose it is, and under which name) are authenticated with every piece:
what is read before the end is already certain.

    magic 8 | id of the data key 8 | salt 32 | size of the content 8 (big-endian) | pieces, each with a tag of 16
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PIECE = 1 << 20
# No text, XML, zip or Parquet file begins like this.
MAGIC = b"\xd7SLUIS1\n"
ID_BYTES = 8
KEY_BYTES = 32
TAG_BYTES = 16
_HEAD = struct.Struct(f">{len(MAGIC)}s{ID_BYTES}s32sQ")
HEAD_BYTES = _HEAD.size
_PURPOSE = b"ketensluis bestand v1"


class Broken(Exception):
    """These bytes were not sealed like this, with this key, for this place; or the content was not what was said."""


class Readable(Protocol):
    def read(self, size: int = -1, /) -> bytes | None: ...


@dataclass(frozen=True)
class DataKey:
    """``id`` (8 bytes) is in the header of what it sealed; ``secret`` is 32 bytes."""

    id: bytes
    secret: bytes = field(repr=False)


@dataclass(frozen=True)
class Head:
    """``size`` of the content in bytes; ``raw`` the header itself."""

    key_id: bytes
    salt: bytes
    size: int
    raw: bytes

    @property
    def sealed_size(self) -> int:
        return HEAD_BYTES + self.size + pieces(self.size) * TAG_BYTES


def pieces(size: int) -> int:
    """Nothing is one piece too: it must be known that it is nothing."""
    return max(1, -(-size // PIECE))


def is_sealed(begin: bytes) -> bool:
    return begin.startswith(MAGIC)


def head_of(begin: bytes) -> Head:
    """From the first ``HEAD_BYTES`` of a file. Raises Broken."""
    if len(begin) < HEAD_BYTES or not is_sealed(begin):
        raise Broken
    _, key_id, salt, size = _HEAD.unpack(begin[:HEAD_BYTES])
    return Head(key_id, salt, size, begin[:HEAD_BYTES])


def seal(source: Readable, size: int, key: DataKey, place: str) -> Iterator[bytes]:
    """The sealed bytes of ``size`` bytes of ``source``. Raises Broken when it has fewer or more."""
    salt = os.urandom(32)
    head = Head(key.id, salt, size, _HEAD.pack(MAGIC, key.id, salt, size))
    yield head.raw
    cipher, about = _cipher(key, head), head.raw + place.encode()
    last = pieces(size) - 1
    for number in range(last + 1):
        wanted = min(PIECE, size - number * PIECE)
        content = read_fully(source, wanted)
        if len(content) != wanted:
            raise Broken
        yield cipher.encrypt(_nonce(number, number == last), content, about)
    if source.read(1):
        raise Broken


def unseal(source: Readable, head: Head, key: DataKey, place: str) -> Iterator[bytes]:
    """The content of what stands in ``source`` after its header. Raises Broken."""
    cipher, about = _cipher(key, head), head.raw + place.encode()
    last = pieces(head.size) - 1
    for number in range(last + 1):
        wanted = min(PIECE, head.size - number * PIECE) + TAG_BYTES
        try:
            yield cipher.decrypt(_nonce(number, number == last), read_fully(source, wanted), about)
        except (InvalidTag, ValueError):
            raise Broken from None
    if source.read(1):
        raise Broken


def read_fully(source: Readable, size: int) -> bytes:
    """``size`` bytes, fewer at the end only: a file without a buffer may give less than was asked."""
    found = source.read(size) or b""
    if len(found) in (0, size):
        return found
    parts, left = [found], size - len(found)
    while left and (more := source.read(left)):
        parts.append(more)
        left -= len(more)
    return b"".join(parts)


def _cipher(key: DataKey, head: Head) -> AESGCM:
    return AESGCM(HKDF(SHA256(), KEY_BYTES, head.salt, _PURPOSE).derive(key.secret))


def _nonce(number: int, last: bool) -> bytes:
    return struct.pack(">7xIB", number, last)
