"""Rows from before the chain: each gets an event that says what it is now, so that a change after this is found."""

from __future__ import annotations

import sqlalchemy as sa

from exchanges.core.ledger import booked, trail
from exchanges.core.ledger.form import moment_text
from exchanges.core.ledger.tables import destroyed, signal, signal_event, step

ADOPTED = "opgenomen in de keten"
_BY = "ketensluis"


def adopt(connection: sa.Connection) -> None:
    """Only when the ledger gets its chain: a row that appears without an event later on is one that was slipped in."""
    for kind, (table, owner, key, _) in booked.ROWS.items():
        query = sa.select(table).order_by(table.c[owner], table.c[key])
        for row in connection.execute(query).mappings().all():
            trail.append(connection, row[owner], _BY, ADOPTED, str(row[key]), kind, {}, booked.row(kind, dict(row)))
    steps = sa.select(step.c.delivery, step.c.step).order_by(step.c.delivery, step.c.ordinal)
    for id, name in connection.execute(steps).all():
        trail.append(connection, id, _BY, ADOPTED, name, booked.STEP, {}, booked.step_now(connection, id, name))
    _adopt_signals(connection)
    _adopt_destroyed(connection)


def _adopt_signals(connection: sa.Connection) -> None:
    """Those of one gemeente at once, and per gemeente everything that was done with them."""
    groups = sa.select(
        signal.c.exchange, signal.c.gemeente, sa.func.min(signal.c.id), sa.func.max(signal.c.id), sa.func.count()
    ).group_by(signal.c.exchange, signal.c.gemeente)
    first = sa.select(sa.func.min(signal_event.c.id)).group_by(signal_event.c.signal)
    for exchange, gemeente, low, high, count in connection.execute(groups.order_by(sa.text("1, 2"))).all():
        whose = f"{exchange}/{gemeente}"
        trail.append(connection, None, _BY, ADOPTED, whose, booked.SIGNALS, {"aantal": count},
                     booked.signals(connection, exchange, gemeente, low, high))
        later = (
            sa.select(signal_event.c.id).join(signal, signal.c.id == signal_event.c.signal)
            .where(signal.c.exchange == exchange, signal.c.gemeente == gemeente, signal_event.c.id.not_in(first))
            .order_by(signal_event.c.id)
        )
        ids = list(connection.execute(later).scalars())
        for start in range(0, len(ids), booked.MANY):
            some = ids[start:start + booked.MANY]
            trail.append(connection, None, _BY, ADOPTED, whose, booked.HANDLED, {"aantal": len(some)},
                         booked.handled(connection, some))


def _adopt_destroyed(connection: sa.Connection) -> None:
    decisions = sa.select(destroyed.c.gemeente, destroyed.c.decided).distinct().order_by(sa.text("1, 2"))
    for gemeente, moment in connection.execute(decisions).all():
        _, found = booked.destroyed_digest(connection, destroyed.c.gemeente == gemeente, destroyed.c.decided == moment)
        trail.append(connection, None, _BY, ADOPTED, gemeente, booked.DESTROYED, {},
                     booked.said(booked.DESTROYED, [gemeente, moment_text(moment)], {"regels": found}))
    reports = sa.select(destroyed.c.report).where(destroyed.c.report.is_not(None)).distinct().order_by(sa.text("1"))
    for report in connection.execute(reports).scalars().all():
        _, found = booked.destroyed_digest(connection, destroyed.c.report == report, gone=True)
        trail.append(connection, None, _BY, ADOPTED, report, booked.REPORTED, {},
                     booked.said(booked.REPORTED, report, {"regels": found}))
