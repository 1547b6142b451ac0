"""What a store does with keys: sealing on the way in, opening on the way out.

The place of sealed bytes is their key in the store, which has the gemeente, the kind and the sha256: under another name
or of another gemeente they do not open.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self

from exchanges.core.keys.generations import Generations
from exchanges.core.keys.sealed import (
    HEAD_BYTES,
    PIECE,
    Broken,
    DataKey,
    Head,
    Readable,
    head_of,
    is_sealed,
    read_fully,
    seal,
    unseal,
)
from exchanges.core.store.artefact import temporary_key
from exchanges.core.store.backend import Backend

if TYPE_CHECKING:
    from exchanges.core.keys.ring import KeyRing


class Opened:
    """A sealed file, from its first byte, once. Close it."""

    def __init__(self, file: BinaryIO, head: Head, key: DataKey, place: str) -> None:
        self._file = file
        self._blocks = unseal(file, head, key, place)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def blocks(self) -> Iterator[bytes]:
        """The content. Raises Broken from the place that was altered on."""
        return self._blocks

    def stream(self, sha256: str, error: Callable[[], Exception]) -> BinaryIO:
        """The content as a file, which closes this. It raises ``error()`` where it was altered, and at the end when
        all of it is not what ``sha256`` says."""
        return io.BufferedReader(_Stream(self, sha256, error), PIECE)


class Sealing:
    def __init__(self, backend: Backend, ring: KeyRing) -> None:
        self.backend = backend
        self.generations = Generations(_Shelf(backend), ring)

    def blocks(self, gemeente: str, source: Readable, size: int, place: str) -> Iterator[bytes]:
        """Sealed bytes of ``size`` bytes. Raises Broken when there are more or fewer, UsageError without a key."""
        return seal(source, size, self.generations.newest(gemeente), place)

    def open(self, gemeente: str, key: str) -> Opened | None:
        """What lies at ``key``; None when it is not sealed. Raises FileNotFoundError, Broken, and UsageError when the
        key of the gemeente is missing."""
        file = self.backend.open(key)
        try:
            begin = read_fully(file, HEAD_BYTES)
            if not is_sealed(begin):
                file.close()
                return None
            head = head_of(begin)
            if self.backend.size(key) != head.sealed_size:
                raise Broken
            data_key = self.generations.of(gemeente, head.key_id)
            if data_key is None:
                raise Broken
        except BaseException:
            file.close()
            raise
        return Opened(file, head, data_key, key)

    def size(self, key: str) -> int | None:
        """Bytes of the content; None when there is nothing. Raises Broken."""
        try:
            with self.backend.open(key) as file:
                begin = read_fully(file, HEAD_BYTES)
        except FileNotFoundError:
            return None
        present = self.backend.size(key)
        if not is_sealed(begin):
            return present
        head = head_of(begin)
        if present != head.sealed_size:
            raise Broken
        return head.size

    def seal_text(self, gemeente: str, text: bytes, place: str) -> bytes:
        return b"".join(self.blocks(gemeente, io.BytesIO(text), len(text), place))

    def open_text(self, gemeente: str, sealed: bytes, place: str) -> bytes:
        """Raises Broken."""
        source = io.BytesIO(sealed)
        head = head_of(source.read(HEAD_BYTES))
        data_key = self.generations.of(gemeente, head.key_id)
        if data_key is None or len(sealed) != head.sealed_size:
            raise Broken
        return b"".join(unseal(source, head, data_key, place))


@dataclass(frozen=True)
class Safe:
    """Small texts of a gemeente, each under a name of its own; as they are where a store has no keys."""

    _sealing: Sealing | None
    gemeente: str
    purpose: str

    def seal(self, name: str, text: bytes) -> bytes:
        return text if self._sealing is None else self._sealing.seal_text(self.gemeente, text, self._place(name))

    def open(self, name: str, sealed: bytes) -> bytes:
        """Raises Broken when it was altered, or is of another name."""
        return sealed if self._sealing is None else self._sealing.open_text(self.gemeente, sealed, self._place(name))

    def _place(self, name: str) -> str:
        return f"{self.gemeente}/{self.purpose}/{name}"


class _Shelf:
    """See :class:`exchanges.core.keys.generations.Shelf`."""

    def __init__(self, backend: Backend) -> None:
        self.backend = backend
        self.names = backend.names
        self.content = backend.content

    def keep(self, gemeente: str, key: str, data: bytes, *, replace: bool = False) -> None:
        part = temporary_key(gemeente, secrets.token_hex(8))
        try:
            self.backend.write(part, [data])
            if replace:
                self.backend.replace(part, key)
            else:
                self.backend.settle(part, key)
        except BaseException:
            self.backend.remove(part)
            raise


class _Stream(io.RawIOBase):
    def __init__(self, opened: Opened, sha256: str, error: Callable[[], Exception]) -> None:
        self._opened, self._sha256, self._error = opened, sha256, error
        self._digest = hashlib.sha256()
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, into: memoryview, /) -> int:  # type: ignore[override]
        while not self._left:
            try:
                block = next(self._opened.blocks())
            except StopIteration:
                if self._digest.hexdigest() != self._sha256:
                    raise self._error() from None
                return 0
            except Broken:
                raise self._error() from None
            self._digest.update(block)
            self._left = memoryview(block)
        size = min(len(into), len(self._left))
        into[:size], self._left = self._left[:size], self._left[size:]
        return size

    def close(self) -> None:
        self._opened.close()
        super().close()
