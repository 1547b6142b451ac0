"""sha256 while the bytes go by, in blocks of 1 MiB."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import BinaryIO, Protocol

BLOCK = 1 << 20


class Sink(Protocol):
    def write(self, data: bytes, /) -> int: ...


def hash_stream(source: BinaryIO, sink: Sink | None = None) -> tuple[str, int]:
    """(sha256, bytes) of ``source`` from where it stands; the bytes are written to ``sink`` on the way."""
    digest = hashlib.sha256()
    size = 0
    while block := source.read(BLOCK):
        digest.update(block)
        size += len(block)
        if sink is not None:
            sink.write(block)
    return digest.hexdigest(), size


def hash_file(path: Path) -> tuple[str, int]:
    with path.open("rb", buffering=0) as source:
        return hash_stream(source)
