"""The store on any other fsspec file system. Reading goes through a private folder on the local disk, so that
what is read has been checked; it is gone when the process ends."""

from __future__ import annotations

import shutil
import tempfile
import weakref
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Any, BinaryIO

from exchanges.core.store.backend import Altered
from exchanges.core.store.hashing import BLOCK, hash_stream


class Remote:
    """See :class:`exchanges.core.store.backend.Backend`."""

    def __init__(self, filesystem: Any, root: str) -> None:
        self._filesystem = filesystem
        self._root = root.rstrip("/")
        self._copies: dict[str, Path] = {}
        self._folder: str | None = None

    def together(self) -> AbstractContextManager[None]:
        return nullcontext()

    def write(self, temporary: str, source: BinaryIO) -> tuple[str, int]:
        with self._filesystem.open(self._address_in_folder(temporary), "wb", block_size=8 * BLOCK) as sink:
            return hash_stream(source, sink)

    def settle(self, temporary: str, key: str) -> bool:
        if self._filesystem.exists(self._address(key)):
            self.remove(temporary)
            return False
        self._filesystem.mv(self._address(temporary), self._address_in_folder(key))
        return True

    def take(self, path: Path, key: str) -> bool | None:
        return None

    def trust(self, key: str) -> None:
        """Nothing: what comes back over a network is checked."""

    def remove(self, key: str) -> None:
        if self._filesystem.exists(self._address(key)):
            self._filesystem.rm_file(self._address(key))
        copy = self._copies.pop(key, None)
        if copy is not None:
            copy.unlink(missing_ok=True)

    def names(self, folder: str) -> list[str]:
        address = self._address(folder)
        if not self._filesystem.exists(address):
            return []
        return sorted(str(name).rstrip("/").rpartition("/")[2] for name in self._filesystem.ls(address, detail=False))

    def content(self, key: str) -> bytes:
        return bytes(self._filesystem.cat_file(self._address(key)))

    def size(self, key: str) -> int | None:
        try:
            return int(self._filesystem.info(self._address(key))["size"])
        except FileNotFoundError:
            return None

    def read(self, key: str, sha256: str, hashed_by_reader: bool = False) -> Path:
        if key not in self._copies:
            self._copies[key] = self._fetch(key, sha256)
        return self._copies[key]

    def _fetch(self, key: str, sha256: str) -> Path:
        if self._folder is None:
            self._folder = tempfile.mkdtemp(prefix="ketensluis-")
            weakref.finalize(self, shutil.rmtree, self._folder, ignore_errors=True)
        with (
            self._filesystem.open(self._address(key), "rb") as source,
            tempfile.NamedTemporaryFile(dir=self._folder, delete=False) as sink,
        ):
            found, _ = hash_stream(source, sink)
        copy = Path(sink.name)
        if found != sha256:
            copy.unlink()
            raise Altered
        copy.chmod(0o400)
        return copy

    def _address(self, key: str) -> str:
        return f"{self._root}/{key}"

    def _address_in_folder(self, key: str) -> str:
        address = self._address(key)
        self._filesystem.makedirs(address.rpartition("/")[0], exist_ok=True)
        return address
