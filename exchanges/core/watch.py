"""Looking at the calendar with the books beside it, and telling once what people must know.

A reminder is an event in the ledger, once per delivery and kind; what should have happened and has not stays an alarm
at every look, until it has happened.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from exchanges.core import calendar
from exchanges.core.afterwards import afterwards
from exchanges.core.calendar import LABELS, Line, State, Term
from exchanges.core.declare import Exchange
from exchanges.core.errors import CatalogueError, UsageError
from exchanges.core.ledger import Delivery, DeliveryState, Ledger, state_label
from exchanges.core.ledger.corrections import CorrectionBook
from exchanges.core.overruled import overruled
from exchanges.core.period import Period
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.reports.dutch import count, day, number
from exchanges.core.run import gemeenten, has_ledger, open_ledger
from exchanges.core.settings import Settings
from exchanges.core.soap.expiry import tell_expiring
from exchanges.core.steps.deliver import DONE, RESENT, unproven

ACTIONS: dict[State, str] = {
    State.near: "kalender.nadert",
    State.late: "kalender.te_laat",
    State.silent: "kalender.stilte",
}
WAITS = "kalender.wacht_op_akkoord"
_SHOWN = 5
_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Watched:
    """What one look at an exchange gave: lines per state, what was told now for the first time, what is wrong."""

    counts: dict[State, int]
    told: tuple[str, ...]
    alarms: tuple[str, ...]


def look(
    exchange_id: str,
    moment: datetime,
    settings: Settings | None = None,
    *,
    only: Collection[str] = (),
    year: int | None = None,
) -> list[Line]:
    """Every gemeente and period of an exchange at ``moment``, as the ledger is now.

    Expected are the periods of the calendar up to and including the year of ``moment``, from the first period the
    settings give a gemeente (``vanaf``); of earlier years only what still asks for something is given. With ``year``
    that year alone, all of it. ``only`` these municipalities.

    Raises UsageError for wrong settings, CatalogueError (naming the file) when the calendar is not there, not readable
    or lacks the ``year`` asked. Whether it has the year of ``moment`` is asked of :func:`require_year`: what is known
    of earlier years must not be silent because the new year is missing.
    """
    settings = settings or Settings()
    exchange = exchange_by_id(exchange_id)
    here = _year(exchange, moment)
    towns = [gemeente for gemeente in gemeenten(exchange_id, settings) if not only or gemeente in only]
    expected = _expected(exchange, towns, settings, here, year)
    deliveries, sent, again, back = _booked(exchange_id, only, year, settings)
    warn = {period: calendar.warning_days(exchange_id, period) for period in {term.period for _, term in expected}}
    lines = calendar.outlook(exchange, moment, expected, deliveries, {**_left(deliveries), **sent}, warn, again, back)
    rest = (State.done, State.undated, State.far)
    return [line for line in lines if year is not None or line.period.year >= here or line.state not in rest]


_Booked = tuple[list[Delivery], dict[str, datetime], dict[str, datetime], frozenset[str]]


def _booked(exchange_id: str, only: Collection[str], year: int | None, settings: Settings) -> _Booked:
    """The deliveries, when they left and were offered again, and which were taken back; of who is asked about, and of
    nobody else: this is also done for every municipality by itself. Nothing where there is no ledger yet."""
    if not has_ledger(settings):
        return [], {}, {}, frozenset()
    ledger = open_ledger(settings)
    asked: list[str | None] = [*sorted(only)] or [None]
    deliveries = [
        delivery for town in asked for delivery in ledger.deliveries(exchange_id, town)
        if year in (None, delivery.period.year)
    ]  # fmt: skip
    sent = {id: at for town in asked for id, at in ledger.finished("deliver", exchange_id, town).items()}
    again = {id: at for town in asked for id, at in ledger.last_events(DONE, RESENT, exchange_id, town).items()}
    corrections, present = CorrectionBook(ledger.database), {one.gemeente for one in deliveries}
    back = frozenset(id for town in present for id in corrections.withdrawn(exchange_id, town))
    return deliveries, sent, again, back


def require_year(exchange_id: str, moment: datetime) -> None:
    """Raise CatalogueError, naming the file, when the calendar of the exchange lacks the year of ``moment``."""
    exchange = exchange_by_id(exchange_id)
    calendar.of_year(exchange, calendar.terms(exchange), _year(exchange, moment))


def watch(exchange_id: str, moment: datetime, settings: Settings | None = None) -> Watched:
    """Look at an exchange, and put in the ledger what has not been told before; also what the partner said of a
    delivery after it accepted it, and whether it says something else of one that has ended. Logs what it finds; nothing
    in it is personal."""
    lines = look(exchange_id, moment, settings)
    ledger = open_ledger(settings)
    told = [line.id for line in remind(lines, ledger)] + remind_waiting(lines, ledger)
    late = afterwards(exchange_id, settings)
    for line in lines:
        if line.state in ACTIONS:
            _log.warning("%s: %s", line.id, sentence(line))
    alarms = [f"{line.id}: {sentence(line)}" for line in lines if line.state.alarm] + list(late.complaints)
    alarms += overruled(exchange_id, settings) + _unproven(lines, ledger)
    alarms += tell_expiring(exchange_id, moment, settings or Settings())
    try:
        require_year(exchange_id, moment)
    except CatalogueError as error:
        alarms.insert(0, str(error))
    return Watched(dict(Counter(line.state for line in lines)), tuple(told), tuple(alarms))


def _unproven(lines: Sequence[Line], ledger: Ledger) -> list[str]:
    """What may not have arrived is told before the partner's silence tells it."""
    sent = [line.delivery for line in lines if line.delivery and line.delivery.state is DeliveryState.delivered]
    return [
        f"{one.id}: het verzenden is afgebroken en er is niets meer van te zien; of de partner het heeft is niet zeker."
        f" Vraag het na; heeft die niets, dan sluis resend {one.id}."
        for one in sent if unproven(ledger, one.id)
    ]  # fmt: skip


