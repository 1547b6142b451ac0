"""An answer after the end: the partner's folder has another one than the delivery was closed with.

The first one stands. The other changes nothing about the delivery, is kept in quarantine, and is told every time that
somebody looks, until the partner has said which of the two holds. The very bytes that were booked are that answer,
still lying there.
"""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Collection

from exchanges.core.declare import Phase
from exchanges.core.errors import InputRefused, TechnicalError
from exchanges.core.ledger import state_label
from exchanges.core.reports.dutch import number
from exchanges.core.steps.answer import MAX_BYTES, Answer, Sent, answer_name, fetch_answer, refused
from exchanges.core.steps.context import Context
from exchanges.core.steps.deliver import channel, goes_over_soap
from exchanges.core.transport import Channel

SECOND = "receipt.second"
_log = logging.getLogger(__name__)


def require_no_other(context: Context) -> None:
    """Of a delivery that ended with an answer. Raises InputRefused when there is another answer, the original in
    quarantine. A partner that cannot be reached is asked another time: the delivery has its answer."""
    if goes_over_soap(context):
        return  # what was answered came with the sending, and lies nowhere
    try:
        with channel(context) as partner:
            require_known(context, partner, partner.listdir(context.partner.uitgaand))
    except TechnicalError as error:
        _log.warning("%s: of er nog een antwoord is, is nu niet te zien: %s", context.delivery.id, error)


def require_known(context: Context, partner: Channel, there: Collection[str]) -> None:
    """The same where the names that lie ``there``, in the partner's folder, are known. Raises TransportError too."""
    sent = Sent(context)
    phases: list[Phase | None] = [one for one in sent.receipt.phases if not one.later] or [None]
    for phase in phases:
        if answer_name(sent.receipt, str(sent.details["file_name"]), phase) in there:
            _require_known(context, sent, partner, phase, last=phase is phases[-1])


def _require_known(context: Context, sent: Sent, partner: Channel, phase: Phase | None, *, last: bool) -> None:
    name, path = answer_name(sent.receipt, str(sent.details["file_name"]), phase), context.work / "tweede.xml"
    if partner.fetch(context.partner.uitgaand, name, path, MAX_BYTES) is None:
        return
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    if sha256 in {artefact.sha256 for artefact in context.done("receipt").artefacts.values()}:
        return
    try:
        answer = fetch_answer(sent, partner, phase, last)
        why = refused(context, path, _differs(context, answer))
    except InputRefused as error:
        why = error
    id = context.delivery.id
    context.ledger.event_once(
        id, context.exchange.partner, SECOND, f"{name} {sha256[:16]}", str(why), {"sha256": sha256}
    )
    raise InputRefused(
        f"Levering {id} blijft {state_label(context.delivery.state)}: zij is afgesloten met een ander antwoord dan er"
        f" nu bij de partner ligt ({name}, {sha256[:16]}). {why} Vraag de partner welk antwoord geldt."
    )


def _differs(context: Context, answer: Answer | None) -> str:
    """In what an answer that is in order says something else than the one that was booked."""
    booked = context.done("receipt").details
    if answer is None or answer.verdict == booked["state"]:
        return f"het zegt iets anders over de {number(booked['accepted'] + booked['rejected'])} records van de levering"
    return "het geeft een andere uitslag voor het bestand"
