"""check: one pass over the finished file: schema, sha256 and read-back.

The rules are not asked again: reconcile proves that what was read back is, value by value, what they were asked of.
"""

from __future__ import annotations

from pathlib import Path
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.balance import Balance
from exchanges.core.bsn import pseudonyms
from exchanges.core.findings import FINDINGS, finding, findings_table
from exchanges.core.mapping.plan import envelope_plans, scalar_schema, scalar_table, table_plans
from exchanges.core.mapping.table import MessageMapping
from exchanges.core.reports.dutch import count
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.steps.select import PARQUET
from exchanges.core.store.privacy import holds_bsn
from exchanges.core.tables import Cursor
from exchanges.core.xml.faults import Fault
from exchanges.core.xml.readback import ParquetSink
from exchanges.core.xml.stream import Checked, Target, check_opened


def check(context: Context) -> Result:
    """Artefacts ``teruglezing/<table>``. The file is ours: anything wrong in it now stops the delivery."""
    built = context.done("build")
    sink = ParquetSink(context.work / "teruglezing", readback_schemas(context.mapping))
    held = target(context)
    with _opened(context, held) as file:
        checked = check_opened(file, held, sink)
    if context.mapping.scalar is not None:
        sink.add({context.mapping.scalar: scalar_table(context.mapping, checked.scalar)})
    sink.close()
    findings = pa.concat_tables([fault_findings(context, checked, sink.paths), _remarks(context, sink.paths)])
    wrong = pc.sum(pc.is_in(findings["severity"], value_set=pa.array(["error", "blocker"]))).as_py() or 0
    blocked = ""
    if wrong:
        many = count(wrong, "bevinding", "bevindingen")
        blocked = f"Het bestand is niet goed: {many} bij de controle. Er is niets verzonden."
    elif checked.sha256 != built.details["sha256"]:
        blocked = "Het gecontroleerde bestand is niet het bestand dat gebouwd is. Er is niets verzonden."
    return Result(
        balances=[
            Balance(line.measure, line.unit, line.out, Cursor(sink.paths[line.measure]).rows) for line in built.balances
        ],
        files={f"teruglezing/{name}": Made(path, PARQUET) for name, path in sink.paths.items()},
        details={
            "sha256": checked.sha256,
            "schema_valid": checked.schema_valid,
            "records": checked.records,
            # The whole of it is in the read-back; a number that could be a BSN (a tax number is one) stays out of here.
            "envelope": {
                name: value
                for name, value in checked.scalar.items()
                if isinstance(value, int | str) and not holds_bsn(str(value))
            },
        },
        findings=findings,
        blocked=blocked,
    )


def _opened(context: Context, held: Target) -> BinaryIO:
    """The file; on disk only where it has lists of its own around the records."""
    if held.lists:
        return context.file("build", "bericht").open("rb")
    return context.unhashed("build", "bericht")


def target(context: Context) -> Target:
    entry = context.entry
    root = context.mapping.root.local
    return Target(entry.name, lambda: entry.compile(root), context.mapping, entry.xsd_of(root))


def readback_schemas(mapping: MessageMapping) -> dict[str, pa.Schema]:
    """Columns of the read-back per table: those of the records, the lists of the envelope, its one row. What hangs
    under another table has the row number of its parent, and in a record that of the record."""
    schemas = {plan.name: plan.full_schema for plan in (*table_plans(mapping), *envelope_plans(mapping))}
    return schemas if mapping.scalar is None else {**schemas, mapping.scalar: scalar_schema(mapping)}


def fault_findings(context: Context, checked: Checked, tables: dict[str, Path]) -> pa.Table:
    """What is wrong in the file as findings, with the pseudonym of their record."""
    found = checked.wrong
    if not found:
        return FINDINGS.empty_table()
    keys = Cursor(tables[context.mapping.record]).column(context.record_key)
    named = pseudonyms(
        pc.cast(keys.take(pa.array([_within(fault, len(keys)) for fault in found], pa.int64())), pa.string()),
        context.settings.pseudonymise_with(),
    )
    return findings_table(
        [
            finding(
                fault.code,
                "error",
                fault.text,
                path=fault.path,
                line=fault.line,
                record=record,
                action="Meld dit aan de beheerder: de omzetting maakt een bericht dat niet is zoals afgesproken.",
                source=f"schema {context.entry.name}",
            )
            for fault, record in zip(found, named.to_pylist(), strict=True)
        ]
    )


def _within(fault: Fault, records: int) -> int | None:
    return fault.record if fault.record is not None and fault.record < records else None


def _remarks(context: Context, tables: dict[str, Path]) -> pa.Table:
    """What was remarked upon records that went along, with their line in the file."""
    told = pq.read_table(context.file("map", "opmerkingen"))
    if not told.num_rows:
        return FINDINGS.empty_table()
    record = Cursor(tables[context.mapping.record])
    keys = pc.cast(record.column(context.record_key), pa.string())
    place = pc.index_in(told["key"], value_set=keys.combine_chunks())
    lined = told.set_column(told.schema.get_field_index("line"), "line", record.column("_line").take(place))
    return lined.filter(pc.is_valid(place)).select(FINDINGS.names).cast(FINDINGS)
