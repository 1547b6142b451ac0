"""A local folder as a channel: the municipality's own drop zone, with the same protocol as SFTP."""

from __future__ import annotations

import errno
import os
from collections.abc import Generator, Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType

from exchanges.core.disk import reason, sync_folder
from exchanges.core.errors import TransportError
from exchanges.core.transport.channel import Naming, Outgoing, Progress, Sent
from exchanges.core.transport.delivery import deliver
from exchanges.core.transport.files import CHUNK
from exchanges.core.transport.names import require_directory
from exchanges.core.transport.pickup import fetch
from exchanges.core.transport.sftp import visible

_CANNOT_LINK = {errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EXDEV, errno.EMLINK}


class FolderChannel:
    """Directories are below ``root``, which must exist; nothing is created but files. See ``Channel``."""

    def __init__(self, root: Path, readback_limit: int | None = None) -> None:
        self.root = root
        self.readback_limit = readback_limit
        self._files = _FolderFiles(root)

    def __enter__(self) -> FolderChannel:
        self._files.require_directory(".")
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        return None

    def deliver(self, local: Outgoing, directory: str, name: str, sha256: str, progress: Progress | None = None,
                naming: Naming | None = None) -> Sent:
        return deliver(self._files, local, directory, name, sha256, self.readback_limit, progress, naming)

    def fetch(self, directory: str, name: str, to: Path, max_bytes: int,
              progress: Progress | None = None) -> Path | None:
        return fetch(self._files, directory, name, to, max_bytes, progress)

    def listdir(self, directory: str) -> list[str]:
        return visible(self._files.names(require_directory(directory)))


class _FolderFiles:
    """``Files`` on a local file system."""

    host_key = ""
    server = "map"

    def __init__(self, root: Path) -> None:
        self.root = root

    def size(self, path: str) -> int | None:
        with _mapped(path):
            place = self._at(path)
            if place.is_dir():
                raise TransportError(f"{path} is een map, geen bestand.")
            try:
                return place.stat().st_size
            except FileNotFoundError:
                return None

    def require_directory(self, directory: str) -> None:
        with _mapped(directory):
            if not self._at(directory).is_dir():
                raise TransportError(f"Map {self._at(directory)} bestaat niet.")

    def names(self, directory: str) -> list[str]:
        with _mapped(directory), os.scandir(self._at(directory)) as entries:
            return [entry.name for entry in entries if entry.is_file()]

    def write(self, path: str, chunks: Iterable[bytes]) -> None:
        self.require_directory(str(Path(path).parent))
        with _mapped(path), self._at(path).open("wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())

    def read(self, path: str, size: int) -> Generator[bytes, None, None]:
        with _mapped(path), self._at(path).open("rb") as file:
            while size > 0:
                chunk = file.read(min(CHUNK, size))
                if not chunk:
                    raise TransportError(f"{path} werd korter tijdens het lezen.")
                size -= len(chunk)
                yield chunk

    def rename(self, old: str, new: str) -> None:
        """By link and unlink, which cannot overwrite; where the file system has no links, after a check."""
        with _mapped(new):
            source, target = self._at(old), self._at(new)
            try:
                os.link(source, target)
            except OSError as error:
                if error.errno not in _CANNOT_LINK or target.exists():
                    raise
                source.rename(target)
            else:
                source.unlink()
            sync_folder(target.parent)

    def remove(self, path: str) -> None:
        with _mapped(path):
            self._at(path).unlink(missing_ok=True)

    def discard(self, path: str) -> None:
        with suppress(TransportError):
            self.remove(path)

    def _at(self, path: str) -> Path:
        return self.root / path.lstrip("/")


@contextmanager
def _mapped(path: str) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise TransportError(f"Map, {path}: {reason(error)}.") from error
