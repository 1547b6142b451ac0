"""build: write the message file from the records that were not rejected."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.balance import Balance
from exchanges.core.errors import MappingError
from exchanges.core.mapping.plan import scalar_schema
from exchanges.core.mapping.writer import Writer, write_file
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.supersede.adding import addition
from exchanges.core.tables import Cursor, keep_records, slices

RECORDS_PER_SLICE = 16_384
XML = "application/xml"


def build(context: Context) -> Result:
    """Artefact ``bericht``: the file as it will leave."""
    tables = context.files("select", "selectie")
    rejected = pq.read_table(context.file("map", "verworpen"))["row"].to_numpy()
    moment = context.done("select").details["moment"]
    name = context.flow.message.file_name.format(
        gemeente=context.delivery.gemeente,
        periode=context.delivery.period,
        volgnr=context.delivery.sequence,
        moment=moment,
    )
    mapping = context.mapping
    of_records = {name: tables[name] for name in mapping.record_tables}
    lists = {name: pq.read_table(tables[name]) for name in mapping.envelope_tables if name in tables}
    selected = pq.read_table(tables[mapping.scalar]) if mapping.scalar in tables else None
    scalar = _scalar(context, selected, *_count_and_check(context, tables[mapping.record], rejected))
    counted = dict.fromkeys(of_records, 0)
    parts = _counting(accepted(context, of_records, rejected), counted)
    with context.store.draft(context.delivery.gemeente, context.work / "bericht.xml") as draft:
        draft.end(write_file(Writer(mapping), scalar, parts, draft, lists))
    counted |= {name: table.num_rows for name, table in lists.items()}
    return Result(
        balances=[Balance(table, "aantal", _into(context, table), rows) for table, rows in counted.items()],
        files={"bericht": Made(draft.path, XML, counted[mapping.record], draft=draft)},
        details={"file_name": name, "sha256": draft.sha256, "bytes": draft.size, "records": counted[mapping.record]},
    )


def accepted(context: Context, tables: Mapping[str, Path], rejected: np.ndarray) -> Iterator[dict[str, pa.Table]]:
    """The records that go along, slice by slice, rows numbered within the slice."""
    record = context.mapping.record
    for part in slices(tables, context.parents, record, RECORDS_PER_SLICE):
        first, rows = part.first[record], part.tables[record].num_rows
        keep = np.ones(rows, bool)
        low, high = np.searchsorted(rejected, [first, first + rows])
        keep[rejected[low:high] - first] = False
        yield keep_records(part, context.parents, record, pa.array(keep))


def _counting(parts: Iterator[dict[str, pa.Table]], counted: dict[str, int]) -> Iterator[dict[str, pa.Table]]:
    for part in parts:
        for name, table in part.items():
            counted[name] += table.num_rows
        yield part


def _into(context: Context, table: str) -> int:
    return next(line.out for line in context.done("map").balances if line.measure == table)


def _count_and_check(context: Context, path: Path, rejected: np.ndarray) -> tuple[int, str]:
    """How many records go along, and the sha256 over their keys, sorted, joined by newlines."""
    digest, count = hashlib.sha256(), 0
    cursor = Cursor(path, columns=[context.record_key])
    while True:
        first, table = cursor.take(65536)
        if not table.num_rows:
            return count, digest.hexdigest()
        keep = np.isin(np.arange(first, first + table.num_rows), rejected, invert=True)
        keys = pc.cast(table[context.record_key].filter(pa.array(keep)), pa.string())
        if len(keys):
            joined = pc.binary_join(pa.ListArray.from_arrays([0, len(keys)], keys.combine_chunks()), "\n")[0].as_py()
            digest.update((("\n" if count else "") + joined).encode())
        count += len(keys)


def _scalar(context: Context, selected: pa.Table | None, count: int, check: str) -> pa.Table:
    """The one row the envelope is filled from: parameters and the delivery, what was selected for it, and what is
    counted."""
    where = f"Mapping {context.mapping.message}"
    own = _one_row(selected, where) if selected is not None else {}
    known = {**context.parameters, **own, **counted_head(context, count, check)}
    schema = scalar_schema(context.mapping)
    for name in schema.names:
        if name not in known:
            raise MappingError(f"{where}: kolom {name} van de kop is onbekend.")
    columns = [pa.array([known[field.name]], field.type) for field in schema]
    return pa.Table.from_arrays(columns or [pa.array([0])], names=schema.names or ["_"])


def counted_head(context: Context, count: int, check: str) -> dict[str, Any]:
    """What the envelope may say of the records: how many, their control total, whether they are an addition."""
    added = "aanvulling" if addition(context) is not None else None
    return {"aantal": count, "controlegetal": check, "soort_levering": added}


def _one_row(selected: pa.Table, where: str) -> dict[str, Any]:
    """The row that was selected for the envelope. Raises MappingError when there is not one, or an amount in it may
    have been rounded."""
    if selected.num_rows != 1:
        raise MappingError(f"{where}: voor de kop zijn {selected.num_rows} rijen geselecteerd; dat moet er een zijn.")
    for field in selected.schema:
        if pa.types.is_floating(field.type):
            raise MappingError(f"{where}: kolom {field.name} van de kop is een kommagetal; geef hele centen.")
    return dict(selected.to_pylist()[0])
