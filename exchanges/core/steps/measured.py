"""What a delivery is measured against, where it says changes on what the partner has (``Selection.received``).

That must be known for sure: nothing is selected, and nothing that was selected leaves, while another delivery is out
without an answer, or was accepted in between.
"""

from __future__ import annotations

from exchanges.core.errors import Blocked
from exchanges.core.ledger import DeliveryState, Ledger, StepRow, StepState
from exchanges.core.ledger.corrections import CorrectionBook
from exchanges.core.steps.context import Context
from exchanges.core.steps.received import accepted

INTENT = "deliver.intent"


def measured(context: Context) -> list[str]:
    """The deliveries that were accepted before this one. Raises Blocked while another is unanswered."""
    if not context.flow.selection.received:
        return []
    for one in context.ledger.deliveries(context.exchange.id, context.delivery.gemeente):
        if one.id == context.delivery.id or one.state.ended:
            continue
        sending = context.ledger.step_result(one.id, "deliver")
        if one.state is DeliveryState.delivered or underway(context.ledger, one.id, sending):
            raise Blocked(
                f"Levering {one.id} is verzonden en nog niet beantwoord, dus wat de partner heeft is niet zeker. Haal"
                f" eerst dat antwoord op; daarna kan {context.delivery.id} verder. Er is niets verzonden."
            )
    known = accepted(context.ledger, context.exchange.id, context.delivery.gemeente)
    return [one.id for one in known if one.id != context.delivery.id]


def require_same(context: Context, before: list[str]) -> None:
    """Raises Blocked when the partner may have something else now than ``before``."""
    since = [id for id in measured(context) if id not in before]
    if since:
        raise Blocked(
            f"Levering {context.delivery.id}: na de selectie heeft de partner {', '.join(since)} geaccepteerd; begin"
            " opnieuw. Er is niets verzonden."
        )


def require_newest(context: Context) -> None:
    """Raises Blocked when a later delivery of the period was opened: this one was left behind before it left, and two
    that cross would leave the partner with whichever came last."""
    own, beside = context.delivery, context.exchange.calendar.beside
    if own.method in beside:
        return
    later = [
        one.id for one in context.ledger.deliveries(own.exchange, own.gemeente)
        if one.period == own.period and one.sequence > own.sequence and one.method not in beside
    ]  # fmt: skip
    if later:
        raise Blocked(f"Levering {own.id} is opgevolgd door {later[-1]}; er is niets verzonden. Ga daarmee verder.")


def require_addition_to_something(context: Context) -> None:
    """Raises Blocked for an addition to what was taken back since: added to nothing, it would be all there is."""
    own = context.correction
    if own is None or own.kind != "aanvulling":
        return
    taken_back = CorrectionBook(context.ledger.database).withdrawn(context.exchange.id, context.delivery.gemeente)
    if own.corrects in taken_back:
        raise Blocked(
            f"Levering {context.delivery.id} vult {own.corrects} aan, en die is ingetrokken; er is niets verzonden."
            " Lever opnieuw met sluis run --nieuw."
        )


def underway(ledger: Ledger, id: str, sending: StepRow | None) -> bool:
    """Whether sending was begun and it is not known how it ended. ``sending`` is the booked step deliver."""
    if sending is None or sending.done or sending.state is StepState.blocked:
        return False
    return any(event.action == INTENT for event in ledger.events(id))
