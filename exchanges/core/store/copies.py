"""Copies in clear of what lies sealed, for libraries that want a path: in a private folder, never longer than the store
they are of."""

from __future__ import annotations

import os
import secrets
import shutil
import tempfile
import threading
import weakref
from collections.abc import Callable
from pathlib import Path

from exchanges.core.store.backend import Altered
from exchanges.core.store.hashing import hash_blocks
from exchanges.core.store.sealing import Opened


class Copies:
    def __init__(self, room: Callable[[], Path]) -> None:
        self._room = room
        self._made: dict[str, Path] = {}
        self._lock = threading.Lock()
        self._busy: dict[str, threading.Lock] = {}

    def of(self, key: str, opened: Opened, sha256: str | None) -> Path:
        """The copy of what lies at ``key``, made when it is not there. ``sha256``: what it must have; None where the
        process knows that it has. Raises Altered and Broken; then there is no copy."""
        with self._lock:
            busy = self._busy.setdefault(key, threading.Lock())
        with busy:  # who wants the same at the same moment gets the same
            return self._of(key, opened, sha256)

    def _of(self, key: str, opened: Opened, sha256: str | None) -> Path:
        with self._lock:
            if key in self._made:
                return self._made[key]
        path = self._room() / f"{key.replace('/', '-')}.{secrets.token_hex(4)}"
        try:
            # Buffered: a raw file writes what there is room for, and says so in a number that nobody reads.
            with os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o400), "wb") as sink:
                if sha256 is None:
                    for block in opened.blocks():
                        sink.write(block)
                elif hash_blocks(opened.blocks(), sink) != sha256:
                    raise Altered
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        with self._lock:
            self._made[key] = path
        return path

    def remove(self, key: str) -> None:
        with self._lock:
            path = self._made.pop(key, None)
        if path is not None:
            path.unlink(missing_ok=True)


def private_folder(owner: object) -> Callable[[], Path]:
    """A temporary folder, made when it is first asked for, that is gone with ``owner`` or the process."""
    made: list[Path] = []
    lock, holder = threading.Lock(), weakref.ref(owner)

    def folder() -> Path:
        with lock:
            if not made:
                made.append(Path(tempfile.mkdtemp(prefix="ketensluis-")))
                weakref.finalize(holder(), shutil.rmtree, made[0], ignore_errors=True)
            return made[0]

    return folder
