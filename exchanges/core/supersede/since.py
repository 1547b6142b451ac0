"""What became of a delivery after the partner took it: taken back, or another came in its place. Of the delivery as a
whole by the books alone; of one person in it by :mod:`fates`, from the files as they were read back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

from exchanges.core.declare import Exchange, Flow
from exchanges.core.ledger import Delivery, Ledger, state_label
from exchanges.core.ledger.model import ACCEPTED
from exchanges.core.reports.dutch import day
from exchanges.core.sql import session
from exchanges.core.store import Store
from exchanges.core.supersede.family import Member, members, parts
from exchanges.core.supersede.fates import GONE, SUPERSEDED, settle

Change = Literal["ingetrokken", "vervangen", "aangevuld", "vervallen"]


@dataclass(frozen=True)
class Since:
    """``what`` happened, by delivery ``by`` (the one itself when it was taken back) at ``moment`` (UTC; None where the
    books have no answer); ``text`` says it in Dutch, without a full stop."""

    what: Change
    by: str
    moment: datetime | None
    text: str


def family_of(ledger: Ledger, exchange: Exchange, delivery: Delivery) -> list[Member]:
    """``delivery`` and what left after it of the same period, in that order; nothing for what was received, or what the
    partner did not take."""
    if delivery.state not in ACCEPTED or not isinstance(exchange.flows.get(delivery.method), Flow):
        return []
    found = members(ledger, exchange, delivery.gemeente, delivery.period, method=delivery.method)
    return [one for one in found if one.delivery.sequence >= delivery.sequence]


def since(ledger: Ledger, exchange: Exchange, delivery: Delivery) -> Since | None:
    """What became of all of it; None while it stands, wholly or in part."""
    family = family_of(ledger, exchange, delivery)
    if not family:
        return None
    own, *later = family
    if own.withdrawn:
        return _taken_back(own, exchange)
    whole = [one for one in later if one.whole and one.took]
    return _replaced(ledger, exchange, whole[-1]) if whole else None


def stand_label(ledger: Ledger, exchange: Exchange, delivery: Delivery) -> str:
    """Its state in a word, as it is today."""
    found = since(ledger, exchange, delivery)
    return found.what if found else state_label(delivery.state)


def since_of(ledger: Ledger, store: Store, exchange: Exchange, family: Sequence[Member], key: str, *, work: Path,
             memory_mb: int) -> list[Since]:  # fmt: skip
    """What became of what the first of the ``family`` has of the person with BSN ``key``; nothing while that stands.
    Raises BusinessError when a file as it was read back has been destroyed."""
    if not family:
        return []
    own, *later = family
    if own.withdrawn:
        return [_taken_back(own, exchange)]
    if not later:
        return []
    with session(work, memory_mb, rows=0) as con:
        settle(con, parts(ledger, store, family), person=key)
        lots = con.execute("SELECT DISTINCT lot, door, geweigerd FROM lot WHERE nr = 0 ORDER BY ALL").fetchall()
    wholes = [one for one in later if one.whole and one.took]
    found = [_superseded(ledger, exchange, family[by], refused=refused) for lot, by, refused in lots
             if lot == SUPERSEDED]  # fmt: skip
    return found + [_fallen_out(ledger, exchange, wholes[-1]) for lot, _, _ in lots if lot == GONE and wholes]


def _taken_back(own: Member, exchange: Exchange) -> Since:
    row = own.withdrawal
    assert row is not None and row.confirmed is not None
    text = f"ingetrokken op {_day(row.confirmed, exchange)}, bevestigd door {row.confirmed_by}; er geldt niets meer van"
    return Since("ingetrokken", own.delivery.id, row.confirmed, text)


def _replaced(ledger: Ledger, exchange: Exchange, by: Member) -> Since:
    moment, when = _answered(ledger, exchange, by)
    return Since("vervangen", by.delivery.id, moment, f"vervangen door levering {by.delivery.id}{when}{_also(by)}")


def _superseded(ledger: Ledger, exchange: Exchange, by: Member, *, refused: bool) -> Since:
    if by.corrects is None or by.corrects.kind != "aanvulling":
        return _replaced(ledger, exchange, by)
    moment, when = _answered(ledger, exchange, by)
    word = "hersteld in aanvulling" if refused else "bijgewerkt in aanvulling"
    return Since("aangevuld", by.delivery.id, moment, f"{word} {by.delivery.id}{when}{_also(by)}")


def _fallen_out(ledger: Ledger, exchange: Exchange, by: Member) -> Since:
    moment, when = _answered(ledger, exchange, by)
    text = f"vervallen: levering {by.delivery.id} kwam ervoor in de plaats{when}, zonder deze persoon"
    return Since("vervallen", by.delivery.id, moment, text)


def _answered(ledger: Ledger, exchange: Exchange, by: Member) -> tuple[datetime | None, str]:
    """When the partner took it, which is when it came in the place of another."""
    receipt = ledger.receipt(by.delivery.id)
    return (receipt.received, f" op {_day(receipt.received, exchange)}") if receipt else (None, "")


def _also(by: Member) -> str:
    return "; die is later ingetrokken" if by.withdrawn else ""


def _day(moment: datetime, exchange: Exchange) -> str:
    return day(moment.astimezone(ZoneInfo(exchange.calendar.timezone)).date())
