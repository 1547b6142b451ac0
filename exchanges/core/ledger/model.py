"""What the ledger gives back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from exchanges.core.balance import Balance
from exchanges.core.period import Period
from exchanges.core.store.artefact import Artefact


class DeliveryState(StrEnum):
    open = "open"
    built = "built"
    awaiting = "awaiting"
    delivered = "delivered"
    accepted = "accepted"
    partly_accepted = "partly_accepted"
    rejected = "rejected"
    published = "published"
    blocked = "blocked"
    failed = "failed"
    nothing = "nothing"

    @property
    def ended(self) -> bool:
        """The partner has spoken, or what it sent has been published; only a new delivery can change anything."""
        return self in ENDED


ENDED = frozenset(
    {DeliveryState.accepted, DeliveryState.partly_accepted, DeliveryState.rejected, DeliveryState.published}
)
# Once the partner has it, nothing before that is done again.
GONE = ENDED | {DeliveryState.delivered}
# What stands: the partner has it, or people have what the partner sent.
ACCEPTED = frozenset({DeliveryState.accepted, DeliveryState.partly_accepted, DeliveryState.published})


class StepState(StrEnum):
    running = "running"
    done = "done"
    failed = "failed"
    blocked = "blocked"


@dataclass(frozen=True)
class Delivery:
    """One exchange x one gemeente x one period x one sequence number (from 1). ``reason`` belongs to ``state``;
    ``opened`` and ``changed`` are UTC."""

    id: str
    exchange: str
    gemeente: str
    period: Period
    sequence: int
    method: str
    state: DeliveryState
    reason: str = ""
    opened: datetime | None = field(default=None, compare=False)
    changed: datetime | None = field(default=None, compare=False)


@dataclass(frozen=True)
class StepRow:
    """One step of a delivery. ``attempt`` counts its starts; balances and artefacts are those of the last attempt
    that finished. Times are UTC; ``finished`` is null while it runs."""

    step: str
    state: StepState
    started: datetime
    finished: datetime | None
    details: Mapping[str, Any]
    balances: tuple[Balance, ...]
    artefacts: Mapping[str, Artefact]
    attempt: int = 1

    @property
    def done(self) -> bool:
        return self.state is StepState.done


@dataclass(frozen=True)
class ReceiptRow:
    """The partner's processing report: ``accepted`` and ``rejected`` count records; ``received`` is UTC."""

    status: str
    accepted: int
    rejected: int
    artefact: Artefact
    details: Mapping[str, Any]
    received: datetime


@dataclass(frozen=True)
class EventRow:
    """Who (``actor``) did what (``action``) to what (``object``) with which result; ``moment`` is UTC. ``origin`` is
    machine, program and run; ``place`` and ``hash`` are those in the chain."""

    moment: datetime
    actor: str
    action: str
    object: str
    result: str
    details: Mapping[str, Any]
    origin: str = ""
    place: int = 0
    hash: str = ""


def delivery_id(exchange: str, gemeente: str, period: Period, sequence: int) -> str:
    return f"{exchange}/{gemeente}/{period}/{sequence:04d}"
