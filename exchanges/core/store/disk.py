"""The store on a local file system: nothing is copied to be read, writes are atomic and never overwrite."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from exchanges.core.disk import sync_folder
from exchanges.core.store.backend import Altered
from exchanges.core.store.hashing import hash_file

# A hard link does what rename cannot: it refuses to replace. Where a file system has none, rename is used.
NO_LINKS = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK}

# Files whose content this process has seen: hashed again only when their status changed meanwhile. Of the process and
# not of a store: every step makes a store of its own.
_SEEN: dict[Path, tuple[int, ...]] = {}


class Disk:
    """See :class:`exchanges.core.store.backend.Backend`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._waiting: set[Path] | None = None

    @contextmanager
    def together(self) -> Iterator[None]:
        # The first folder that waits for the disk takes the others along.
        self._waiting = set()
        try:
            yield
        finally:
            folders, self._waiting = self._waiting, None
            for folder in sorted(folders):
                sync_folder(folder)

    def write(self, temporary: str, blocks: Iterable[bytes]) -> None:
        path = self.root / temporary
        self._make_folder(path.parent)
        with open(path, "xb", opener=_private) as sink:
            sink.writelines(blocks)
            sink.flush()
            os.fchmod(sink.fileno(), 0o444)
            os.fsync(sink.fileno())

    def settle(self, temporary: str, key: str) -> bool:
        return self._place(self.root / temporary, self.root / key)

    def replace(self, temporary: str, key: str) -> None:
        target = self.root / key
        self._make_folder(target.parent)
        (self.root / temporary).replace(target)
        _SEEN.pop(target, None)
        sync_folder(target.parent)

    def take(self, path: Path, key: str) -> bool | None:
        target = self.root / key
        self._make_folder(target.parent)
        status = path.lstat()
        same_device = status.st_dev == target.parent.stat().st_dev
        # A symbolic link, or another name on the same bytes, could change them later.
        if not (same_device and stat.S_ISREG(status.st_mode) and status.st_nlink == 1):
            return None
        handle = os.open(path, os.O_RDONLY)
        try:
            os.fchmod(handle, 0o444)
            os.fsync(handle)
        finally:
            os.close(handle)
        try:
            return self._place(path, target)
        except OSError as error:
            if error.errno != errno.EXDEV:
                raise
            return None  # one disk mounted twice, as two volumes of a container are: it is told here only

    def trust(self, key: str) -> None:
        status = self._status(key)
        if status is not None:
            _SEEN[self.root / key] = _fingerprint(status)

    def seen(self, key: str) -> bool:
        status = self._status(key)
        return status is not None and _SEEN.get(self.root / key) == _fingerprint(status)

    def remove(self, key: str) -> None:
        path = self.root / key
        if path.exists():
            path.unlink(missing_ok=True)
            _SEEN.pop(path, None)
            self._sync(path.parent)

    def names(self, folder: str) -> list[str]:
        path = self.root / folder
        return sorted(one.name for one in path.iterdir()) if path.is_dir() else []

    def content(self, key: str) -> bytes:
        return (self.root / key).read_bytes()

    def size(self, key: str) -> int | None:
        status = self._status(key)
        return None if status is None else status.st_size

    def open(self, key: str) -> BinaryIO:
        if self._status(key) is None:
            raise FileNotFoundError(errno.ENOENT, "no such artefact")
        return (self.root / key).open("rb", buffering=0)

    def read(self, key: str, sha256: str, *, anew: bool = False) -> Path:
        status = self._status(key)
        if status is None:
            raise FileNotFoundError(errno.ENOENT, "no such artefact")
        path = self.root / key
        if anew or _SEEN.get(path) != _fingerprint(status):
            if hash_file(path)[0] != sha256:
                raise Altered
            _SEEN[path] = _fingerprint(status)
        return path

    def _place(self, path: Path, target: Path) -> bool:
        self._make_folder(target.parent)
        placed = True
        try:
            os.link(path, target)
        except FileExistsError:
            placed = False
        except OSError as error:
            if error.errno not in NO_LINKS:
                raise
            placed = not target.exists()
            if placed:
                path.rename(target)
        path.unlink(missing_ok=True)
        self._sync(target.parent)
        return placed

    def _make_folder(self, folder: Path) -> None:
        """Folders with personal data are for this user alone."""
        if folder.is_dir():
            return
        self._make_folder(folder.parent)
        folder.mkdir(mode=0o700, exist_ok=True)
        self._sync(folder.parent)

    def _sync(self, folder: Path) -> None:
        if self._waiting is None:
            sync_folder(folder)
        else:
            self._waiting.add(folder)

    def _status(self, key: str) -> os.stat_result | None:
        """Status of the file at ``key``; None when there is none, or when a link leads to somewhere else."""
        path, *folders = os.fspath(self.root), *key.split("/")
        file = folders.pop()
        try:
            for folder in folders:
                path = f"{path}/{folder}"
                if folder == ".." or not stat.S_ISDIR(os.lstat(path).st_mode):
                    return None
            status = os.lstat(f"{path}/{file}")
        except FileNotFoundError:
            return None
        return status if stat.S_ISREG(status.st_mode) else None


def _fingerprint(status: os.stat_result) -> tuple[int, ...]:
    """Changes with every write, also with one that puts the modification time back (ctime cannot be set)."""
    return status.st_ino, status.st_size, status.st_mtime_ns, status.st_ctime_ns


def _private(path: str, flags: int) -> int:
    return os.open(path, flags | os.O_NOFOLLOW, 0o600)
