"""What a place for bytes must do; the store above it says which bytes, and turns errors into Dutch."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import BinaryIO, Protocol


class Altered(Exception):
    """The bytes under a name are not the bytes of that name."""


class Backend(Protocol):
    """Keys are ``/``-separated and already validated. Errors are OSError; FileNotFoundError and Altered where said."""

    def together(self) -> AbstractContextManager[None]:
        """What is settled or taken within need only be lasting at the end of it."""

    def write(self, temporary: str, blocks: Iterable[bytes]) -> None:
        """Write to a temporary key. After an error the caller removes what is there."""

    def settle(self, temporary: str, key: str) -> bool:
        """Give a finished write its place; False when that place was taken: then it is left alone."""

    def replace(self, temporary: str, key: str) -> None:
        """Give a finished write the place of what is at ``key``, at once and lastingly."""

    def take(self, path: Path, key: str) -> bool | None:
        """As ``settle``, for a file of the caller, without copying it; None when that cannot be done safely."""

    def trust(self, key: str) -> None:
        """This process has just written the bytes at ``key``; they need not be hashed before use."""

    def seen(self, key: str) -> bool:
        """Whether this process wrote or hashed the bytes at ``key``, and nothing touched them since."""

    def remove(self, key: str) -> None:
        """Does nothing when there is nothing at ``key``; lasting when it has ended."""

    def names(self, folder: str) -> list[str]:
        """Of what is in a folder, sorted; empty when there is none."""

    def content(self, key: str) -> bytes:
        """Of a small file; raises FileNotFoundError."""

    def size(self, key: str) -> int | None:
        """Bytes at ``key``; None when there is nothing."""

    def open(self, key: str) -> BinaryIO:
        """The bytes at ``key`` as they lie there, unchecked; raises FileNotFoundError."""

    def read(self, key: str, sha256: str, *, anew: bool = False) -> Path:
        """A local path with the checked bytes; ``anew``: hashed also when they were seen. Raises FileNotFoundError and
        Altered."""
