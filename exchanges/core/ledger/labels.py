"""Dutch words for states and steps, for reports, pages and the command line."""

from __future__ import annotations

from exchanges.core.ledger.model import DeliveryState, StepState

STATE_LABELS: dict[DeliveryState, str] = {
    DeliveryState.open: "geopend",
    DeliveryState.built: "bericht gemaakt",
    DeliveryState.awaiting: "wacht op akkoord",
    DeliveryState.delivered: "verzonden",
    DeliveryState.accepted: "geaccepteerd",
    DeliveryState.partly_accepted: "deels geaccepteerd",
    DeliveryState.rejected: "afgekeurd",
    DeliveryState.published: "gepubliceerd",
    DeliveryState.blocked: "tegengehouden",
    DeliveryState.failed: "mislukt",
    DeliveryState.nothing: "niets te doen",
}

STEP_STATE_LABELS: dict[StepState, str] = {
    StepState.running: "bezig",
    StepState.done: "klaar",
    StepState.failed: "mislukt",
    StepState.blocked: "tegengehouden",
}

STEP_LABELS: dict[str, str] = {
    "select": "Selectie",
    "map": "Omzetting",
    "build": "Bericht bouwen",
    "collect": "Ontvangst",
    "check": "Controle",
    "read": "Inlezen",
    "compare": "Vergelijking",
    "reconcile": "Aansluiting",
    "approve": "Akkoord",
    "deliver": "Verzending",
    "publish": "Publicatie",
    "receipt": "Verwerkingsverslag",
    "report": "Verslag",
    "later": "Nagekomen antwoord",
}


def state_label(state: DeliveryState | str) -> str:
    return STATE_LABELS[DeliveryState(state)]


def step_state_label(state: StepState | str) -> str:
    return STEP_STATE_LABELS[StepState(state)]


def step_label(step: str) -> str:
    """The step's own name when it has no label: an exchange may add steps."""
    return STEP_LABELS.get(step, step)