def remind_waiting(lines: Sequence[Line], ledger: Ledger) -> list[str]:
    """A delivery that waits for a person while its date nears, or has passed: that is told by itself, once per delivery
    and kind, also when the date was told before it came to wait. Gives the deliveries told of now."""
    told = []
    for line in lines:
        if line.delivery is None or not waits(line):
            continue
        object = f"{line.delivery.id} {line.state}"
        details = {"uiterlijk": line.deadline}
        if ledger.event_once(line.delivery.id, "ketensluis", WAITS, object, sentence(line), details):
            told.append(line.delivery.id)
    return told


def waits(line: Line) -> bool:
    """Only a person keeps it from being in time, or has kept it."""
    waiting = line.delivery is not None and line.delivery.state is DeliveryState.awaiting
    return waiting and line.state in (State.near, State.late)


def remind(lines: Sequence[Line], ledger: Ledger) -> list[Line]:
    """Put an event in the ledger for each line that nears its date, has passed it or hears nothing: once per delivery
    and kind, however often and by how many processes at once this is called. Gives the lines told now."""
    told = []
    for line in lines:
        if line.state not in ACTIONS:
            continue
        own = line.delivery.id if line.delivery is not None and line.state is State.silent else None
        details = {"uiterlijk": line.deadline, "verzonden": line.sent, "antwoord_voor": line.until}
        # Silence after it was offered again is another silence.
        about = f"{line.id} {line.again:%Y%m%dT%H%M%S}" if own and line.again else line.id
        if ledger.event_once(own, "ketensluis", ACTIONS[line.state], about, sentence(line), details):
            told.append(line)
    return told


