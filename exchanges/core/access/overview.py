"""What was looked at in a month, for the security officer: counts; who looked at whom only when asked (SEC-14)."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any

import sqlalchemy as sa

from exchanges.core.access.log import PREFIX
from exchanges.core.ledger.database import Database
from exchanges.core.ledger.model import EventRow
from exchanges.core.ledger.tables import event
from exchanges.core.period import Period
from exchanges.core.purpose.registry import HOME_TIME


@dataclass(frozen=True, order=True)
class Looked:
    """How often somebody did something in the month."""

    gemeente: str
    actor: str
    action: str
    exchange: str
    times: int


def overview(database: Database, period: Period, gemeente: str | None = None) -> list[Looked]:
    """By gemeente, actor, action and exchange; a look that is of no municipality has an empty one."""
    query = (
        sa.select(event.c.actor, event.c.action, event.c.object, sa.func.count())
        .where(*_in(period)).group_by(event.c.actor, event.c.action, event.c.object)
    )
    times: Counter[tuple[str, str, str, str]] = Counter()
    with database.read() as connection:
        for actor, action, about, many in connection.execute(query):
            exchange, of = _whose(about)
            if gemeente in (None, of):
                times[of, actor, action, exchange] += many
    return sorted(Looked(*key, many) for key, many in times.items())


def detail(database: Database, period: Period, gemeente: str) -> list[EventRow]:
    """Every look of the month at what is of the municipality, oldest first."""
    query = sa.select(event).where(*_in(period)).order_by(event.c.place)
    with database.read() as connection:
        rows = [row for row in connection.execute(query).mappings() if _whose(row["object"])[1] == gemeente]
    return [EventRow(row["moment"], row["actor"], row["action"], row["object"], row["result"], row["details"])
            for row in rows]  # fmt: skip


def _in(period: Period) -> tuple[sa.ColumnElement[bool], ...]:
    """Looks, from the first to the last moment of the month as the clock on the wall has it."""
    first, after = (
        datetime.combine(one.start, time.min, HOME_TIME).astimezone(UTC) for one in (period, period.shift(1))
    )
    return event.c.action.like(f"{PREFIX}%"), event.c.moment >= first, event.c.moment < after


def _whose(about: str) -> tuple[str, str]:
    """(exchange, gemeente) of what was looked at."""
    exchange, _, rest = about.partition("/")
    return exchange, rest.partition("/")[0]


def plain(one: EventRow) -> dict[str, Any]:
    return {"moment": one.moment.astimezone(HOME_TIME).isoformat(timespec="seconds"), "actor": one.actor,
            "action": one.action, "object": one.object, "result": one.result, **one.details}  # fmt: skip
