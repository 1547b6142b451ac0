"""Deliveries that have ended, and of which the partner now says something else: looked for, by whoever watches.

A look at each of the last two months: a partner that corrects itself does so soon, and an answer that is offered again
with other content is looked for among those that somebody may still act upon. The partner's folder is the same for all
municipalities: it is opened and listed once, and only what is there is fetched.
"""

from __future__ import annotations

import logging
from collections.abc import Collection
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta

from exchanges.core.errors import KetensluisError
from exchanges.core.ledger import Delivery, DeliveryState
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.run import gemeenten, open_ledger, step_context
from exchanges.core.settings import Settings
from exchanges.core.transport import Channel

SINCE = timedelta(days=62)
_ANSWERED = (DeliveryState.accepted, DeliveryState.partly_accepted, DeliveryState.rejected)
_log = logging.getLogger(__name__)


def overruled(exchange_id: str, settings: Settings | None = None) -> list[str]:
    """A sentence for each delivery that was closed with another answer than the partner has for it now."""
    from exchanges.core.steps.deliver import channel, goes_over_soap
    from exchanges.core.steps.second import require_known

    settings = settings or Settings()
    if exchange_by_id(exchange_id).direction != "out":
        return []
    told: list[str] = []
    partner: Channel | None = None
    there: Collection[str] = ()
    with ExitStack() as held:
        for one in _recent(exchange_id, settings):
            try:
                with step_context(settings, one) as context:
                    if goes_over_soap(context):
                        continue  # what was answered came with the sending, and lies nowhere
                    if partner is None:
                        partner = held.enter_context(channel(context))
                        there = frozenset(partner.listdir(context.partner.uitgaand))
                    require_known(context, partner, there)
            except KetensluisError as error:
                if not error.retryable:
                    told.append(str(error))
                    continue
                _log.warning("%s: of er nog een antwoord is, is nu niet te zien: %s", one.id, error)
                if not there:
                    break
    return list(dict.fromkeys(told))


def _recent(exchange_id: str, settings: Settings) -> list[Delivery]:
    """Of the municipalities of the settings: how the partner is reached for another is not known any more."""
    now, towns = datetime.now(UTC), gemeenten(exchange_id, settings)
    return [
        one for one in open_ledger(settings).deliveries(exchange_id)
        if one.state in _ANSWERED and one.gemeente in towns and one.changed and now - one.changed < SINCE
    ]  # fmt: skip
