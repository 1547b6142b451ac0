"""Signals in the ledger: registered once, and what people did with them, append-only.

Which states there are and what follows on what is the exchange's; here a state is a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.ledger import booked, trail
from exchanges.core.ledger.database import Database
from exchanges.core.ledger.guard import check_text, plain_details, plain_name
from exchanges.core.ledger.tables import signal, signal_event
from exchanges.core.ledger.turn import take_turn
from exchanges.core.store.artefact import check_gemeente

STATE = "state"
REGISTERED, HANDLED = "signalen ingeschreven", "signaal behandeld"
# In the details of an event: the hash of a document in the store, and that it has been dealt with.
DOCUMENT, CLOSED = "document", "afgesloten"
# What ``register`` takes, one row per signal.
SIGNALS = pa.schema([("number", pa.string()), ("kind", pa.string()), ("restricted", pa.bool_()),
                     ("record", pa.string()), ("fingerprint", pa.string())])
_PSEUDONYM = re.compile(r"p:[0-9a-f]{20}")
_BATCH = 20_000


@dataclass(frozen=True)
class SignalEvent:
    """What ``actor`` did at ``moment`` (UTC). ``state`` is that of the signal afterwards; ``action`` is ``state`` when
    this event put it there."""

    moment: datetime
    actor: str
    state: str
    action: str = STATE
    outcome: str | None = None
    decision: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Registered:
    """``fresh`` signals are new; ``known`` ones were there with the same content; ``differing`` are the numbers that
    were there with other content: nothing of these was changed."""

    fresh: int
    known: int
    differing: tuple[str, ...]


class SignalBook:
    """Every method is one transaction. Errors: UsageError, BusinessError (a BSN), TechnicalError."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def register(self, exchange: str, gemeente: str, period: str, signals: pa.Table, event: SignalEvent) -> Registered:
        """Signals that are not there yet, each with ``event`` as its first. Columns as SIGNALS."""
        plain_name("uitwisseling", exchange)
        check_gemeente(gemeente)
        _check(event)
        rows = {row["number"]: row for row in signals.select(SIGNALS.names).cast(SIGNALS).to_pylist()}
        if len(rows) < signals.num_rows:
            raise UsageError("Een signaalnummer staat dubbel in wat wordt ingeschreven; zet dubbele signalen apart.")
        if not all(_PSEUDONYM.fullmatch(row["record"] or "") for row in rows.values()):
            raise BusinessError("Een signaal heeft een recordsleutel die geen pseudoniem is; er is niets ingeschreven.")
        with self._database.write() as connection:
            take_turn(connection, f"signalen {exchange}/{gemeente}")
            here = (signal.c.exchange == exchange, signal.c.gemeente == gemeente)
            there = {number: (kind, fingerprint) for number, kind, fingerprint in connection.execute(
                sa.select(signal.c.number, signal.c.kind, signal.c.fingerprint).where(*here))}
            differing = tuple(sorted(number for number, row in rows.items() if number in there
                                     and there[number] != (row["kind"], row["fingerprint"])))
            fresh = [row for number, row in rows.items() if number not in there]
            first = connection.execute(sa.select(sa.func.coalesce(sa.func.max(signal.c.id), 0))).scalar_one()
            for start in range(0, len(fresh), _BATCH):
                connection.execute(
                    sa.insert(signal).values(exchange=exchange, gemeente=gemeente, period=period),
                    fresh[start:start + _BATCH],
                )
            # One statement for all: each new signal gets the same first event.
            source = sa.select(signal.c.id, *_literals(event)).where(
                signal.c.id > first, *here,
                ~sa.exists().where(signal_event.c.signal == signal.c.id),
            ).order_by(signal.c.id)
            if fresh:
                connection.execute(sa.insert(signal_event).from_select(["signal", *_COLUMNS], source))
                ids = connection.execute(
                    sa.select(sa.func.min(signal.c.id), sa.func.max(signal.c.id)).where(signal.c.id > first, *here)
                ).one()
                trail.append(connection, None, event.actor, REGISTERED, f"{exchange}/{gemeente}", event.state,
                             {"aantal": len(fresh)}, booked.signals(connection, exchange, gemeente, *ids))
        return Registered(len(fresh), len(rows) - len(fresh) - len(differing), differing)

    def append(self, exchange: str, gemeente: str, number: str,
               decide: Callable[[list[SignalEvent]], SignalEvent]) -> SignalEvent:
        """Add what ``decide`` makes of the history of one signal, oldest first. What it raises goes through, and
        nothing is added; nobody else adds to this signal meanwhile."""
        with self._database.write() as connection:
            event, id = _append(connection, exchange, gemeente, number, decide)
            _tell(connection, exchange, gemeente, [(event, id)])
            return event

    def append_all(self, exchange: str, gemeente: str,
                   decided: Sequence[tuple[str, Callable[[list[SignalEvent]], SignalEvent]]]) -> None:
        """As ``append`` for several, by number: all of them or none."""
        with self._database.write() as connection:
            _tell(connection, exchange, gemeente, [
                _append(connection, exchange, gemeente, number, decide) for number, decide in decided
            ])

    def history(self, exchange: str, gemeente: str, number: str) -> list[SignalEvent]:
        """Oldest first; empty when the signal is not known."""
        with self._database.read() as connection:
            id = connection.execute(
                sa.select(signal.c.id).where(signal.c.exchange == exchange, signal.c.gemeente == gemeente,
                                             signal.c.number == number)).scalar()
            return [] if id is None else _events(connection, id)

    def acts(self, exchange: str, gemeente: str,
             actions: Collection[str]) -> list[tuple[str, str, bool, str, SignalEvent]]:
        """(number, kind, restricted, pseudonym, event) of every event with one of these actions, in the order they were
        added."""
        query = (
            sa.select(signal.c.number, signal.c.kind, signal.c.restricted, signal.c.record,
                      *(signal_event.c[name] for name in _COLUMNS))
            .join(signal_event, signal_event.c.signal == signal.c.id)
            .where(signal.c.exchange == exchange, signal.c.gemeente == gemeente,
                   signal_event.c.action.in_(sorted(actions)))
            .order_by(signal_event.c.id)
        )
        with self._database.read() as connection:
            return [
                (row["number"], row["kind"], row["restricted"], row["record"],
                 SignalEvent(**{name: row[name] for name in _COLUMNS}))
                for row in connection.execute(query).mappings()
            ]

    def closed_documents(self, exchange: str, gemeente: str) -> dict[str, datetime]:
        """When each document was dealt with (UTC), by hash; without those that were not."""
        query = (
            sa.select(signal_event.c.moment, signal_event.c.details).join(signal, signal.c.id == signal_event.c.signal)
            .where(signal.c.exchange == exchange, signal.c.gemeente == gemeente, signal_event.c.action != STATE)
            .order_by(signal_event.c.id)
        )
        with self._database.read() as connection:
            return {str(details[DOCUMENT]): moment for moment, details in connection.execute(query)
                    if details.get(CLOSED)}

    def states(self, exchange: str, gemeente: str) -> pa.Table:
        """Every change of state of every signal: number, kind, restricted, period, moment (UTC), state, outcome; in the
        order they were added."""
        query = (
            sa.select(signal.c.number, signal.c.kind, signal.c.restricted, signal.c.period, signal_event.c.moment,
                      signal_event.c.state, signal_event.c.outcome)
            .join(signal_event, signal_event.c.signal == signal.c.id)
            .where(signal.c.exchange == exchange, signal.c.gemeente == gemeente, signal_event.c.action == STATE)
            .order_by(signal_event.c.id)
        )
        with self._database.read() as connection:
            result = connection.execute(query.execution_options(yield_per=_BATCH))
            parts = [
                pa.RecordBatch.from_arrays([pa.array(column, kind) for column, kind in
                                            zip(zip(*rows, strict=True), _STATES.types, strict=True)], schema=_STATES)
                for rows in result.partitions()
            ]
        return pa.Table.from_batches(parts, schema=_STATES)


