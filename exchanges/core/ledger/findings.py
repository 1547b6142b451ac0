"""Findings in bulk: from Arrow columns into the database and back."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from exchanges.core.findings import FINDINGS
from exchanges.core.ledger.tables import finding

_BATCH = 20_000
_SCHEMA = FINDINGS.append(pa.field("step", pa.string()))


def add(connection: sa.Connection, id: str, step: str, attempt: int, findings: pa.Table) -> None:
    statement = sa.insert(finding).values(delivery=id, step=step, attempt=attempt)
    for batch in findings.to_batches(max_chunksize=_BATCH):
        if batch.num_rows:
            connection.execute(statement, batch.to_pylist())


def of_step(connection: sa.Connection, id: str, step: str) -> Iterator[pa.RecordBatch]:
    """Columns of FINDINGS, in the order they were saved."""
    query = sa.select(*(finding.c[name] for name in FINDINGS.names)).where(
        finding.c.delivery == id, finding.c.step == step
    )
    return _batches(connection, query.order_by(finding.c.id), FINDINGS)


def load(connection: sa.Connection, id: str) -> pa.Table:
    """In the order they were saved; columns of FINDINGS and ``step``."""
    query = sa.select(*(finding.c[name] for name in _SCHEMA.names)).where(finding.c.delivery == id)
    return pa.Table.from_batches(_batches(connection, query.order_by(finding.c.id), _SCHEMA), schema=_SCHEMA)


def _batches(connection: sa.Connection, query: sa.Select[Any], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    for rows in connection.execute(query.execution_options(yield_per=_BATCH)).partitions():
        yield pa.RecordBatch.from_arrays(
            [pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), schema.types, strict=True)],
            schema=schema,
        )
