"""The deliveries of a period as the books have them, as far as they left: what :mod:`fates` counts."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.declare import Exchange, Flow
from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.ledger import GONE, Delivery, Ledger
from exchanges.core.ledger.corrections import CorrectionBook, CorrectionRow
from exchanges.core.ledger.model import ACCEPTED
from exchanges.core.mapping.table import MessageMapping, load_mapping
from exchanges.core.period import Period
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.store import Store
from exchanges.core.supersede.fates import Part

_PREFIX = "teruglezing/"


@dataclass(frozen=True)
class Member:
    """A delivery of the period that left, with what it corrects and whether it was taken back (confirmed)."""

    delivery: Delivery
    flow: Flow
    corrects: CorrectionRow | None
    withdrawal: CorrectionRow | None

    @property
    def withdrawn(self) -> bool:
        return self.withdrawal is not None and self.withdrawal.confirmed is not None

    @property
    def answered(self) -> bool:
        return self.delivery.state.ended

    @property
    def took(self) -> bool:
        """Whether the partner took it, wholly or in part."""
        return self.delivery.state in ACCEPTED

    @property
    def whole(self) -> bool:
        """Whether what it does not hold is gone at the partner. What nobody called anything is the whole again."""
        if self.corrects is not None and self.corrects.kind == "aanvulling":
            return False
        replacing = self.flow.correction("vervanging")
        return replacing is None or replacing.whole


def members(
    ledger: Ledger, exchange: Exchange, gemeente: str, period: Period, *, before: int | None = None, method: str = ""
) -> list[Member]:
    """In the order of their numbers, which is that in which they left: a next one is opened when the former has been
    answered. ``before`` this number only. A method that says something of its own (``Calendar.beside``) is a family by
    itself: asked as ``method``; the others are one, whichever of them is asked.
    """
    beside = exchange.calendar.beside
    book = CorrectionBook(ledger.database).about(exchange.id, gemeente)
    own = {one.delivery: one for one in book if one.delivery is not None}
    back = {one.corrects: one for one in book if one.kind == "intrekking" and one.delivery is None}
    return [
        Member(one, flow_of_delivery(exchange, one), own.get(one.id), back.get(one.id))
        for one in ledger.deliveries(exchange.id, gemeente)
        if one.period == period and one.state in GONE and (before is None or one.sequence < before)
        and (one.method == method if method in beside else one.method not in beside)
    ]  # fmt: skip


def flow_of_delivery(exchange: Exchange, delivery: Delivery) -> Flow:
    """Raises UsageError for what was received."""
    found = exchange.flows.get(delivery.method)
    if not isinstance(found, Flow):
        raise UsageError(f"{exchange.id} ontvangt; er is geen levering om te corrigeren.")
    return found


def mapping_for(flow: Flow, delivery: Delivery) -> MessageMapping:
    """That of the message, as it was in the period of the delivery."""
    entry = Catalogue.load().entry(flow.message.name, delivery.period)
    return load_mapping(entry.message, entry.version)


def readback(ledger: Ledger, store: Store, delivery: Delivery) -> Mapping[str, Path]:
    """The tables of the file as they were read back. Raises BusinessError when they have been destroyed."""
    row = ledger.step_result(delivery.id, "check")
    found = {
        name.removeprefix(_PREFIX): store.local(delivery.gemeente, artefact.sha256)
        for name, artefact in (row.artefacts if row else {}).items()
        if name.startswith(_PREFIX)
    }
    if not found:
        raise BusinessError(
            f"Van levering {delivery.id} is het teruggelezen bestand er niet meer; wat nu geldt is niet te bepalen."
        )
    return found


def refused_lines(ledger: Ledger, id: str) -> pa.Array:
    """The lines of the file (int64) on which the partner refused a record."""
    found = ledger.findings(id)
    mask = pc.and_(pc.equal(found["step"], "receipt"), pc.equal(found["severity"], "error"))
    lines: pa.Array = found["line"].filter(mask).drop_null().cast(pa.int64()).combine_chunks()
    return lines


def parts(ledger: Ledger, store: Store, family: Sequence[Member]) -> list[Part]:
    """Raises BusinessError when a read-back has been destroyed."""
    made = []
    for one in family:
        mapping = mapping_for(one.flow, one.delivery)
        made.append(
            Part(
                one.delivery.id,
                whole=one.whole,
                answered=one.answered,
                took=one.took,
                withdrawn=one.withdrawn,
                records=readback(ledger, store, one.delivery)[mapping.record],
                key=mapping.tables[mapping.record].key,
                refused=refused_lines(ledger, one.delivery.id) if one.took else pa.array([], pa.int64()),
            )
        )
    return made
