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
from exchanges.core.mapping.writer import Writer, write_file
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.tables import Cursor, keep_records, slices

RECORDS_PER_SLICE = 8192
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
    scalar = _scalar(context, *_count_and_check(context, tables[context.mapping.record], rejected))
    counted = dict.fromkeys(tables, 0)
    path = context.work / "bericht.xml"
    parts = _counting(accepted(context, tables, rejected), counted)
    sha256, size = write_file(Writer(context.mapping), scalar, parts, path)
    return Result(
        balances=[Balance(table, "aantal", _into(context, table), rows) for table, rows in counted.items()],
        files={"bericht": Made(path, XML, counted[context.mapping.record], sha256)},
        details={"file_name": name, "sha256": sha256, "bytes": size, "records": counted[context.mapping.record]},
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
    cursor = Cursor(path)
    while True:
        first, table = cursor.take(65536)
        if not table.num_rows:
            return count, digest.hexdigest()
        keep = np.isin(np.arange(first, first + table.num_rows), rejected, invert=True)
        keys = table[context.record_key].filter(pa.array(keep))
        if len(keys):
            joined = pc.binary_join(pa.ListArray.from_arrays([0, len(keys)], keys.combine_chunks()), "\n")[0].as_py()
            digest.update((("\n" if count else "") + joined).encode())
        count += len(keys)


def _scalar(context: Context, count: int, check: str) -> pa.Table:
    """The one row the envelope is filled from: parameters, the delivery, and what is counted."""
    known: dict[str, Any] = {**context.parameters, "aantal": count, "controlegetal": check}
    columns, names = [], []
    for node in context.mapping.nodes():
        if node.kind == "waarde" and node.path.count("/") and _in_envelope(context, node.path):
            if node.column not in known:
                raise MappingError(f"Mapping {context.mapping.message}: kolom {node.column} van de kop is onbekend.")
            assert node.format is not None
            columns.append(pa.array([known[node.column]], node.format.type))
            names.append(node.column)
    return pa.Table.from_arrays(columns or [pa.array([0])], names=names or ["_"])


def _in_envelope(context: Context, path: str) -> bool:
    return not path.startswith(context.mapping.list_node(context.mapping.record).path + "/")
