"""Deliveries that have ended, and of which the partner now says something else: looked for, by whoever watches.

A look at each of the last two months: a partner that corrects itself does so soon, and an answer that is offered again
with other content is looked for among those that somebody may still act upon.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from exchanges.core.errors import InputRefused, KetensluisError
from exchanges.core.ledger import Delivery, DeliveryState
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.run import open_ledger, step_context
from exchanges.core.settings import Settings

SINCE = timedelta(days=62)
_ANSWERED = (DeliveryState.accepted, DeliveryState.partly_accepted, DeliveryState.rejected)


def overruled(exchange_id: str, settings: Settings | None = None) -> list[str]:
    """A sentence for each delivery that was closed with another answer than the partner has for it now."""
    settings = settings or Settings()
    if exchange_by_id(exchange_id).direction != "out":
        return []
    ledger, now = open_ledger(settings), datetime.now(UTC)
    ended = [one for one in ledger.deliveries(exchange_id) if one.state in _ANSWERED]
    return [told for one in ended if one.changed and now - one.changed < SINCE and (told := _told(settings, one))]


def _told(settings: Settings, delivery: Delivery) -> str:
    from exchanges.core.steps.second import require_no_other

    try:
        with step_context(settings, delivery) as context:
            require_no_other(context)
    except InputRefused as error:
        return str(error)
    except KetensluisError as error:
        return "" if error.retryable else str(error)
    return ""
