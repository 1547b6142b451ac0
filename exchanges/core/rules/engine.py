"""Evaluating rules: one scan per table, every rule a boolean column, findings built by column."""

from __future__ import annotations

import warnings
from collections.abc import Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.bsn import pseudonyms
from exchanges.core.declare import Rule
from exchanges.core.findings import FINDINGS
from exchanges.core.sql import Parameter, execute, fill

if TYPE_CHECKING:
    import duckdb


warnings.filterwarnings("ignore", "Arrow output on a DB-API result", UserWarning)


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

    def errors(self) -> int:
        """How many times a rule of severity error is broken."""
        bad = [i for i, rule in enumerate(self.rules) if rule.severity == "error" and rule.scope == "record"]
        return int(pc.sum(pc.is_in(self.hits["rule"], value_set=pa.array(bad, pa.int32()))).as_py() or 0)

    def findings(self, key: bytes) -> pa.Table:
        """The hits as findings; record keys become pseudonyms under ``key``."""
        return self._told(self.hits, key)

    def remarks(self, key: bytes) -> pa.Table:
        """The findings on records that are no reason to reject one, with the record key itself as ``key``."""
        mild = [i for i, r in enumerate(self.rules) if r.scope == "record" and r.severity in ("warning", "info")]
        hits = self.hits.filter(pc.is_in(self.hits["rule"], value_set=pa.array(mild, pa.int32())))
        return self._told(hits, key).append_column("key", hits["key"])

    def _told(self, hits: pa.Table, key: bytes) -> pa.Table:
        rule = hits["rule"]
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
        columns["record"] = pseudonyms(hits["key"], key)
        columns["line"] = hits["line"]
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
    loose: Collection[str] = (),
    empty: Collection[str] = (),
) -> Outcome:
    """Evaluate ``rules`` in ``con``, where the message tables stand with ``_row`` and ``_root`` (and ``_line``, null
    before the file exists). ``record`` is the record table, ``key`` its key column, ``sources`` the source
    tables that are there, ``loose`` the tables of the message that stand outside the records, ``empty`` those without
    any row, which break no rule."""
    absent = [rule for rule in rules if not set(rule.needs) <= set(sources)]
    todo = [(number, rule) for number, rule in enumerate(rules) if rule not in absent and rule.table not in empty]
    scans = [
        (table, group)
        for table in dict.fromkeys(rule.table for _, rule in todo)
        for group in _groups([(number, rule) for number, rule in todo if rule.table == table])
    ]
    # Most scans are too small to keep two cores busy: two at a time, each on a cursor of its own; the longest first.
    scans.sort(key=lambda scan: -len(scan[1]))
    with ThreadPoolExecutor(2, "rules") as pool:
        parts = pool.map(lambda scan: _scan(con.cursor(), scan[0], scan[1], parameters, scan[0] in loose), scans)
        hits = _with_keys(con, pa.concat_tables([HITS.empty_table(), *parts]), record, key)
    # A rule about the surroundings names the record, and does not reject it.
    rejects = pa.array([rule.scope == "record" for rule in rules], pa.bool_()).take(hits["rule"])
    root = pc.if_else(rejects, hits["root"], pa.scalar(None, pa.int64()))
    return Outcome(tuple(rules), hits.set_column(HITS.get_field_index("root"), HITS.field("root"), root), absent)


def _with_keys(con: duckdb.DuckDBPyConnection, hits: pa.Table, record: str, key: str) -> pa.Table:
    """The hits in records with the key of their record. Looked up afterwards: few records have any."""
    roots = hits["root"].drop_null().unique()
    if not len(roots):
        return hits
    con.register("geraakt", pa.Table.from_arrays([roots], names=["root"]))
    found = con.execute(
        f"SELECT r._row, r.{key}::VARCHAR AS sleutel FROM {record} r SEMI JOIN geraakt g ON g.root = r._row"
    ).to_arrow_table()
    con.unregister("geraakt")
    place = pc.index_in(hits["root"], value_set=found["_row"].combine_chunks())
    keys = pc.if_else(pc.is_valid(hits["root"]), found["sleutel"].take(place), hits["key"])
    return hits.set_column(hits.schema.get_field_index("key"), HITS.field("key"), keys)


