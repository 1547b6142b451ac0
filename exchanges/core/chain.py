"""The chambers of the lock, in order, per direction. Standard library only: every DAG parse reads it."""

from __future__ import annotations

from typing import Literal

Direction = Literal["out", "in", "ask"]

STEPS: dict[Direction, tuple[str, ...]] = {
    "out": ("select", "map", "build", "check", "reconcile", "approve", "deliver", "receipt", "report"),
    "in": ("collect", "check", "read", "compare", "reconcile", "publish", "report"),
    "ask": ("select", "ask", "check", "compare", "reconcile", "publish", "report"),
}

# The step that accounts for the delivery: runs whatever happened to the others.
REPORT = "report"

# What a partner says after it accepted: no chamber of the lock, booked beside them whenever it comes.
LATER = "later"

# The steps that wait for the partner, and have nothing to do until there is an answer.
WAITING = frozenset({"receipt", "collect"})

# What people see.
TITLES: dict[str, str] = {
    "select": "Selecteren",
    "map": "Omzetten",
    "build": "Bestand maken",
    "collect": "Ophalen",
    "ask": "Bevragen",
    "check": "Controleren",
    "read": "Inlezen",
    "compare": "Vergelijken",
    "reconcile": "Aansluiten",
    "approve": "Akkoord",
    "deliver": "Afleveren",
    "publish": "Publiceren",
    "receipt": "Verwerkingsverslag",
    "report": "Verantwoorden",
}
