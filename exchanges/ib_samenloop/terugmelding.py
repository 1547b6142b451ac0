"""Terugmelding: reasonable doubt about a value of a register, on record and to be told to who keeps it (SEC-30;
Regeling SUWI bijlage I par. 1.2).

The value and the reasons are personal: they are in a document in the store, and the ledger has which register and
field, who, when, and the hash of the document. The state of the signal stays what it was.
"""

from __future__ import annotations

import csv
import hmac
import json
from dataclasses import asdict, dataclass, replace
from datetime import date, datetime
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.errors import BusinessError, MappingError, UsageError
from exchanges.core.handling.steps import PROGRAM, mark_of, utc
from exchanges.core.intake import Intake
from exchanges.core.ledger import Ledger
from exchanges.core.ledger.model import ACCEPTED
from exchanges.core.ledger.signals import DOCUMENT, SignalBook, SignalEvent
from exchanges.core.store import Store
from exchanges.ib_samenloop.exchange import EXCHANGE
from exchanges.ib_samenloop.kinds import folder

REPORTED_BACK, SENT = "terugmelding", "terugmelding_verzonden"
_LONGEST = 4000


@dataclass(frozen=True)
class Terugmelding:
    """``oude_waarde`` is the value that is doubted, ``motivering`` why; ``bsn`` and ``dossiernummer`` come from the
    signal. ``merk`` makes the document one that cannot be guessed from its hash."""

    gemeente: str
    signaalnummer: str
    signaaltype: str
    register: str
    veld: str
    oude_waarde: str
    motivering: str
    bsn: str
    dossiernummer: str | None = None
    opgesteld: str = ""
    merk: str = ""

    def document(self) -> bytes:
        """JSON, the same bytes for the same content."""
        return json.dumps(asdict(self), sort_keys=True, ensure_ascii=False).encode()


@dataclass(frozen=True)
class Open:
    """One that was not sent yet, as far as the ledger knows it. ``person`` is a pseudonym, ``since`` UTC."""

    number: str
    kind: str
    restricted: bool
    person: str
    register: str
    field: str
    since: datetime
    actor: str
    sha256: str


@cache
def registers() -> dict[str, str]:
    """Name by code, from ``mappings/IBSamenloop/registers.csv``. Raises MappingError when it is not there."""
    try:
        with (folder() / "registers.csv").open(encoding="utf-8", newline="") as file:
            return {row["code"]: row["naam"] for row in csv.DictReader(file, delimiter=";")}
    except OSError:
        raise MappingError("Mapping IBSamenloop/registers.csv ontbreekt of is niet te lezen.") from None


def must_be_known(register: str) -> None:
    """Raises UsageError for a code that is not in the list of registers."""
    known = registers()
    if register not in known:
        raise UsageError(f"Register {register!r} is niet bekend; kies uit {', '.join(known)}.")


def add(ledger: Ledger, store: Store, key: bytes, gemeente: str, number: str, *, register: str, field: str,
        old_value: str, motivation: str, actor: str, moment: datetime) -> tuple[str, bool]:
    """Put a terugmelding on record; gives the hash of its document, and whether it is new: the same doubt about the
    same signal that was not sent yet is noted once.

    Raises UsageError for what is missing or unknown, BusinessError when the content of the signal has been destroyed.
    """
    must_be_known(register)
    if not actor.strip() or actor == PROGRAM:
        raise UsageError("Een terugmelding wordt door een mens gedaan; geef de naam met --door.")
    for name, text in (("veld", field), ("oude_waarde", old_value), ("motivering", motivation)):
        if not text.strip():
            raise UsageError(f"Een terugmelding heeft {name} nodig; geef die mee.")
        if len(text) > _LONGEST:
            raise UsageError(f"De {name} van een terugmelding is te lang; ten hoogste {_LONGEST} tekens.")
    book = SignalBook(ledger.database)
    if not book.history(EXCHANGE.id, gemeente, number):
        raise UsageError("Dit signaal is voor deze gemeente niet bekend; controleer het signaalnummer.")
    row = _signal(ledger, store, gemeente, number)
    plain = Terugmelding(gemeente, number, str(row["signaaltype"]), register, field.strip(), old_value.strip(),
                         motivation.strip(), str(row["bsn"]), row["dossiernummer"])  # fmt: skip
    made = replace(plain, merk=hmac.digest(key, plain.document(), "sha256").hex())
    told = {one.sha256 for one in waiting(ledger, gemeente, restricted=True) if one.number == number}
    sha256, fresh = _kept(store, gemeente, made, told, moment)
    if fresh:
        details = {"register": register, "veld": field.strip(), DOCUMENT: sha256}
        book.append(EXCHANGE.id, gemeente, number, lambda history: SignalEvent(
            utc(moment), actor, mark_of(history).state, REPORTED_BACK, details=details))  # fmt: skip
    return sha256, fresh


def waiting(ledger: Ledger, gemeente: str, *, restricted: bool = False) -> list[Open]:
    """What was not sent yet, oldest first; what is about criminal-justice data only when asked for (SEC-21)."""
    open_: dict[str, Open] = {}
    acts = SignalBook(ledger.database).acts(EXCHANGE.id, gemeente, (REPORTED_BACK, SENT))
    for number, kind, apart, person, event in acts:
        sha256 = str(event.details[DOCUMENT])
        if event.action == SENT:
            open_.pop(sha256, None)
        elif restricted or not apart:
            open_[sha256] = Open(number, kind, apart, person, event.details["register"], event.details["veld"],
                                 event.moment, event.actor, sha256)  # fmt: skip
    return list(open_.values())


def here(moment: datetime) -> date:
    """The day it is for who works there. Raises UsageError for a moment without a zone."""
    return utc(moment).astimezone(ZoneInfo(EXCHANGE.calendar.timezone)).date()


def read(store: Store, gemeente: str, sha256: str) -> dict[str, Any]:
    """The document. Raises BusinessError when it is missing or altered."""
    with store.open(gemeente, sha256) as file:
        found: dict[str, Any] = json.loads(file.read())
    return found


def _kept(store: Store, gemeente: str, made: Terugmelding, told: set[str], moment: datetime) -> tuple[str, bool]:
    """The document in the store. The day it was drawn up does not make it another one."""
    for sha256 in told:
        if read(store, gemeente, sha256)["merk"] == made.merk:
            return sha256, False
    data = replace(made, opgesteld=str(here(moment))).document()
    return store.put_bytes(gemeente, data, name="terugmelding", media_type="application/json").sha256, True


def _signal(ledger: Ledger, store: Store, gemeente: str, number: str) -> dict[str, Any]:
    """What came in of the signal: BSN and dossier are not typed over. Raises BusinessError when it is not there."""
    for delivery in reversed(ledger.deliveries(EXCHANGE.id, gemeente)):
        row = ledger.step_result(delivery.id, "compare") if delivery.state in ACCEPTED else None
        intake = EXCHANGE.flows[delivery.method]
        assert isinstance(intake, Intake)
        for name in intake.records:
            artefact = row.artefacts.get(f"nieuw/{name}") if row else None
            if artefact is None:
                continue
            table = pq.read_table(store.local(gemeente, artefact.sha256),
                                  columns=["signaalnummer", "signaaltype", "bsn", "dossiernummer"])  # fmt: skip
            found = table.filter(pc.equal(table["signaalnummer"], pa.scalar(number)))
            if found.num_rows:
                return dict(found.to_pylist()[0])
    raise BusinessError(f"Van signaal {number} is de inhoud vernietigd omdat de bewaartermijn voorbij is; er is niets"
                        " genoteerd.")
