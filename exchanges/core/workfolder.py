"""Folders for what a step needs while it runs: personal data in clear, gone when the step is, also when it was killed.

A folder has a lock that the kernel lets go of when its process ends, however that ends: so who comes next knows for
certain which folders nobody uses any more, also from within another container.
"""

from __future__ import annotations

import fcntl
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from exchanges.core.store.failures import storage_failures

_LOCK = ".slot"


class WorkFolder:
    """``path`` is for this user alone, until ``close`` or the end of the process."""

    def __init__(self, place: Path, prefix: str) -> None:
        with storage_failures("een werkmap maken"):
            sweep(place)
            self.path, self._lock = _locked(place, prefix)
            try:
                self.path.mkdir(mode=0o700)
            except OSError:
                self.close()  # or this process holds the name of a folder that is not there, as long as it lives
                raise

    def close(self) -> None:
        """Does nothing when it was closed."""
        if self._lock is not None:
            shutil.rmtree(self.path, ignore_errors=True)
            self.path.with_name(f"{self.path.name}{_LOCK}").unlink(missing_ok=True)
            os.close(self._lock)
            self._lock = None


@contextmanager
def work_folder(place: Path, prefix: str) -> Iterator[Path]:
    """A folder under ``place`` (``Settings.work()``), gone afterwards. Raises TechnicalError for the disk."""
    folder = WorkFolder(place, prefix)
    try:
        yield folder.path
    finally:
        folder.close()


def sweep(place: Path) -> int:
    """Take away the folders of processes that have ended; gives how many."""
    gone = 0
    for lock in sorted(place.glob(f"*{_LOCK}")):
        handle = _taken(lock)
        if handle is not None:
            shutil.rmtree(lock.with_name(lock.name.removesuffix(_LOCK)), ignore_errors=True)
            lock.unlink(missing_ok=True)
            os.close(handle)
            gone += 1
    return gone


def _locked(place: Path, prefix: str) -> tuple[Path, int | None]:
    """A new name with its lock. The lock comes first: a folder without one would look as if nobody used it."""
    while True:
        path = place / f"{prefix}-{secrets.token_hex(6)}"
        lock = path.with_name(f"{path.name}{_LOCK}")
        handle = os.open(lock, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600)
        fcntl.flock(handle, fcntl.LOCK_EX)
        # Somebody who swept may have taken it away before it was locked.
        with suppress(FileNotFoundError):
            if lock.stat().st_ino == os.fstat(handle).st_ino:
                return path, handle
        os.close(handle)


def _taken(lock: Path) -> int | None:
    """The lock of a process that has ended; None while somebody has it."""
    try:
        handle = os.open(lock, os.O_RDWR)
    except FileNotFoundError:
        return None
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(handle)
        return None
    return handle
