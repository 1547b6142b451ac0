"""Deliveries that repair another: which one, with which file, by whom and why (spec ib-signalen 14, quarantaine)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from exchanges.core.ledger import booked, deliveries, trail
from exchanges.core.ledger.database import Collision, Database
from exchanges.core.ledger.guard import check_text
from exchanges.core.ledger.model import DeliveryState
from exchanges.core.ledger.tables import delivery, refeed
from exchanges.core.ledger.turn import take_turn
from exchanges.core.store.artefact import check_sha256

OPENED = "herstel geopend"
_TRIES = 10


@dataclass(frozen=True)
class Refeed:
    """``delivery`` feeds again what ``repairs`` refused: all of it (``whole``) or the rows it set apart. ``original``
    and ``sha256`` are of the refused file and of the one that is fed; ``moment`` is UTC."""

    delivery: str
    repairs: str
    whole: bool
    original: str
    sha256: str
    actor: str
    reason: str
    moment: datetime


class RefeedBook:
    """Every method is one transaction. Errors: UsageError, BusinessError (a BSN), TechnicalError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, repairs: str, *, whole: bool, original: str, sha256: str, actor: str, reason: str,
             again: bool = False) -> tuple[Refeed, bool]:
        """The delivery that feeds that file for ``repairs``, and whether it was opened now. The same file again is the
        same delivery, also for two processes at once; unless ``again`` is asked and the one that is there has ended.
        Raises UsageError for a delivery that does not exist."""
        check_sha256(original)
        check_sha256(sha256)
        check_text("het herstel van een levering", actor, reason)
        for _ in range(_TRIES):
            try:
                with self._database.write() as connection:
                    return _open(connection, repairs, whole, original, sha256, actor, reason, again)
            except Collision:
                continue
        raise Collision("Een ander proces opent steeds dezelfde levering; probeer het later opnieuw.")

    def of(self, id: str) -> Refeed | None:
        """What delivery ``id`` repairs; None for one that fetched its file from the partner."""
        found = self._select(refeed.c.delivery == id)
        return found[0] if found else None

    def repairing(self, repairs: str) -> list[Refeed]:
        """What was fed for ``repairs``, oldest first."""
        return self._select(refeed.c.repairs == repairs)

    def all(self) -> dict[str, Refeed]:
        """By delivery."""
        return {one.delivery: one for one in self._select(sa.true())}

    def _select(self, where: sa.ColumnElement[bool]) -> list[Refeed]:
        query = (
            sa.select(refeed).join(delivery, delivery.c.id == refeed.c.delivery)
            .where(where).order_by(delivery.c.sequence)
        )
        with self._database.read() as connection:
            return [Refeed(**row) for row in connection.execute(query).mappings()]


def _open(connection: sa.Connection, repairs: str, whole: bool, original: str, sha256: str, actor: str, reason: str,
          again: bool) -> tuple[Refeed, bool]:
    take_turn(connection, f"herstel {repairs}")
    root = deliveries.get(connection, repairs)
    there = connection.execute(
        sa.select(refeed, delivery.c.state).join(delivery, delivery.c.id == refeed.c.delivery)
        .where(refeed.c.repairs == repairs, refeed.c.sha256 == sha256).order_by(delivery.c.sequence.desc()).limit(1)
    ).mappings().first()
    if there is not None and not (again and DeliveryState(there["state"]).ended):
        return Refeed(**{name: there[name] for name in Refeed.__dataclass_fields__}), False
    opened = deliveries.insert_next(connection, root, actor)
    made = Refeed(opened.id, repairs, whole, original, sha256, actor, reason, datetime.now(UTC))
    connection.execute(sa.insert(refeed).values(**made.__dict__))
    for id in (opened.id, repairs):
        trail.append(connection, id, actor, OPENED, opened.id, reason,
                     {"herstelt": repairs, "origineel": original, "sha256": sha256, "geheel": whole},
                     booked.row("herstel", made.__dict__) if id == opened.id else None)
    return made, True
