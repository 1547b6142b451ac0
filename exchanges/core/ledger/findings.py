"""Findings in bulk: from Arrow columns into the database and back."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any

import pyarrow as pa
import sqlalchemy as sa

from exchanges.core.findings import FINDINGS
from exchanges.core.ledger.form import counted
from exchanges.core.ledger.tables import finding

_BATCH = 20_000
_OF_STEP = pa.schema([("delivery", pa.string()), ("step", pa.string()), *FINDINGS])
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


def findings_by_step(connection: sa.Connection, ids: Sequence[str]) -> dict[tuple[str, str], str]:
    """The digest of what each step of these deliveries has, as ``table_digest`` makes it; not of steps without."""
    query = sa.select(finding.c.delivery, finding.c.step, *(finding.c[name] for name in FINDINGS.names)).where(
        finding.c.delivery.in_(ids)
    ).order_by(finding.c.delivery, finding.c.step, finding.c.id)
    hashes: dict[tuple[str, str], Any] = {}
    for batch in _batches(connection, query, _OF_STEP):
        content, ends = counted(batch.select(FINDINGS.names))
        start = 0
        whose = list(zip(batch["delivery"].to_pylist(), batch["step"].to_pylist(), strict=True))
        for of, rows in groupby(whose):
            end = start + sum(1 for _ in rows)
            hashes.setdefault(of, hashlib.sha256()).update(content[ends[start]:ends[end]])
            start = end
    return {of: found.hexdigest() for of, found in hashes.items()}


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
