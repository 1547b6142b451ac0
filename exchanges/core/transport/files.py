"""The few things a carrier must be able to do with files; the protocol of delivery stands on these alone."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import Protocol

CHUNK = 32 * 1024  # one SFTP write: larger ones are slow or refused (spec transport, section 9.2)


class Files(Protocol):
    """Files on the partner's side. Every method raises TransportError and nothing else, unless it says so."""

    @property
    def host_key(self) -> str: ...

    @property
    def server(self) -> str: ...

    def size(self, path: str) -> int | None:
        """Size in bytes; None when there is no such file."""
        ...

    def require_directory(self, directory: str) -> None:
        """Raise TransportError when the directory is not there."""
        ...

    def names(self, directory: str) -> list[str]:
        """Names of the regular files, in any order, hidden ones too."""
        ...

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        """Create or replace ``path`` with ``chunks``; on return all is confirmed and, if the server can, on disk."""
        ...

    def read(self, path: str, size: int) -> Generator[bytes, None, None]:
        """Exactly the first ``size`` bytes. Close it when leaving early."""
        ...

    def rename(self, old: str, new: str) -> None:
        """Give ``old`` its new name; fails when ``new`` exists."""
        ...

    def remove(self, path: str) -> None:
        """Remove a file; fine when it is not there."""
        ...

    def discard(self, path: str) -> None:
        """Remove a file if that still can be done; never raises."""
        ...
