"""What a partner still says of a delivery it accepted before (phases that are ``later``): looked for, booked, reported.

One look at the partner's folder tells for all deliveries of an exchange. It changes nothing about a delivery, so a
partner that cannot be reached today is no reason to complain: it is looked for again.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass

from exchanges.core.chain import LATER, REPORT
from exchanges.core.errors import KetensluisError
from exchanges.core.ledger import Delivery, Ledger
from exchanges.core.ledger.model import ACCEPTED
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.run import gemeenten, open_ledger, run_step, step_context
from exchanges.core.settings import Settings

MONTHS = 12
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Afterwards:
    """``read``: the deliveries of which something new was booked; ``complaints``: what was not as agreed."""

    read: tuple[str, ...] = ()
    complaints: tuple[str, ...] = ()


def afterwards(exchange_id: str, settings: Settings | None = None, *, only: str = "") -> Afterwards:
    """Look for all accepted deliveries of an exchange, or ``only`` one, and make their reports again."""
    settings = settings or Settings()
    # Of a municipality that has left the settings it is not known any more how its partner is reached.
    towns = gemeenten(exchange_id, settings)
    wanted = [one for one in _wanted(exchange_id, open_ledger(settings), only) if one.gemeente in towns]
    if not wanted:
        return Afterwards()
    read, complaints = [], []
    try:
        for id in _answered(settings, wanted):
            try:
                found = run_step(id, LATER, settings)
                run_step(id, REPORT, settings)
            except KetensluisError as error:
                if not error.retryable:
                    complaints.append(str(error))
                continue
            read.append(id)
            _log.warning("%s: nagekomen antwoord met %s bevindingen; zie het verslag", id, found.get("remarks", 0))
    except KetensluisError as error:
        _log.warning("%s: nagekomen antwoorden zijn nu niet op te halen: %s", exchange_id, error)
    return Afterwards(tuple(read), tuple(complaints))


def _wanted(exchange_id: str, ledger: Ledger, only: str) -> list[Delivery]:
    """Accepted, of the last year that was delivered, and not all of it heard yet."""
    later = {f"antwoord/{phase.id}" for phase in exchange_by_id(exchange_id).receipt.phases if phase.later}
    if not later:
        return []
    known = [ledger.delivery(only)] if only else ledger.deliveries(exchange_id)
    known = [delivery for delivery in known if delivery.state in ACCEPTED]
    if not known:
        return []
    since = max(delivery.period for delivery in known).shift(-MONTHS)
    heard = ledger.finished(LATER, exchange_id)
    return [
        delivery
        for delivery in known
        if delivery.period > since and (delivery.id not in heard or later - set(_artefacts(ledger, delivery.id)))
    ]


def _artefacts(ledger: Ledger, id: str) -> list[str]:
    row = ledger.step_result(id, LATER)
    return list(row.artefacts) if row else []


def _answered(settings: Settings, wanted: list[Delivery]) -> list[str]:
    """Those with an answer in the partner's folder that was not read yet."""
    from exchanges.core.steps.answer import answer_name
    from exchanges.core.steps.deliver import channel

    with step_context(settings, wanted[0]) as context, channel(context) as partner:
        there = set(partner.listdir(context.partner.uitgaand))
        ledger, receipt = context.ledger, context.exchange.receipt
    found = []
    for delivery in wanted:
        sent = ledger.step_result(delivery.id, "deliver")
        name = str(sent.details.get("file_name", "")) if sent else ""
        heard = _artefacts(ledger, delivery.id)
        if any(
            phase.later and f"antwoord/{phase.id}" not in heard and answer_name(receipt, name, phase) in there
            for phase in receipt.phases
        ):
            found.append(delivery.id)
    return found
