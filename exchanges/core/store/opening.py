"""The store of an installation: where the settings say, sealed with the keys that the settings point at."""

from __future__ import annotations

import threading
import weakref
from pathlib import Path

from fsspec.implementations.local import LocalFileSystem

from exchanges.core.errors import UsageError
from exchanges.core.keys.ring import KeyRing
from exchanges.core.keys.sources import AirflowKeys, EnvironmentKeys, FolderKeys, KeySource
from exchanges.core.settings import Settings
from exchanges.core.store.address import file_system
from exchanges.core.store.store import Store
from exchanges.core.workfolder import WorkFolder

AIRFLOW, ENVIRONMENT, NONE = "airflow", "omgeving", "geen"


def open_store(settings: Settings, work: Path | None = None) -> Store:
    """``work`` is a folder for copies in clear, gone when the caller is done; without it the store makes one in
    ``Settings.work()`` when it needs it, that is gone with the store or the process.

    Raises UsageError for keys that may not be there: beside the data they open, or none at all in production.
    """
    ring = key_ring(settings)
    if work is not None:
        return Store(settings.store_url, ring, lambda: _made(work / "opslag"))
    room = _Room(settings)
    store = Store(settings.store_url, ring, room)
    weakref.finalize(store, room.close)
    return store


def key_ring(settings: Settings) -> KeyRing | None:
    """From ``Settings.keys``: airflow, omgeving, a folder, or (empty) each of them in turn with ``<home>/sleutels``;
    ``geen`` seals nothing, outside production. A first key is made by itself in a folder only, and in production not.
    """
    said = settings.keys.strip()
    if said == NONE:
        if settings.production:
            raise UsageError("KETENSLUIS_KEYS is geen: in productie wordt alles versleuteld; wijs een bron aan.")
        return None
    if said == AIRFLOW:
        return KeyRing((AirflowKeys(),))
    if said == ENVIRONMENT:
        return KeyRing((EnvironmentKeys(),))
    folder = FolderKeys(_apart(Path(said).expanduser() if said else settings.root / "sleutels", settings.store_url))
    sources: tuple[KeySource, ...] = (folder,) if said else (AirflowKeys(), EnvironmentKeys(), folder)
    return KeyRing(sources, None if settings.production else folder)


def _apart(folder: Path, store_url: str) -> Path:
    """Who has the data must not have the keys with them."""
    filesystem, root = file_system(store_url)
    if isinstance(filesystem, LocalFileSystem) and folder.resolve().is_relative_to(Path(root).resolve()):
        raise UsageError(
            f"De map met sleutels {folder} ligt in de opslag; leg de sleutels ergens anders (KETENSLUIS_KEYS)."
        )
    return folder


def _made(folder: Path) -> Path:
    folder.mkdir(mode=0o700, exist_ok=True)
    return folder


class _Room:
    """A work folder, when somebody asks for it."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._lock = threading.Lock()
        self._folder: WorkFolder | None = None

    def __call__(self) -> Path:
        with self._lock:
            if self._folder is None:
                self._folder = WorkFolder(self._settings.work(), "opslag")
            return self._folder.path

    def close(self) -> None:
        if self._folder is not None:
            self._folder.close()


