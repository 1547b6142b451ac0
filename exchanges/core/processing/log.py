"""The processing log of a delivery: one row for every person in it, as the Logboek Dataverwerkingen has it.

It is made when the delivery is reconciled, of everybody in what was read: before anything leaves or is published, so
that what cannot be logged goes no further. No sampling, and nobody's name: who looked at what is in the access log, and
the delivery is what the two share. Columns are those of the standard: ``trace_id`` (16 bytes) of the delivery,
``operation_id`` (8 bytes) of the person in it; ``status_code`` 1 for who goes on (in the file, or in what is
published), 2 for who was set apart, 0 for whom nothing was done; ``start_time`` and ``end_time`` in milliseconds since
1970, from the books; ``dpl.core.data_subject_id`` is the BSN encrypted (16 bytes, see :func:`subject_ids`).
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable, Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from exchanges.core.chain import STEPS
from exchanges.core.declare import Flow
from exchanges.core.sql import execute, parquet, session
from exchanges.core.steps.context import Context, Made, flow_of
from exchanges.core.steps.select import PARQUET
from exchanges.core.where.columns import person_columns
from exchanges.core.xml.readback import PARQUET as WRITTEN

ROLE = "verwerking/personen"
AT = "reconcile"  # the step it is kept with
SUBJECT, ACTIVITY = "dpl.core.data_subject_id", "dpl.core.processing_activity_id"
_BLOCK = 16
# How far a person came, the highest counts; and what the standard calls that.
_READ, _CHOSEN, _ONWARD = range(3)
_STATUS = np.array([0, 2, 1], np.int8)


def trace_id(delivery: str) -> bytes:
    """Of a delivery: the same whenever its log is made again."""
    return hashlib.sha256(f"trace {delivery}".encode()).digest()[:_BLOCK]


def subject_ids(bsns: pa.Array, key: bytes) -> NDArray[np.void]:
    """16 bytes for each: the nine digits as one block of AES-256 under a key made of ``key``, so that only who has that
    can tell whose they are. Of what is no nine digits: HMAC-SHA-256, cut off."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    formed = np.asarray(pc.match_substring_regex(bsns, "^[0-9]{9}$"))
    blocks = np.zeros((len(bsns), _BLOCK), np.uint8)
    digits = pc.cast(pc.cast(bsns.filter(pa.array(formed)), pa.binary()), pa.binary(9))
    blocks[formed, :9] = np.frombuffer(digits.buffers()[1] or b"", np.uint8)[: 9 * len(digits)].reshape(-1, 9)
    own = hmac.digest(key, b"verwerkingslog", "sha256")
    # One block each, never two: nothing repeats that a mode with chaining would hide.
    sealed = Cipher(algorithms.AES(own), modes.ECB()).encryptor().update(blocks.tobytes())
    ids = np.frombuffer(sealed, f"V{_BLOCK}").copy()
    for place in np.flatnonzero(~formed):
        ids[place] = np.void(hmac.digest(own, str(bsns[place]).encode(), "sha256")[:_BLOCK])
    return ids


def processing_log(context: Context) -> dict[str, Made]:
    """Artefact ``verwerking/personen``. Raises UsageError when a step before it has not been passed."""
    path, people = context.work / "verwerking.parquet", [*_people(context)]
    rows = max((pq.read_metadata(table).num_rows for table, _, _ in people), default=0)
    came = " UNION ALL ".join(f"SELECT {name} AS bsn, {stage} AS trap FROM {parquet(table)}{rest}"
                              for table, (name, rest), stage in people)  # fmt: skip
    with session(context.work, context.settings.memory_mb, rows=rows) as con:
        found = execute(
            con,
            "SELECT bsn, CAST(max(trap) AS TINYINT) AS trap FROM"
            f" ({came or 'SELECT NULL::VARCHAR AS bsn, 0 AS trap'}) WHERE bsn IS NOT NULL GROUP BY bsn",
        ).to_arrow_table()
    pq.write_table(_table(context, found), path, **WRITTEN)
    return {ROLE: Made(path, PARQUET, found.num_rows)}


def _table(context: Context, people: pa.Table) -> pa.Table:
    """In the order of what nobody can read, so that the order tells nothing either."""
    ids = subject_ids(people["bsn"].combine_chunks(), context.settings.pseudonymise_with())
    first = ids.view(">u8").reshape(-1, 2)[:, 0]
    order, trace = np.argsort(first, kind="stable"), trace_id(context.delivery.id)
    operations = first[order] ^ np.frombuffer(trace, ">u8")[0]
    start, end = _when(context)
    many = len(ids)
    columns = {
        "trace_id": pa.repeat(pa.scalar(trace, pa.binary(_BLOCK)), many),
        "operation_id": _fixed(operations.astype(">u8").tobytes(), 8),
        "status_code": pa.array(_STATUS[people["trap"].to_numpy()][order]),
        "name": pa.repeat(pa.scalar(f"{context.exchange.id} {context.delivery.method}"), many),
        "start_time": pa.repeat(pa.scalar(start, pa.int64()), many),
        "end_time": pa.repeat(pa.scalar(end, pa.int64()), many),
        ACTIVITY: pa.repeat(pa.scalar(context.purpose.activity), many),
        SUBJECT: _fixed(ids[order].tobytes(), _BLOCK),
    }
    return pa.table(columns)


def _fixed(data: bytes, width: int) -> pa.Array:
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(data) // width, [None, pa.py_buffer(data)])


def _people(context: Context) -> Iterator[tuple[Path, tuple[str, str], int]]:
    """(table, (column, condition), how far those in it came). Of a received file the people are those in it: in the
    administration is only looked about them."""
    flow = flow_of(context.exchange, context.delivery.method)
    if isinstance(flow, Flow):
        for step, prefix, stage in (("select", "bron", _READ), ("select", "selectie", _CHOSEN),
                                    ("check", "teruglezing", _ONWARD)):  # fmt: skip
            yield from _columns(context.files(step, prefix).values(), "bsn", "", stage)
        return
    read, marks = context.files("read", "gelezen"), context.files("compare", "klasse")
    yield from _columns(read.values(), flow.person, "", _READ)
    yield from _columns(context.files("compare", "nieuw").values(), flow.person, "", _ONWARD)
    if "merk" in marks:
        apart = f" WHERE rij IN (SELECT rij FROM {parquet(marks['merk'])} WHERE klasse IN ('botst', 'afgewezen'))"
        yield from _columns((read[name] for name in flow.records), flow.person, apart, _CHOSEN)


def _columns(tables: Iterable[Path], person: str, rest: str, stage: int) -> Iterator[tuple[Path, tuple[str, str], int]]:
    for table in tables:
        for name in person_columns(pq.read_schema(table), person):
            yield table, (name, rest), stage


def _when(context: Context) -> tuple[int, int]:
    """From the first step to the last before this one, in milliseconds."""
    steps = STEPS[context.exchange.direction]
    before = steps[: steps.index(AT)]
    rows = [row for row in context.ledger.steps(context.delivery.id) if row.done and row.step in before]
    begun, ended = min(row.started for row in rows), max(row.finished for row in rows if row.finished is not None)
    return round(begun.timestamp() * 1000), round(ended.timestamp() * 1000)
