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
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from exchanges.core.chain import STEPS
from exchanges.core.declare import Flow
from exchanges.core.processing.people import People, people, written
from exchanges.core.steps.context import Context, Made, Result, flow_of
from exchanges.core.steps.select import PARQUET
from exchanges.core.where.columns import person_columns

ROLE = "verwerking/personen"
AT = "reconcile"  # the step it is kept with
SUBJECT, ACTIVITY = "dpl.core.data_subject_id", "dpl.core.processing_activity_id"
_BLOCK = 16
_ROWS = 1 << 16  # written at a time
_BESIDE = 100 << 20  # bytes stored of a delivery with some hundred thousands of persons
# How far a person came, the highest counts; and what the standard calls that.
_READ, _CHOSEN, _ONWARD = range(3)
_STATUS = np.array([0, 2, 1], np.int8)
_SCHEMA = pa.schema(
    {
        "trace_id": pa.binary(_BLOCK), "operation_id": pa.binary(8), "status_code": pa.int8(), "name": pa.string(),
        "start_time": pa.int64(), "end_time": pa.int64(), ACTIVITY: pa.string(), SUBJECT: pa.binary(_BLOCK),
    }
)  # fmt: skip


def trace_id(delivery: str) -> bytes:
    """Of a delivery: the same whenever its log is made again."""
    return hashlib.sha256(f"trace {delivery}".encode()).digest()[:_BLOCK]


def subject_ids(found: People, key: bytes) -> NDArray[np.void]:
    """16 bytes for each, numbers first: the nine digits as one block of AES-256 under a key made of ``key``, so that
    only who has that can tell whose they are. Of what is no nine digits: HMAC-SHA-256, cut off."""
    from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

    own = hmac.digest(key, b"verwerkingslog", "sha256")
    # One block each, never two: nothing repeats that a mode with chaining would hide.
    sealing = Cipher(algorithms.AES(own), modes.ECB()).encryptor()
    sealed = sealing.update(written(found.numbers, _BLOCK).tobytes())
    others = b"".join(hmac.digest(own, text.encode(), "sha256")[:_BLOCK] for text in found.texts)
    return np.frombuffer(sealed + others, f"V{_BLOCK}")


def processing_log(context: Context) -> dict[str, Made]:
    """Artefact ``verwerking/personen``. Raises UsageError when a step before it has not been passed."""
    path, found = context.work / "verwerking.parquet", people(_columns(context))
    ids = subject_ids(found, context.settings.pseudonymise_with())
    _write(context, ids, _STATUS[found.reached], path)
    return {ROLE: Made(path, PARQUET, len(ids))}


def logged(context: Context, function: Callable[[Context], Result]) -> Result:
    """``function``, the step with which the log is kept, and the log: beside each other if memory allows."""
    if sum(one.size for row in context.passed.values() for one in row.artefacts.values()
           if one.media_type == PARQUET) > _BESIDE:  # fmt: skip
        result = function(context)
        result.files |= processing_log(context)
        return result
    with ThreadPoolExecutor(1, "log") as pool:
        log = pool.submit(processing_log, context)
        result = function(context)
        result.files |= log.result()
    return result


def _write(context: Context, ids: NDArray[np.void], status: NDArray[np.int8], path: Path) -> None:
    """In the order of what nobody can read, so that the order tells nothing either."""
    first = ids.view(">u8").reshape(-1, 2)[:, 0].astype(np.uint64)
    order, trace = np.argsort(first), trace_id(context.delivery.id)
    start, end = _when(context)
    same = {
        "trace_id": trace,
        "name": f"{context.exchange.id} {context.delivery.method}",
        "start_time": start,
        "end_time": end,
        ACTIVITY: context.purpose.activity,
    }
    alike = {name: pa.repeat(pa.scalar(value, _SCHEMA.field(name).type), _ROWS) for name, value in same.items()}
    # Random bytes do not get smaller; what is the same for all, or one of three, takes hardly anything as a word list.
    kept = {"compression": "none", "use_dictionary": [*same, "status_code"], "write_statistics": False}
    with pq.ParquetWriter(path, _SCHEMA, **kept) as writer:
        for begin in range(0, len(order), _ROWS):
            now = order[begin : begin + _ROWS]
            operations = first[now] ^ np.frombuffer(trace, ">u8")[0]
            columns = {name: column.slice(0, len(now)) for name, column in alike.items()} | {
                "operation_id": _fixed(operations.astype(">u8").tobytes(), 8),
                "status_code": pa.array(status[now]),
                SUBJECT: _fixed(np.take(ids, now).tobytes(), _BLOCK),
            }
            writer.write_table(pa.table(columns).select(_SCHEMA.names))


def _fixed(data: bytes, width: int) -> pa.Array:
    return pa.FixedSizeBinaryArray.from_buffers(pa.binary(width), len(data) // width, [None, pa.py_buffer(data)])


def _columns(context: Context) -> Iterator[tuple[pa.ChunkedArray, int]]:
    """Who is in the delivery, with how far those came. Of a received file the people are those in it: in the
    administration is only looked about them."""
    flow = flow_of(context.exchange, context.delivery.method)
    if isinstance(flow, Flow):
        for step, prefix, stage in (("select", "bron", _READ), ("select", "selectie", _CHOSEN),
                                    ("check", "teruglezing", _ONWARD)):  # fmt: skip
            yield from _read(context.files(step, prefix).values(), "bsn", stage)
        return
    read, marks = context.files("read", "gelezen"), context.files("compare", "klasse")
    yield from _read(read.values(), flow.person, _READ)
    yield from _read(context.files("compare", "nieuw").values(), flow.person, _ONWARD)
    if "merk" in marks:
        marked = pq.read_table(marks["merk"], columns=["rij", "klasse"])
        apart = marked["rij"].filter(pc.is_in(marked["klasse"], value_set=pa.array(["botst", "afgewezen"])))
        yield from _read((read[name] for name in flow.records), flow.person, _CHOSEN, apart)


def _read(
    tables: Iterable[Path], person: str, stage: int, rows: pa.ChunkedArray | None = None
) -> Iterator[tuple[pa.ChunkedArray, int]]:
    for table in tables:
        for name in person_columns(pq.read_schema(table), person):
            if rows is None:
                yield pq.read_table(table, columns=[name], use_threads=False)[name], stage
            else:
                found = pq.read_table(table, columns=[name, "rij"])
                yield found[name].filter(pc.is_in(found["rij"], value_set=rows.combine_chunks())), stage


def _when(context: Context) -> tuple[int, int]:
    """From the first step to the last before this one, in milliseconds."""
    steps = STEPS[context.exchange.direction]
    before = steps[: steps.index(AT)]
    rows = [row for row in context.ledger.steps(context.delivery.id) if row.done and row.step in before]
    begun, ended = min(row.started for row in rows), max(row.finished for row in rows if row.finished is not None)
    return round(begun.timestamp() * 1000), round(ended.timestamp() * 1000)
