"""What was published is work for people: every new signal, and every task with a date, is in the books as received.

A task has the number of its signal and its milestone; it is handled like a signal, and waits for its date.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.bsn import pseudonyms
from exchanges.core.handling.steps import first_event
from exchanges.core.ledger.signals import SIGNALS, SignalBook
from exchanges.core.steps.context import Context
from exchanges.ib_lks.derived import TASK

# What differs when the same signal is published again.
_OF_FILE = ("rij", "regel", "publicatiedatum")
_OF_TASK = ("rij", "verstreken")


def register(context: Context, tables: Mapping[str, Path]) -> dict[str, int]:
    """Done again it changes nothing: a signal has one number, and so has a task."""
    collected = context.done("collect")
    assert collected.finished is not None
    key = context.settings.pseudonymise_with()
    signals, tasks = pq.read_table(tables["signaal"]), pq.read_table(tables["taken"])
    booked = pa.concat_tables([
        identities(signals, "signaalnummer", signals["signaalsoort"], _OF_FILE, key),
        identities(tasks, "taaknummer", pa.repeat(TASK, tasks.num_rows), _OF_TASK, key),
    ])
    done = SignalBook(context.ledger.database).register(
        context.exchange.id, context.delivery.gemeente, str(context.delivery.period), booked,
        first_event(collected.finished),
    )
    return {"fresh": done.fresh, "known": done.known}


def identities(rows: pa.Table, number: str, kind: pa.Array, of_file: tuple[str, ...], key: bytes) -> pa.Table:
    """One row per signal, columns as SIGNALS. The fingerprint is a digest over the content with the pseudonym in place
    of the BSN: without ``key`` nobody can look for a person in it."""
    import duckdb

    named = rows.append_column("record", pseudonyms(rows["bsn"], key)).drop_columns(["bsn"])
    content = [name for name in named.column_names if name not in of_file]
    table = named.append_column("kind", kind)
    with duckdb.connect() as con:
        con.register("regels", table)
        values = ", ".join(f"CAST({name} AS VARCHAR)" for name in content)
        # JSON keeps apart what is missing and what is empty, and where one value ends.
        return con.execute(
            f"SELECT {number} AS number, kind, false AS restricted, record,"
            f" sha256(CAST(to_json([{values}]) AS VARCHAR)) AS fingerprint FROM regels ORDER BY rij, number"
        ).to_arrow_table().cast(SIGNALS)
