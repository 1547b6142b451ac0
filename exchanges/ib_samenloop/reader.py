"""One file of signals, as the chambers of the core want it: tables, or a refusal."""

from __future__ import annotations

from exchanges.core.findings import findings_table
from exchanges.core.receive.arrival import Arrival, FileRefused, Read
from exchanges.ib_samenloop.judge import REFUSED
from exchanges.ib_samenloop.reading import read as read_file


def read(arrival: Arrival) -> Read:
    """Raises FileRefused when the file as a whole is not what was agreed (fail closed on unknown versions)."""
    found = read_file(
        arrival.path, gemeente=arrival.gemeente, period=arrival.period, work=arrival.work, key=arrival.pseudonymise_with
    )
    findings = findings_table(found.findings)
    if found.refused:
        first = found.findings[0]["text"]
        raise FileRefused(f"Het bestand {arrival.file_name} is geweigerd: {first}", findings)
    head = found.head
    details = {
        "version": found.version,
        "mapping": f"mappings/IBSamenloop/{found.version}",
        "form": found.form,
        "dialect": ", ".join(f"{name} {value}" for name, value in found.dialect.items()),
        "published": str(head.published) if head and head.published else "",
        "number": head.number if head else "",
    }
    tables = {name: path for name, path in found.tables.items() if name != REFUSED}
    return Read(tables, found.rows, found.rejected, found.tables[REFUSED], findings, details)
