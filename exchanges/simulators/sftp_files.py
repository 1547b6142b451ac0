"""The files an SFTP client of a simulator may touch: flat folders below one root, with faults on request."""

from __future__ import annotations

import errno
import os
import stat
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import Any

import paramiko
from paramiko.sftp import SFTP_FAILURE, SFTP_NO_SUCH_FILE, SFTP_OK, SFTP_PERMISSION_DENIED

from exchanges.simulators.faults import WireFaults

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | os.O_APPEND


@dataclass
class Site:
    """What all connections to one simulator share.

    ``inbox`` may be written, ``outbox`` only read and cleared. ``named`` is called with the name of a file that got
    its name in the inbox, before the client hears that it did.
    """

    root: Path
    faults: WireFaults
    named: Callable[[str], None]
    tell: Callable[[str], None]
    inbox: str = "in"
    outbox: str = "uit"
    _dropped: int = 0
    _lock: Lock = field(default_factory=Lock)

    def drops_now(self, written: int) -> bool:
        """Whether the connection must break now that a file has ``written`` bytes; counts when it says yes."""
        if not self.faults.drop_after or written < self.faults.drop_after:
            return False
        with self._lock:
            if self._dropped >= self.faults.drop_times:
                return False
            self._dropped += 1
            return True

    def is_full(self, path: Path, end: int) -> bool:
        """Whether ``path`` growing to ``end`` bytes is more than the disk has."""
        if not self.faults.disk_full_after:
            return False
        others = sum(entry.stat().st_size for entry in os.scandir(path.parent) if entry.name != path.name)
        return others + end > self.faults.disk_full_after


class SiteFiles(paramiko.SFTPServerInterface):  # type: ignore[misc]
    """One connection's view. No symlinks, no folders to make, nothing outside inbox and outbox."""

    def __init__(self, server: paramiko.ServerInterface, site: Site, cut: Callable[[], None], *args: Any) -> None:
        super().__init__(server)
        self.site = site
        self._cut = cut
        self.is_cut = False

    def cut(self) -> None:
        """Break the connection. What the client sent and we had not read yet must have no effect any more."""
        self.is_cut = True
        self._cut()

    def list_folder(self, path: str) -> list[paramiko.SFTPAttributes] | int:
        folder = self._folder(path)
        if folder is None:
            return SFTP_NO_SUCH_FILE
        shown = [entry for entry in folder.iterdir() if folder != self.site.root or self._is_open(entry.name)]
        return [_attributes(entry, entry.name) for entry in shown]

    def stat(self, path: str) -> paramiko.SFTPAttributes | int:
        place = self._folder(path) or self._file(path)
        return SFTP_NO_SUCH_FILE if place is None else _guard(lambda: _attributes(place, place.name))

    lstat = stat

    def open(self, path: str, flags: int, attr: paramiko.SFTPAttributes) -> paramiko.SFTPHandle | int:
        place = self._file(path)
        if place is None:
            return SFTP_NO_SUCH_FILE
        if flags & _WRITING and not self._may_write(place):
            return SFTP_PERMISSION_DENIED
        # Append would make the offsets of the client meaningless.
        how = (flags & ~os.O_APPEND) | os.O_NOFOLLOW | getattr(os, "O_BINARY", 0)
        return _guard(lambda: _Handle(self, place, os.open(place, how, 0o640)))

    def remove(self, path: str) -> int:
        place = self._file(path)
        return SFTP_NO_SUCH_FILE if place is None else _done(place.unlink)

    def rename(self, oldpath: str, newpath: str) -> int:
        """As OpenSSH does: by link, so that an existing file is never replaced."""
        def move(old: Path, new: Path) -> None:
            os.link(old, new)
            old.unlink()

        return self._renamed(oldpath, newpath, move)

    def posix_rename(self, oldpath: str, newpath: str) -> int:
        def move(old: Path, new: Path) -> None:
            old.replace(new)

        return self._renamed(oldpath, newpath, move)

    def _renamed(self, oldpath: str, newpath: str, move: Callable[[Path, Path], None]) -> int:
        old, new = self._file(oldpath), self._file(newpath)
        if old is None or new is None:
            return SFTP_NO_SUCH_FILE
        if not (self._may_write(old) and self._may_write(new)):
            return SFTP_PERMISSION_DENIED
        result = _done(lambda: move(old, new))
        if result == SFTP_OK:
            self.site.named(new.name)
        return result

    # --- places

    def _parts(self, path: str) -> tuple[str, ...]:
        return PurePosixPath(self.canonicalize(path)).parts[1:]

    def _is_open(self, name: str) -> bool:
        return name in {self.site.inbox, self.site.outbox}

    def _folder(self, path: str) -> Path | None:
        match self._parts(path):
            case ():
                return self.site.root
            case (name,) if self._is_open(name):
                return self.site.root / name
        return None

    def _file(self, path: str) -> Path | None:
        match self._parts(path):
            case (folder, name) if self._is_open(folder) and "\x00" not in name:
                return self.site.root / folder / name
        return None

    def _may_write(self, place: Path) -> bool:
        return place.parent.name == self.site.inbox


class _Handle(paramiko.SFTPHandle):  # type: ignore[misc]
    """An open file, on a descriptor."""

    def __init__(self, files: SiteFiles, path: Path, descriptor: int) -> None:
        super().__init__()
        self.files = files
        self.path = path
        self.descriptor = descriptor
        self.written = 0

    def close(self) -> None:
        os.close(self.descriptor)

    def stat(self) -> paramiko.SFTPAttributes | int:
        return _guard(lambda: paramiko.SFTPAttributes.from_stat(os.fstat(self.descriptor)))

    def read(self, offset: int, length: int) -> bytes | int:
        self._be_slow(length)
        return _guard(lambda: os.pread(self.descriptor, length, offset))

    def write(self, offset: int, data: bytes) -> int:
        site = self.files.site
        if self.files.is_cut:
            return SFTP_FAILURE
        self._be_slow(len(data))
        if site.drops_now(self.written + len(data)):
            os.pwrite(self.descriptor, data[: len(data) // 2], offset)
            site.tell("verbinding verbroken (storing)")
            self.files.cut()
            return SFTP_FAILURE
        if site.is_full(self.path, offset + len(data)):
            return SFTP_FAILURE
        self.written += len(data)
        return _done(lambda: os.pwrite(self.descriptor, data, offset))

    def sync(self) -> int:
        return _done(lambda: os.fsync(self.descriptor))

    def chattr(self, attr: paramiko.SFTPAttributes) -> int:
        return SFTP_OK  # clients set times and modes; a drop box keeps its own

    def _be_slow(self, count: int) -> None:
        if self.files.site.faults.bytes_per_second:
            time.sleep(count / self.files.site.faults.bytes_per_second)


def _attributes(path: Path, name: str) -> paramiko.SFTPAttributes:
    found = path.lstat()
    if stat.S_ISLNK(found.st_mode):
        raise OSError(errno.ENOENT, "symlink")
    return paramiko.SFTPAttributes.from_stat(found, name)


def _guard(action: Callable[[], Any]) -> Any:
    """What ``action`` gives, or the status of what went wrong."""
    try:
        return action()
    except OSError as error:
        return paramiko.SFTPServer.convert_errno(error.errno)


def _done(action: Callable[[], object]) -> int:
    """OK, or the status of what went wrong."""
    try:
        action()
    except OSError as error:
        return int(paramiko.SFTPServer.convert_errno(error.errno))
    return int(SFTP_OK)
