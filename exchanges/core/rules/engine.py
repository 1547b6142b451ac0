"""Evaluating rules: one scan per table, every rule a boolean column, findings built by column."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.bsn import pseudonyms
from exchanges.core.declare import Rule
from exchanges.core.findings import FINDINGS
from exchanges.core.sql import Parameter, fill

if TYPE_CHECKING:
    import duckdb


@dataclass
class Outcome:
    """``hits``: one row per broken rule and row: ``rule`` (index), ``row``, ``root`` (record, null for rules about
    the surroundings), ``key`` (record key or null), ``line``. ``not_assessed``: rules without their source."""

    rules: tuple[Rule, ...]
    hits: pa.Table
    not_assessed: list[Rule] = field(default_factory=list)

    def rejected(self) -> pa.Array:
        """Row numbers of the records that an error rejects: sorted, each once."""
        fatal = [i for i, rule in enumerate(self.rules) if rule.scope == "record" and rule.severity == "error"]
        mask = pc.is_in(self.hits["rule"], value_set=pa.array(fatal, pa.int32()))
        roots = self.hits["root"].filter(mask).drop_null().unique()
        return roots.take(pc.sort_indices(roots))

    def findings(self, key: bytes) -> pa.Table:
        """The hits as findings; record keys become pseudonyms under ``key``."""
        rule = self.hits["rule"]
        columns = {
            name: pa.array([getattr(r, attribute) for r in self.rules], pa.string()).take(rule)
            for name, attribute in (
                ("code", "code"),
                ("severity", "severity"),
                ("table", "table"),
                ("path", "element"),
                ("text", "text"),
                ("action", "action"),
                ("source", "source"),
            )
        }
        columns["record"] = pseudonyms(self.hits["key"], key)
        columns["line"] = self.hits["line"]
        return pa.Table.from_arrays([columns[name] for name in FINDINGS.names], schema=FINDINGS)


HITS = pa.schema(
    [
        ("rule", pa.int32()),
        ("row", pa.int64()),
        ("root", pa.int64()),
        ("key", pa.string()),
        ("line", pa.int64()),
    ]
)


def evaluate(
    con: duckdb.DuckDBPyConnection,
    rules: Sequence[Rule],
    parameters: Mapping[str, Parameter],
    *,
    record: str,
    key: str,
    sources: Sequence[str],
) -> Outcome:
    """Evaluate ``rules`` in ``con``, where the message tables stand with ``_row`` and ``_root`` (and ``_line``, null
    before the file exists). ``record`` is the record table, ``key`` its key column, ``sources`` the source
    tables that are there."""
    absent = [rule for rule in rules if not set(rule.needs) <= set(sources)]
    todo = [(number, rule) for number, rule in enumerate(rules) if rule not in absent]
    parts = [HITS.empty_table()]
    for table in dict.fromkeys(rule.table for _, rule in todo):
        own = [(number, rule) for number, rule in todo if rule.table == table]
        # A table of the message knows its record; one of the source has only what the rule says.
        for expression in dict.fromkeys(rule.key for _, rule in own):
            parts.append(
                _scan(con, table, expression, [(n, r) for n, r in own if r.key == expression], parameters, record, key)
            )
    return Outcome(tuple(rules), pa.concat_tables(parts), absent)


def _scan(
    con: duckdb.DuckDBPyConnection,
    table: str,
    expression: str,
    rules: list[tuple[int, Rule]],
    parameters: Mapping[str, Parameter],
    record: str,
    key: str,
) -> pa.Table:
    flags = ", ".join(f"coalesce(({fill(rule.broken, parameters)}), false) AS r{number}" for number, rule in rules)
    some = " OR ".join(f"r{number}" for number, _ in rules)
    if table.startswith("bron."):
        nowhere = "NULL::BIGINT AS _row, NULL::BIGINT AS _root, NULL::BIGINT AS _line"
        place = f"{nowhere}, {expression or 'NULL'}::VARCHAR AS _key"
        query = f"SELECT {place}, {flags} FROM {table} r"
        where = f"SELECT * FROM ({query}) WHERE {some}"
    else:
        inner = f"SELECT r._row, r._root, r._line, {flags} FROM {table} r"
        where = (
            f"SELECT h.*, k.{key}::VARCHAR AS _key FROM (SELECT * FROM ({inner}) WHERE {some}) h"
            f" LEFT JOIN {record} k ON k._row = h._root"
        )
    found = con.sql(f"SELECT * FROM ({where}) ORDER BY _row, _key").to_arrow_table()
    parts = []
    for number, rule in rules:
        hit = found.filter(found[f"r{number}"])
        root = hit["_root"] if rule.scope == "record" else pa.nulls(hit.num_rows, pa.int64())
        parts.append(
            pa.Table.from_arrays(
                [pa.array(np.full(hit.num_rows, number, np.int32)), hit["_row"], root, hit["_key"], hit["_line"]],
                schema=HITS,
            )
        )
    return pa.concat_tables(parts)
