"""What the ledger has of deliveries, signals and findings of one person, in a handful of questions however many there
are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from exchanges.core.ledger.database import Database
from exchanges.core.ledger.signals import STATE
from exchanges.core.ledger.tables import artefact, delivery, destroyed, finding, signal, signal_event, step

_PARQUET = "application/vnd.apache.parquet"
_AT_ONCE = 500  # names in one question


@dataclass(frozen=True)
class Part:
    """A table of a delivery, in the store."""

    step: str
    role: str
    sha256: str


@dataclass(frozen=True)
class Gone:
    """A file of a delivery that had its term; ``day`` is when it was decided (UTC)."""

    step: str
    role: str
    rule: str
    day: datetime


@dataclass(frozen=True)
class Said:
    step: str
    table: str
    code: str
    severity: str
    text: str


@dataclass(frozen=True)
class Signalled:
    exchange: str
    number: str
    kind: str
    period: str
    restricted: bool
    state: str


class Books:
    """Everything by delivery."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def parts(self, gemeente: str) -> dict[str, list[Part]]:
        """The tables of every delivery of the gemeente, in the order they were booked."""
        query = (
            sa.select(artefact.c.delivery, artefact.c.step, artefact.c.name, artefact.c.sha256)
            .join(delivery, delivery.c.id == artefact.c.delivery)
            .where(delivery.c.gemeente == gemeente, artefact.c.media_type == _PARQUET).order_by(artefact.c.id)
        )
        found: dict[str, list[Part]] = defaultdict(list)
        with self._database.read() as connection:
            for id, *part in connection.execute(query):
                found[id].append(Part(*part))
        return found

    def gone(self, gemeente: str) -> dict[str, list[Gone]]:
        query = (
            sa.select(destroyed.c.delivery, destroyed.c.step, destroyed.c.name, destroyed.c.rule, destroyed.c.decided)
            .where(destroyed.c.gemeente == gemeente, destroyed.c.delivery.is_not(None),
                   destroyed.c.media_type == _PARQUET)
            .order_by(destroyed.c.id)
        )
        found: dict[str, list[Gone]] = defaultdict(list)
        with self._database.read() as connection:
            for id, *part in connection.execute(query):
                found[id].append(Gone(*part))
        return found

    def done(self, gemeente: str) -> dict[str, set[str]]:
        """The steps that ended well, by delivery."""
        query = (
            sa.select(step.c.delivery, step.c.step).join(delivery, delivery.c.id == step.c.delivery)
            .where(delivery.c.gemeente == gemeente, step.c.state == "done")
        )
        found: dict[str, set[str]] = defaultdict(set)
        with self._database.read() as connection:
            for id, name in connection.execute(query):
                found[id].add(name)
        return found

    def said(self, deliveries: Sequence[str], person: str) -> dict[str, list[Said]]:
        """Findings about the pseudonym."""
        found: dict[str, list[Said]] = defaultdict(list)
        with self._database.read() as connection:
            for start in range(0, len(deliveries), _AT_ONCE):
                query = (
                    sa.select(finding.c.delivery, finding.c.step, finding.c.table, finding.c.code, finding.c.severity,
                              finding.c.text)
                    .where(finding.c.delivery.in_(deliveries[start:start + _AT_ONCE]), finding.c.record == person)
                    .order_by(finding.c.id)
                )
                for id, *rest in connection.execute(query):
                    found[id].append(Said(*rest))
        return found

    def signals(self, gemeente: str, person: str, *, restricted: bool) -> list[Signalled]:
        """With where each is now; those with criminal-justice data only when asked."""
        newest = (
            sa.select(sa.func.max(signal_event.c.id))
            .where(signal_event.c.signal == signal.c.id, signal_event.c.action == STATE)
            .correlate(signal).scalar_subquery()
        )
        query = (
            sa.select(signal.c.exchange, signal.c.number, signal.c.kind, signal.c.period, signal.c.restricted,
                      signal_event.c.state)
            .join(signal_event, signal_event.c.id == newest)
            .where(signal.c.gemeente == gemeente, signal.c.record == person)
            .order_by(signal.c.exchange, signal.c.period, signal.c.number)
        )
        if not restricted:
            query = query.where(signal.c.restricted.is_(False))
        with self._database.read() as connection:
            return [Signalled(*row) for row in connection.execute(query)]
