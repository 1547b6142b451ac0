"""A partner's folder whose connection breaks where a test says, and what is delivered to it."""

from __future__ import annotations

import hashlib
from collections.abc import Generator, Iterable
from contextlib import suppress
from pathlib import Path

from exchanges.core.errors import TransportError
from exchanges.core.transport.folder import _FolderFiles

NAME = "LEVERING_0153_2026-10_0001.xml"
DATA = b"<levering>" + b"x" * 100_000 + b"</levering>"
OTHER = b"<levering>" + b"y" * 100_000 + b"</levering>"


def sha(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


class Flaky:
    """A partner's folder whose connection breaks at one operation, before or after its effect, and stays broken.

    ``takes``: the partner moves a data file the moment it appears, and leaves the sidecar; ``leaves`` False: that goes
    too.
    """

    host_key = "SHA256:x"
    server = "test"

    def __init__(self, root: Path, break_at: int | None = None, after: bool = False, takes: bool = False,
                 leaves: bool = True) -> None:
        self.inner = _FolderFiles(root)
        self.break_at = break_at
        self.after = after
        self.takes = takes
        self.leaves = leaves
        self.operations: list[str] = []
        self.taken: list[bytes] = []

    def _do(self, operation: str, path: str) -> bool:
        """True when the connection breaks at this operation, but after its effect."""
        self.operations.append(f"{operation} {path}")
        number = len(self.operations) - 1
        if self.break_at is None or number < self.break_at:
            return False
        if number == self.break_at and self.after:
            return True
        raise TransportError("verbroken")

    def _end(self, broken: bool) -> None:
        if broken:
            raise TransportError("verbroken")

    def size(self, path: str) -> int | None:
        broken = self._do("size", path)
        self._end(broken)
        return self.inner.size(path)

    def require_directory(self, directory: str) -> None:
        self._end(self._do("require_directory", directory))
        self.inner.require_directory(directory)

    def names(self, directory: str) -> list[str]:
        self._end(self._do("names", directory))
        return self.inner.names(directory)

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        broken = self._do("write", path)
        if broken:
            content = b"".join(chunks)
            self.inner.write(path, iter([content[: len(content) // 2]]))
        self._end(broken)
        self.inner.write(path, chunks)

    def read(self, path: str, size: int) -> Generator[bytes, None, None]:
        self._end(self._do("read", path))
        yield from self.inner.read(path, size)

    def rename(self, old: str, new: str) -> None:
        broken = self._do("rename", new)
        self.inner.rename(old, new)
        if self.takes and new.endswith(NAME):
            self.taken.append((self.inner.root / new).read_bytes())
            self.inner.remove(new)
            if not self.leaves:
                self.inner.remove(f"{new}.sha256")
        self._end(broken)

    def remove(self, path: str) -> None:
        broken = self._do("remove", path)
        self.inner.remove(path)
        self._end(broken)

    def discard(self, path: str) -> None:
        with suppress(TransportError):
            self.remove(path)
