"""Counts of the signals of an exchange and gemeente: received, assigned and handled per kind and month, and what waits
too long (R-SIG 3). Criminal-justice signals are left out unless they are asked for (SEC-21). What is out of the
ordinary (R-SIG 5) is told when a file comes in.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.handling.steps import State
from exchanges.core.ledger.signals import SignalBook

_ZONE = "Europe/Amsterdam"  # a month is one of here, whatever the ledger's clock


@dataclass(frozen=True)
class Count:
    """Signals of one kind in one month (``2026-10``) of the moment itself; each signal counts once per column, in the
    month it was first so."""

    month: str
    kind: str
    received: int
    assigned: int
    handled: int


@dataclass(frozen=True)
class Waiting:
    """A signal that nobody took up: whole days since it came in."""

    number: str
    kind: str
    received: datetime
    days: int


def counts(book: SignalBook, exchange: str, gemeente: str, *, restricted: bool = False) -> list[Count]:
    """By month and kind."""
    first = _first(_states(book, exchange, gemeente, restricted))
    rows: dict[tuple[str, str], dict[str, int]] = {}
    months = first.append_column("month", pc.strftime(first["moment"].cast(pa.timestamp("us", _ZONE)), "%Y-%m"))
    for row in months.group_by(["month", "kind", "state"]).aggregate([([], "count_all")]).to_pylist():
        rows.setdefault((row["month"], row["kind"]), {})[row["state"]] = row["count_all"]
    return [Count(month, kind, found.get(State.ontvangen, 0), found.get(State.toegewezen, 0),
                  found.get(State.afgehandeld, 0)) for (month, kind), found in sorted(rows.items())]


def waiting(
    book: SignalBook, exchange: str, gemeente: str, now: datetime, days: int, *, restricted: bool = False,
    without: Collection[str] = (),
) -> list[Waiting]:  # fmt: skip
    """R-SIG 3: signals longer than ``days`` days in state ontvangen, oldest first; none of the kinds ``without``."""
    states = _states(book, exchange, gemeente, restricted)
    states = states.filter(pc.invert(pc.is_in(states["kind"], value_set=pa.array(list(without), pa.string()))))
    taken_up = pc.unique(states.filter(pc.not_equal(states["state"], State.ontvangen))["number"])
    still = states.filter(pc.invert(pc.is_in(states["number"], value_set=taken_up)))
    late = still.filter(pc.less(still["moment"], pa.scalar(now.astimezone(UTC) - timedelta(days=days),
                                                           states.schema.field("moment").type)))
    late = late.sort_by([("moment", "ascending"), ("number", "ascending")])
    return [Waiting(row["number"], row["kind"], row["moment"], (now - row["moment"]).days)
            for row in late.to_pylist()]


def _states(book: SignalBook, exchange: str, gemeente: str, restricted: bool) -> pa.Table:
    states = book.states(exchange, gemeente)
    return states if restricted else states.filter(pc.invert(states["restricted"]))


def _first(states: pa.Table) -> pa.Table:
    """The first time each signal was in each state."""
    grouped: Any = states.group_by(["number", "kind", "state"]).aggregate([("moment", "min")])
    return grouped.rename_columns([name.removesuffix("_min") for name in grouped.column_names])
