"""What is still to do of what was published: the tasks with a date, and where they stand in the books."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.handling.steps import State
from exchanges.core.ledger import Ledger
from exchanges.core.ledger.signals import SignalBook
from exchanges.core.steps.received import accepted
from exchanges.core.store import Store

EXCHANGE = "ib_lks"
_COLUMNS = ("taaknummer", "signaalnummer", "taak", "week", "datum")


@dataclass(frozen=True)
class Task:
    """A task that is not handled. ``due`` is its last day."""

    number: str
    signal: str
    name: str
    week: int
    due: date
    state: State


def open_tasks(ledger: Ledger, store: Store, gemeente: str, until: date) -> list[Task]:
    """Of every published delivery, due on ``until`` or before it, the earliest first."""
    parts = []
    for delivery in accepted(ledger, EXCHANGE, gemeente):
        row = ledger.step_result(delivery.id, "compare")
        if row is not None and "nieuw/taken" in row.artefacts:
            path = store.local(gemeente, row.artefacts["nieuw/taken"].sha256)
            parts.append(pq.read_table(path, columns=list(_COLUMNS)))
    if not parts:
        return []
    tasks = pa.concat_tables(parts)
    tasks = tasks.filter(pc.less_equal(tasks["datum"], pa.scalar(until, pa.date32())))
    tasks = tasks.sort_by([("datum", "ascending"), ("taaknummer", "ascending")])
    booked = SignalBook(ledger.database).states(EXCHANGE, gemeente)
    # In the order they were added: the last is where it stands.
    states = dict(zip(booked["number"].to_pylist(), booked["state"].to_pylist(), strict=True))
    return [
        Task(row["taaknummer"], row["signaalnummer"], row["taak"], row["week"], row["datum"], State(state))
        for row in tasks.to_pylist()
        if (state := states.get(row["taaknummer"], State.ontvangen)) != State.afgehandeld
    ]
