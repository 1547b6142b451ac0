"""One chain of all events: each has the next place and the hash of the one before it.

Events of a transaction are written at its end, all at once. On PostgreSQL the end of the chain is locked for that
moment only, and last: who holds it waits for nobody, so two writers cannot wait for each other. On SQLite a writer is
alone anyhow.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa

from exchanges.core.ledger.form import GENESIS, canonical, event_hash, in_order, moment_text, parts
from exchanges.core.ledger.origin import origin
from exchanges.core.ledger.tables import event

_WAITING = "ketensluis_events"
# Any number, the same for every process; migrations have another.
_POSTGRES_LOCK = 5_306_202_611


@contextmanager
def written_last(connection: sa.Connection) -> Iterator[None]:
    """Events appended inside the block are in the chain when it ends; none when it raises."""
    waiting: list[dict[str, Any]] = []
    connection.info[_WAITING] = waiting
    yield
    if waiting:
        _write(connection, waiting)


def append(connection: sa.Connection, **values: Any) -> None:
    """Columns of an event without those of the chain. ``details`` is JSON; floats in it become exact."""
    connection.info[_WAITING].append({
        **values, "details": in_order(dict(values["details"])), "booked": in_order(values["booked"]),
        "origin": origin(),
    })


def linked(values: Mapping[str, Any], place: int, previous: str) -> dict[str, Any]:
    """All columns of an event at that place; ``values`` are the others, ``moment`` aware."""
    head, tail = parts(
        place=place, previous=previous, delivery=values["delivery"], moment=moment_text(values["moment"]),
        origin=values["origin"], actor=values["actor"], action=values["action"], object=values["object"],
        result=values["result"], details=canonical(values["details"]), booked=canonical(values["booked"]),
    )
    return {**values, "place": place, "previous": previous, "hash": event_hash(head, tail)}


def _write(connection: sa.Connection, waiting: list[dict[str, Any]]) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(_POSTGRES_LOCK)))
    last = connection.execute(sa.select(event.c.place, event.c.hash).order_by(event.c.place.desc()).limit(1)).first()
    place, previous = last or (0, GENESIS)
    now, rows = datetime.now(UTC), []
    for values in waiting:
        place += 1
        rows.append(linked({**values, "moment": now}, place, previous))
        previous = rows[-1]["hash"]
    connection.execute(sa.insert(event), rows)