_COLUMNS = ("moment", "actor", "action", "state", "outcome", "decision", "details")
_STATES = pa.schema([("number", pa.string()), ("kind", pa.string()), ("restricted", pa.bool_()),
                     ("period", pa.string()), ("moment", pa.timestamp("us", tz="UTC")), ("state", pa.string()),
                     ("outcome", pa.string())])


def _literals(event: SignalEvent) -> list[sa.ColumnElement[Any]]:
    values: dict[str, Any] = {name: getattr(event, name) for name in _COLUMNS}
    values["details"] = plain_details("een signaal", event.details)
    return [sa.literal(values[name], signal_event.c[name].type).label(name) for name in _COLUMNS]


def _append(connection: sa.Connection, exchange: str, gemeente: str, number: str,
            decide: Callable[[list[SignalEvent]], SignalEvent]) -> tuple[SignalEvent, int]:
    """The event, and the id of its row."""
    id = connection.execute(
        sa.select(signal.c.id).where(signal.c.exchange == exchange, signal.c.gemeente == gemeente,
                                     signal.c.number == number).with_for_update()
    ).scalar()
    if id is None:
        raise UsageError("Dit signaal is voor deze gemeente niet bekend; controleer het signaalnummer.")
    event = decide(_events(connection, id))
    _check(event)
    added = connection.execute(sa.insert(signal_event).values(
        signal=id, **{name: getattr(event, name) for name in _COLUMNS if name != "details"},
        details=plain_details("een signaal", event.details))).inserted_primary_key
    assert added is not None
    return event, added[0]


def _tell(connection: sa.Connection, exchange: str, gemeente: str, added: Sequence[tuple[SignalEvent, int]]) -> None:
    """In the chain, by each who did some of it."""
    for actor in sorted({event.actor for event, _ in added}):
        own = [one for one in added if one[0].actor == actor]
        for start in range(0, len(own), booked.MANY):
            some = own[start:start + booked.MANY]
            trail.append(connection, None, actor, HANDLED, f"{exchange}/{gemeente}",
                         ", ".join(sorted({event.action for event, _ in some})), {"aantal": len(some)},
                         booked.handled(connection, [id for _, id in some]))


def _events(connection: sa.Connection, id: int) -> list[SignalEvent]:
    rows = connection.execute(sa.select(signal_event).where(signal_event.c.signal == id).order_by(signal_event.c.id))
    return [SignalEvent(**{name: row[name] for name in _COLUMNS}) for row in rows.mappings()]


def _check(event: SignalEvent) -> None:
    check_text("de behandeling van een signaal", event.actor, event.state, event.action, event.outcome or "",
               event.decision or "")
