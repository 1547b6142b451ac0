"""Findings in bulk: from Arrow columns into the database and back."""

from __future__ import annotations

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


def load(connection: sa.Connection, id: str) -> pa.Table:
    """In the order they were saved; columns of FINDINGS and ``step``."""
    query = sa.select(*(finding.c[name] for name in _SCHEMA.names)).where(finding.c.delivery == id)
    result = connection.execution_options(yield_per=_BATCH).execute(query.order_by(finding.c.id))
    batches = [
        pa.RecordBatch.from_arrays(
            [pa.array(column, kind) for column, kind in zip(zip(*rows, strict=True), _SCHEMA.types, strict=True)],
            schema=_SCHEMA,
        )
        for rows in result.partitions()
    ]
    return pa.Table.from_batches(batches, schema=_SCHEMA)
