"""What a store does with keys: sealing on the way in, opening on the way out.

The place of sealed bytes is their key in the store, which has the gemeente, the kind and the sha256: under another name
or of another gemeente they do not open.
"""

from __future__ import annotations

import hashlib
import io
import secrets
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import TYPE_CHECKING, BinaryIO, Self, cast

from exchanges.core.keys.generations import Generations
from exchanges.core.keys.sealed import (
    HEAD_BYTES,
    PIECE,
    Broken,
    Sealer,
    Unsealed,
    head_of,
    is_sealed,
    read_fully,
    seal,
    size_of,
)
from exchanges.core.store.artefact import temporary_key
from exchanges.core.store.backend import Backend
from exchanges.core.store.failures import storage_failures

if TYPE_CHECKING:
    from exchanges.core.keys.ring import KeyRing

_READING = "een artefact lezen"


class Opened:
    """A sealed file. Close it."""

    def __init__(self, file: BinaryIO, content: Unsealed) -> None:
        self._file = file
        self.content = content

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        self._file.close()

    def blocks(self) -> Iterator[bytes]:
        """The content. Raises Broken from the place that was altered on."""
        return self.content.blocks()

    def stream(self, sha256: str, error: Callable[[], Exception]) -> BinaryIO:
        """The content as a file, which closes this. It raises ``error()`` where it was altered, and at the end when
        all of it is not what ``sha256`` says."""
        return io.BufferedReader(_Stream(self, sha256, error), PIECE)

    def unhashed(self, error: Callable[[], Exception]) -> BinaryIO:
        """The content as a file that can be sought in, which closes this. It raises ``error()`` where it was altered;
        whether it is what its name says, the reader looks at."""
        return cast("BinaryIO", _Content(self, error))


class Sealing:
    def __init__(self, backend: Backend, ring: KeyRing) -> None:
        self.backend = backend
        self.generations = Generations(_Shelf(backend), ring)

    def sealer(self, gemeente: str) -> Sealer:
        """Raises UsageError without a key."""
        return Sealer(self.generations.newest(gemeente))

    def blocks(self, gemeente: str, content: Iterable[bytes], place: Callable[[], str]) -> Iterator[bytes]:
        """The sealed bytes of ``content``; ``place`` is asked when all of that went by. Raises UsageError without a
        key."""
        return seal(content, self.sealer(gemeente), place)

    def open(self, gemeente: str, key: str) -> Opened | None:
        """What lies at ``key``; None when it is not sealed. Raises FileNotFoundError, Broken, and UsageError when the
        key of the gemeente is missing."""
        file = self.backend.open(key)
        try:
            begin = read_fully(file, HEAD_BYTES)
            if not is_sealed(begin):
                file.close()
                return None
            return Opened(file, self._unsealed(gemeente, file, begin, key))
        except BaseException:
            file.close()
            raise

    def _unsealed(self, gemeente: str, file: BinaryIO, begin: bytes, place: str) -> Unsealed:
        head = head_of(begin)
        data_key = self.generations.of(gemeente, head.key_id)
        if data_key is None:
            raise Broken
        return Unsealed(file, head, data_key, place)

    def size(self, key: str) -> int | None:
        """Bytes of the content; None when there is nothing. Raises Broken."""
        try:
            with self.backend.open(key) as file:
                return size_of(file) if is_sealed(read_fully(file, HEAD_BYTES)) else self.backend.size(key)
        except FileNotFoundError:
            return None

    def seal_text(self, gemeente: str, text: bytes, place: str) -> bytes:
        return b"".join(self.blocks(gemeente, [text], lambda: place))

    def open_text(self, gemeente: str, sealed: bytes, place: str) -> bytes:
        """Raises Broken."""
        source = io.BytesIO(sealed)
        return b"".join(self._unsealed(gemeente, source, source.read(HEAD_BYTES), place).blocks())


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
        self._blocks = opened.blocks()
        self._left = memoryview(b"")

    def readable(self) -> bool:
        return True

    def readinto(self, into: memoryview, /) -> int:  # type: ignore[override]
        while not self._left:
            try:
                with storage_failures(_READING):
                    block = next(self._blocks, None)
            except Broken:
                raise self._error() from None
            if block is None:
                if self._digest.hexdigest() != self._sha256:
                    raise self._error()
                return 0
            self._digest.update(block)
            self._left = memoryview(block)
        size = min(len(into), len(self._left))
        into[:size], self._left = self._left[:size], self._left[size:]
        return size

    def close(self) -> None:
        self._opened.close()
        super().close()


class _Content(io.RawIOBase):
    """``read`` gives all that was asked for, as far as there is: no piece is copied that is read as a whole."""

    def __init__(self, opened: Opened, error: Callable[[], Exception]) -> None:
        self._opened, self._content, self._error = opened, opened.content, error
        self._at = 0
        self._kept: tuple[int, bytes] = (-1, b"")

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET, /) -> int:
        self._at = max(0, offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._content.size}[whence])
        return self._at

    def read(self, size: int | None = -1, /) -> bytes:
        left = max(0, self._content.size - self._at)
        left = left if size is None or size < 0 else min(size, left)
        parts = []
        while left:
            number, begin = divmod(self._at, PIECE)
            part = self._piece(number)[begin : begin + left]
            parts.append(part)
            self._at += len(part)
            left -= len(part)
        return parts[0] if len(parts) == 1 else b"".join(parts)

    def readall(self) -> bytes:
        return self.read()

    def readinto(self, into: memoryview, /) -> int:  # type: ignore[override]
        found = self.read(len(into))
        into[: len(found)] = found
        return len(found)

    def _piece(self, number: int) -> bytes:
        if self._kept[0] != number:
            try:
                with storage_failures(_READING):
                    self._kept = (number, self._content.piece(number))
            except Broken:
                raise self._error() from None
        return self._kept[1]

    def close(self) -> None:
        self._opened.close()
        super().close()
