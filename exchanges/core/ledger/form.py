"""The form in which an event is hashed, and that of what is booked (docs/evidence.md; spec transport 13).

It is fixed: a verifier elsewhere, in another language, must come to the same hashes for ever. Values are made exact
before they are stored, so that both databases give back what was hashed: PostgreSQL writes 1e22 as a whole number.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from datetime import UTC, datetime
from decimal import Decimal
from json.encoder import encode_basestring
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

FORM = 1
GENESIS = "0" * 64  # what stands for the hash before the first
_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def canonical(value: Any) -> str:
    """JSON with sorted keys, without spaces, characters as they are. ``value`` holds no floats (see ``exact``)."""
    return _ENCODER.encode(value)


def exact(value: Any) -> Any:
    """JSON without floats: a whole one is a whole number, another becomes text with its decimals: ``"0.25"``. A moment
    becomes text in UTC, a tuple a list."""
    kind = type(value)
    if value is None or kind is str or kind is int or kind is bool:
        return value
    if kind is dict:
        return {name: exact(item) for name, item in value.items()}
    if kind is list or kind is tuple:
        return [exact(item) for item in value]
    if kind is float:
        decimal = Decimal(repr(value))
        return int(decimal) if decimal == decimal.to_integral_value() else format(decimal, "f")
    return moment_text(value) if isinstance(value, datetime) else value


def in_order(value: Any) -> Any:
    """Exact, and written as JSON it is the canonical form: keys are in order."""
    return json.loads(canonical(exact(value)))


def digest(value: Any) -> str:
    """SHA-256, 64 hex digits, of the canonical form of something exact."""
    return hashlib.sha256(canonical(value).encode()).hexdigest()


def moment_text(moment: datetime) -> str:
    """UTC with six decimals and a Z: ``2026-11-22T08:30:00.000000Z``."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds")[:-6] + "Z"


def parts(*, place: int, previous: str, delivery: str | None, moment: str, origin: str, actor: str, action: str,
          object: str, result: str, details: str, booked: str) -> tuple[str, str]:
    """The canonical form of an event in two halves: ``hash`` belongs between them, by the alphabet. ``details`` and
    ``booked`` are canonical JSON already, ``moment`` as ``moment_text`` gives it."""
    text = encode_basestring
    whose = "null" if delivery is None else text(delivery)
    return (
        f'{{"action":{text(action)},"actor":{text(actor)},"booked":{booked},"delivery":{whose},'
        f'"details":{details},',
        f'"moment":"{moment}","object":{text(object)},"origin":{text(origin)},"place":{place},'
        f'"previous":{text(previous)},"result":{text(result)}}}',
    )


def event_hash(head: str, tail: str) -> str:
    """SHA-256 of the two halves of ``parts``; 64 hex digits. Half a character counts as itself: UTF-8 has none."""
    return hashlib.sha256((head + tail).encode("utf-8", "surrogatepass")).hexdigest()


def table_digest(batches: Iterable[pa.RecordBatch]) -> tuple[int, str]:
    """How many rows, and the SHA-256 of all of them as ``counted`` writes them, with nothing in between."""
    count, found = 0, hashlib.sha256()
    for batch in batches:
        if batch.num_rows:
            content, ends = counted(batch)
            found.update(content[ends[0]:ends[-1]])
            count += batch.num_rows
    return count, found.hexdigest()


def counted(batch: pa.RecordBatch) -> tuple[memoryview, memoryview]:
    """Each row as text: of each value its length in bytes, a colon and the value; an empty one is ``-``. Moments are
    whole microseconds since 1970. Given as bytes, and where rows begin and end in them (one more than there are)."""
    columns = [_counted(column) for column in batch.columns]
    rows = pc.binary_join_element_wise(*columns, pa.scalar(b"", pa.large_binary()))
    offsets = memoryview(rows.buffers()[1]).cast("q")
    return memoryview(rows.buffers()[2]), offsets[rows.offset:rows.offset + len(rows) + 1]


def _counted(column: pa.Array) -> pa.Array:
    if pa.types.is_timestamp(column.type):
        column = column.cast(pa.timestamp("us", column.type.tz)).cast(pa.int64())
    value = column.cast(pa.string()).cast(pa.large_binary())
    size = pc.binary_length(value).cast(pa.string()).cast(pa.large_binary())
    colon, nothing = pa.scalar(b":", pa.large_binary()), pa.scalar(b"", pa.large_binary())
    return pc.coalesce(pc.binary_join_element_wise(size, colon, value, nothing), pa.scalar(b"-", pa.large_binary()))
