"""select: freeze the source, choose the rows, account for every one that is left out."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.errors import SourceError
from exchanges.core.findings import findings_table, finding
from exchanges.core.select import select as select_rows
from exchanges.core.sql import add_sources, connect
from exchanges.core.steps.context import Context, Made, Result

PARQUET = "application/vnd.apache.parquet"


def select(context: Context) -> Result:
    """Artefacts ``bron/<table>`` (the frozen source), ``selectie/<table>`` and ``spoor/<table>`` (why a row stayed).

    Raises SourceError when the source cannot be read as declared or is empty.
    """
    selection = context.flow.selection
    snapshot = context.source().snapshot(selection.sources, selection.optional_sources, context.work / "bron")
    if snapshot.tables[selection.population].rows == 0:
        raise SourceError(
            f"Bron van gemeente {context.delivery.gemeente}: tabel {selection.population} is leeg. "
            "Controleer de aanlevering; er is niets verzonden."
        )
    out = context.work / "selectie"
    out.mkdir()
    con = connect(context.work, context.settings.memory_mb)
    try:
        add_sources(con, {name: table.path for name, table in snapshot.tables.items()})
        # The balance is held against the files themselves, read by another library than the selection.
        rows = {name: pq.read_metadata(table.path).num_rows for name, table in snapshot.tables.items()}
        selected = select_rows(con, selection, context.parameters, rows, out)
        moment = con.execute(
            "SELECT strftime(max(m), '%Y%m%dT%H%M%S') FROM ("
            + " UNION ALL ".join(f"SELECT max({selection.changed}) AS m FROM bron.{name}" for name in selection.sources)
            + ")"
        ).fetchone()
    finally:
        con.close()
    findings = snapshot.findings
    blocked = ""
    if selected.balances[0].out == 0:
        blocked = "De selectie is leeg: geen enkel record voldoet. Een lege levering zou alles bij de partner wissen."
        findings = pa.concat_tables([findings, findings_table([finding(
            "SEL-NUL", "blocker", blocked, action="Controleer de bron en de periode.", source="levering")])])
    files = {f"bron/{name}": Made(table.path, PARQUET, table.rows) for name, table in snapshot.tables.items()}
    files |= {f"selectie/{name}": Made(path, PARQUET) for name, path in selected.paths.items()}
    files |= {f"spoor/{name}": Made(path, PARQUET) for name, path in selected.trace.items()}
    details = {
        "inputs": [
            {"table": t.name, "rows": t.rows, "sha256": t.sha256, "origin": t.origin, "dialect": t.dialect}
            for t in snapshot.tables.values()
        ],
        "excluded": [{"table": line.table, "code": line.code, "count": line.count} for line in selected.excluded],
        "moment": moment[0] if moment else None,
    }
    return Result(selected.balances, files, details, findings, blocked)
