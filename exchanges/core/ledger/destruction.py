"""What was destroyed, in the ledger: first that it goes, then that it is gone. Its hash and the rule stay."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from exchanges.core.ledger import booked, trail
from exchanges.core.ledger.artefacts import artefact_of, artefact_values
from exchanges.core.ledger.database import Database
from exchanges.core.ledger.form import moment_text
from exchanges.core.ledger.guard import check_text
from exchanges.core.ledger.model import StepState
from exchanges.core.ledger.tables import artefact, delivery, destroyed, receipt, refeed, step
from exchanges.core.store.artefact import Artefact

ACTION = "bewaartermijn voorbij"
DECIDED, LEFT, REPORTED = "vernietiging besloten", "stap opgeschoond", "vernietiging verantwoord"


@dataclass(frozen=True)
class Destroyed:
    """``place`` is where it was; of an artefact ``step`` and ``name`` are those in the ledger. ``gone`` is null as long
    as the bytes may still be there. ``decided`` and ``gone`` are UTC."""

    id: int
    gemeente: str
    delivery: str | None
    place: str
    step: str
    name: str
    artefact: Artefact
    data_class: str
    rule: str
    decided: datetime
    gone: datetime | None


@dataclass(frozen=True)
class Going:
    """One thing that goes; ``by`` is what an artefact is replaced with, when something of it stays."""

    delivery: str | None
    place: str
    step: str
    name: str
    artefact: Artefact
    data_class: str
    rule: str
    by: Artefact | None = None


class DestructionBook:
    """Every method is one transaction. Errors: BusinessError (a BSN), TechnicalError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def decide(self, gemeente: str, things: Sequence[Going]) -> int:
        """Note that these go: from here on no step sees them. What changed meanwhile is left; gives how many go."""
        now, count = datetime.now(UTC), 0
        told: Counter[tuple[str, str, str]] = Counter()
        changed: set[tuple[str, str]] = set()
        with self._database.write() as connection:
            for one in things:
                check_text("wat wordt vernietigd", one.name, one.artefact.name)
                if one.step and not _released(connection, one):
                    continue
                connection.execute(sa.insert(destroyed).values(
                    gemeente=gemeente, delivery=one.delivery, place=one.place, step=one.step, name=one.name,
                    data_class=one.data_class, rule=one.rule, decided=now, **artefact_values(one.artefact)))
                count += 1
                if one.delivery is not None:
                    told[one.delivery, one.data_class, one.rule] += 1
                    if one.step:
                        changed.add((one.delivery, one.step))
            if count:
                _book(connection, gemeente, now, changed)
            for (id, data_class, rule), number in told.items():
                trail.append(connection, id, "ketensluis", ACTION, data_class, f"{number} vernietigd", {"regel": rule})
        return count

    def unfinished(self, gemeente: str) -> list[Destroyed]:
        """What was decided and is not gone, also by a process that was killed."""
        return self._select(destroyed.c.gemeente == gemeente, destroyed.c.gone.is_(None))

    def unreported(self, gemeente: str) -> list[Destroyed]:
        return self._select(destroyed.c.gemeente == gemeente, destroyed.c.gone.is_not(None),
                            destroyed.c.report.is_(None))

    def needed(self, gemeente: str, sha256: str) -> bool:
        """Whether something else of the municipality has the same bytes: an artefact, an answer, a file to be fed."""
        ours = delivery.c.gemeente == gemeente
        collected = sa.exists().where(step.c.delivery == refeed.c.delivery, step.c.step == "collect",
                                      step.c.state == StepState.done.value)
        # The books keep what the answer said; its bytes go with the artefact that they were.
        went = sa.exists().where(destroyed.c.delivery == receipt.c.delivery, destroyed.c.step == "receipt",
                                 destroyed.c.sha256 == receipt.c.sha256)
        queries = (
            sa.select(artefact.c.id).join(delivery, delivery.c.id == artefact.c.delivery)
            .where(ours, artefact.c.sha256 == sha256),
            sa.select(receipt.c.delivery).join(delivery, delivery.c.id == receipt.c.delivery)
            .where(ours, receipt.c.sha256 == sha256, ~went),
            sa.select(refeed.c.delivery).join(delivery, delivery.c.id == refeed.c.delivery)
            .where(ours, refeed.c.sha256 == sha256, ~collected),
        )
        with self._database.read() as connection:
            return any(connection.execute(query.limit(1)).first() is not None for query in queries)

    def at_work(self, gemeente: str, since: datetime) -> list[str]:
        """Deliveries of the municipality with a step that was started after ``since`` and has not ended."""
        query = (
            sa.select(step.c.delivery).distinct().join(delivery, delivery.c.id == step.c.delivery)
            .where(delivery.c.gemeente == gemeente, step.c.state == StepState.running.value, step.c.started > since)
            .order_by(step.c.delivery)
        )
        with self._database.read() as connection:
            return list(connection.execute(query).scalars())

    def gone(self, id: int) -> None:
        with self._database.write() as connection:
            connection.execute(sa.update(destroyed).where(destroyed.c.id == id).values(gone=datetime.now(UTC)))

    def reported(self, gemeente: str, ids: Sequence[int], report: str) -> None:
        """``report`` is the name of a file; another municipality may have one that is called the same."""
        report = f"{gemeente}/{report}"
        with self._database.write() as connection:
            connection.execute(sa.update(destroyed).where(destroyed.c.id.in_(ids)).values(report=report))
            count, found = booked.destroyed_digest(connection, destroyed.c.report == report, gone=True)
            trail.append(connection, None, "ketensluis", REPORTED, report, f"{count} vernietigd", {},
                         booked.said(booked.REPORTED, report, {"regels": found}))

    def _select(self, *where: sa.ColumnElement[bool]) -> list[Destroyed]:
        with self._database.read() as connection:
            rows = connection.execute(sa.select(destroyed).where(*where).order_by(destroyed.c.id)).mappings()
            return [
                Destroyed(row["id"], row["gemeente"], row["delivery"], row["place"], row["step"], row["name"],
                          artefact_of(row), row["data_class"], row["rule"], row["decided"], row["gone"])
                for row in rows
            ]


def _book(connection: sa.Connection, gemeente: str, moment: datetime, changed: set[tuple[str, str]]) -> None:
    """In the chain: what goes, and what is left of the steps that it goes from."""
    count, found = booked.destroyed_digest(
        connection, destroyed.c.gemeente == gemeente, destroyed.c.decided == moment
    )
    trail.append(connection, None, "ketensluis", DECIDED, gemeente, f"{count} te vernietigen", {},
                 booked.said(booked.DESTROYED, [gemeente, moment_text(moment)], {"regels": found}))
    for id, name in sorted(changed):
        trail.append(connection, id, "ketensluis", LEFT, name, "minder bestanden", {},
                     booked.step_now(connection, id, name))


def _released(connection: sa.Connection, one: Going) -> bool:
    """Take the artefact out of its step, or put what is left of it in its place; not when it was made anew."""
    here = sa.and_(artefact.c.delivery == one.delivery, artefact.c.step == one.step, artefact.c.name == one.name,
                   artefact.c.sha256 == one.artefact.sha256)
    if one.by is not None:
        change: sa.Update | sa.Delete = sa.update(artefact).where(here).values(**artefact_values(one.by))
    else:
        change = sa.delete(artefact).where(here)
    return bool(connection.execute(change).rowcount)
