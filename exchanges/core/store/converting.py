"""What was stored before there were keys: counted, and sealed where it lies."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from exchanges.core.keys.sealed import HEAD_BYTES, is_sealed, read_fully
from exchanges.core.store.artefact import check_gemeente, quarantine_folder, temporary_key
from exchanges.core.store.failures import storage_failures
from exchanges.core.store.hashing import Hashed
from exchanges.core.store.sealing import Sealing

_SHARD = 2  # characters of the sha256 that an artefact's folder is called after
_SHA256 = 64


@dataclass
class Converted:
    """``sealed`` now, ``before`` already; ``altered`` are the places of files that are not what their name says: those
    were left as they are."""

    sealed: int
    before: int
    altered: list[str]


def count_plain(sealing: Sealing, gemeente: str) -> tuple[int, int]:
    """(files that are sealed, files that are not). Raises TechnicalError."""
    with storage_failures("de opslag bekijken"):
        plain = [_is_plain(sealing, key) for key, _ in _files(sealing, gemeente)]
    return plain.count(False), plain.count(True)


def seal_plain(sealing: Sealing, gemeente: str, on_file: Callable[[int], None] = lambda done: None) -> Converted:
    """Seal whatever of the gemeente is not; every file is there at every moment, in the one form or the other. Done
    again it goes on where it was. Nobody may destroy files of the gemeente meanwhile. Raises UsageError without a key,
    TechnicalError for the storage."""
    done = Converted(0, 0, [])
    with storage_failures("de opslag versleutelen"):
        for number, (key, sha256) in enumerate(list(_files(sealing, gemeente)), 1):
            if not _is_plain(sealing, key):
                done.before += 1
            elif _seal(sealing, gemeente, key, sha256):
                done.sealed += 1
            else:
                done.altered.append(key)
            on_file(number)
    return done


def _files(sealing: Sealing, gemeente: str) -> Iterator[tuple[str, str | None]]:
    """Key of every file, and the sha256 it must have where its name says so; what has another name is no artefact."""
    names = sealing.backend.names
    for shard in names(check_gemeente(gemeente)):
        if len(shard) == _SHARD:
            yield from ((f"{gemeente}/{shard}/{name}", name) for name in names(f"{gemeente}/{shard}"))
    folder = quarantine_folder(gemeente)
    yield from ((f"{folder}/{name}", name if len(name) == _SHA256 else None) for name in names(folder))


def _is_plain(sealing: Sealing, key: str) -> bool:
    with sealing.backend.open(key) as file:
        return not is_sealed(read_fully(file, HEAD_BYTES))


def _seal(sealing: Sealing, gemeente: str, key: str, sha256: str | None) -> bool:
    size = sealing.backend.size(key)
    part = temporary_key(gemeente, secrets.token_hex(8))
    assert size is not None, "it was listed"
    try:
        with sealing.backend.open(key) as file:
            source = Hashed(file)
            sealing.backend.write(part, sealing.blocks(gemeente, source, lambda: key))
        same = source.size == size and sha256 in (None, source.sha256)
    except BaseException:
        sealing.backend.remove(part)
        raise
    if same:
        sealing.backend.replace(part, key)
    else:
        sealing.backend.remove(part)
    return same
