"""The form that is hashed, against another way to write it."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.ledger.form import canonical, exact, moment_text, table_digest

COLUMNS = pa.schema([("tekst", pa.string()), ("getal", pa.int64()), ("vlag", pa.bool_()),
                     ("moment", pa.timestamp("us", "UTC"))])  # fmt: skip
texts = st.text(st.characters(exclude_categories=("Cs",)), max_size=6)
lines = st.fixed_dictionaries({
    "tekst": st.none() | texts, "getal": st.none() | st.integers(-(2**63), 2**63 - 1),
    "vlag": st.none() | st.booleans(), "moment": st.none() | st.datetimes(datetime(1970, 1, 1), timezones=st.just(UTC)),
})  # fmt: skip


def counted(value: Any) -> bytes:
    if value is None:
        return b"-"
    if isinstance(value, datetime):
        value = (value - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    text = (str(value).lower() if isinstance(value, bool) else str(value)).encode()
    return b"%d:%s" % (len(text), text)


@given(st.lists(st.lists(lines, max_size=5), max_size=3))
def test_a_table_is_its_values_one_after_another(parts: list[list[dict[str, Any]]]) -> None:
    """However it is cut in pieces."""
    batches = [pa.RecordBatch.from_pylist(part, schema=COLUMNS) for part in parts]
    rows = [row for part in parts for row in part]
    content = b"".join(counted(row[name]) for row in rows for name in COLUMNS.names)
    assert table_digest(batches) == (len(rows), hashlib.sha256(content).hexdigest())
    whole = pa.Table.from_batches(batches, schema=COLUMNS)
    assert table_digest(whole.slice(1).to_batches())[0] == max(len(rows) - 1, 0)
    assert table_digest(whole.slice(1).to_batches()) == table_digest(
        [pa.RecordBatch.from_pylist(rows[1:], schema=COLUMNS)])  # fmt: skip


@pytest.mark.parametrize(("value", "said"), [
    (0.1, "0.1"), (2.0, 2), (-0.0, 0), (1e22, 10**22), (1e23, 10**23), (5e-324, "0." + "0" * 323 + "5"),
    ({"b": [1.5, {"a": 1.0}], "a": None}, {"b": ["1.5", {"a": 1}], "a": None}), (True, True), ((1, 2), [1, 2]),
])  # fmt: skip
def test_there_are_no_fractions(value: Any, said: Any) -> None:
    """PostgreSQL gives 1e22 back as a whole number, and 1.50 as 1.5 or not."""
    assert exact(value) == said and type(exact(value)) is type(said)


def test_a_moment_is_utc_and_a_text_is_as_it_is() -> None:
    there = datetime(2026, 11, 22, 9, 30, 0, 5, tzinfo=timezone(timedelta(hours=1)))
    assert moment_text(there) == exact(there) == "2026-11-22T08:30:00.000005Z"
    assert canonical({"é": "\u007f\u2028\n\"\\/", "a": 1}) == '{"a":1,"é":"\u007f\u2028\\n\\"\\\\/"}'
