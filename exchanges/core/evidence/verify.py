"""Verifying: the ledger with its anchors and tables, or an export with its anchors and nothing else."""

from __future__ import annotations

import gc
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import sqlalchemy as sa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchanges.core.errors import UsageError
from exchanges.core.evidence import anchors as anchoring
from exchanges.core.evidence.anchors import Anchor
from exchanges.core.evidence.breach import Breach
from exchanges.core.evidence.reading import ANCHOR, Row, of_database, of_file
from exchanges.core.evidence.tables import table_breaches
from exchanges.core.evidence.walk import Walked, walk
from exchanges.core.ledger import Ledger
from exchanges.core.ledger.tables import delivery, event

MOST = 20  # breaches of tables that are named; there may be thousands after one careless statement


@dataclass(frozen=True)
class Verdict:
    """``events`` were found as they were written, ``anchors`` are sound and fit; ``deliveries`` were held against the
    chain, None for an export. Nothing is wrong when there are no ``breaches``; the first comes first."""

    events: int
    anchors: int
    deliveries: int | None
    breaches: tuple[Breach, ...]


def verify_ledger(ledger: Ledger, folders: Iterable[Path], keys: Mapping[str, Ed25519PublicKey], *,
                  complete: bool = True) -> Verdict:
    """Tables are looked at when the chain itself is whole. Every folder must have every anchor, if ``complete``. Raises
    UsageError, TechnicalError."""
    with _collecting_new_only(), ledger.database.read() as connection:
        # An anchor made in between would be in the folders and not in the picture, or the other way round.
        with ledger.alone("ankers"):
            every, wrong = _anchors(folders, complete)
            connection.execute(sa.select(sa.func.max(event.c.place)))  # from here on it is one picture
        verdict = _verdict(of_database(connection), every, wrong, keys)
        if verdict.breaches:
            return verdict
        found = tuple(islice(table_breaches(connection), MOST))
        deliveries = connection.execute(sa.select(sa.func.count()).select_from(delivery)).scalar_one()
    return Verdict(verdict.events, verdict.anchors, deliveries, found)


def verify_export(path: Path, folders: Iterable[Path], keys: Mapping[str, Ed25519PublicKey]) -> Verdict:
    """The anchors in the export itself, and those in ``folders``. Raises UsageError for a file that is no export or is
    not there."""
    if not path.is_file():
        raise UsageError(f"Bestand {path} is er niet; geef met --export wat sluis ledger export heeft geschreven.")
    inside: list[str] = []
    # First through the whole file: anchors come after the events.
    for _ in of_file(path, inside.append):
        pass
    every, wrong = _anchors(folders, complete=False)
    for line in inside:
        anchor = anchoring.parse(line[len(ANCHOR):-2] + "\n")
        if anchor is None:
            wrong.append(Breach("anker", "Een regel van de uitvoer die een anker zou zijn, is er geen."))
        else:
            every.append(anchor)
    return _verdict(of_file(path, lambda line: None), every, wrong, keys)


@contextmanager
def _collecting_new_only() -> Iterator[None]:
    """With millions of short-lived rows the garbage collector looks at everything that was ever imported, every time:
    a fifth of the time."""
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


def _anchors(folders: Iterable[Path], complete: bool) -> tuple[list[Anchor], list[Breach]]:
    found: list[Anchor] = []
    wrong: list[Breach] = []
    numbers = []
    for folder in folders:
        anchors, broken = anchoring.read(folder)
        found += anchors
        wrong += broken
        numbers.append((folder, {one.number for one in anchors}))
    every = {one.number for one in found}
    for folder, there in numbers if complete else ():
        wrong += [Breach("anker", f"Anker {one} ontbreekt in map {folder.name}.") for one in sorted(every - there)]
    return found, wrong


def _verdict(rows: Iterable[Row], every: list[Anchor], wrong: list[Breach],
             keys: Mapping[str, Ed25519PublicKey]) -> Verdict:
    sound, unsound = anchoring.check(every, keys)
    walked: Walked = walk(rows, sound)
    breaches = [*([walked.breach] if walked.breach else []), *unsound, *wrong,
                *anchoring.missing(walked.told, every)]
    fitting = sum(one.place <= walked.count for one in sound)
    return Verdict(walked.count, fitting, None, tuple(breaches))
