"""Findings: what is wrong, where, and what to do; never a personal value.

Arrow schema of a finding, one row each:

========== ======== =====================================================================
code       string   rule code, stable (``LKS-PRC-01``, ``XSD``)
severity   string   blocker, error, warning, info
table      string   message table of the row, null for a finding on the whole delivery
record     string   pseudonym of the record key (``p:`` + 20 hex), null for the delivery
path       string   element path in the message
line       int64    line in the checked file, null before the file exists
text       string   what is wrong, in Dutch
action     string   what to do, in Dutch
source     string   article, schema or spec section
========== ======== =====================================================================
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

FINDINGS = pa.schema(
    [
        pa.field(name, kind)
        for name, kind in (
            ("code", pa.string()),
            ("severity", pa.string()),
            ("table", pa.string()),
            ("record", pa.string()),
            ("path", pa.string()),
            ("line", pa.int64()),
            ("text", pa.string()),
            ("action", pa.string()),
            ("source", pa.string()),
        )
    ]
)


def finding(
    code: str,
    severity: str,
    text: str,
    *,
    action: str = "",
    source: str = "",
    path: str = "",
    table: str | None = None,
    record: str | None = None,
    line: int | None = None,
) -> dict[str, object]:
    """One finding as a row; use for the few that do not come from a column."""
    return {
        "code": code,
        "severity": severity,
        "table": table,
        "record": record,
        "path": path,
        "line": line,
        "text": text,
        "action": action,
        "source": source,
    }


def findings_table(rows: list[dict[str, object]]) -> pa.Table:
    return pa.Table.from_pylist(rows, schema=FINDINGS)


def same_findings(
    code: str,
    severity: str,
    text: str,
    records: pa.Array | pa.ChunkedArray,
    *,
    lines: pa.Array | pa.ChunkedArray | None = None,
    action: str = "",
    source: str = "",
    path: str = "",
    table: str | None = None,
) -> pa.Table:
    """The same finding about many records: ``records`` are pseudonyms, ``lines`` the lines they are on."""
    said = finding(code, severity, text, action=action, source=source, path=path, table=table)
    columns = {
        name: pa.repeat(pa.scalar(said[name], FINDINGS.field(name).type), len(records)) for name in FINDINGS.names
    }
    columns["record"] = records
    if lines is not None:
        columns["line"] = pc.cast(lines, pa.int64())
    return pa.table(columns, schema=FINDINGS)
