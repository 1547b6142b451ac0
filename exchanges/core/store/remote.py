"""The store on any other fsspec file system. Reading goes through a private folder on the local disk, so that
what is read has been checked."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager, nullcontext
from io import BytesIO
from pathlib import Path
from typing import Any, BinaryIO

from fsspec.implementations.memory import MemoryFileSystem

from exchanges.core.store.backend import Altered
from exchanges.core.store.hashing import BLOCK, hash_blocks


class Remote:
    """See :class:`exchanges.core.store.backend.Backend`."""

    def __init__(self, filesystem: Any, root: str, room: Callable[[], Path]) -> None:
        """``room`` gives the private folder."""
        self._filesystem = filesystem
        self._root = root.rstrip("/")
        self._room = room
        self._copies: dict[str, Path] = {}

    def together(self) -> AbstractContextManager[None]:
        return nullcontext()

    def write(self, temporary: str, blocks: Iterable[bytes]) -> None:
        with self._filesystem.open(self._address_in_folder(temporary), "wb", block_size=8 * BLOCK) as sink:
            for block in blocks:
                sink.write(block)

    def settle(self, temporary: str, key: str) -> bool:
        if self._filesystem.exists(self._address(key)):
            self.remove(temporary)
            return False
        self._filesystem.mv(self._address(temporary), self._address_in_folder(key))
        return True

    def replace(self, temporary: str, key: str) -> None:
        self._filesystem.mv(self._address(temporary), self._address_in_folder(key))

    def take(self, path: Path, key: str) -> bool | None:
        return None

    def trust(self, key: str) -> None:
        """Nothing: what comes back over a network is checked."""

    def seen(self, key: str) -> bool:
        return False

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

    def open(self, key: str) -> BinaryIO:
        if isinstance(self._filesystem, MemoryFileSystem):
            # It would give everybody the same open file, with one place in it for all.
            return BytesIO(self.content(key))
        opened: BinaryIO = self._filesystem.open(self._address(key), "rb")
        return opened

    def read(self, key: str, sha256: str, *, anew: bool = False) -> Path:
        if key not in self._copies:
            self._copies[key] = self._fetch(key, sha256)
        return self._copies[key]

    def _fetch(self, key: str, sha256: str) -> Path:
        with self.open(key) as source, tempfile.NamedTemporaryFile(dir=self._room(), delete=False) as sink:
            found = hash_blocks(iter(lambda: source.read(BLOCK), b""), sink)
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
