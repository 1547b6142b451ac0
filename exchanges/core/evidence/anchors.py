"""Anchors: small signed files that say which hash the chain had at which place (spec transport 13, SEC-13).

Who can write in the database can delete the last events, or compute the whole chain anew; not what an anchor says, of
which a copy lies where he cannot write. Each anchor has the SHA-256 of the one before, so that none can be left out.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from exchanges.core.disk import sync_folder
from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.evidence.breach import Breach
from exchanges.core.evidence.key import key_id, signing_key
from exchanges.core.evidence.reading import of_database
from exchanges.core.evidence.walk import ANCHORED, Anchored, walk
from exchanges.core.ledger import Ledger
from exchanges.core.ledger.form import FORM, GENESIS, canonical, moment_text
from exchanges.core.ledger.tables import event
from exchanges.core.reports.dutch import day, number
from exchanges.core.store.failures import storage_failures

_LONGEST = 4096  # bytes of an anchor


@dataclass(frozen=True)
class Anchor:
    """``count`` events up to ``place`` and the hash of that one. ``previous`` is the SHA-256 of the anchor before,
    ``sha256`` that of this one; ``text`` is the file as it is, one line."""

    number: int
    place: int
    hash: str
    count: int
    moment: str
    key: str
    previous: str
    signature: str
    text: str

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.text.encode()).hexdigest()

    @property
    def name(self) -> str:
        return f"anker {number(self.number)} van {day(date.fromisoformat(self.moment[:10]))}"

    def signed_by(self, keys: Mapping[str, Ed25519PublicKey]) -> bool:
        said = json.loads(self.text)
        del said["handtekening"]
        try:
            keys[self.key].verify(bytes.fromhex(self.signature), canonical(said).encode())
        except (KeyError, ValueError, InvalidSignature):
            return False
        return True


def parse(text: str) -> Anchor | None:
    """The anchor in a line; None for what is no anchor."""
    try:
        said = json.loads(text)
        anchor = Anchor(
            said["nummer"], said["plaats"], said["hash"], said["aantal"], said["moment"], said["sleutel"],
            said["vorige"], said["handtekening"], text,
        )
        date.fromisoformat(anchor.moment[:10])
        numbers, texts = (anchor.number, anchor.place, anchor.count), (anchor.hash, anchor.key, anchor.previous)
        fits = said["vorm"] == FORM and canonical(said) + "\n" == text and len(said) == 9 and text.isascii()
        typed = all(type(one) is int and one > 0 for one in numbers) and all(isinstance(one, str) for one in texts)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
    return anchor if fits and typed and isinstance(anchor.signature, str) else None


def read(folder: Path) -> tuple[list[Anchor], list[Breach]]:
    """By number; what in the folder is called an anchor and is none, is a breach."""
    found, wrong = [], []
    with storage_failures("ankers lezen"):
        for path in sorted(folder.glob("anker-*.json")) if folder.is_dir() else ():
            text = path.read_bytes()[:_LONGEST].decode("utf-8", "replace")
            if not text:  # cut off before it was written: as if it were not there
                continue
            anchor = parse(text)
            if anchor is None or path.name != file_name(anchor.number):
                wrong.append(Breach("anker", f"Bestand {path.name} is geen anker meer; haal het terug uit een kopie."))
            else:
                found.append(anchor)
    return sorted(found, key=lambda one: one.number), wrong


def require_some(folder: Path) -> None:
    """Raises UsageError for a folder that somebody named and that has no anchor: nothing would be held against it, and
    that would look as if it had been."""
    if not folder.is_dir():
        raise UsageError(f"Map {folder} is er niet; geef met --anchors de map waarin de ankers liggen.")
    with storage_failures("ankers lezen"):
        if not any(folder.glob("anker-*.json")):
            raise UsageError(f"In map {folder} ligt geen anker; geef met --anchors de map waarin zij liggen.")


def check(anchors: Iterable[Anchor], keys: Mapping[str, Ed25519PublicKey]) -> tuple[list[Anchored], list[Breach]]:
    """What sound anchors say, and what is wrong with the others. Anchors may come from several places."""
    sound: dict[int, Anchor] = {}
    wrong = []
    for anchor in anchors:
        if not anchor.signed_by(keys):
            known = anchor.key in keys
            why = "de handtekening klopt niet" if known else f"de openbare sleutel {anchor.key} is niet gegeven"
            wrong.append(Breach("anker", f"{_capital(anchor.name)} telt niet: {why}.", anchor.place))
        elif sound.setdefault(anchor.number, anchor).text != anchor.text:
            wrong.append(Breach("anker", f"Er zijn twee verschillende ankers {number(anchor.number)}.", anchor.place))
    previous, expected = GENESIS, 1
    for one in sorted(sound):
        if one != expected:
            wrong.append(Breach("anker", f"Anker {number(expected)} ontbreekt; daarna komt anker {number(one)}."))
        elif sound[one].previous != previous:
            wrong.append(Breach("anker", f"{_capital(sound[one].name)} sluit niet aan op het vorige.",
                                sound[one].place))
        previous, expected = sound[one].sha256, one + 1
    return [Anchored(one.place, one.hash, one.name) for one in sound.values()], wrong


def missing(told: Mapping[int, str], anchors: Iterable[Anchor]) -> list[Breach]:
    """Anchors of which the chain says that they were made, and that are not there as they were."""
    there = {(one.number, one.sha256) for one in anchors}
    return [
        Breach("anker", f"Anker {number(one)} ontbreekt of is een ander; volgens de keten is het gemaakt.")
        for one, sha256 in sorted(told.items()) if (one, sha256) not in there
    ]


def make(ledger: Ledger, key_file: Path, folders: Iterable[Path]) -> Anchor | None:
    """Anchor the chain as it is now, in each of the folders; None when nothing happened since the last anchor.

    What was added since the last anchor is verified first, so that nothing altered is ever signed. A folder that missed
    anchors gets them. Raises BusinessError for a chain that does not hold, UsageError for a key that is none,
    TechnicalError for storage and database.
    """
    places = list(folders)
    key = signing_key(key_file)
    with ledger.alone("ankers"):
        known = _known(places)
        last = known[-1] if known else None
        with ledger.database.read() as connection:
            start = (last.place, last.hash) if last else (0, GENESIS)
            if last and _hash_at(connection, last.place) != last.hash:
                raise _refused(f"de keten past niet bij {last.name}")
            walked = walk(of_database(connection, last.place if last else 0), start=start)
        for breach in [walked.breach, *missing(walked.told, known)]:
            if breach is not None:
                raise _refused(breach.sentence)
        new = walked.count - start[0]
        if not new or (last and new == len(walked.told) == 1):
            _copy(known, places)
            return None
        said = {
            "vorm": FORM, "nummer": last.number + 1 if last else 1, "plaats": walked.count, "hash": walked.hash,
            "aantal": walked.count, "moment": moment_text(datetime.now(UTC)), "sleutel": key_id(key.public_key()),
            "vorige": last.sha256 if last else GENESIS,
        }
        said["handtekening"] = key.sign(canonical(said).encode()).hex()
        made = parse(canonical(said) + "\n")
        assert made is not None
        _copy([*known, made], places)
        ledger.event(None, "ketensluis", ANCHORED, file_name(made.number), f"plaats {made.place}",
                     {"nummer": made.number, "sha256": made.sha256})
    return made


def file_name(number: int) -> str:
    return f"anker-{number:06d}.json"


def _known(folders: list[Path]) -> list[Anchor]:
    """Of all folders together. Raises BusinessError when something is wrong with them."""
    found: dict[int, Anchor] = {}
    for folder in folders:
        anchors, wrong = read(folder)
        for one in anchors:
            if found.setdefault(one.number, one).text != one.text:
                raise _refused(f"er zijn twee verschillende ankers {number(one.number)}")
        if wrong:
            raise _refused(wrong[0].sentence)
    return [found[one] for one in sorted(found)]


def _copy(anchors: list[Anchor], folders: list[Path]) -> None:
    with storage_failures("ankers schrijven"):
        for folder in folders:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            for one in anchors:
                path = folder / file_name(one.number)
                if not path.exists() or not path.stat().st_size:
                    _write(path, one.text)


def _write(path: Path, text: str) -> None:
    """At once under its own name: a volume that takes new files only, lets none be renamed or taken away."""
    handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(text.encode())
            file.flush()
            os.fchmod(handle, 0o400)
            os.fsync(handle)
    except OSError:
        with suppress(OSError):
            path.unlink()
        raise
    sync_folder(path.parent)


def _hash_at(connection: sa.Connection, place: int) -> str | None:
    found: str | None = connection.execute(sa.select(event.c.hash).where(event.c.place == place)).scalar()
    return found


def _refused(why: str) -> BusinessError:
    return BusinessError(f"Er is geen anker gezet: {why.rstrip('.')}. Zie sluis ledger verify voor wat is veranderd.")


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
