"""A store with keys, and a hand on what lies there."""

from __future__ import annotations

import hashlib
from pathlib import Path

import fsspec

from exchanges.core.keys.ring import KeyRing
from exchanges.core.keys.sources import FolderKeys
from exchanges.core.store import Artefact, Store

DATA = b"<Burgerservicenr>999990019</Burgerservicenr>\n" * 60_000  # more than two pieces
SHA = hashlib.sha256(DATA).hexdigest()
KEY = f"0153/{SHA[:2]}/{SHA}"


class Place:
    """A store at ``url``, opened as another process would; and a hand on what lies there."""

    def __init__(self, url: str, keys: Path, room: Path) -> None:
        self.url, self.keys, self.room = url, FolderKeys(keys), room
        self.files, root = fsspec.core.url_to_fs(url)
        self.root = str(root)

    def store(self, sealed: bool = True) -> Store:
        self.room.mkdir(exist_ok=True)
        return Store(self.url, KeyRing((self.keys,), self.keys) if sealed else None, lambda: self.room)

    def all(self) -> dict[str, bytes]:
        return {path.removeprefix(self.root).lstrip("/"): self.files.cat_file(path)
                for path in self.files.find(self.root)}  # fmt: skip

    def write(self, key: str, data: bytes) -> None:
        path = f"{self.root}/{key}"
        self.files.makedirs(path.rpartition("/")[0], exist_ok=True)
        if self.files.exists(path):
            self.files.rm_file(path)
        self.files.pipe_file(path, data)


def put(place: Place, data: bytes = DATA, gemeente: str = "0153") -> Artefact:
    return place.store().put_bytes(gemeente, data, name="x", media_type="x")


def nowhere(place: Place) -> bool:
    return not any(b"999990019" in data or DATA[:16] in data for data in place.all().values())
