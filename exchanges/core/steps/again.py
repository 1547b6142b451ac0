"""Offering a file once more: the same bytes under the same name, never something made anew.

By itself, when the partner says that nothing came in; by somebody's decision, when that went on too long or nothing was
heard at all. Not when anything shows that it did come in.
"""

from __future__ import annotations

import hashlib

from exchanges.core.access.who import actor as account
from exchanges.core.approve.judge import require_approved
from exchanges.core.declare import Phase
from exchanges.core.errors import BusinessError, PartnerSilent, TransportError, UsageError
from exchanges.core.ledger import DeliveryState
from exchanges.core.purpose.guard import require_giving
from exchanges.core.steps.answer import Answer, Sent, answer_name, fetch_answer
from exchanges.core.steps.context import AsItLies, Context
from exchanges.core.steps.deliver import AGAIN, ASKED, DONE, RESENT, Named, channel, how
from exchanges.core.store.privacy import without_bsn
from exchanges.core.transport import Channel


def offer_again(
    sent: Sent, partner: Channel, phases: list[Phase | None], answer: Answer
) -> PartnerSilent | TransportError:
    """``answer`` says that nothing came in. Gives what to tell: wait, or that it has been tried often enough."""
    context, name, trouble = sent.context, str(sent.details["file_name"]), answer.trouble
    told = f"{trouble.code}: {trouble.text}: {without_bsn(answer.reason or 'zonder reden')}"
    there = partner.listdir(context.partner.uitgaand)
    begun = phases[phases.index(answer.phase) + 1 :]
    if any(answer_name(sent.receipt, name, phase) in there for phase in begun):
        return PartnerSilent(f"{told}. Er is ook al een volgend antwoord; wacht op een antwoord dat daarbij past.")
    # Counted by the answer: seeing the same one again is the same attempt, and what that attempt sent is not sent again
    # because the partner took it away meanwhile.
    stamp = _stamp(answer)
    tried, ended = _tried(context, stamp)
    if stamp not in tried:
        if len(tried) >= sent.receipt.resend_at_most:
            return TransportError(
                f"{told}. Ook na {len(tried)} keer opnieuw aanbieden. {trouble.action} Daarna: sluis resend"
                f" {context.delivery.id}."
            )
        context.ledger.event(context.delivery.id, "ketensluis", AGAIN, name, "begonnen", {"sha256": stamp})
    if not ended:
        _deliver_again(context, partner)
    return PartnerSilent(f"{told}. {name} is opnieuw aangeboden; probeer het later opnieuw.")


def resend(context: Context) -> bool:
    """Offer the file again because somebody decided so: the account, in the books. Whether it was sent: what is still
    there is not sent twice.

    Raises UsageError when nothing was sent, BusinessError when the partner has answered or confirmed that it came in,
    TransportError when it cannot be reached.
    """
    delivery = context.delivery
    if delivery.state.ended:
        raise BusinessError(f"Levering {delivery.id} is al beantwoord door de partner; er is niets opnieuw verzonden.")
    if delivery.state is not DeliveryState.delivered:
        raise UsageError(f"Levering {delivery.id} is nog niet verzonden; gebruik sluis run.")
    sent = Sent(context)
    phases: list[Phase | None] = [one for one in sent.receipt.phases if not one.later] or [None]
    with channel(context) as partner:
        answer = fetch_answer(sent, partner, phases[0], last=len(phases) == 1)
        if answer is not None and not (answer.verdict == "rejected" and answer.trouble.resend):
            raise BusinessError(
                f"De partner heeft levering {delivery.id} ontvangen; er is niets opnieuw verzonden. Haal het antwoord"
                " op met sluis run."
            )
        name = str(sent.details["file_name"])
        seen = {"sha256": _stamp(answer)} if answer else {}
        context.ledger.event(delivery.id, account(), ASKED, name, "begonnen", seen)
        return _deliver_again(context, partner)


def _tried(context: Context, stamp: str) -> tuple[set[str], bool]:
    """The answers on which the file was offered again, from the last time that somebody decided so; and whether that
    was finished for the one with this ``stamp``."""
    tried: set[str] = set()
    ended = False
    for event in context.ledger.events(context.delivery.id):
        if event.action in (AGAIN, ASKED):
            tried = tried if event.action == AGAIN else set()
            tried |= {str(sha256) for sha256 in [event.details.get("sha256")] if sha256}
            ended = False
        elif event.action == DONE:
            ended = True
    return tried, ended and stamp in tried


def _stamp(answer: Answer) -> str:
    with answer.path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _deliver_again(context: Context, partner: Channel) -> bool:
    """The channel looks at the partner's side first, so what is still there is not sent twice."""
    require_giving(
        context.purpose, context.ledger, context.delivery.id, context.exchange.partner, context.flow.message.name
    )
    sent = context.done("deliver").details
    name, sha256 = str(sent["file_name"]), str(sent["sha256"])
    require_approved(context, sha256)
    naming = Named(context, name, sha256, again=True)
    file = AsItLies(context, "build", "bericht")
    again = partner.deliver(file, context.partner.inkomend, name, sha256, naming=naming)
    result = how(again, RESENT)
    context.ledger.event(context.delivery.id, "ketensluis", DONE, name, result, {"sha256": again.sha256})
    return not again.already
