"""What waits to be told, as a sealed file for the desk that keeps contact with the registers (layout assumed).

The registers have channels of their own, which are not public or not ours; so a person passes it on.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import partial
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.errors import UsageError
from exchanges.core.handling.steps import mark_of, utc
from exchanges.core.ledger.signals import CLOSED, DOCUMENT, SignalBook, SignalEvent
from exchanges.core.lists.cover import Cover
from exchanges.core.lists.declare import Column, Sheet, SignalList
from exchanges.core.period import Period
from exchanges.core.receive.publish import settle, taken
from exchanges.core.settings import Settings
from exchanges.core.steps.deliver import channel_of
from exchanges.core.store import Store
from exchanges.core.store.hashing import hash_file
from exchanges.core.workfolder import work_folder
from exchanges.ib_samenloop.exchange import EXCHANGE
from exchanges.ib_samenloop.terugmelding import SENT, Open, here, read, registers

NAME = "terugmelding"
_COLUMNS = (
    Column("register", "Register", "code", 12, "assumed"),
    Column("registernaam", "Naam register", "tekst", 34, "assumed"),
    Column("veld", "Veld", "tekst", 24, "assumed"), Column("bsn", "BSN", "bsn", 12, "assumed"),
    Column("dossiernummer", "Dossiernummer", "code", 16, "assumed"),
    Column("oude_waarde", "Waarde in het register", "tekst", 34, "assumed"),
    Column("motivering", "Motivering", "tekst", 60, "assumed"),
    Column("opgesteld", "Opgesteld", "datum", 18, "assumed"),
    Column("behandelaar", "Opgesteld door", "tekst", 22, "assumed"),
    Column("signaalnummer", "Signaalnummer", "code", 22, "assumed"),
)  # fmt: skip
_OPEN, _APART = "melding", "melding_strafrecht"
LIST = SignalList(
    title="Terugmeldingen aan registers",
    sheets=(
        Sheet(_OPEN, "Terugmeldingen", _COLUMNS, sort=("register", "signaalnummer"), extra=True),
        Sheet(_APART, "Terugmeldingen strafrecht", _COLUMNS, sort=("register", "signaalnummer"), extra=True),
    ),
    restricted=(_APART,),
    kind="blad",
    retention="Vijftien maanden na verzending (aanname).",
    urn="urn:ketensluis:aanname:terugmelding:v0001",
)
_TYPES = {"datum": pa.date32()}


@dataclass(frozen=True)
class Passed:
    """``files`` are those that were laid out, ``sent`` how many are in them; ``held`` are about criminal-justice data,
    for which there is no key."""

    files: tuple[Path, ...]
    sent: int
    held: int


def send(settings: Settings, store: Store, book: SignalBook, gemeente: str, waiting: Sequence[Open], *, actor: str,
         moment: datetime) -> Passed:
    """Lay out what waits, sealed for the municipality, and put it where its lists go; then all of it is noted as sent.
    Interrupted and done again it is the same file.

    Raises UsageError without a key or a person, TransportError when the place cannot be reached.
    """
    from exchanges.core.lists.publish import publish
    from exchanges.core.lists.seal import Seal

    own = settings.municipalities().gemeente.get(gemeente)
    if own is None or not own.lijsten.sleutel:
        raise UsageError(f"Gemeente {gemeente} heeft geen sleutel bij lijsten; een terugmelding gaat alleen verzegeld.")
    if not actor.strip():
        raise UsageError("Een terugmelding wordt door een mens verzonden; geef de naam met --door.")
    going = [one for one in waiting if not one.restricted or own.lijsten.sleutel_beperkt]
    if not going:
        return Passed((), 0, len(waiting))
    day = here(moment)
    period = Period(day.year, day.month)
    rows = {id: [_row(store, gemeente, one, id) for one in going if one.restricted == (id == _APART)]
            for id in (_OPEN, _APART)}
    counts = {id: len(found) for id, found in rows.items()}
    folder = settings.root / "lijsten" / gemeente
    folder.mkdir(parents=True, exist_ok=True)
    sealed = Seal(own.lijsten.sleutel, own.lijsten.sleutel_beperkt or None)
    with work_folder(settings.work(), gemeente) as work:
        tables = {id: _table(found, work / f"{id}.parquet") for id, found in rows.items()}
        # What was laid out before it was noted keeps its name: with more by now, this is the next file.
        for number in itertools.count(_number(book, gemeente, period)):
            cover = Cover(f"{EXCHANGE.id}_{NAME}", gemeente, own.naam, period, number, counts)
            made = publish(LIST, tables, cover, work / f"{number}", sealed, pseudonym_key=settings.pseudonymise_with())
            if not any(taken(manifest, folder) for manifest in made.manifests):
                break
        files = [path for manifest in made.manifests for path in settle(manifest, folder)]
    if own.lijsten.kanaal is not None:
        with channel_of(own.lijsten.kanaal) as channel:
            for path in files:
                channel.deliver(path, own.lijsten.kanaal.inkomend, path.name, hash_file(path)[0])
    book.append_all(EXCHANGE.id, gemeente, [
        (one.number, partial(_sent, actor=actor, moment=moment, one=one, name=cover.base)) for one in going
    ])  # fmt: skip
    return Passed(tuple(files), len(going), len(waiting) - len(going))


def _sent(history: list[SignalEvent], actor: str, moment: datetime, one: Open, name: str) -> SignalEvent:
    details = {DOCUMENT: one.sha256, CLOSED: True, "register": one.register, "veld": one.field, "lijst": name}
    return SignalEvent(utc(moment), actor, mark_of(history).state, SENT, details=details)


def _row(store: Store, gemeente: str, one: Open, sheet: str) -> dict[str, object]:
    said = read(store, gemeente, one.sha256)
    return {
        **{name: said[name] for name in ("register", "veld", "bsn", "dossiernummer", "oude_waarde", "motivering",
                                         "signaalnummer")},
        "registernaam": registers().get(str(said["register"]), ""), "behandelaar": one.actor,
        "opgesteld": date.fromisoformat(said["opgesteld"]), "blad": sheet,
    }  # fmt: skip


def _table(rows: list[dict[str, object]], path: Path) -> Path:
    fields = [(column.name, _TYPES.get(column.kind, pa.string())) for column in _COLUMNS]
    pq.write_table(pa.Table.from_pylist(rows, schema=pa.schema([*fields, ("blad", pa.string())])), path)
    return path


def _number(book: SignalBook, gemeente: str, period: Period) -> int:
    """That of the next file of the month: one more than was noted as sent last."""
    start = f"{EXCHANGE.id}_{NAME}_{gemeente}_{period}_"
    names = (str(event.details["lijst"]) for *_, event in book.acts(EXCHANGE.id, gemeente, (SENT,)))
    return 1 + max((int(name.removeprefix(start)) for name in names if name.startswith(start)), default=0)
