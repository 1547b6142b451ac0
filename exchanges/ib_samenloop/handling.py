"""Handling of signals by people: which state follows on which, and what must be known of each step.

A signal says "worth investigating", never more: nothing here changes a norm or a payment (SEC-22). States and outcomes
are assumed (spec ib-signalen section 5).
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from exchanges.core.errors import UsageError

if TYPE_CHECKING:
    from exchanges.core.ledger.signals import Registered, SignalBook, SignalEvent
    from exchanges.ib_samenloop.reading import SignalsRead

EXCHANGE = "ib_samenloop"
PROGRAM = "ketensluis"
REPORTED_BACK = "terugmelding"


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
    return Mark(State.ontvangen, _utc(moment), PROGRAM)


def first_event(moment: datetime) -> SignalEvent:
    """That it was received, for the books."""
    return _event(received(moment))


def follow(now: Mark, to: State, *, actor: str, moment: datetime, outcome: Outcome | None = None,
           decision: str | None = None) -> Mark:
    """The mark after ``now``. Raises UsageError, saying what is missing: a step that is not there, no person, an
    outcome or a decision where it belongs or does not, a moment before the last."""
    moment = _utc(moment)
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


@dataclass(frozen=True)
class Terugmelding:
    """Reasonable doubt about a value of a register, reported back to it (SEC-30). ``oude_waarde`` and ``motivering``
    may hold personal data: the document goes into the encrypted store, and events only carry its digest."""

    gemeente: str
    signaalnummer: str
    register: str
    veld: str
    oude_waarde: str
    motivering: str
    verzonden: date | None = None

    def document(self) -> bytes:
        """JSON, the same bytes for the same content. Raises UsageError when a part is missing."""
        for name in ("gemeente", "signaalnummer", "register", "veld", "motivering"):
            if not getattr(self, name).strip():
                raise UsageError(f"Een terugmelding heeft een {name} nodig.")
        return json.dumps(asdict(self), default=str, sort_keys=True, ensure_ascii=False).encode()

    def trace(self) -> dict[str, Any]:
        """What an event may hold of it."""
        return {"register": self.register, "veld": self.veld, "sha256": hashlib.sha256(self.document()).hexdigest(),
                "verzonden": None if self.verzonden is None else self.verzonden.isoformat()}


class Handling:
    """The signals of one gemeente in the ledger."""

    def __init__(self, book: SignalBook, gemeente: str) -> None:
        self._book, self._gemeente = book, gemeente

    def receive(self, found: SignalsRead, key: bytes, moment: datetime) -> Registered:
        """Register what was read; what is there already stays as it is (R-SIG 4). Raises UsageError for a refused
        file."""
        from exchanges.core.ledger.signals import Registered
        from exchanges.ib_samenloop.identity import identities

        if found.refused:
            raise UsageError("Van dit bestand is niets gelezen; er zijn geen signalen om in te schrijven.")
        if found.head is None:  # a CSV without rows says nothing of itself
            return Registered(0, 0, ())
        return self._book.register(EXCHANGE, self._gemeente, found.head.month, identities(found.tables, key),
                                   first_event(moment))

    def move(self, number: str, to: State, *, actor: str, moment: datetime, outcome: Outcome | None = None,
             decision: str | None = None) -> Mark:
        """One step of one signal, see :func:`follow`."""
        done: list[Mark] = []

        def decide(history: list[SignalEvent]) -> SignalEvent:
            done.append(follow(_mark(history), to, actor=actor, moment=moment, outcome=outcome, decision=decision))
            return _event(done[-1])

        self._book.append(EXCHANGE, self._gemeente, number, decide)
        return done[-1]

    def report_back(self, report: Terugmelding, *, actor: str, moment: datetime) -> None:
        """That it was reported back; the state stays. The document itself is for the caller to store, encrypted."""
        from exchanges.core.ledger.signals import SignalEvent

        if report.gemeente != self._gemeente:
            raise UsageError("De terugmelding is van een andere gemeente dan het signaal.")
        self._book.append(
            EXCHANGE, self._gemeente, report.signaalnummer,
            lambda history: SignalEvent(_utc(moment), actor, _mark(history).state, REPORTED_BACK,
                                        details=report.trace()))

    def mark(self, number: str) -> Mark:
        """Where the signal is. Raises UsageError when it is not known."""
        history = self._book.history(EXCHANGE, self._gemeente, number)
        if not history:
            raise UsageError("Dit signaal is voor deze gemeente niet bekend; controleer het signaalnummer.")
        return _mark(history)


def _event(mark: Mark) -> SignalEvent:
    from exchanges.core.ledger.signals import SignalEvent

    return SignalEvent(mark.moment, mark.actor, mark.state, outcome=mark.outcome, decision=mark.decision)


def _mark(history: list[SignalEvent]) -> Mark:
    last = next(event for event in reversed(history) if event.action == "state")
    return Mark(State(last.state), last.moment, last.actor, None if last.outcome is None else Outcome(last.outcome),
                last.decision)


def _utc(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise UsageError("Een tijdstip heeft een tijdzone nodig.")
    return moment.astimezone(UTC)
