"""A possible data breach is an incident from the moment it is seen: within 72 hours it is at the Autoriteit
Persoonsgegevens, or somebody has decided that it need not (AVG art. 33; ib-signalen 13, SEC-24)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pyarrow as pa
import sqlalchemy as sa

from exchanges.core.errors import UsageError
from exchanges.core.ledger import Ledger
from exchanges.core.ledger.tables import event
from exchanges.core.steps.context import Context

# Too many persons in a file are nobody of ours, whatever the exchange.
STRANGERS = "IN-VREEMDEN"
OPENED, CLOSED = "incident geopend", "incident gesloten"
CLOCK = timedelta(hours=72)


@dataclass(frozen=True)
class Incident:
    """``until`` is the last moment (UTC) to report it. ``closed`` and ``decision`` are of who dealt with it."""

    delivery: str
    code: str
    opened: datetime
    until: datetime
    closed: datetime | None = None
    by: str = ""
    decision: str = ""

    def late(self, now: datetime) -> bool:
        return self.closed is None and now > self.until


def open_incident(ledger: Ledger, delivery: str, code: str) -> bool:
    """Once per delivery and code, however often the step is done again: the clock began the first time. Whether it did
    now."""
    until = datetime.now(UTC) + CLOCK
    return ledger.event_once(delivery, "ketensluis", OPENED, code, "open",
                             {"uiterlijk": until.isoformat(timespec="seconds")})  # fmt: skip


def close_incident(ledger: Ledger, delivery: str, code: str, actor: str, decision: str) -> None:
    """Raises UsageError when there is no such incident, or no decision is given."""
    if not decision.strip():
        raise UsageError("Een incident sluiten kan niet zonder besluit: gemeld, of waarom dat niet hoefde.")
    if not any(one.delivery == delivery and one.code == code for one in incidents(ledger)):
        raise UsageError(f"Levering {delivery} heeft geen incident {code}.")
    ledger.event(delivery, actor, CLOSED, code, "gesloten", {"besluit": " ".join(decision.split())})


def incidents(ledger: Ledger) -> list[Incident]:
    """Oldest first."""
    query = sa.select(event).where(event.c.action.in_([OPENED, CLOSED])).order_by(event.c.place)
    found: dict[tuple[str, str], Incident] = {}
    with ledger.database.read() as connection:
        for row in connection.execute(query).mappings():
            key, details = (row["delivery"], row["object"]), row["details"]
            if row["action"] == OPENED:
                found[key] = Incident(*key, row["moment"], datetime.fromisoformat(details["uiterlijk"]))
            elif key in found:
                known = found[key]
                found[key] = Incident(*key, known.opened, known.until, row["moment"], row["actor"], details["besluit"])
    return [*found.values()]


def notice(context: Context, findings: pa.Table) -> None:
    """Open an incident for every kind of finding on a received file that says that data may be in the wrong hands."""
    if context.exchange.direction != "in":
        return
    known = {STRANGERS, *context.intake.breaches}
    for code in sorted(known.intersection(findings["code"].unique().to_pylist())):
        open_incident(context.ledger, context.delivery.id, code)
