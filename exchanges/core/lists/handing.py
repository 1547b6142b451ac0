"""Files with personal data that people are handed, beside the lists: sealed for the municipality, one file for all.

Without a key of the municipality they are handed in clear, for their owner alone, where only test persons are let in;
in production they are not (SEC-09).
"""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from exchanges.core.disk import sync_folder
from exchanges.core.errors import UsageError
from exchanges.core.lists.archive import zipped
from exchanges.core.lists.seal import ENDING, private, seal
from exchanges.core.store.failures import storage_failures

_LEVEL = 6
_BLOCK = 1 << 20


def require_key(recipient: str, production: bool, gemeente: str) -> None:
    """Raises UsageError where nothing may be handed out in clear."""
    if production and not recipient:
        raise UsageError(
            f"Gemeente {gemeente} heeft geen sleutel bij lijsten; bestanden met persoonsgegevens worden alleen"
            " verzegeld gegeven. Zet sleutel onder [gemeente." + gemeente + ".lijsten]."
        )


def handed(paths: Sequence[Path], folder: Path, recipient: str) -> list[Path]:
    """Where ``paths`` (of a work folder, given away) are in ``folder`` under their own names; with a ``recipient``
    (``age1…``) together in one sealed zip file, called after the first. What is there is replaced at once. Raises
    TechnicalError for the disk, UsageError for a key that is none."""
    with storage_failures("een bestand neerleggen"):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        if not recipient:
            return [_given(path, folder / path.name) for path in paths]
        fresh = paths[0].with_name(f"{secrets.token_hex(8)}{ENDING}")
        seal(zipped(((path.name, _pieces(path)) for path in paths), level=_LEVEL, large=True), recipient, fresh)
        for path in paths:
            path.unlink()
        return [_given(fresh, folder / sealed_name(paths[0].name))]


def sealed_name(name: str) -> str:
    return f"{Path(name).stem}.zip{ENDING}"


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(_BLOCK):
            yield piece


def _given(path: Path, target: Path) -> Path:
    placed(path, target)
    path.unlink()
    return target


def placed(path: Path, target: Path) -> None:
    """A copy of ``path`` at ``target``, for its owner alone, in place of what was there, and lasting. The work folder
    may be on another disk than what is handed out. Raises OSError."""
    fresh = target.with_name(f".{target.name}")  # always this name: what a killed process left of it is written over
    fresh.unlink(missing_ok=True)
    with path.open("rb") as source, open(fresh, "xb", opener=private) as sink:
        shutil.copyfileobj(source, sink, _BLOCK)
        sink.flush()
        os.fsync(sink.fileno())
    fresh.replace(target)
    sync_folder(target.parent)
