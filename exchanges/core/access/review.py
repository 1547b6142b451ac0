"""The review of access rights: who has which role, when somebody last looked whether that is still right, and by when
it must be looked at again: privileged rights every quarter, others every year (SEC-18)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from exchanges.core.ledger import EventRow, Ledger
from exchanges.core.purpose.registry import HOME_TIME
from exchanges.core.retention.terms import months_after

REVIEWED = "rechten beoordeeld"
PRIVILEGED = ("beheerder", "integratie")
_MONTHS = {True: 3, False: 12}


@dataclass(frozen=True)
class Right:
    """``reviewed`` and ``owner`` are of the last review of this account in this role; None and empty when there was
    none: it is then due at once. ``until`` is the last day on which that review counts."""

    account: str
    role: str
    privileged: bool
    reviewed: date | None
    owner: str
    until: date | None

    def late(self, on: date) -> bool:
        return self.until is None or on > self.until


def rights(ledger: Ledger, roles: Mapping[str, str], on: date | None = None) -> list[Right]:
    """By account; as it was at the end of day ``on``, else as it is now."""
    newest = {
        (event.object, event.details.get("rol")): event
        for event in ledger.events(None) if event.action == REVIEWED and (on is None or _day(event) <= on)
    }  # fmt: skip
    out = []
    for account, role in sorted(roles.items()):
        event, privileged = newest.get((account, role)), role in PRIVILEGED
        day = _day(event) if event else None
        until = months_after(day, _MONTHS[privileged]) if day else None
        out.append(Right(account, role, privileged, day, event.actor if event else "", until))
    return out


def _day(event: EventRow) -> date:
    return event.moment.astimezone(HOME_TIME).date()


def reviewed(ledger: Ledger, roles: Mapping[str, str], owner: str) -> None:
    """``owner`` has looked at every one of these and leaves them as they are."""
    for account, role in sorted(roles.items()):
        ledger.event(None, owner, REVIEWED, account, "blijft", {"rol": role})
