"""Files beside the artefacts: quarantine, lists laid out for the municipality, rows written out for repair, and the
bundles of a month."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

from exchanges.core.reports.privacy import clean
from exchanges.core.retention.terms import BUNDLE, LIST, REFUSED, REPAIR, RESTRICTED, Term, terms
from exchanges.core.settings import Settings
from exchanges.core.store import Store
from exchanges.core.store.hashing import hash_file
from exchanges.core.store.privacy import without_bsn

QUARANTINE = "quarantaine"
_ANY = ""  # no exchange: only the terms of all
_LISTS = "lijsten"
# Folders with one for each municipality, and the data class of what lies there.
_PLACES = {_LISTS: LIST, "herstel": REPAIR, "bundels": BUNDLE}


def loose_files(settings: Settings, store: Store, gemeente: str, on: date) -> Iterator[tuple[str, str, int, str, Term]]:
    """(place, sha256, bytes, name as it may stand in a report, term) of every file whose term has passed on ``on``."""
    of_all = terms(_ANY, on)
    for kept in store.quarantined(gemeente):
        if of_all[REFUSED].passed(kept.moment, on):
            yield QUARANTINE, kept.sha256, kept.size, clean(kept.name or kept.sha256), of_all[REFUSED]
    for place, path in _files(settings, gemeente):
        term = of_all[RESTRICTED if place == _LISTS and "_beperkt" in path.name else _PLACES[place]]
        if term.passed(datetime.fromtimestamp(path.stat().st_mtime, UTC), on):
            sha256, size = hash_file(path)
            yield place, sha256, size, clean(without_bsn(path.name)), term


def remove_files(settings: Settings, gemeente: str, place: str, sha256: str) -> int:
    """Take away every file of that place with these bytes, whatever it is called; gives how many."""
    gone = 0
    for where, path in list(_files(settings, gemeente)):
        if where == place and hash_file(path)[0] == sha256:
            path.unlink()
            gone += 1
    return gone


def _files(settings: Settings, gemeente: str) -> Iterator[tuple[str, Path]]:
    for place in _PLACES:
        folder = settings.root / place / gemeente
        if folder.is_dir():
            yield from ((place, path) for path in sorted(folder.rglob("*")) if path.is_file() and not path.is_symlink())
