"""Whether the register says what the exchanges do: every exchange is in it, with its partners, what it looks in, and
the terms by which its data are destroyed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from exchanges.core.declare import Exchange, Flow
from exchanges.core.errors import UsageError
from exchanges.core.intake import Intake
from exchanges.core.purpose.registry import Registered, place, registered
from exchanges.core.registry import exchanges
from exchanges.core.retention.terms import (
    DECISION,
    FILE,
    LIST,
    PROCESSING,
    REFUSED,
    REPAIR,
    RESTRICTED,
    SENT,
    SIGNAL,
    SNAPSHOT,
    terms,
)
from exchanges.core.settings import Settings


@dataclass(frozen=True)
class Checked:
    """``purpose`` is None when none holds; ``complaints`` are whole sentences, none when all is well."""

    exchange: str
    place: str
    purpose: Registered | None
    complaints: tuple[str, ...]


def check(settings: Settings, on: date) -> list[Checked]:
    """Every exchange that is installed, as it is on that day. Raises CatalogueError for a term that is missing."""
    out = []
    for id, exchange in exchanges().items():
        try:
            found = registered(settings, id, on)
            said = list(_complaints(exchange, found, on)) if found else ["Er is geen doelbinding geregistreerd."]
        except UsageError as error:
            found, said = None, [str(error)]
        out.append(Checked(id, str(place(settings, id)), found, tuple(said)))
    return out


def classes_of(exchange: Exchange) -> set[str]:
    """The data classes that deliveries of the exchange leave behind."""
    found = {REFUSED, PROCESSING}
    for flow in exchange.flows.values():
        if isinstance(flow, Flow):
            found.add(SENT)
            continue
        found |= {FILE, REPAIR, SIGNAL, LIST}
        found |= {SNAPSHOT} if flow.successive else set()
        found |= {DECISION} if flow.register else set()
        found |= {RESTRICTED} if flow.apart else set()
    return found


def _complaints(exchange: Exchange, found: Registered, on: date) -> Iterator[str]:
    known, needed = terms(exchange.id, on), classes_of(exchange)
    for name in sorted(needed - set(found.months)):
        yield f"Bewaartermijn van {name} ontbreekt."
    for name, months in sorted(found.months.items()):
        if name not in known:
            yield f"Soort {name} heeft nergens een bewaartermijn."
        elif known[name].months != months:
            yield f"Bewaartermijn van {name} is hier {months} maanden; vernietigd wordt na {known[name].months}."
    for flow in exchange.flows.values():
        if isinstance(flow, Flow) and (exchange.partner, flow.message.name) not in found.gives:
            yield f"Bericht {flow.message.name} aan {exchange.partner} staat niet bij verstrekt."
        if isinstance(flow, Flow) and flow.service and (exchange.partner, flow.service.message) not in found.gives:
            yield f"Antwoord {flow.service.message} aan {exchange.partner} staat niet bij verstrekt."
        if isinstance(flow, Intake):
            for other in sorted({about.exchange for about in flow.about} - found.reads):
                yield f"{other} staat niet bij leest, en wordt gelezen."
    for other in sorted(found.reads - set(exchanges())):
        yield f"Bij leest staat {other}; die uitwisseling bestaat niet."
