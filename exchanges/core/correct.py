"""Correcting a delivery from beginning to end: may it, opened, run through the chambers, both accounted for.

``replace`` and ``add`` make a delivery of their own, with the next number, that somebody else must approve;
``withdraw`` is an agreement with the partner that a second person confirms. What each does at the partner is declared
(:class:`exchanges.core.declare.Correction`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from exchanges.core import calendar
from exchanges.core.approve.decisions import DEMANDED, STARTED
from exchanges.core.chain import REPORT
from exchanges.core.declare import Correction, CorrectionKind, Exchange
from exchanges.core.errors import BusinessError, KetensluisError, UsageError
from exchanges.core.ledger import GONE, Delivery, DeliveryState, Ledger
from exchanges.core.ledger.corrections import CorrectionBook, CorrectionRow, Scope
from exchanges.core.ledger.model import ACCEPTED
from exchanges.core.period import Period
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.reports.dutch import day
from exchanges.core.run import open_ledger, run_delivery, run_step
from exchanges.core.settings import Settings
from exchanges.core.steps.approve import started
from exchanges.core.supersede.family import flow_of_delivery, members
from exchanges.core.supersede.told import demand_of


@dataclass(frozen=True)
class Opened:
    """``delivery`` corrects ``corrects``; ``fresh`` when it was not there yet; ``known``: what the partner does."""

    delivery: str
    corrects: str
    fresh: bool
    known: Correction


def replace(
    id: str, *, actor: str, reason: str, settings: Settings | None = None,
    on_step: Callable[[str], None] = lambda step: None, on_open: Callable[[Opened], None] = lambda opened: None,
) -> Opened:  # fmt: skip
    """Deliver the period again as a whole, in place of ``id``. What stops the delivery passes through, also waiting for
    approval; done again it goes on where it was.

    Raises UsageError for a delivery that cannot be replaced or without a name or a reason.
    """
    return _deliver("vervanging", id, actor, reason, "", False, settings, on_step, on_open)


def add(
    id: str, *, actor: str, reason: str, everything: bool = False, unchanged: bool = False,
    settings: Settings | None = None, on_step: Callable[[str], None] = lambda step: None,
    on_open: Callable[[Opened], None] = lambda opened: None,
) -> Opened:  # fmt: skip
    """Deliver what was refused of ``id``, by the partner or by our own checks, and was repaired since; with
    ``everything`` all that is not at the partner; with ``unchanged`` also what is as it was when the partner refused
    it. Otherwise as :func:`replace`."""
    scope: Scope = "ontbrekend" if everything else "afgewezen"
    return _deliver("aanvulling", id, actor, reason, scope, unchanged, settings, on_step, on_open)


def withdraw(id: str, *, actor: str, reason: str, settings: Settings | None = None) -> tuple[CorrectionRow, Correction]:
    """Propose that a delivery is taken back, as agreed with the partner; it has no effect until :func:`confirm`."""
    settings = settings or Settings()
    ledger = open_ledger(settings)
    delivery, known = _may(ledger, "intrekking", id, actor, reason)
    row, _ = CorrectionBook(ledger.database).withdraw(delivery.id, actor=actor, reason=reason)
    run_step(delivery.id, REPORT, settings)
    return row, known


def confirm(id: str, *, actor: str, settings: Settings | None = None) -> CorrectionRow:
    """Confirm, as another person, that a delivery is taken back: from now on it stands for nothing. Raises UsageError
    when nobody proposed it, BusinessError for the same person."""
    _require_name(actor, "ja")
    settings = settings or Settings()
    ledger = open_ledger(settings)
    with ledger.alone(_family(ledger.delivery(id))):
        row = CorrectionBook(ledger.database).confirm(id, actor=actor)
    run_step(id, REPORT, settings)
    return row


def require_new(
    exchange_id: str, gemeente: str, period: str, method: str | None = None, settings: Settings | None = None
) -> None:
    """Raise UsageError where a new delivery of the period would replace what is in force: that is a correction, with a
    reason and a second person. Not by a method that says something of its own, or for an exchange that does not know
    replacements."""
    exchange = exchange_by_id(exchange_id)
    if exchange.direction != "out" or method in exchange.calendar.beside:
        return
    family = members(open_ledger(settings), exchange, gemeente, Period.parse(period))
    stands = [one for one in family if one.took and not one.withdrawn and one.flow.correction("vervanging")]
    if stands:
        id = stands[-1].delivery.id
        more = ", of vul haar aan met sluis correct add" if stands[-1].flow.correction("aanvulling") else ""
        raise UsageError(
            f"Levering {id} geldt bij de partner; vervang haar met sluis correct replace {id} --reason …{more}."
        )


def _deliver(
    kind: CorrectionKind, id: str, actor: str, reason: str, scope: Scope, unchanged: bool, settings: Settings | None,
    on_step: Callable[[str], None], on_open: Callable[[Opened], None],
) -> Opened:  # fmt: skip
    settings = settings or Settings()
    ledger = open_ledger(settings)
    delivery, known = _may(ledger, kind, id, actor, reason)
    exchange = exchange_by_id(delivery.exchange)
    with ledger.alone(_family(delivery)):
        row, fresh = CorrectionBook(ledger.database).open(
            kind, delivery.id, actor=actor, reason=reason, scope=scope, unchanged=unchanged,
            beside=exchange.calendar.beside, tell=_told,
        )  # fmt: skip
    assert row.delivery is not None
    if not fresh and ledger.delivery(row.delivery).state not in GONE:
        started(ledger, row.delivery, actor)  # who goes on with what another opened does not approve it either
    opened = Opened(row.delivery, delivery.id, fresh, known)
    on_open(opened)
    try:
        run_delivery(opened.delivery, settings, on_step=on_step)
    finally:
        # What was corrected says so too, whatever became of it; what stopped the delivery is what must be heard.
        with suppress(KetensluisError):
            run_step(opened.corrects, REPORT, settings)
    return opened


def _told(row: CorrectionRow) -> list[tuple[str, str, str]]:
    """Who opened it does not approve it, and that it must be approved, in the events with the opening itself."""
    assert row.delivery is not None
    code, text = demand_of(row)
    return [(STARTED, row.delivery, "begonnen"), (DEMANDED, code, text)]


def _may(ledger: Ledger, kind: CorrectionKind, id: str, actor: str, reason: str) -> tuple[Delivery, Correction]:
    """The delivery and how the partner knows this kind. Raises UsageError when it cannot be corrected that way."""
    _require_name(actor, reason)
    delivery = ledger.delivery(id)
    exchange = exchange_by_id(delivery.exchange)
    flow = flow_of_delivery(exchange, delivery)
    known = flow.correction(kind)
    if known is None:
        kinds = ", ".join(one.kind for one in flow.corrections) or "geen enkele correctie"
        raise UsageError(f"{exchange.title} met methode {delivery.method} kent geen {kind}; wel: {kinds}.")
    if delivery.state is DeliveryState.rejected:
        raise UsageError(f"Levering {id} is als geheel afgekeurd en geldt niet; lever opnieuw met sluis run --nieuw.")
    if delivery.state not in ACCEPTED:
        raise UsageError(f"Levering {id} is nog niet beantwoord door de partner; ga verder met sluis run.")
    _must_stand(ledger, exchange, delivery)
    if known.until_due:
        _in_time(exchange, delivery)
    return delivery, known


def _must_stand(ledger: Ledger, exchange: Exchange, delivery: Delivery) -> None:
    family = members(ledger, exchange, delivery.gemeente, delivery.period, method=delivery.method)
    own = next(one for one in family if one.delivery.id == delivery.id)
    if own.withdrawn:
        raise UsageError(f"Levering {delivery.id} is ingetrokken; lever opnieuw met sluis run --nieuw.")
    later = [one for one in family if one.delivery.sequence > delivery.sequence and one.whole and one.took]
    if later:
        raise UsageError(f"Levering {delivery.id} is vervangen door {later[-1].delivery.id}; corrigeer die.")


def due_date(exchange: Exchange, delivery: Delivery) -> date | None:
    """Until when a replacement comes in place of the former; None for a period without a date."""
    term = calendar.terms(exchange).get(delivery.period)
    return term.due[exchange.calendar.due] if term and exchange.calendar.due else None


def today(exchange: Exchange) -> date:
    return datetime.now(UTC).astimezone(ZoneInfo(exchange.calendar.timezone)).date()


def _in_time(exchange: Exchange, delivery: Delivery) -> None:
    due = due_date(exchange, delivery)
    if due is not None and today(exchange) > due:
        raise BusinessError(f"Levering {delivery.id} kon worden vervangen tot en met {day(due)}; corrigeer haar nu met "
                            "een volgende levering van deze uitwisseling.")  # fmt: skip


def _require_name(actor: str, reason: str) -> None:
    if not actor.strip() or not reason.strip():
        raise UsageError("Een correctie heeft een naam en een reden nodig; geef --reason.")


def _family(delivery: Delivery) -> str:
    """What corrections of one period wait for: two at once would not see each other."""
    return f"{delivery.exchange}/{delivery.gemeente}/{delivery.period}/correctie"