def summary(counts: Mapping[State, int]) -> str:
    """``1 te laat, 2 nadert``; what asks for attention first."""
    order = [State.late, State.silent, State.near, State.waiting, State.far, State.done, State.undated]
    return ", ".join(f"{number(counts[state])} {LABELS[state]}" for state in order if counts.get(state))


def complaint(alarms: Sequence[str]) -> str:
    """The alarms in one line: the first few, and how many more."""
    more = len(alarms) - _SHOWN
    return " | ".join(alarms[:_SHOWN]) + (f" | en nog {more}; zie sluis calendar." if more > 0 else "")


def sentence(line: Line) -> str:
    """State, date and remark in one Dutch line, for people."""
    due = f" uiterlijk {day(line.deadline)};" if line.deadline else ""
    return f"{LABELS[line.state]}:{due} {remark(line)}"


def remark(line: Line) -> str:
    """What there is to say of the state beside its date."""
    late = ", te laat" if line.sent_late else ""
    again = f", opnieuw aangeboden op {_moment(line.again)}" if line.again else ""
    sent = f"verzonden op {_moment(line.sent)}{late}{again}"
    if line.state is State.waiting:
        return f"{sent}; antwoord verwacht voor {_moment(line.until)}"
    if line.state is State.silent:
        return f"{sent}; het antwoord had er op {_moment(line.until)} moeten zijn, {_silence(line)}"
    if line.state is State.done:
        return sent if line.sent else "geaccepteerd"
    stands = "er is geen levering"
    if line.delivery is not None:
        stands = f"levering {'ingetrokken' if line.taken_back else state_label(line.delivery.state)}"
    if line.delivery is not None and waits(line):
        stands += f": een ander dan wie startte moet beslissen, sluis approve show {line.delivery.id}"
    if line.days is None:
        return stands
    if line.state is State.late:
        return f"{_days(-line.days)} geleden; {stands}"
    left = "vandaag" if line.days == 0 else f"nog {_days(line.days)}"
    return left if line.state is State.far and line.delivery is None else f"{left}; {stands}"


def _silence(line: Line) -> str:
    """What to do about it, in the words of the exchange where it has them."""
    known = exchange_by_id(line.exchange).receipt.silence
    return f"{known.code}: {known.text}. {known.action}" if known else "vraag de partner"


def _days(value: int) -> str:
    return count(value, "dag", "dagen")


def _moment(moment: datetime | None) -> str:
    return f"{day(moment.date())} {moment:%H:%M}" if moment else "een onbekend moment"


def _year(exchange: Exchange, moment: datetime) -> int:
    return moment.astimezone(ZoneInfo(exchange.calendar.timezone)).year


def _expected(
    exchange: Exchange, towns: Sequence[str], settings: Settings, here: int, year: int | None
) -> list[tuple[str, Term]]:
    known = calendar.terms(exchange)
    upto = [known[period] for period in sorted(known) if period.year <= here]
    chosen = upto if year is None else calendar.of_year(exchange, known, year)
    own = settings.municipalities().gemeente
    first = {town: _first(exchange.id, town, own[town].vanaf.get(exchange.id)) for town in towns}
    return [(town, term) for town in towns for term in chosen if first[town] <= term.period]


def _first(exchange_id: str, gemeente: str, text: str | None) -> Period:
    """The first period a gemeente delivers by Ketensluis."""
    try:
        return Period.parse(text) if text else Period(1900, 1)
    except UsageError:
        raise UsageError(
            f"Instelling gemeente.{gemeente}.vanaf.{exchange_id} is niet leesbaar; geef een periode, "
            'bijvoorbeeld "2026-10".'
        ) from None


def _left(deliveries: Sequence[Delivery]) -> dict[str, datetime]:
    """When a delivery left by its state alone: what is booked as sent has left, whatever its steps say."""
    return {
        delivery.id: delivery.changed for delivery in deliveries
        if delivery.state is DeliveryState.delivered and delivery.changed is not None
    }  # fmt: skip
