"""Further deliveries of a period: what they correct, of which kind, by whom and why; and what was taken back."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Literal

import sqlalchemy as sa

from exchanges.core.access.who import same_person
from exchanges.core.declare import CorrectionKind
from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.ledger import booked, deliveries, trail
from exchanges.core.ledger.database import Collision, Database
from exchanges.core.ledger.guard import check_text
from exchanges.core.ledger.model import Delivery, DeliveryState
from exchanges.core.ledger.tables import correction, delivery, step
from exchanges.core.ledger.turn import take_turn

OPENED = "correctie geopend"
WITHDRAWN = "intrekking voorgesteld"
CONFIRMED = "intrekking bevestigd"
Scope = Literal["", "afgewezen", "ontbrekend"]
Told = tuple[str, str, str]
_TRIES = 10


@dataclass(frozen=True)
class CorrectionRow:
    """``delivery`` corrects ``corrects``; None for one that is taken back by agreement, which has effect once
    ``confirmed`` by a second person. ``scope`` is which records an addition takes: what was refused, or all that is
    not there; ``unchanged``: also what is as it was when the partner refused it. Moments are UTC."""

    id: int
    kind: CorrectionKind
    corrects: str
    delivery: str | None
    scope: Scope
    unchanged: bool
    actor: str
    reason: str
    moment: datetime
    confirmed_by: str | None
    confirmed: datetime | None


class CorrectionBook:
    """Every method is one transaction. Errors: UsageError, BusinessError (a BSN), TechnicalError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def open(self, kind: CorrectionKind, corrects: str, *, actor: str, reason: str, scope: Scope = "",
             unchanged: bool = False, beside: Collection[str] = (),
             tell: Callable[[CorrectionRow], Iterable[Told]] = lambda made: ()) -> tuple[CorrectionRow, bool]:
        """The delivery that corrects ``corrects``, and whether it was opened now. The same correction that has not
        ended is the same one, also for two processes at once.

        What did not try to leave is left behind (it is refused when it tries after all); raises UsageError when another
        delivery of the period is underway.
        Deliveries by a method in ``beside`` say something of their own and are not looked at. ``tell`` gives what must
        be in the events of the new delivery from its beginning: (action, object, result).
        """
        check_text("een correctie", actor, reason)
        for _ in range(_TRIES):
            try:
                with self._database.write() as connection:
                    root = deliveries.get(connection, corrects)
                    take_turn(connection, _whose(root))
                    newest = _newest(connection, root, beside)
                    if not newest.state.ended:
                        known = _of(connection, newest.id)
                        if known is not None and _asked(known) == (kind, corrects, scope, unchanged):
                            return known, False
                        _not_underway(connection, newest)
                    opened = deliveries.insert_next(connection, root, actor)
                    made = _insert(connection, kind, root.id, opened.id, scope, unchanged, actor, reason)
                    _tell(connection, made, OPENED)
                    for action, object, result in tell(made):
                        trail.append(connection, opened.id, actor, action, object, result, {})
                    return made, True
            except Collision:
                continue
        raise Collision("Een ander proces opent steeds dezelfde levering; probeer het later opnieuw.")

    def withdraw(self, corrects: str, *, actor: str, reason: str) -> tuple[CorrectionRow, bool]:
        """Take a delivery back by agreement: proposed, until somebody else confirms. Proposed already is the same."""
        check_text("een intrekking", actor, reason)
        with self._database.write() as connection:
            root = deliveries.get(connection, corrects)
            take_turn(connection, _whose(root))
            known = _withdrawal(connection, root.id)
            if known is not None:
                return known, False
            made = _insert(connection, "intrekking", root.id, None, "", False, actor, reason)
            _tell(connection, made, WITHDRAWN)
            return made, True

    def confirm(self, corrects: str, *, actor: str) -> CorrectionRow:
        """Confirm that it was taken back. Raises UsageError when nobody proposed it, BusinessError when it is the same
        person who did."""
        check_text("een intrekking", actor)
        with self._database.write() as connection:
            root = deliveries.get(connection, corrects)
            known = _withdrawal(connection, root.id)
            if known is None:
                raise UsageError(f"Intrekking van levering {root.id} is niet voorgesteld; doe dat met sluis correct "
                                 "withdraw.")  # fmt: skip
            if known.confirmed is not None:
                return known
            if same_person(known.actor, actor):
                raise BusinessError(f"Intrekking van levering {root.id} is door dezelfde persoon voorgesteld; een "
                                    "ander moet haar bevestigen.")  # fmt: skip
            connection.execute(
                sa.update(correction).where(correction.c.id == known.id, correction.c.confirmed.is_(None))
                .values(confirmed_by=actor, confirmed=datetime.now(UTC))
            )
            details = {"voorgesteld_door": known.actor}
            trail.append(connection, root.id, actor, CONFIRMED, root.id, known.reason, details,
                         booked.row_now(connection, "correctie", known.id))
            confirmed = _withdrawal(connection, root.id)
            assert confirmed is not None
            return confirmed

    def of(self, id: str) -> CorrectionRow | None:
        """What delivery ``id`` corrects; None for one that corrects nothing."""
        with self._database.read() as connection:
            return _of(connection, id)

    def withdrawn(self, exchange: str, gemeente: str) -> frozenset[str]:
        """The deliveries that were taken back: confirmed."""
        return frozenset(one.corrects for one in self.about(exchange, gemeente) if one.confirmed is not None)

    def about(self, exchange: str, gemeente: str) -> list[CorrectionRow]:
        """All of that exchange and municipality, oldest first."""
        query = (
            sa.select(correction).join(delivery, delivery.c.id == correction.c.corrects)
            .where(delivery.c.exchange == exchange, delivery.c.gemeente == gemeente).order_by(correction.c.id)
        )
        with self._database.read() as connection:
            return [_row(row) for row in connection.execute(query).mappings()]


