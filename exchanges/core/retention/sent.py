"""Which data class an artefact of an outbound delivery is of, by where the delivery stands."""

from __future__ import annotations

from exchanges.core.ledger import GONE, DeliveryState
from exchanges.core.processing.log import AT, ROLE
from exchanges.core.retention.terms import PROCESSING, REFUSED, SENT

_REPORT = "report"


def sent_class(state: DeliveryState, step: str, role: str) -> str | None:
    """None stays: the report, which has counts and pseudonyms, and all of a delivery that the partner has not answered.

    What was never sent is kept no longer than what was refused.
    """
    if step == _REPORT:
        return None
    if (step, role) == (AT, ROLE):
        return PROCESSING
    if state is DeliveryState.delivered:
        return None
    return SENT if state in GONE else REFUSED
