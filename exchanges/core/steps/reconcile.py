"""reconcile: prove that the bytes that will leave are the administration that was selected, no more and no less."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import ParamSpec, TypeVar

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.arrow import give_back
from exchanges.core.balance import Balance
from exchanges.core.bsn import pseudonyms
from exchanges.core.dated import code_lists
from exchanges.core.difference import difference
from exchanges.core.head import control_total
from exchanges.core.ladder import climb
from exchanges.core.mapping.plan import scalar_leaves
from exchanges.core.mapping.table import MessageMapping
from exchanges.core.proof import Comparison, columns_of, compare, unlike_head
from exchanges.core.reconcile import of_each_code, totals, unlike_elsewhere, unlike_source
from exchanges.core.reports.dutch import amount, count, number, quantity
from exchanges.core.sql import add_sources, session
from exchanges.core.steps.build import counted_head
from exchanges.core.steps.context import Context, Result
from exchanges.core.supersede.closing import before_sending, stray
from exchanges.core.supersede.in_force import before
from exchanges.core.tables import Cursor

AT_ONCE = 400_000  # records
_Given = ParamSpec("_Given")
_Answer = TypeVar("_Answer")


def reconcile(context: Context) -> Result:
    """Everything is booked, also what does not agree; anything that does not agree stops the delivery."""
    mapping = context.mapping
    tables, sources = context.files("select", "selectie"), context.files("select", "bron")
    readback = context.files("check", "teruglezing")
    rejected = pq.read_table(context.file("map", "verworpen"))["row"].to_numpy()
    selection = context.flow.selection
    # DuckDB and Arrow work outside the interpreter: three proofs at a time, or one by one when memory would tell.
    rows = pq.read_metadata(readback[mapping.record]).num_rows
    at_once = 3 if rows <= AT_ONCE else 1
    with (
        session(context.work, context.settings.memory_mb, rows=rows) as con,
        ThreadPoolExecutor(at_once, "reconcile") as pool,
    ):
        declared = of_each_code(context.flow.totals, code_lists(context.delivery.period), context.parameters)
        asked = [text for total in declared for text in (total.rows, total.source)]
        asked += [sql for table in selection.tables for _, sql in table.elsewhere]
        add_sources(con, sources, *asked, *(rung.sql for rung in context.flow.ladder))
        proving = pool.submit(_then_trim(compare), mapping, tables, rejected, readback)
        checking = pool.submit(_then_trim(unlike_source), selection, tables, sources)
        chosen, names = tables[mapping.record], (mapping.record, context.record_key)
        counting = pool.submit(totals, con, declared, context.parameters, chosen, readback, *names)
        looking = pool.submit(unlike_elsewhere, con.cursor(), selection, context.parameters, tables)
        proof, unlike, results = proving.result(), checking.result() | looking.result(), counting.result()
        ladder = climb(con, context.flow.ladder, context.parameters, readback) if context.flow.ladder else []
        previous = before(context, readback[mapping.record])
        differences = difference(con, mapping, readback, previous.tables) if previous else []
    reasons = []
    if not proof.equal:
        reasons.append(
            f"het bestand is niet de selectie (ontbreekt {number(proof.missing)}, te veel {number(proof.extra)}, "
            f"anders {number(proof.changed)}{_in_envelope(mapping, proof)})"
        )
    if unlike:
        reasons.append(f"de selectie wijkt af van de bron in {', '.join(sorted(unlike))}")
    for result in results:
        if not result.equal:
            ours, theirs = (quantity(value, result.total.unit) for value in (result.source, result.file))
            reasons.append(f"controletotaal {result.total.title} verschilt: bron {ours}, bestand {theirs}")
    for line in ladder:
        if line.gap:
            reasons.append(f"de geldstroom klopt niet bij {line.rung.title!r}: {amount(line.gap)} verschil")
    silent = _without_reason(context, tables[mapping.record], pa.array(rejected))
    if silent:
        many = "1 record is" if silent == 1 else f"{number(silent)} records zijn"
        reasons.append(f"{many} afgewezen zonder bevinding die zegt waarom")
    beyond = stray(context, readback[mapping.record])
    if beyond:
        reasons.append(beyond)
    envelope = context.done("check").details["envelope"]
    if "aantal" in envelope and envelope["aantal"] != proof.records:
        said = count(envelope["aantal"], "bericht", "berichten")
        reasons.append(f"de kop noemt {said}, de selectie heeft er {number(proof.records)}")
    wrong = _unlike_head(context, proof.records, tables, readback)
    if wrong:
        reasons.append(f"de kop van het bestand wijkt af van de levering in {', '.join(wrong)}")
    return Result(
        balances=[
            Balance(mapping.record, "aantal", proof.records, pq.read_metadata(readback[mapping.record]).num_rows),
            *before_sending(context, readback[mapping.record]),
        ],
        details={
            # What is proven here is proven of this file only; deliver asks.
            "sha256": context.done("check").details["sha256"],
            "proof": {
                "records": proof.records,
                "missing": proof.missing,
                "extra": proof.extra,
                "changed": proof.changed,
                "fields_compared": sum(len(columns) for columns in columns_of(mapping).values()),
                "fields": [{"table": t, "field": f, "changed": n} for (t, f), n in sorted(proof.fields.items())],
            },
            "unlike_source": unlike,
            "totals": [
                {"id": r.total.id, "title": r.total.title, "unit": r.total.unit, "source": r.source, "file": r.file}
                for r in results
            ],
            "ladder": [[line.rung.kind, line.rung.title, line.cents, line.gap] for line in ladder],
            "difference": {
                "previous": " en ".join(previous.deliveries) if previous else None,
                "tables": [
                    {
                        "table": d.table,
                        "title": d.title,
                        "new": d.new,
                        "gone": d.gone,
                        "changed": d.changed,
                        "same": d.same,
                    }
                    for d in differences
                ],
                "fields": [
                    {"table": d.table, "field": f, "count": n} for d in differences for f, n in d.fields.items()
                ],
            },
        },
        blocked=f"De aansluiting klopt niet: {'; '.join(reasons)}. Er is niets verzonden." if reasons else "",
    )


def _unlike_head(context: Context, records: int, tables: Mapping[str, Path], readback: Mapping[str, Path]) -> list[str]:
    """What the head says of the delivery and is not so. What was selected for it is part of the proof; the number of
    records is told apart."""
    mapping = context.mapping
    if mapping.scalar is None:
        return []
    total = ""
    if any(leaf.node.column == "controlegetal" for leaf in scalar_leaves(mapping)):
        total = control_total(Cursor(readback[mapping.record]).column(context.record_key))
    selected = pq.read_schema(tables[mapping.scalar]).names if mapping.scalar in tables else []
    expected = {name: value for name, value in context.parameters.items() if name not in selected}
    expected |= counted_head(context, records, total)
    del expected["aantal"]
    return unlike_head(mapping, expected, readback[mapping.scalar])


def _in_envelope(mapping: MessageMapping, proof: Comparison) -> str:
    """The tables outside the records that differ; they are in none of the counts."""
    outside = sorted({table for table, _ in proof.fields} - set(mapping.record_tables))
    return f"; ook anders: {', '.join(mapping.tables[name].title for name in outside)}" if outside else ""


def _then_trim(proof: Callable[_Given, _Answer]) -> Callable[_Given, _Answer]:
    """What one proof has used goes back before the next takes its share."""

    def trimmed(*args: _Given.args, **kwargs: _Given.kwargs) -> _Answer:
        answer = proof(*args, **kwargs)
        give_back()
        return answer

    return trimmed


def _without_reason(context: Context, path: Path, rejected: pa.Array) -> int:
    """How many of the rejected records have no finding of severity error: nothing disappears without a reason."""
    if not len(rejected):
        return 0
    keys = pq.read_table(path, columns=[context.record_key])[0].take(rejected)
    names = pseudonyms(pc.cast(keys, pa.string()), context.settings.pseudonymise_with())
    found = context.ledger.findings(context.delivery.id)
    told = found.filter(pc.and_(pc.equal(found["step"], "map"), pc.equal(found["severity"], "error")))["record"]
    return len(names) - (pc.sum(pc.is_in(names, value_set=told.combine_chunks())).as_py() or 0)