def _with_own_keys(con: duckdb.DuckDBPyConnection, found: pa.Table, table: str, ident: str, key: str) -> pa.Table:
    """The hits with a key that stands in another table. Looked up afterwards as well."""
    con.register("geraakt", pa.Table.from_arrays([found["_ident"].unique()], names=["ident"]))
    rows = execute(
        con,
        f"SELECT r.{ident} AS _ident, {key}::VARCHAR AS _key FROM {table} r SEMI JOIN geraakt g ON g.ident = r.{ident}",
    ).to_arrow_table()
    con.unregister("geraakt")
    place = pc.index_in(found["_ident"], value_set=rows["_ident"].combine_chunks())
    keyed = found.set_column(found.schema.get_field_index("_key"), "_key", rows["_key"].take(place))
    return keyed.sort_by([("_row", "ascending"), ("_key", "ascending")])


def _groups(rules: list[tuple[int, Rule]]) -> Iterator[list[tuple[int, Rule]]]:
    """Rules that share a scan. One that looks at other rows goes alone: beside it all the others would be carried
    through its join or window."""
    for alone in (rule for rule in rules if _looks_around(rule[1])):
        yield [alone]
    for key in dict.fromkeys(rule.key for _, rule in rules):
        together = [(number, rule) for number, rule in rules if rule.key == key and not _looks_around(rule)]
        if together:
            yield together


def _looks_around(rule: Rule) -> bool:
    return "SELECT" in rule.broken or " OVER " in rule.broken


def _scan(
    con: duckdb.DuckDBPyConnection,
    table: str,
    rules: list[tuple[int, Rule]],
    parameters: Mapping[str, Parameter],
    loose: bool,
) -> pa.Table:
    """The hits of rules on one table; ``loose`` when it stands outside the records. Rows in records get their key
    later, others have the one the rules say."""
    # Unknown is not broken: WHERE and filter leave it out. Several are made whole before they are filtered: then what
    # they share is computed once; a filter pushed down would compute every test twice.
    whole = "MATERIALIZED" if len(rules) > 1 else "NOT MATERIALIZED"
    flags = ", ".join(f"({fill(rule.broken, parameters)}) AS r{number}" for number, rule in rules)
    own_key = rules[0][1].key or "NULL"
    elsewhere = "SELECT" in own_key
    known_key = "NULL" if elsewhere else own_key
    if table.startswith("bron."):
        ident, place = "_bronrij", "NULL::BIGINT AS _row, NULL::BIGINT AS _root, NULL::BIGINT AS _line"
    else:
        ident, place = "_row", f"r._row, {'NULL::BIGINT AS _root' if loose else 'r._root'}, r._line"
    if elsewhere:
        place = f"{place}, r.{ident} AS _ident"
    some = " OR ".join(f"r{number}" for number, _ in rules)
    # Not con.sql, which plans every query twice; that takes longer than the copy of the hits this makes.
    found = execute(
        con,
        f"WITH f AS {whole} (SELECT {place}, {known_key}::VARCHAR AS _key, {flags} FROM {table} r)"
        f" SELECT * FROM f WHERE {some} ORDER BY _row, _key",
    ).to_arrow_table()
    if elsewhere and found.num_rows:
        found = _with_own_keys(con, found, table, ident, own_key)
    parts = []
    for number, _ in rules:
        hit = found.filter(found[f"r{number}"])
        numbers = pa.array(np.full(hit.num_rows, number, np.int32))
        columns = [numbers, hit["_row"], hit["_root"], hit["_key"], hit["_line"]]
        parts.append(pa.Table.from_arrays(columns, schema=HITS))
    return pa.concat_tables(parts)
