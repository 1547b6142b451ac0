"""Handling of signals by people: which state follows on which, and what must be known of each step.

A signal says "worth investigating", never more: nothing here changes a norm or a payment (SEC-22). States and outcomes
are assumed (spec ib-signalen section 5).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from exchanges.core.errors import UsageError

if TYPE_CHECKING:
    from exchanges.core.ledger.signals import SignalBook, SignalEvent

PROGRAM = "ketensluis"


class State(StrEnum):
    ontvangen = "ontvangen"
    toegewezen = "toegewezen"
    in_onderzoek = "in_onderzoek"
    afgehandeld = "afgehandeld"


class Outcome(StrEnum):
    bekend = "bekend"
    geen_gevolg = "geen_gevolg"
    gewijzigd = "gewijzigd"
    beeindigd = "beeindigd"
    teruggevorderd = "teruggevorderd"
    onterecht_signaal = "onterecht_signaal"


LABELS: dict[str, str] = {
    State.ontvangen: "ontvangen", State.toegewezen: "toegewezen", State.in_onderzoek: "in onderzoek",
    State.afgehandeld: "afgehandeld", Outcome.bekend: "was al bekend", Outcome.geen_gevolg: "geen gevolg",
    Outcome.gewijzigd: "uitkering gewijzigd", Outcome.beeindigd: "uitkering beëindigd",
    Outcome.teruggevorderd: "teruggevorderd", Outcome.onterecht_signaal: "signaal was onterecht",
}
# Assigning again is allowed as long as it is not handled: people leave, and work is handed over.
NEXT: dict[State, frozenset[State]] = {
    State.ontvangen: frozenset({State.toegewezen}),
    State.toegewezen: frozenset({State.toegewezen, State.in_onderzoek}),
    State.in_onderzoek: frozenset({State.toegewezen, State.afgehandeld}),
    State.afgehandeld: frozenset(),
}


@dataclass(frozen=True)
class Mark:
    """Where a signal is: since ``moment`` (UTC), put there by ``actor``. ``decision`` is the reference of the decision
    a person took; ``outcome`` only when handled."""

    state: State
    moment: datetime
    actor: str
    outcome: Outcome | None = None
    decision: str | None = None


def received(moment: datetime) -> Mark:
    """The first mark: the file came in. Raises UsageError for a moment without a zone."""
    return Mark(State.ontvangen, utc(moment), PROGRAM)


def first_event(moment: datetime) -> SignalEvent:
    """That it was received, for the books."""
    return _event(received(moment))


def follow(now: Mark, to: State, *, actor: str, moment: datetime, outcome: Outcome | None = None,
           decision: str | None = None) -> Mark:
    """The mark after ``now``. Raises UsageError, saying what is missing: a step that is not there, no person, an
    outcome or a decision where it belongs or does not, a moment before the last."""
    moment = utc(moment)
    if to not in NEXT[now.state]:
        allowed = ", ".join(LABELS[one] for one in State if one in NEXT[now.state])
        after = f"daarna kan: {allowed}" if allowed else "daarna verandert het niet meer"
        raise UsageError(f"Een signaal dat {LABELS[now.state]} is, kan niet {LABELS[to]} worden; {after}.")
    if not actor.strip() or actor == PROGRAM:
        raise UsageError("Een signaal wordt door een mens behandeld; geef de naam van de behandelaar.")
    if moment < now.moment:
        raise UsageError("Het tijdstip ligt voor de vorige stap van dit signaal; geef het juiste tijdstip.")
    if to is State.afgehandeld:
        if outcome is None or not (decision or "").strip():
            raise UsageError("Een afgehandeld signaal heeft een uitkomst en het kenmerk van het besluit nodig.")
    elif outcome is not None:
        raise UsageError("Een uitkomst hoort alleen bij een afgehandeld signaal.")
    return Mark(to, moment, actor, outcome, (decision or "").strip() or None)


class Handling:
    """The signals of one exchange and gemeente in the ledger."""

    def __init__(self, book: SignalBook, exchange: str, gemeente: str) -> None:
        self.book, self.exchange, self.gemeente = book, exchange, gemeente

    def move(self, number: str, to: State, *, actor: str, moment: datetime, outcome: Outcome | None = None,
             decision: str | None = None) -> Mark:
        """One step of one signal, see :func:`follow`."""
        done: list[Mark] = []

        def decide(history: list[SignalEvent]) -> SignalEvent:
            done.append(follow(mark_of(history), to, actor=actor, moment=moment, outcome=outcome, decision=decision))
            return _event(done[-1])

        self.book.append(self.exchange, self.gemeente, number, decide)
        return done[-1]

    def mark(self, number: str) -> Mark:
        """Where the signal is. Raises UsageError when it is not known."""
        history = self.book.history(self.exchange, self.gemeente, number)
        if not history:
            raise UsageError("Dit signaal is voor deze gemeente niet bekend; controleer het signaalnummer.")
        return mark_of(history)


def _event(mark: Mark) -> SignalEvent:
    from exchanges.core.ledger.signals import SignalEvent

    return SignalEvent(mark.moment, mark.actor, mark.state, outcome=mark.outcome, decision=mark.decision)


def mark_of(history: list[SignalEvent]) -> Mark:
    """Where a signal with this history is."""
    last = next(event for event in reversed(history) if event.action == "state")
    return Mark(State(last.state), last.moment, last.actor, None if last.outcome is None else Outcome(last.outcome),
                last.decision)


def utc(moment: datetime) -> datetime:
    """Raises UsageError for a moment without a zone."""
    if moment.tzinfo is None:
        raise UsageError("Een tijdstip heeft een tijdzone nodig.")
    return moment.astimezone(UTC)
