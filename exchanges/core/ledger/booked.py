"""What of the tables goes into the chain: events hold digests of what was booked with them, so that a changed balance,
file, answer or finding differs from the chain as a changed event does (docs/evidence.md).

``booked`` of an event is ``{"soort": kind, "sleutel": key, "delen": {part: sha256}}``. The newest one of a kind and key
counts. Columns are named here and not taken from the tables: one that is added later does not change a digest.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from operator import itemgetter
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from exchanges.core.ledger import findings as finding_rows
from exchanges.core.ledger.form import canonical, digest, exact, table_digest
from exchanges.core.ledger.tables import (
    artefact,
    balance,
    correction,
    delivery,
    destroyed,
    receipt,
    refeed,
    signal,
    signal_event,
)
from exchanges.core.ledger.tables import step as step_table
from exchanges.core.ledger.texts import columns_of

STEP, DESTROYED, REPORTED, SIGNALS, HANDLED = "stap", "vernietigd", "vernietigingsverslag", "signalen", "behandeld"
_BATCH = 20_000
_NOTHING = digest([])
NO_FINDINGS = table_digest(())[1]
MANY = 500  # rows named one by one in an event

_FILE = ("file_name", "sha256", "size", "media_type", "rows")
STEP_COLUMNS = ("ordinal", "details", "attempt", "state", "started", "finished")
BALANCE = ("measure", "unit", "into", "out", "rejected", "excluded", "held", "duplicate", "closed")
ARTEFACT = ("name", *_FILE, "created")
DESTROYED_COLUMNS = ("id", "gemeente", "delivery", "place", "step", "name", *_FILE, "data_class", "rule", "decided")
_SIGNAL = ("exchange", "gemeente", "number", "kind", "restricted", "record", "fingerprint", "period")
HANDLED_COLUMNS = ("id", "signal", "moment", "actor", "action", "state", "outcome", "decision", "details")
_FIRST = HANDLED_COLUMNS[2:]
# kind: table, the column that says whose it is, its key, and what counts.
ROWS: dict[str, tuple[sa.Table, str, str, tuple[str, ...]]] = {
    "levering": (delivery, "id", "id",
                 ("id", "exchange", "gemeente", "period", "sequence", "method", "state", "reason", "opened",
                  "changed")),
    "ontvangst": (receipt, "delivery", "delivery",
                  ("delivery", "status", "accepted", "rejected", *_FILE, "details", "received")),
    "herstel": (refeed, "delivery", "delivery",
                ("delivery", "repairs", "whole", "original", "sha256", "actor", "reason", "moment")),
    "correctie": (correction, "corrects", "id",
                  ("id", "kind", "corrects", "delivery", "scope", "unchanged", "actor", "reason", "moment",
                   "confirmed_by", "confirmed")),
}  # fmt: skip


def row(kind: str, values: Mapping[str, Any]) -> dict[str, Any]:
    """What an event says of one row of a table in ROWS."""
    _, _, key, columns = ROWS[kind]
    return said(kind, values[key], {"regel": digest(exact([values[name] for name in columns]))})


def row_now(connection: sa.Connection, kind: str, key: Any) -> dict[str, Any]:
    """As ``row``, of what the table has at this moment of the transaction."""
    table, _, name, _ = ROWS[kind]
    return row(kind, dict(connection.execute(sa.select(table).where(table.c[name] == key)).mappings().one()))


def step(name: str, values: Sequence[Any], balances: Iterable[Sequence[Any]], artefacts: Iterable[Sequence[Any]],
         findings: str) -> dict[str, Any]:
    """What an event says of a step that ended. ``values`` are the columns STEP_COLUMNS, ``balances`` and ``artefacts``
    rows of BALANCE and ARTEFACT in any order, all with moments as text; ``findings`` is their digest. The end is a part
    of its own: a step that was started again has another one, and the rest still."""
    return said(STEP, name, {
        "stap": digest(exact(values[:2])), "einde": digest(values[2:]), "balansen": _all(balances),
        "artefacten": _all(artefacts), "bevindingen": findings,
    })


def destroyed_digest(connection: sa.Connection, *where: sa.ColumnElement[bool], gone: bool = False) -> tuple[int, str]:
    """Of rows of destroyed by number, with ``gone`` also whether and when they went."""
    columns = columns_of(destroyed, (*DESTROYED_COLUMNS, *(("gone", "report") if gone else ())))
    found = [tuple(one) for one in connection.execute(sa.select(*columns).where(*where).order_by(destroyed.c.id))]
    return len(found), digest(found)


def step_now(connection: sa.Connection, id: str, name: str) -> dict[str, Any]:
    """As ``step``, of what the tables have at this moment of the transaction."""
    def of(table: sa.Table, columns: tuple[str, ...]) -> list[Sequence[Any]]:
        query = sa.select(*columns_of(table, columns)).where(table.c.delivery == id, table.c.step == name)
        return [tuple(one) for one in connection.execute(query)]

    [values] = of(step_table, STEP_COLUMNS)
    return step(name, values, of(balance, BALANCE), of(artefact, ARTEFACT), findings_now(connection, id, name)[1])


def signals(connection: sa.Connection, exchange: str, gemeente: str, first: int, last: int) -> dict[str, Any]:
    """Of signals of one gemeente with ids ``first`` to ``last`` and the first event of each."""
    _, found = signals_digest(connection, exchange, gemeente, first, last)
    return said(SIGNALS, [exchange, gemeente, first, last], {"regels": found})


def signals_digest(connection: sa.Connection, exchange: str, gemeente: str, first: int, last: int) -> tuple[int, str]:
    earliest = (
        sa.select(sa.func.min(signal_event.c.id)).where(signal_event.c.signal == signal.c.id).correlate(signal)
        .scalar_subquery()
    )
    query = (
        sa.select(*(signal.c[name] for name in _SIGNAL), *(signal_event.c[name].label(f"e_{name}") for name in _FIRST))
        .outerjoin_from(signal, signal_event, signal_event.c.id == earliest)
        .where(signal.c.exchange == exchange, signal.c.gemeente == gemeente, signal.c.id.between(first, last))
        .order_by(signal.c.id)
    )
    return table_digest(_signal_batches(connection, query))


def handled(connection: sa.Connection, ids: list[int]) -> dict[str, Any]:
    """Of what was added to the history of signals, by the ids of the rows."""
    return said(HANDLED, ids, {"regels": handled_digest(connection, ids)})


def handled_digest(connection: sa.Connection, ids: list[int]) -> str:
    query = (
        sa.select(*(signal_event.c[name] for name in HANDLED_COLUMNS)).where(signal_event.c.id.in_(ids))
        .order_by(signal_event.c.id)
    )
    return digest(exact([tuple(one) for one in connection.execute(query)]))


def findings_now(connection: sa.Connection, id: str, step: str) -> tuple[int, str]:
    """Number and digest of the findings a step has at this moment of the transaction."""
    return table_digest(finding_rows.of_step(connection, id, step))


def _signal_batches(connection: sa.Connection, query: sa.Select[Any]) -> Iterator[pa.RecordBatch]:
    names = [*_SIGNAL, *(f"e_{name}" for name in _FIRST)]
    kinds = {"restricted": pa.bool_(), "e_moment": pa.timestamp("us", "UTC")}
    for rows in connection.execute(query.execution_options(yield_per=_BATCH)).partitions():
        columns = dict(zip(names, zip(*rows, strict=True), strict=True))
        columns["e_details"] = tuple(None if one is None else canonical(exact(one)) for one in columns["e_details"])
        yield pa.RecordBatch.from_arrays(
            [pa.array(columns[name], kinds.get(name, pa.string())) for name in names], names=names
        )


def _all(rows: Iterable[Sequence[Any]]) -> str:
    """By the first column, which is a name that no two have."""
    return digest(sorted(rows, key=itemgetter(0))) if rows else _NOTHING


def said(kind: str, key: Any, parts: Mapping[str, str]) -> dict[str, Any]:
    return {"soort": kind, "sleutel": key, "delen": dict(parts)}
