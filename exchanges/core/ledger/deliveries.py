"""Opening, finding and ending deliveries."""

from __future__ import annotations

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.ledger import booked, trail
from exchanges.core.ledger.model import ENDED, Delivery, DeliveryState, delivery_id
from exchanges.core.ledger.tables import delivery, refeed, step
from exchanges.core.period import Period

_NEWEST_FIRST = (delivery.c.period.desc(), delivery.c.sequence.desc())


def get(connection: sa.Connection, id: str) -> Delivery:
    row = connection.execute(sa.select(delivery).where(delivery.c.id == id)).mappings().first()
    if row is None:
        raise UsageError(
            "Levering bestaat niet; geef de volledige naam, bijvoorbeeld dkd_reintegratie/0153/2026-10/0001."
        )
    return _delivery(row)


def open_(connection: sa.Connection, exchange: str, gemeente: str, period: Period, method: str, *,
          new: bool, actor: str, beside: Collection[str] = ()) -> Delivery:
    """Raises Collision (through the transaction) when another process opened the same sequence number."""
    made = [
        _delivery(row)
        for row in connection.execute(
            sa.select(delivery)
            .where(delivery.c.exchange == exchange, delivery.c.gemeente == gemeente, delivery.c.period == str(period))
            .order_by(*_NEWEST_FIRST)
        ).mappings()
    ]
    alike = {method} if method in beside else {one.method for one in made} - {*beside}
    # What feeds a repaired file is run by who repairs it; the partner's next file does not wait for that.
    fed = set(connection.execute(
        sa.select(refeed.c.delivery).where(refeed.c.delivery.in_([one.id for one in made]))
    ).scalars())
    known = next((one for one in made if one.method in alike and one.id not in fed), None)
    if known is not None and not (new and known.state.ended) and not _starts_over(connection, known, method):
        return known
    # Numbers are of the period, whatever the method: a file name and a message id are made of them.
    return insert(connection, exchange, gemeente, period, made[0].sequence + 1 if made else 1, method, actor)


def _starts_over(connection: sa.Connection, known: Delivery, method: str) -> bool:
    """Another method makes another message. A delivery that did not try to leave may be succeeded by one with the new
    method; one that did must be answered first, or the partner gets the same data in two ways."""
    if known.method == method or known.state.ended:
        return False
    tried = connection.execute(
        sa.select(step.c.step).where(step.c.delivery == known.id, step.c.step == "deliver")
    ).first()
    if tried or known.state is DeliveryState.delivered:
        raise UsageError(
            f"Levering {known.id} is al onderweg met methode {known.method}; wacht op het antwoord van de partner "
            f"of zet de methode terug."
        )
    return True


def insert(connection: sa.Connection, exchange: str, gemeente: str, period: Period, sequence: int, method: str,
           actor: str) -> Delivery:
    """A new delivery. Raises Collision (through the transaction) when another process took the number."""
    now = datetime.now(UTC)
    opened = Delivery(delivery_id(exchange, gemeente, period, sequence), exchange, gemeente, period, sequence, method,
                      DeliveryState.open, "", now, now)
    values = {"id": opened.id, "exchange": exchange, "gemeente": gemeente, "period": str(period), "sequence": sequence,
              "method": method, "state": opened.state.value, "reason": "", "opened": now, "changed": now}
    connection.execute(sa.insert(delivery).values(**values))
    trail.append(connection, opened.id, actor, "levering geopend", opened.id, opened.state.value,
                 {"methode": method}, booked.row("levering", values))
    return opened


def insert_next(connection: sa.Connection, root: Delivery, actor: str) -> Delivery:
    """One more of the same period, by the same method. Raises Collision, as ``insert``."""
    newest: int = connection.execute(
        sa.select(sa.func.max(delivery.c.sequence)).where(
            delivery.c.exchange == root.exchange, delivery.c.gemeente == root.gemeente,
            delivery.c.period == str(root.period))
    ).scalar_one()  # fmt: skip
    return insert(connection, root.exchange, root.gemeente, root.period, newest + 1, root.method, actor)


def set_state(connection: sa.Connection, id: str, state: DeliveryState, reason: str, actor: str) -> None:
    """The condition is in the UPDATE itself: two processes cannot both decide on what they read before."""
    changed = connection.execute(
        sa.update(delivery)
        .where(
            delivery.c.id == id,
            sa.or_(delivery.c.state.not_in(sorted(ENDED)), delivery.c.state == state.value),
            sa.or_(delivery.c.state != state.value, delivery.c.reason != reason),
        )
        .values(state=state.value, reason=reason, changed=datetime.now(UTC)).returning(*delivery.c)
    ).mappings().first()
    if changed is not None:
        details = {"reden": reason} if reason else {}
        trail.append(connection, id, actor, "status gewijzigd", id, state.value, details,
                     booked.row("levering", dict(changed)))
        return
    present = get(connection, id)
    if present.state == state:
        return
    if not present.state.ended:  # it was so, and another process changed it in between
        set_state(connection, id, state, reason, actor)
    else:
        raise BusinessError(
            f"Levering {id} is al beantwoord door de partner ({present.state.value}); dat blijft zo. "
            "Maak een nieuwe levering."
        )


def find(connection: sa.Connection, exchange: str | None, gemeente: str | None) -> list[Delivery]:
    query = sa.select(delivery).order_by(
        delivery.c.exchange, delivery.c.gemeente, delivery.c.period, delivery.c.sequence
    )
    if exchange is not None:
        query = query.where(delivery.c.exchange == exchange)
    if gemeente is not None:
        query = query.where(delivery.c.gemeente == gemeente)
    return [_delivery(row) for row in connection.execute(query).mappings()]


def _delivery(row: Any) -> Delivery:
    return Delivery(row["id"], row["exchange"], row["gemeente"], Period.parse(row["period"]), row["sequence"],
                    row["method"], DeliveryState(row["state"]), row["reason"], row["opened"], row["changed"])
