"""The ledger: which deliveries there are, what each step did with them, and who did what when."""

from exchanges.core.ledger.labels import state_label, step_label, step_state_label
from exchanges.core.ledger.ledger import Ledger
from exchanges.core.ledger.model import GONE, Delivery, DeliveryState, EventRow, ReceiptRow, StepRow, StepState

__all__ = [
    "GONE", "Delivery", "DeliveryState", "EventRow", "Ledger", "ReceiptRow", "StepRow", "StepState",
    "state_label", "step_label", "step_state_label",
]
