"""A delivery that was reconciled, weighed against the one that left before it; and the gate before sending."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from exchanges.core.approve.basis import Basis
from exchanges.core.approve.decisions import Shown, approved, decision, demanded, leaving
from exchanges.core.approve.reasons import DEFAULT_LIMIT, Facts, Measure, Reason, Weighed, measures_of, weigh
from exchanges.core.approve.summary import GIVEN, digest, summarise
from exchanges.core.errors import AwaitingApproval, Blocked
from exchanges.core.ledger import Delivery, DeliveryState, EventRow, Ledger, StepRow
from exchanges.core.ledger.corrections import CorrectionBook
from exchanges.core.steps.context import Context

_NEEDED = ("select", "map", "build", "reconcile")
_TOLD = 3


@dataclass(frozen=True)
class Judgement:
    """``summary`` is what people are shown, ``before`` the delivery that it was compared with."""

    shown: Shown
    summary: dict[str, Any]
    before: str | None
    found: Weighed

    @property
    def required(self) -> bool:
        return bool(self.found.required)


def judge(context: Context, events: Sequence[EventRow]) -> Judgement:
    """As the ledger, the declaration and the settings are now. Raises UsageError before the reconciliation is done."""
    steps = {step: context.done(step) for step in _NEEDED}
    before = last_left(context.ledger, context.delivery)
    now = _measures(context, steps)
    former = None
    if before is not None:
        passed = context.ledger.progress(before.id)[1]
        former = Facts(before.id, _basis(passed), _measures(context, passed))
    limit = limit_of(context)
    found = weigh(Facts(context.delivery.id, _basis(steps), now), former, limit, demanded(events))
    summary = summarise(context, steps, now, found, before.id if before else None, limit)
    return Judgement(
        Shown(str(steps["build"].details["sha256"]), digest(summary)), summary, before.id if before else None, found
    )


def last_left(ledger: Ledger, delivery: Delivery) -> Delivery | None:
    """The delivery of the same exchange, gemeente and method that left last. Not one that the partner refused as a
    whole, nor an addition: these are nothing to measure a whole delivery against."""
    left = ledger.finished("deliver", delivery.exchange, delivery.gemeente)
    corrections = CorrectionBook(ledger.database).about(delivery.exchange, delivery.gemeente)
    additions = {one.delivery for one in corrections if one.kind == "aanvulling"}
    known = [
        one for one in ledger.deliveries(delivery.exchange, delivery.gemeente)
        if one.id in left and one.id != delivery.id and one.method == delivery.method
        and one.state is not DeliveryState.rejected and one.id not in additions
    ]  # fmt: skip
    return max(known, key=lambda one: left[one.id], default=None)


def limit_of(context: Context) -> Decimal:
    """In percent: of the municipality, else of the exchange, else ten."""
    everywhere = context.settings.municipalities().afwijking.get(context.exchange.id, DEFAULT_LIMIT)
    return context.gemeente.afwijking.get(context.exchange.id, everywhere)


def require_approved(context: Context, sha256: str) -> None:
    """The gate before the first byte of this file leaves, from the books as they are now, whoever comes along. What
    passed it and may be underway passes again: whether it arrived must be found out.

    Raises AwaitingApproval, Blocked when it was refused.
    """
    if not context.settings.approval_required:
        return
    id, events = context.delivery.id, context.ledger.events(context.delivery.id)
    if leaving(events, sha256):
        return
    judged = judge(context, events)
    if judged.shown.sha256 != sha256:
        raise Blocked(f"Levering {id}: dit is niet het bestand waarover akkoord gaat; bouw opnieuw.")
    if judged.required and approved(events, judged.shown) is None:
        last = decision(events)
        if last is not None and not last.given and last.shown == judged.shown:
            raise Blocked(refused_text(id, last.actor, last.reason))
        raise AwaitingApproval(waiting_text(id, judged.shown, judged.found.required))


def waiting_text(id: str, shown: Shown, reasons: Sequence[Reason]) -> str:
    """One line: why, and with which command."""
    more = len(reasons) - _TOLD
    told = " ".join(reason.text for reason in reasons[:_TOLD]) + (f" En nog {more}." if more > 0 else "")
    return (
        f"Levering {id} wacht op akkoord van een tweede persoon. {told} Bekijk: sluis approve show {id}. Daarna: sluis "
        f"approve give {id} --sha256 {shown.sha256[:GIVEN]} --summary {shown.summary[:GIVEN]} --reason …, of refuse."
    )


def refused_text(id: str, actor: str, reason: str) -> str:
    return (
        f"Levering {id} is geweigerd door {actor}: {reason.rstrip('.')}. Er is niets verzonden; herstel de bron en "
        "maak haar opnieuw."
    )


def _basis(steps: Mapping[str, StepRow]) -> Basis | None:
    """What the delivery was selected by, as its selection kept it."""
    return Basis.kept(steps["select"].details.get("basis")) if "select" in steps else None


def _measures(context: Context, steps: Mapping[str, StepRow]) -> tuple[Measure, ...]:
    """The numbers of a delivery that was built; titles are those of today, for the numbers are what is compared."""
    mapping = context.mapping
    built = steps["build"]
    tables = {
        line.measure: (mapping.tables[line.measure].title if line.measure in mapping.tables else line.measure, line.out)
        for line in built.balances
        if line.measure != mapping.record
    }
    reconciled = steps["reconcile"].details if "reconcile" in steps else {}
    return measures_of(int(built.details["records"]), context.flow.message.record, reconciled, tables)
