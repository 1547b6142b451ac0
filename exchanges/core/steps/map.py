"""map: hold every selected record against the schema's facets and the business rules; reject what may not go."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.balance import Balance
from exchanges.core.dated import code_lists
from exchanges.core.mapping.table import MessageMapping
from exchanges.core.reports.dutch import number
from exchanges.core.rules.engine import Outcome, evaluate
from exchanges.core.select import listed_tables
from exchanges.core.sql import add_codes, add_sources, parquet, session
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.steps.received import add_received, add_refused
from exchanges.core.steps.select import PARQUET
from exchanges.core.supersede.adding import addition
from exchanges.core.supersede.unchanged import unchanged

if TYPE_CHECKING:
    import duckdb


def map_records(context: Context) -> Result:
    """Artefacts ``verworpen``, the row numbers of the rejected records, and ``opmerkingen``, what may go along but was
    remarked upon. One balance per message table."""
    tables, sources = context.files("select", "selectie"), context.files("select", "bron")
    outcome = judge(context, tables, sources)
    chosen = context.done("select")
    written = chosen.details["selected"]
    altered = [name for name, sha256 in written.items() if chosen.artefacts[f"selectie/{name}"].sha256 != sha256]
    same, still_wrong = unchanged(context, tables)
    rejected = pa.array(np.union1d(outcome.rejected().to_numpy(), same), pa.int64())
    path = context.work / "verworpen.parquet"
    pq.write_table(pa.Table.from_arrays([rejected], names=["row"]), path)
    remarks = context.work / "opmerkingen.parquet"
    pq.write_table(outcome.remarks(context.settings.pseudonymise_with()), remarks)
    balances = _balances(context, tables, rejected)
    blocking = [r.text for r in outcome.rules if r.severity == "blocker" and _hit(outcome, r.code)]
    if altered:
        blocking.append(f"De selectie is veranderd nadat zij is gemaakt ({', '.join(altered)}). Er is niets verzonden.")
    errors = outcome.errors() if context.flow.whole else 0
    if errors:
        many = "Er is 1 fout" if errors == 1 else f"Er zijn {number(errors)} fouten"
        blocking.append(f"{many}. De totalen van dit bericht gaan over alle records, dus er kan er geen achterblijven.")
    nothing = context.flow.nothing if balances[0].into == 0 else ""
    if balances[0].out == 0 and not errors and not nothing and not (context.flow.may_be_empty and not len(rejected)):
        why = "Alle geselecteerde records zijn afgewezen." if len(rejected) else "Er is niets te leveren."
        empty = "Een lege levering zou alles bij de partner wissen." if addition(context) is None else ""
        blocking.append(f"{why} {empty}".strip())
    return Result(
        balances=balances,
        files={"verworpen": Made(path, PARQUET, len(rejected)), "opmerkingen": Made(remarks, PARQUET)},
        details={
            "rejected": len(rejected),
            "not_assessed": [[r.code, r.text, ", ".join(r.needs)] for r in outcome.not_assessed],
        },
        findings=pa.concat_tables([outcome.findings(context.settings.pseudonymise_with()), still_wrong]),
        blocked=" ".join(blocking),
        nothing=nothing,
    )


def judge(context: Context, tables: dict[str, Path], sources: dict[str, Path]) -> Outcome:
    """All rules over selection and surroundings."""
    from exchanges.core.rules.facets import facet_rules

    rows = pq.read_metadata(tables[context.mapping.record]).num_rows
    rules = (*facet_rules(context.mapping, context.entry), *context.flow.rules)
    # The engine by one thread: the rules are asked two at a time.
    with session(context.work, context.settings.memory_mb, 1, rows=rows) as con:
        add_sources(con, sources, *(text for rule in rules for text in (rule.table, rule.broken)))
        if any("ontvangen." in rule.broken for rule in rules):
            add_received(con, context)
        if any("geweigerd." in rule.broken for rule in rules):
            add_refused(con, context, tables[context.mapping.record])
        add_message(con, tables, context.mapping)
        add_codes(con, code_lists(context.delivery.period))
        return evaluate(
            con,
            rules,
            context.parameters,
            record=context.mapping.record,
            key=context.record_key,
            sources=list(sources),
            loose=set(tables) - set(context.mapping.record_tables),
            empty=[name for name, path in tables.items() if not pq.read_metadata(path).num_rows],
        )


def add_message(con: duckdb.DuckDBPyConnection, tables: dict[str, Path], mapping: MessageMapping) -> None:
    """The tables of the message as the rules know them: with ``_row``, ``_root``, ``_line``, ``_file`` and
    ``_verdacht``."""
    from exchanges.core.rules.facets import suspect

    for name, path in tables.items():
        parent = mapping.tables[name].parent
        root = "_row AS _root, " if name == mapping.record or parent is None else ""
        more = f"NULL::BIGINT AS _line, 0 AS _file, {suspect(mapping, name)} AS _verdacht"
        con.execute(f"CREATE VIEW {name} AS SELECT *, {root}{more} FROM {parquet(path, '_row')}")


def _hit(outcome: Outcome, code: str) -> bool:
    numbers = [i for i, rule in enumerate(outcome.rules) if rule.code == code and rule.severity == "blocker"]
    return bool(pc.any(pc.is_in(outcome.hits["rule"], value_set=pa.array(numbers, pa.int32()))).as_py())


def _balances(context: Context, tables: dict[str, Path], rejected: pa.Array) -> list[Balance]:
    """The record table first. What comes in is what the selection booked as gone out."""
    lost = rejected.to_numpy()
    # What is summed up comes after what is listed; derived tables have no rows that came in.
    booked = zip(listed_tables(context.flow.selection), context.done("select").balances, strict=False)
    into = {table.name: line.out for table, line in booked}
    lines = []
    for name, path in tables.items():
        total = pq.read_metadata(path).num_rows
        if name not in context.mapping.record_tables:
            gone = 0
        elif name == context.mapping.record:
            gone = len(lost)
        else:
            gone = int(np.isin(pq.read_table(path, columns=["_root"])["_root"].to_numpy(), lost).sum())
        lines.append(Balance(name, "aantal", into.get(name, total), total - gone, rejected=gone))
    return sorted(lines, key=lambda line: line.measure != context.mapping.record)
