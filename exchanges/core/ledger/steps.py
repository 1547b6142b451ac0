"""Steps with their balances and artefacts: a re-run replaces what the former run left."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from exchanges.core.balance import Balance
from exchanges.core.ledger import booked, deliveries, trail
from exchanges.core.ledger import findings as finding_rows
from exchanges.core.ledger.artefacts import artefact_of, artefact_values
from exchanges.core.ledger.form import exact, table_digest
from exchanges.core.ledger.model import StepRow, StepState
from exchanges.core.ledger.tables import artefact, balance, delivery, finding, step
from exchanges.core.store.artefact import Artefact

ENDED = "stap afgerond"
_BATCH = 20_000


def start(connection: sa.Connection, id: str, name: str) -> int:
    """The attempt number, from 1."""
    now = datetime.now(UTC)
    again: int | None = connection.execute(
        sa.update(step).where(_is(step, id, name))
        .values(state=StepState.running.value, attempt=step.c.attempt + 1, started=now, finished=None)
        .returning(step.c.attempt)
    ).scalar()
    if again is None:
        _insert(connection, id, name, now)
    return again or 1


def ensure(connection: sa.Connection, id: str, name: str) -> tuple[int, bool]:
    """The attempt now under way, and whether nothing can have been kept of the step yet; a step nobody started is
    started. Locks the step until the transaction ends (SQLite: the whole database is locked already)."""
    found = connection.execute(
        sa.select(step.c.attempt, step.c.state).where(_is(step, id, name)).with_for_update()
    ).first()
    if found is None:
        return start(connection, id, name), True
    return found.attempt, found.attempt == 1 and found.state == StepState.running.value


def finish(connection: sa.Connection, id: str, name: str, state: StepState, balances: Sequence[Balance],
           artefacts: Mapping[str, Artefact], details: Mapping[str, Any], findings: pa.Table | None) -> None:
    attempt, first = ensure(connection, id, name)
    now = datetime.now(UTC)
    ended = connection.execute(
        sa.update(step).where(_is(step, id, name)).values(state=state.value, finished=now, details=dict(details))
        .returning(*(step.c[column] for column in booked.STEP_COLUMNS))
    ).one()
    if not first:
        for table in (balance, artefact):
            connection.execute(sa.delete(table).where(_is(table, id, name)))
        # Findings of an earlier attempt; this attempt may have found nothing.
        stale = finding.c.attempt < attempt if findings is None else sa.true()
        connection.execute(sa.delete(finding).where(_is(finding, id, name), stale))
    key = {"delivery": id, "step": name}
    lines = [{**key, **line.as_dict()} for line in balances]
    files = [{**key, "name": role, "created": now, **artefact_values(item)} for role, item in artefacts.items()]
    if lines:
        connection.execute(sa.insert(balance), lines)
    if files:
        connection.execute(sa.insert(artefact), files)
    if findings is not None:
        finding_rows.add(connection, id, name, attempt, findings)
        found = table_digest(findings.to_batches(max_chunksize=_BATCH))
    else:
        found = table_digest(()) if first else booked.findings_now(connection, id, name)
    trail.append(connection, id, "ketensluis", ENDED, name, state.value, {"poging": attempt, "bevindingen": found[0]},
                 booked.step(name, exact(tuple(ended)), _columns(lines, booked.BALANCE),
                             _columns(files, booked.ARTEFACT), found[1]))


def _columns(rows: Sequence[Mapping[str, Any]], columns: tuple[str, ...]) -> list[Sequence[Any]]:
    return [exact([row[name] for name in columns]) for row in rows]


def rows(connection: sa.Connection, id: str, name: str | None = None) -> list[StepRow]:
    """In order of first start; one step when ``name`` is given."""
    balances: dict[str, list[Balance]] = defaultdict(list)
    for row in connection.execute(_of(balance, id, name).order_by(balance.c.id)).mappings():
        balances[row["step"]].append(Balance(**{field: row[field] for field in Balance.__dataclass_fields__}))
    artefacts: dict[str, dict[str, Artefact]] = defaultdict(dict)
    for row in connection.execute(_of(artefact, id, name).order_by(artefact.c.id)).mappings():
        artefacts[row["step"]][row["name"]] = artefact_of(row)
    return [
        StepRow(row["step"], StepState(row["state"]), row["started"], row["finished"], row["details"],
                tuple(balances[row["step"]]), artefacts[row["step"]], row["attempt"])
        for row in connection.execute(_of(step, id, name).order_by(step.c.ordinal, step.c.step)).mappings()
    ]


def finished(connection: sa.Connection, name: str, exchange: str, gemeente: str | None) -> dict[str, datetime]:
    """When the step ended well, by delivery."""
    query = (
        sa.select(step.c.delivery, step.c.finished).join(delivery, delivery.c.id == step.c.delivery)
        .where(delivery.c.exchange == exchange, step.c.step == name, step.c.state == StepState.done.value,
               step.c.finished.is_not(None))
    )
    if gemeente is not None:
        query = query.where(delivery.c.gemeente == gemeente)
    return {row["delivery"]: row["finished"] for row in connection.execute(query).mappings()}


def _insert(connection: sa.Connection, id: str, name: str, now: datetime) -> None:
    deliveries.get(connection, id)  # raises, when there is none, in words
    last = connection.execute(sa.select(sa.func.max(step.c.ordinal)).where(step.c.delivery == id)).scalar()
    connection.execute(sa.insert(step).values(
        delivery=id, step=name, ordinal=(last or 0) + 1, attempt=1, state=StepState.running.value, started=now,
        details={},
    ))


def _is(table: sa.Table, id: str, name: str) -> sa.ColumnElement[bool]:
    return sa.and_(table.c.delivery == id, table.c.step == name)


def _of(table: sa.Table, id: str, name: str | None) -> sa.Select[Any]:
    query = sa.select(table).where(table.c.delivery == id)
    return query if name is None else query.where(table.c.step == name)
