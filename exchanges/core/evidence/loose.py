"""What is booked of no delivery, held against the chain: signals, what people did with them, what was destroyed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from exchanges.core.evidence.breach import Breach
from exchanges.core.ledger import booked
from exchanges.core.ledger.form import digest, exact
from exchanges.core.ledger.tables import destroyed, event, signal, signal_event
from exchanges.core.reports.dutch import count, number

_AT_ONCE = 200
_WORDS = {
    booked.SIGNALS: "ingeschreven signalen", booked.HANDLED: "behandelingen van signalen",
    booked.DESTROYED: "besluiten tot vernietigen", booked.REPORTED: "regels van een vernietigingsverslag",
}


def loose_breaches(connection: sa.Connection) -> Iterator[Breach]:
    """What differs, and rows that no event knows."""
    known = {"signal": 0, "signal_event": 0, "destroyed": 0}
    reports: dict[str, Any] = {}
    query = sa.select(event.c.place, event.c.action, event.c.booked).where(
        event.c.delivery.is_(None), event.c.booked.is_not(None)
    )
    result = connection.execute(query.order_by(event.c.place).execution_options(yield_per=_AT_ONCE))
    for some in result.partitions():
        handled = [one for one in some if one.booked["soort"] == booked.HANDLED]
        known["signal_event"] += sum(len(one.booked["sleutel"]) for one in handled)
        yield from _handled(connection, handled)
        for one in some:
            kind, key = one.booked["soort"], one.booked["sleutel"]
            if kind == booked.REPORTED:
                reports[key] = one
            elif kind == booked.SIGNALS:
                many, found = booked.signals_digest(connection, *key)
                known["signal"] += many
                known["signal_event"] += many
                yield from _differs(one, found)
            elif kind == booked.DESTROYED:
                when = destroyed.c.decided == datetime.fromisoformat(key[1])
                many, found = booked.destroyed_digest(connection, destroyed.c.gemeente == key[0], when)
                known["destroyed"] += many
                yield from _differs(one, found)
    for report, one in reports.items():
        _, found = booked.destroyed_digest(connection, destroyed.c.report == report, gone=True)
        yield from _differs(one, found)
    yield from _unknown(connection, known, reports)


def _handled(connection: sa.Connection, events: list[Any]) -> Iterator[Breach]:
    """As ``booked.handled_digest`` has it, of many at once."""
    ids = [id for one in events for id in one.booked["sleutel"]]
    columns = [signal_event.c[name] for name in booked.HANDLED_COLUMNS]
    rows: dict[int, tuple[Any, ...]] = {}
    for start in range(0, len(ids), booked.MANY):
        some = signal_event.c.id.in_(ids[start:start + booked.MANY])
        rows |= {row.id: tuple(row) for row in connection.execute(sa.select(*columns).where(some))}
    for one in events:
        yield from _differs(one, digest(exact([rows[id] for id in sorted(one.booked["sleutel"]) if id in rows])))


def _differs(said: Any, found: str) -> Iterator[Breach]:
    if found != said.booked["delen"]["regels"]:
        what = _WORDS[said.booked["soort"]]
        yield Breach(
            "regel", f"{what[:1].upper()}{what[1:]} zijn veranderd; plaats {number(said.place)} van de keten "
            f"({said.action}) zegt iets anders.", said.place, None, said.action)


def _unknown(connection: sa.Connection, known: dict[str, int], reports: Iterable[str]) -> Iterator[Breach]:
    for table in (signal, signal_event, destroyed):
        there = connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        if there > known[table.name]:
            more = count(there - known[table.name], "regel", "regels")
            yield Breach("regel", f"Tabel {table.name}: {more} buiten de keten om bijgezet.")
    for report in connection.execute(sa.select(destroyed.c.report).where(destroyed.c.report.is_not(None)).distinct()):
        if report[0] not in reports:
            yield Breach("regel", "Een vernietigingsverslag in tabel destroyed staat niet in de keten.")
