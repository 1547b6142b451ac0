"""Counts of the signals of a gemeente: received, assigned and handled per kind and month, what waits too long (R-SIG 3)
and what is out of the ordinary (R-SIG 5). Criminal-justice signals are left out unless they are asked for (SEC-21).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.ledger.signals import SignalBook
from exchanges.core.period import Period
from exchanges.ib_samenloop.handling import EXCHANGE, State
from exchanges.ib_samenloop.kinds import kinds

MONTHS = 12
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


@dataclass(frozen=True)
class Deviation:
    """Signals of a kind in a month against the median of the months before (at most twelve). ``flagged``: out of the
    ordinary; ``months`` says on how many the median stands."""

    kind: str
    count: int
    median: Fraction
    months: int
    flagged: bool


def counts(book: SignalBook, gemeente: str, *, restricted: bool = False) -> list[Count]:
    """By month and kind."""
    first = _first(_states(book, gemeente, restricted))
    rows: dict[tuple[str, str], dict[str, int]] = {}
    months = first.append_column("month", pc.strftime(first["moment"].cast(pa.timestamp("us", _ZONE)), "%Y-%m"))
    for row in months.group_by(["month", "kind", "state"]).aggregate([([], "count_all")]).to_pylist():
        rows.setdefault((row["month"], row["kind"]), {})[row["state"]] = row["count_all"]
    return [Count(month, kind, found.get(State.ontvangen, 0), found.get(State.toegewezen, 0),
                  found.get(State.afgehandeld, 0)) for (month, kind), found in sorted(rows.items())]


def waiting(book: SignalBook, gemeente: str, now: datetime, days: int, *, restricted: bool = False) -> list[Waiting]:
    """R-SIG 3: signals longer than ``days`` days in state ontvangen, oldest first."""
    states = _states(book, gemeente, restricted)
    taken_up = pc.unique(states.filter(pc.not_equal(states["state"], State.ontvangen))["number"])
    still = states.filter(pc.invert(pc.is_in(states["number"], value_set=taken_up)))
    late = still.filter(pc.less(still["moment"], pa.scalar(now.astimezone(UTC) - timedelta(days=days),
                                                           states.schema.field("moment").type)))
    late = late.sort_by([("moment", "ascending"), ("number", "ascending")])
    return [Waiting(row["number"], row["kind"], row["moment"], (now - row["moment"]).days)
            for row in late.to_pylist()]


def per_period(book: SignalBook, gemeente: str, *, restricted: bool = False) -> dict[str, dict[str, int]]:
    """Signals by month of the report and kind, for :func:`deviations`."""
    states = _states(book, gemeente, restricted)
    came = states.filter(pc.equal(states["state"], State.ontvangen))
    out: dict[str, dict[str, int]] = {}
    for row in came.group_by(["period", "kind"]).aggregate([([], "count_all")]).to_pylist():
        out.setdefault(row["period"], {})[row["kind"]] = row["count_all"]
    return out


def deviations(history: Mapping[str, Mapping[str, int]], period: Period, *, percent: int, least: int,
               months: int = 3) -> list[Deviation]:
    """R-SIG 5: every kind that came in ``period`` or in the twelve months before it. Flagged when it is more than
    ``percent`` per cent and at least ``least`` signals off the median; never on fewer than ``months`` months.

    ``history`` as :func:`per_period` gives it; a month in it without a kind had none of it, a month that is not in it
    says nothing.
    """
    before = [history[str(one)] for back in range(1, MONTHS + 1) if str(one := period.shift(-back)) in history]
    present = history.get(str(period), {})
    out = []
    for kind in kinds():
        past = [month.get(kind, 0) for month in before]
        count = present.get(kind, 0)
        if not count and not any(past):
            continue
        usual = Fraction(median([Fraction(one) for one in past])) if past else Fraction(0)
        off = abs(count - usual)
        flagged = len(past) >= months and off >= least and off * 100 > usual * percent
        out.append(Deviation(kind, count, usual, len(past), flagged))
    return out


def _states(book: SignalBook, gemeente: str, restricted: bool) -> pa.Table:
    states = book.states(EXCHANGE, gemeente)
    return states if restricted else states.filter(pc.invert(states["restricted"]))


def _first(states: pa.Table) -> pa.Table:
    """The first time each signal was in each state."""
    grouped: Any = states.group_by(["number", "kind", "state"]).aggregate([("moment", "min")])
    return grouped.rename_columns([name.removesuffix("_min") for name in grouped.column_names])