def _whose(root: Delivery) -> str:
    return f"correctie {root.exchange} {root.gemeente} {root.period}"


def _newest(connection: sa.Connection, root: Delivery, beside: Collection[str]) -> Delivery:
    """The last delivery of the period: in the way of a correction, or the correction itself. What came before it has
    been answered or was left behind."""
    made = [one for one in deliveries.find(connection, root.exchange, root.gemeente) if one.period == root.period]
    own = {root.method} if root.method in beside else {one.method for one in made} - {*beside}
    return [one for one in made if one.method in own][-1]


def _asked(known: CorrectionRow) -> tuple[object, ...]:
    return known.kind, known.corrects, known.scope, known.unchanged


def _not_underway(connection: sa.Connection, one: Delivery) -> None:
    tried = connection.execute(
        sa.select(step.c.step).where(step.c.delivery == one.id, step.c.step == "deliver")
    ).first()
    if tried or one.state is DeliveryState.delivered:
        raise UsageError(
            f"Levering {one.id} is onderweg en nog niet beantwoord; haal eerst dat antwoord op met sluis run, daarna "
            "kan de correctie."
        )


def _insert(connection: sa.Connection, kind: CorrectionKind, corrects: str, opened: str | None, scope: Scope,
            unchanged: bool, actor: str, reason: str) -> CorrectionRow:
    moment = datetime.now(UTC)
    number = connection.execute(sa.insert(correction).values(
        kind=kind, corrects=corrects, delivery=opened, scope=scope, unchanged=unchanged, actor=actor, reason=reason,
        moment=moment,
    )).inserted_primary_key  # fmt: skip
    assert number is not None
    return CorrectionRow(number[0], kind, corrects, opened, scope, unchanged, actor, reason, moment, None, None)


def _tell(connection: sa.Connection, made: CorrectionRow, action: str) -> None:
    details = {"soort": made.kind, "corrigeert": made.corrects}
    if made.delivery is not None:
        details["levering"] = made.delivery
    for id in dict.fromkeys((made.delivery, made.corrects)):
        if id is not None:
            trail.append(connection, id, made.actor, action, made.delivery or made.corrects, made.reason, details,
                         booked.row("correctie", made.__dict__) if id == made.corrects else None)


def _of(connection: sa.Connection, id: str) -> CorrectionRow | None:
    row = connection.execute(sa.select(correction).where(correction.c.delivery == id)).mappings().first()
    return _row(row) if row else None


def _withdrawal(connection: sa.Connection, corrects: str) -> CorrectionRow | None:
    row = connection.execute(
        sa.select(correction).where(correction.c.corrects == corrects, correction.c.kind == "intrekking",
                                    correction.c.delivery.is_(None)).with_for_update()
    ).mappings().first()  # fmt: skip
    return _row(row) if row else None


def _row(row: Any) -> CorrectionRow:
    return CorrectionRow(**{name: row[name] for name in CorrectionRow.__dataclass_fields__})
