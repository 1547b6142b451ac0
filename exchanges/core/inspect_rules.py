"""The rules of an exchange over files that nobody made a delivery of, many at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.dated import code_lists, parameters
from exchanges.core.declare import Flow, Rule
from exchanges.core.errors import KetensluisError
from exchanges.core.inspect_findings import together
from exchanges.core.inspected import Inspected
from exchanges.core.mapping.plan import scalar_table
from exchanges.core.mapping.table import MessageMapping
from exchanges.core.period import Period
from exchanges.core.registry import exchanges as installed
from exchanges.core.rules.engine import Outcome, evaluate
from exchanges.core.sql import SCHEMAS, Parameter, add_codes, period_parameters, session

_WORD = re.compile(r"[a-z_]+")
_PARAMETER = re.compile(r"\$([a-z][a-z0-9_]*)")
# Tables that are there when a delivery is made, and not beside a file.
_ELSEWHERE = re.compile(rf"\b(?:{'|'.join(SCHEMAS)})\.")
_COLUMN = re.compile(r"\br\.([a-z_][a-z0-9_]*)")
_LATEST = Period(9999, 12)
_AT_ONCE = 16_384  # hits
Numbers = npt.NDArray[np.int32]


def merged(batch: list[Inspected]) -> dict[str, pa.Table]:
    """The tables of many files as one set: rows renumbered, ``_file`` says whose they are."""
    mapping = batch[0].mapping
    assert mapping is not None
    out: dict[str, pa.Table] = {}
    sizes = {name: np.array([found.tables[name].num_rows for found in batch]) for name in batch[0].tables}
    starts = {name: np.concatenate([[0], np.cumsum(rows)[:-1]]) for name, rows in sizes.items()}
    for name in sizes:
        parts = []
        for number, found in enumerate(batch):
            table = found.tables[name]
            parent = mapping.tables[name].parent
            if name != mapping.record and parent is not None:
                for column, of in (("_parent", parent), ("_root", mapping.record)):
                    if column not in table.column_names:
                        continue
                    moved = pa.array(table[column].to_numpy() + starts[of][number])
                    table = table.set_column(table.schema.get_field_index(column), column, moved)
            parts.append(table.append_column("_file", pa.array(np.full(table.num_rows, number, np.int32))))
        whole = pa.concat_tables(parts)
        out[name] = whole.append_column("_row", pa.array(np.arange(whole.num_rows)))
    return out


def rule_findings(
    batch: list[Inspected], tables: dict[str, Any], work: Path, key: bytes, gemeente: str | None, period: Period | None
) -> list[pa.Table]:
    """The slim findings of every file of ``batch``, which are of one message, municipality and period. ``tables`` are
    those of :func:`merged`, or SQL of a table on disk. ``work`` is a folder that goes afterwards."""
    mapping = batch[0].mapping
    assert mapping is not None
    exchange, rules = rules_for(mapping)
    known = _parameters(batch[0], exchange, gemeente, period)
    usable = [r for r in rules if set(_PARAMETER.findall(r.broken)) <= set(known)]
    if mapping.scalar is not None and any(mapping.scalar in (r.table, *_WORD.findall(r.broken)) for r in usable):
        tables = {**tables, mapping.scalar: _scalars(batch, mapping)}
    with session(work, rows=0) as con:
        add_codes(con, code_lists(_period_of(batch[0], period) or _LATEST))
        for name, item in tables.items():
            if isinstance(item, str):
                root = "_row AS _root, " if name == mapping.record else ""
                con.execute(f"CREATE VIEW {name} AS SELECT *, {root} 0 AS _file FROM {item}")
            else:
                # A table, for what is registered is not seen by the cursors on which the rules are asked.
                con.register(f"arrow_{name}", item)
                root = _root(mapping, name, item.column_names)
                con.execute(f"CREATE TABLE {name} AS SELECT {root} t.* FROM arrow_{name} t")
                con.unregister(f"arrow_{name}")
        # What was selected beside the message, to judge it by, is not in the file.
        columns = {table: set(con.table(table).columns) for table in {rule.table for rule in usable}}
        usable = [rule for rule in usable if set(_COLUMN.findall(rule.broken)) <= columns[rule.table]]
        outcome = evaluate(
            con, usable, known, record=mapping.record, key=mapping.tables[mapping.record].key[0], sources=[],
            loose=set(tables) - set(mapping.record_tables),
        )  # fmt: skip
    findings = _findings(outcome, key)
    if len(batch) == 1:
        return [findings]
    file = _file_of(outcome, mapping, findings["table"], tables)
    order = np.argsort(file, kind="stable")
    ends = np.searchsorted(file[order], np.arange(len(batch) + 1))
    ordered = findings.take(pa.array(order))
    return [ordered.slice(begin, end - begin) for begin, end in pairwise(ends.tolist())]


def _findings(outcome: Outcome, key: bytes) -> pa.Table:
    """Slim ones, made of some of the hits at a time: those with every text written out would fill the memory."""
    parts = (outcome.hits.slice(at, _AT_ONCE) for at in range(0, outcome.hits.num_rows, _AT_ONCE))
    return together(replace(outcome, hits=part).findings(key) for part in parts)


def _file_of(outcome: Outcome, mapping: MessageMapping, of: pa.ChunkedArray, tables: Mapping[str, Any]) -> Numbers:
    """The number of the file that each finding is about. What stands outside the records is in no record; its own row
    says whose it is."""
    row = outcome.hits["row"].to_numpy()
    root = outcome.hits["root"]
    outside = root.is_null().to_numpy()
    record: Numbers = tables[mapping.record]["_file"].to_numpy()
    file: Numbers = record[np.where(outside, 0, pc.fill_null(root, 0).to_numpy())]
    for name in of.filter(pa.array(outside)).unique().to_pylist():
        here = outside & pc.equal(of, name).to_numpy()
        file[here] = tables[name]["_file"].to_numpy()[row[here]]
    return file


def _scalars(batch: list[Inspected], mapping: MessageMapping) -> pa.Table:
    """The envelope rows of the files, as a table like the others."""
    parts = [scalar_table(mapping, found.checked.scalar) for found in batch]
    files = np.repeat(np.arange(len(batch), dtype=np.int32), [part.num_rows for part in parts])
    whole = pa.concat_tables(parts).append_column("_file", pa.array(files))
    return whole.append_column("_row", pa.array(np.arange(len(files)))).append_column(
        "_line", pa.nulls(len(files), pa.int64())
    )


def _root(mapping: MessageMapping, name: str, columns: Sequence[str]) -> str:
    """SQL of the row at the top of the tree of a table, as a delivery has it; what hangs in a record has it already."""
    parent = mapping.tables[name].parent
    if "_root" in columns:
        return ""
    if name == mapping.record or parent is None or parent == mapping.scalar:
        return "t._row AS _root,"
    return f"(SELECT p._root FROM {parent} p WHERE p._row = t._parent) AS _root,"


def rules_for(mapping: MessageMapping) -> tuple[str, list[Rule]]:
    """The exchange that sends these tables, and its rules on a message alone: those that look in the administration,
    or in what the partner has, cannot be asked of a file. None: no rules."""
    exchange, flow = flow_of_message(mapping)
    alone = [rule for rule in flow.rules if rule.scope == "record" and not rule.needs] if flow else []
    return exchange, [rule for rule in alone if not _ELSEWHERE.search(rule.broken)]


def flow_of_message(mapping: MessageMapping) -> tuple[str, Flow | None]:
    """The exchange and the flow that send these tables; none of the installed ones: empty and None."""
    for exchange in installed().values():
        for flow in exchange.flows.values():
            if isinstance(flow, Flow):
                tables = {table.name for table in flow.selection.tables}
                if tables - {mapping.scalar} == set(mapping.tables) - {mapping.scalar}:
                    return exchange.id, flow
    return "", None


def _period_of(found: Inspected, period: Period | None) -> Period | None:
    text = found.checked.scalar.get("periode")
    try:
        return Period.parse(text) if isinstance(text, str) else period
    except KetensluisError:
        return period


def scope_of(found: Inspected, gemeente: str | None, period: Period | None) -> tuple[Any, Any]:
    """Municipality and period of a file: of its envelope, or else those that were given."""
    return found.checked.scalar.get("gemeente") or gemeente, _period_of(found, period)


def _parameters(found: Inspected, exchange: str, gemeente: str | None, period: Period | None) -> dict[str, Parameter]:
    of, when = scope_of(found, gemeente, period)
    known: dict[str, Parameter] = {name: row.value for name, row in parameters(exchange, when or _LATEST).items()}
    own = period_parameters(of or "", when or _LATEST)
    if not of:
        own.pop("gemeente")
    return {**known, **(own if when else {name: own[name] for name in ("gemeente",) if name in own})}
