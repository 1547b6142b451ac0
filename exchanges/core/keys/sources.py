"""Where the key of a municipality comes from. It is never beside the data it opens.

A key is 32 random bytes, written as 64 hexadecimal digits (``openssl rand -hex 32``). Where there are more, apart by
spaces, commas or lines, the first is used and the others still open what they wrapped, until ``sluis keys rotate``.
"""

from __future__ import annotations

import fcntl
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

from exchanges.core.connection import password_of
from exchanges.core.disk import sync_folder
from exchanges.core.errors import UsageError
from exchanges.core.keys.sealed import KEY_BYTES
from exchanges.core.store.failures import storage_failures

_KEY = re.compile(rf"[0-9a-fA-F]{{{2 * KEY_BYTES}}}")
_BETWEEN = re.compile(r"[\s,;]+")
CONNECTION = "ketensluis_sleutel_{gemeente}"
VARIABLE = "KETENSLUIS_SLEUTEL_{gemeente}"


class KeySource(Protocol):
    def where(self, gemeente: str) -> str:
        """In Dutch, for an error: where the key is looked for. Never the key."""

    def find(self, gemeente: str) -> list[bytes]:
        """The keys, the one in use first; empty when there is none here. Raises UsageError for what is no key."""


class AirflowKeys:
    """The password of a connection, from whatever secrets backend Airflow has. Only a running task can ask for it."""

    def where(self, gemeente: str) -> str:
        return f"Airflow-verbinding {CONNECTION.format(gemeente=gemeente)}"

    def find(self, gemeente: str) -> list[bytes]:
        return _parsed(password_of(CONNECTION.format(gemeente=gemeente)), gemeente, self.where(gemeente))


class EnvironmentKeys:
    def where(self, gemeente: str) -> str:
        return f"omgevingsvariabele {VARIABLE.format(gemeente=gemeente)}"

    def find(self, gemeente: str) -> list[bytes]:
        return _parsed(os.environ.get(VARIABLE.format(gemeente=gemeente), ""), gemeente, self.where(gemeente))


class FolderKeys:
    """``<folder>/<gemeente>.sleutel``, for its owner alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def where(self, gemeente: str) -> str:
        return f"bestand {self._path(gemeente)}"

    def find(self, gemeente: str) -> list[bytes]:
        with storage_failures("een sleutel lezen"):
            try:
                text = self._path(gemeente).read_text(encoding="ascii", errors="replace")
            except FileNotFoundError:
                return []
        found = _parsed(text, gemeente, self.where(gemeente))
        if not found:
            raise _no_key(gemeente, self.where(gemeente))
        return found

    def make(self, gemeente: str) -> list[bytes]:
        """A first key, once: of two processes that make it at the same time, one is used by both."""
        with storage_failures("een sleutel maken"), self._fresh(gemeente, [secrets.token_bytes(KEY_BYTES)]) as fresh:
            with suppress(FileExistsError):
                os.link(fresh, self._path(gemeente))
            sync_folder(self.folder)
        return self.find(gemeente)

    def replace(self, gemeente: str, keys: list[bytes]) -> None:
        """These keys and no others, lasting when it has ended; for who is ``alone``."""
        with storage_failures("een sleutel vervangen"), self._fresh(gemeente, keys) as fresh:
            fresh.replace(self._path(gemeente))
            for path in self._left(gemeente):
                _wipe(path)
            sync_folder(self.folder)

    def destroy(self, gemeente: str) -> bool:
        """Written over and taken away, and what a killed process left of it; whether there was one. What a disk or a
        backup keeps of it is beyond us."""
        with storage_failures("een sleutel vernietigen"):
            was = self.holds(gemeente)
            if self.folder.is_dir():
                for path in (*self._left(gemeente), self._path(gemeente)):
                    _wipe(path)
                sync_folder(self.folder)
        return was

    def holds(self, gemeente: str) -> bool:
        """Whether there is a file for a key, also when what is in it is none: half destroyed, or typed wrongly."""
        return self._path(gemeente).exists()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Nobody else replaces or destroys keys in this folder meanwhile."""
        with storage_failures("de map met sleutels gebruiken"):
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            handle = os.open(self.folder, os.O_RDONLY)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)

    @contextmanager
    def _fresh(self, gemeente: str, keys: list[bytes]) -> Iterator[Path]:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = self.folder / f".{gemeente}.{secrets.token_hex(8)}"
        try:
            with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "w", encoding="ascii") as file:
                file.write("".join(f"{key.hex()}\n" for key in keys))
                file.flush()
                os.fsync(file.fileno())
            yield fresh
        finally:
            fresh.unlink(missing_ok=True)

    def _left(self, gemeente: str) -> list[Path]:
        """Files that a killed process was writing keys in."""
        return list(self.folder.glob(f".{gemeente}.*"))

    def _path(self, gemeente: str) -> Path:
        return self.folder / f"{gemeente}.sleutel"


def _wipe(path: Path) -> None:
    """Written over, then taken away; nothing when it is not there."""
    with suppress(FileNotFoundError), path.open("r+b") as file:
        file.write(os.urandom(path.stat().st_size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink(missing_ok=True)


def _parsed(text: str, gemeente: str, where: str) -> list[bytes]:
    words = [word for word in _BETWEEN.split(text) if word]
    if not all(_KEY.fullmatch(word) for word in words):
        raise _no_key(gemeente, where)
    return [bytes.fromhex(word) for word in words]


def _no_key(gemeente: str, where: str) -> UsageError:
    return UsageError(
        f"Gemeente {gemeente}: wat in {where} staat is geen sleutel; een sleutel is {2 * KEY_BYTES} hexadecimale tekens"
        " (openssl rand -hex 32)."
    )
