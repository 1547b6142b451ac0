"""reconcile: every record of the file is accounted for, per kind; and is this month like other months."""

from __future__ import annotations

from pathlib import Path
from statistics import median
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.balance import Balance
from exchanges.core.findings import finding, findings_table
from exchanges.core.receive.compare import together
from exchanges.core.receive.earlier import Earlier
from exchanges.core.reports.dutch import number
from exchanges.core.sql import parquet, session
from exchanges.core.steps.context import Context, Result

MONTHS = 12
ENOUGH = 3


def reconcile(context: Context) -> Result:
    """One balance per kind. What was read and what is new are counted from the files, by another library than the one
    that compared them; what stays behind by the class it was given.

    A kind that came in far more or far fewer than is usual is told: a changed layout shows here first.
    """
    read, new = context.files("read", "gelezen"), context.files("compare", "nieuw")
    marks = context.files("compare", "klasse")["merk"]
    came, goes = _per_kind(context, read), _per_kind(context, new)
    stays = _left_behind(context, read, marks)
    lines = [
        Balance(
            kind, "aantal", came.get(kind, 0), goes.get(kind, 0),
            rejected=stays.get((kind, "botst"), 0) + stays.get((kind, "afgewezen"), 0),
            duplicate=stays.get((kind, "bekend"), 0),
        )
        for kind in sorted(came.keys() | goes.keys())
    ]  # fmt: skip
    collected, checked = context.done("collect"), context.done("check")
    sound = collected.artefacts["bestand"].sha256 == checked.details["sha256"]
    return Result(
        balances=lines,
        details={"kinds": came, "new": goes, "sha256": checked.details["sha256"]},
        findings=findings_table(_unusual(context, came)),
        blocked="" if sound else "Het ingelezen bestand is niet het bestand dat is ontvangen.",
    )


def _per_kind(context: Context, tables: dict[str, Path]) -> dict[str, int]:
    kind = context.intake.kind
    rows = pa.concat_tables([pq.read_table(tables[name], columns=[kind]) for name in context.intake.records])
    counts = rows.group_by(kind).aggregate([([], "count_all")])
    return dict(zip(counts[kind].cast(pa.string()).to_pylist(), counts["count_all"].to_pylist(), strict=True))


def _left_behind(context: Context, tables: dict[str, Path], marks: Path) -> dict[tuple[str, str], int]:
    records = pq.read_metadata(marks).num_rows
    with session(context.work, context.settings.memory_mb, rows=records) as con:
        rows = con.execute(
            f"SELECT r.{context.intake.kind}::VARCHAR, m.klasse, count(*) FROM ({together(tables, context.intake)}) r"
            f" JOIN {parquet(marks)} m USING (rij) WHERE m.klasse <> 'nieuw' GROUP BY ALL"
        ).fetchall()
    return {(kind, label): count for kind, label, count in rows}


def _unusual(context: Context, came: dict[str, int]) -> list[dict[str, object]]:
    """Against the median of at most twelve months before."""
    before: list[dict[str, Any]] = [
        dict(details["kinds"])  # type: ignore[call-overload]
        for one, details in Earlier(context).details("reconcile")
        if context.delivery.period.shift(-MONTHS) <= one.period < context.delivery.period
    ]
    if len(before) < ENOUGH:
        return []
    allowed = int(context.parameters.get("afwijking_perc", 50))  # type: ignore[arg-type]
    found = []
    for kind in sorted(set(came) | {name for month in before for name in month}):
        usual, now = int(median(month.get(kind, 0) for month in before)), came.get(kind, 0)
        if abs(now - usual) * 100 > allowed * max(usual, 1) and abs(now - usual) > ENOUGH:
            text = f"Van soort {kind} kwamen er {number(now)}; gewoon is {number(usual)} per maand."
            action = "Ga na of de indeling van het bestand is veranderd."
            found.append(finding("IN-AANTAL", "warning", text, action=action, source="aansluiting"))
    return found
