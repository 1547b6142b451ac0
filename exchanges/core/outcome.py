"""Whether a delivery may go on after a step, and what it is when it may not."""

from __future__ import annotations

from exchanges.core.balance import require_closed
from exchanges.core.errors import AwaitingApproval, Blocked, BusinessError, KetensluisError, NothingToSend
from exchanges.core.ledger import Delivery, DeliveryState, step_label
from exchanges.core.steps.context import Result


def why_not(delivery: Delivery, step: str, result: Result) -> BusinessError | None:
    """Why the delivery may not go on after this step; None when it may."""
    try:
        require_closed(step_label(step), result.balances)
    except BusinessError as error:
        return error
    if result.blocked:
        return Blocked(f"Levering {delivery.id} is gestopt bij de stap {step_label(step)}. {result.blocked}")
    if result.waits:
        return AwaitingApproval(result.waits)
    return NothingToSend(result.nothing) if result.nothing else None


def halted(why: KetensluisError) -> DeliveryState:
    """What a delivery is that may not go on."""
    if isinstance(why, NothingToSend):
        return DeliveryState.nothing
    return DeliveryState.awaiting if isinstance(why, AwaitingApproval) else DeliveryState.blocked
