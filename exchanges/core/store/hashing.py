"""sha256 while the bytes go by, in blocks of 1 MiB."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Protocol

BLOCK = 1 << 20


class Sink(Protocol):
    def write(self, data: bytes, /) -> int: ...


def hash_blocks(blocks: Iterable[bytes], sink: Sink) -> str:
    """The sha256 of ``blocks``, which are written to ``sink`` on the way."""
    digest = hashlib.sha256()
    for block in blocks:
        digest.update(block)
        sink.write(block)
    return digest.hexdigest()


class Hashed:
    """The bytes of ``source`` in blocks, once; ``sha256`` and ``size`` (bytes) are those of what went by."""

    def __init__(self, source: BinaryIO) -> None:
        self._source = source
        self._digest = hashlib.sha256()
        self.size = 0

    def __iter__(self) -> Iterator[bytes]:
        while block := self.read(BLOCK):
            yield block

    def read(self, size: int = -1, /) -> bytes:
        block = self._source.read(size) or b""
        self._digest.update(block)
        self.size += len(block)
        return block

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()


def hash_stream(source: BinaryIO) -> tuple[str, int]:
    """(sha256, bytes) of ``source`` from where it stands."""
    counted = Hashed(source)
    for _ in counted:
        pass
    return counted.sha256, counted.size


def hash_file(path: Path) -> tuple[str, int]:
    with path.open("rb", buffering=0) as source:
        return hash_stream(source)
