"""What was asked and decided about a delivery, as events in its ledger; the last word counts.

Events are append-only, so this is read and never kept beside them. ``details`` of each: ``sha256`` of the file,
``summary`` (the digest of what was shown), and where somebody decided ``reason`` and ``shown``, the reasons for asking.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from exchanges.core.access.who import plain
from exchanges.core.ledger import EventRow
from exchanges.core.steps.measured import INTENT

STARTED = "run.started"  # a person started a run of the delivery
# Approval is needed whatever the numbers say (a replacement): object is the code of the reason, result its sentence.
DEMANDED = "approve.demanded"
PASSED = "approve.passed"
ASKED = "approve.asked"
GIVEN = "approve.given"
REFUSED = "approve.refused"
DECLINED = "approve.declined"  # an answer of somebody who may not decide; it changes nothing
VOID = "approve.void"  # the file or what was shown became another

_BOUND = frozenset({PASSED, ASKED, GIVEN, REFUSED, VOID})


@dataclass(frozen=True)
class Shown:
    """The file and the summary that somebody saw, as sha256."""

    sha256: str
    summary: str

    def as_dict(self) -> dict[str, str]:
        return {"sha256": self.sha256, "summary": self.summary}


@dataclass(frozen=True)
class Decision:
    """What stands. ``moment`` is UTC."""

    given: bool
    actor: str
    moment: datetime
    reason: str
    shown: Shown


def decision(events: Iterable[EventRow]) -> Decision | None:
    """The last word that was not made void since; None when nobody has decided."""
    last: Decision | None = None
    for event in events:
        if event.action in (GIVEN, REFUSED):
            reason = str(event.details.get("reason", ""))
            last = Decision(event.action == GIVEN, event.actor, event.moment, reason, shown_in(event))
        elif event.action == VOID:
            last = None
    return last


def approved(events: Iterable[EventRow], shown: Shown) -> Decision | None:
    """The approval of exactly this file and summary, if there is one."""
    last = decision(events)
    return last if last is not None and last.given and last.shown == shown else None


def leaving(events: Iterable[EventRow], sha256: str) -> bool:
    """Whether sending this file was begun, and nothing was decided or made otherwise since."""
    begun = False
    for event in events:
        if event.action == INTENT and event.details.get("sha256") == sha256:
            begun = True
        elif event.action in (VOID, REFUSED):
            begun = False
    return begun


def bound(events: Iterable[EventRow]) -> list[EventRow]:
    """The events about a file and a summary, oldest first."""
    return [event for event in events if event.action in _BOUND]


def shown_in(event: EventRow) -> Shown:
    return Shown(str(event.details.get("sha256", "")), str(event.details.get("summary", "")))


def starters(events: Iterable[EventRow]) -> frozenset[str]:
    """The people who started a run of the delivery, as they are compared. A scheduled run has none."""
    return frozenset(plain(event.actor) for event in events if event.action == STARTED)


def demanded(events: Iterable[EventRow]) -> dict[str, str]:
    """What asks for approval whatever the numbers say: text by code."""
    return {event.object: event.result for event in events if event.action == DEMANDED}

