"""A file beside the store that is there whole or not at all, and lasting once it is there."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from exchanges.core.disk import sync_folder
from exchanges.core.errors import UsageError
from exchanges.core.store.disk import NO_LINKS
from exchanges.core.store.failures import storage_failures


@contextmanager
def whole_file(path: Path, mode: int = 0o600, *, over: bool = True) -> Iterator[BinaryIO]:
    """What is written inside the block is at ``path`` when it ends, in place of what was there; after an error nothing
    of it stays. Without ``over`` what is there by then stays, and this raises FileExistsError. Raises OSError."""
    fresh = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    try:
        with os.fdopen(os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, mode), "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        if over:
            fresh.replace(path)
        else:
            _name(fresh, path)
        sync_folder(path.parent)
    finally:
        fresh.unlink(missing_ok=True)


@contextmanager
def new_file(path: Path, action: str) -> Iterator[BinaryIO]:
    """The same for a file that somebody asked for by name. Raises what :func:`require_free` does, also when it came
    there meanwhile, and TechnicalError, with the ``action`` in it, when it cannot be written."""
    require_free(path)
    with storage_failures(action):
        try:
            with whole_file(path, over=False) as file:
                yield file
        except FileExistsError:
            raise _taken(path) from None


def require_free(path: Path) -> None:
    """Raises UsageError when there is something of that name, or no folder for it."""
    require_folder(path)
    if path.exists():
        raise _taken(path)


def require_folder(path: Path) -> None:
    """Raises UsageError when a file that somebody asked for has no folder: a wrong argument, no failing disk."""
    if not path.parent.is_dir():
        raise UsageError(f"Map {path.parent} is er niet, dus {path.name} kan daar niet komen; maak haar eerst.")
    if path.is_dir():
        raise UsageError(f"{path} is een map; geef een bestandsnaam.")


def _taken(path: Path) -> UsageError:
    return UsageError(f"Bestand {path.name} bestaat al en wordt niet overschreven; kies een andere naam.")


def _name(fresh: Path, path: Path) -> None:
    """By a link, which cannot overwrite; where the file system has none, after a look."""
    try:
        os.link(fresh, path)
    except OSError as error:
        if error.errno not in NO_LINKS:
            raise
        if path.exists():
            raise FileExistsError(path.name) from None
        fresh.rename(path)
