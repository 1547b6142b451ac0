"""The dates on which a partner must have a delivery, and how each expected delivery stands against them.

``mappings/kalender/<exchange>.csv``: ``periode;code;begin;eind;uiterlijk_<name>…;zekerheid;bron``, one row per period,
any number of dates by name. A declaration says which of them its deliveries must meet (``Calendar.due``). The dates
are as the law sets them: a weekend moves nothing unless the file says so.

Nothing here reads a clock, the settings or the ledger: who asks gives the moment and what is known. A date counts to
the end of its day in the time zone of the exchange.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from zoneinfo import ZoneInfo

from exchanges.core.data import data_dir
from exchanges.core.dated import parameters
from exchanges.core.declare import Exchange
from exchanges.core.errors import CatalogueError, UsageError
from exchanges.core.ledger.model import ACCEPTED, Delivery
from exchanges.core.period import Period

DUE = "uiterlijk_"
WARNING_DAYS = "waarschuwing_dagen"
# Dates fall on weekends and the reminder looks on working days: from Friday it must be able to see Sunday.
LEAST_WARNING_DAYS = 2
_COLUMNS = ("periode", "code", "begin", "eind", "zekerheid", "bron")


class State(StrEnum):
    undated = "undated"
    far = "far"
    near = "near"
    late = "late"
    waiting = "waiting"
    silent = "silent"
    done = "done"

    @property
    def alarm(self) -> bool:
        """Something should have happened, and has not."""
        return self in (State.late, State.silent)


LABELS: dict[State, str] = {
    State.undated: "geen datum",
    State.far: "ver weg",
    State.near: "nadert",
    State.late: "te laat",
    State.waiting: "verzonden, wacht op antwoord",
    State.silent: "stilte",
    State.done: "gedaan",
}


@dataclass(frozen=True)
class Term:
    """One period in the calendar of an exchange. ``code`` is the partner's name for it, ``due`` its dates by name in
    the order of the file."""

    period: Period
    code: str
    begin: date
    end: date
    due: Mapping[str, date]
    certainty: str
    source: str


@dataclass(frozen=True)
class Line:
    """How one gemeente stands with one period at one moment.

    ``delivery`` is the one that decides, None when nothing was opened. ``until`` is the end of the wait of a delivery
    that was sent and not answered. ``days`` counts from the moment to ``deadline`` (0 on the day, negative after).
    ``sent``, ``until`` and ``again`` (when it was last offered again, None when it was not) are aware, in the time zone
    of the exchange; the wait counts from the last time. ``taken_back``: ``delivery`` was, and nothing came after it.
    """

    exchange: str
    gemeente: str
    period: Period
    term: Term | None
    deadline: date | None
    days: int | None
    state: State
    delivery: Delivery | None
    sent: datetime | None
    until: datetime | None
    sent_late: bool
    again: datetime | None = None
    taken_back: bool = False

    @property
    def id(self) -> str:
        """What the state is about: the delivery once it has been sent, else the period of the gemeente."""
        if self.delivery is not None and self.state in (State.waiting, State.silent):
            return self.delivery.id
        return f"{self.exchange}/{self.gemeente}/{self.period}"


def calendar_name(exchange_id: str) -> str:
    return f"mappings/kalender/{exchange_id}.csv"


def terms(exchange: Exchange, folder: Path | None = None) -> dict[Period, Term]:
    """The calendar of ``exchange`` by period; empty when its declaration names no date.

    Raises CatalogueError, naming the file, when it is missing or a row is not as described above.
    """
    if exchange.calendar.due is None:
        return {}
    name = calendar_name(exchange.id)
    path = (folder or data_dir("mappings") / "kalender") / f"{exchange.id}.csv"
    try:
        with path.open(encoding="utf-8", newline="") as file:
            reader = csv.DictReader(file, delimiter=";", restval="")
            rows = list(reader)
            columns = tuple(reader.fieldnames or ())
    except FileNotFoundError:
        raise CatalogueError(f"Kalender {name} ontbreekt; zet daarin de wettelijke data van {exchange.id}.") from None
    missing = [column for column in (*_COLUMNS, DUE + exchange.calendar.due) if column not in columns]
    if missing:
        raise CatalogueError(f"Kalender {name} mist de kolom {', '.join(missing)}.")
    dues = [column for column in columns if column.startswith(DUE)]
    found: dict[Period, Term] = {}
    for number, row in enumerate(rows, 2):
        try:
            term = Term(
                Period.parse(row["periode"]), row["code"], date.fromisoformat(row["begin"]),
                date.fromisoformat(row["eind"]),
                {column.removeprefix(DUE): date.fromisoformat(row[column]) for column in dues},
                row["zekerheid"], row["bron"],
            )  # fmt: skip
        except (ValueError, UsageError):
            raise CatalogueError(f"Kalender {name}, regel {number}: een periode of datum is niet leesbaar.") from None
        if not term.begin <= term.end < min(term.due.values()):
            raise CatalogueError(f"Kalender {name}, regel {number}: de data liggen niet na elkaar.")
        if term.period in found:
            raise CatalogueError(f"Kalender {name}, regel {number}: periode {term.period} staat er twee keer in.")
        found[term.period] = term
    return found


def of_year(exchange: Exchange, known: Mapping[Period, Term], year: int) -> list[Term]:
    """The terms of ``year``, in order. Raises CatalogueError, naming the file, when a dated exchange has none."""
    chosen = [known[period] for period in sorted(known) if period.year == year]
    if not chosen and exchange.calendar.due is not None:
        years = ", ".join(str(there) for there in sorted({period.year for period in known})) or "geen enkel jaar"
        raise CatalogueError(
            f"Kalender {calendar_name(exchange.id)} heeft geen data voor {year} (wel: {years}); vul dat jaar aan."
        )
    return chosen


def warning_days(exchange_id: str, period: Period, folder: Path | None = None) -> int:
    """How many days before its date a delivery is announced: the dated parameter ``waarschuwing_dagen`` of the
    exchange, else that of ``kalender``. Raises CatalogueError when it is no number of at least two days."""
    for name in (exchange_id, "kalender"):
        row = parameters(name, period, folder).get(WARNING_DAYS)
        if row is not None:
            if not isinstance(row.value, int) or row.value < LEAST_WARNING_DAYS:
                raise CatalogueError(
                    f"Parameter {WARNING_DAYS} in mappings/parameters/{name}.csv moet een getal van minstens "
                    f"{LEAST_WARNING_DAYS} zijn; anders valt een datum in het weekend buiten de waarschuwing."
                )
            return row.value
    raise CatalogueError(f"Parameter {WARNING_DAYS} ontbreekt voor {period} in mappings/parameters/kalender.csv.")


def outlook(
    exchange: Exchange,
    moment: datetime,
    expected: Iterable[tuple[str, Term]],
    deliveries: Sequence[Delivery],
    sent: Mapping[str, datetime],
    warn: Mapping[Period, int],
    again: Mapping[str, datetime] = MappingProxyType({}),
    back: frozenset[str] = frozenset(),
) -> list[Line]:
    """One line per gemeente and period: of everything ``expected``, and of everything else that was opened.

    ``deliveries`` are those of this exchange, ``sent`` when they left, by id, and ``again`` when they were last offered
    again; ``warn`` the days of warning per expected period; ``back`` those that were taken back: they meet no date.
    What is not expected has no date. Sorted by gemeente, period. Raises UsageError for a moment without time zone.
    """
    if moment.tzinfo is None:
        raise UsageError("Een moment voor de kalender heeft een tijdzone nodig, bijvoorbeeld 2026-11-22T09:00+01:00.")
    opened: dict[tuple[str, Period], list[Delivery]] = defaultdict(list)
    for delivery in deliveries:
        opened[delivery.gemeente, delivery.period].append(delivery)
    dated = {(gemeente, term.period): term for gemeente, term in expected}
    return [
        _line(exchange, moment, *place, dated.get(place), opened.get(place, []), sent, warn.get(place[1], 0), again,
              back)
        for place in sorted({*dated, *opened})
    ]


def state_of(
    deadline: date | None, today: date, moment: datetime, until: datetime | None, accepted: bool, warn: int
) -> State:
    """Exactly one state. ``until`` is the end of the wait of what was sent and is not answered; it goes before all, for
    a later delivery of the same period may be unanswered while an earlier one was accepted."""
    if until is not None:
        # In UTC: Python compares two moments of one time zone by the clock on the wall.
        return State.waiting if moment.astimezone(UTC) <= until.astimezone(UTC) else State.silent
    if accepted:
        return State.done
    if deadline is None:
        return State.undated
    if today > deadline:
        return State.late
    # Days are counted up from today: a date of the year 1 or 9999 minus something does not exist.
    return State.near if (deadline - today).days <= warn else State.far


def _line(
    exchange: Exchange, moment: datetime, gemeente: str, period: Period, term: Term | None, made: list[Delivery],
    sent: Mapping[str, datetime], warn: int, again: Mapping[str, datetime], back: frozenset[str],
) -> Line:  # fmt: skip
    made = sorted(made, key=lambda delivery: delivery.sequence)
    zone = ZoneInfo(exchange.calendar.timezone)
    today = moment.astimezone(zone).date()
    deadline = term.due[exchange.calendar.due] if term and exchange.calendar.due else None
    meets = [delivery for delivery in made if deadline is None or delivery.method not in exchange.calendar.beside]
    underway = [delivery for delivery in made if not delivery.state.ended and delivery.id in sent]
    accepted = [delivery for delivery in meets if delivery.state in ACCEPTED and delivery.id not in back]
    # The first that is unanswered has waited longest; the first that was accepted met the date, or did not.
    decides = next(iter(underway or accepted or meets[-1:]), None)
    left = sent[decides.id].astimezone(zone) if decides and decides.id in sent else None
    offered = again[decides.id].astimezone(zone) if decides and decides.id in again else None
    until = None
    if underway and left:  # counted in UTC, or the hour of the clock change would come in
        wait = timedelta(seconds=exchange.receipt.answer_within_seconds)
        until = (max(left.astimezone(UTC), (offered or left).astimezone(UTC)) + wait).astimezone(zone)
    return Line(
        exchange.id, gemeente, period, term, deadline,
        (deadline - today).days if deadline else None,
        state_of(deadline, today, moment, until, bool(accepted), warn),
        decides, left, until,
        sent_late=bool(left and deadline and left.date() > deadline),
        again=offered, taken_back=bool(decides and decides.id in back),
    )  # fmt: skip


def parse_moment(text: str, timezone: str = "Europe/Amsterdam") -> datetime:
    """An ISO date or moment as an aware moment; without offset it is local time in ``timezone``.

    Raises UsageError.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
        if not 1900 <= moment.year < 9999:
            raise ValueError("a neighbour of this day may not exist")
    except ValueError:
        raise UsageError(
            f"Moment {text!r} is niet leesbaar; geef een datum of tijdstip, bijvoorbeeld 2026-11-22T09:00."
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=ZoneInfo(timezone))
