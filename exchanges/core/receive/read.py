"""read: the file into tables, by the reader of the exchange; what cannot be read is set apart and counted."""

from __future__ import annotations

import pkgutil

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.balance import Balance
from exchanges.core.receive.arrival import Arrival, FileRefused, Read
from exchanges.core.receive.earlier import FILE
from exchanges.core.reports.dutch import number
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.steps.select import PARQUET


def read(context: Context) -> Result:
    """Artefacts ``gelezen/<table>``, and ``apart`` with the lines that could not be read.

    A file that is refused as a whole goes into quarantine and stops the delivery.
    """
    intake, delivery = context.intake, context.delivery
    path = context.file("collect", FILE)
    name = str(context.done("collect").details["file_name"])
    arrival = Arrival(
        path, name, delivery.gemeente, delivery.period, context.settings.pseudonymise_with(), context.work
    )
    try:
        found: Read = pkgutil.resolve_name(intake.reader)(arrival)
    except FileRefused as refused:
        context.store.quarantine(delivery.gemeente, path, str(refused), name)
        return Result(findings=refused.findings, blocked=f"{refused} Er is niets ingelezen; het bestand is bewaard.")
    strangers = 0 if context.settings.production else _strangers(context, found)
    if strangers:
        return Result(
            blocked=f"In het bestand staan {number(strangers)} burgerservicenummers buiten de testreeksen. Buiten "
            "productie mag dat niet; gebruik testgegevens, of zet productie aan waar dat hoort."
        )
    files = {
        f"gelezen/{table}": Made(made, PARQUET, pq.read_metadata(made).num_rows) for table, made in found.tables.items()
    }
    records = sum(files[f"gelezen/{name}"].rows or 0 for name in intake.counted)
    if found.apart is not None:
        files["apart"] = Made(found.apart, "application/octet-stream", found.refused)
    return Result(
        balances=[Balance(intake.counted[0], "aantal", found.rows, records, rejected=found.refused)],
        files=files,
        details={**found.details, "records": records, "rejected": found.refused},
        findings=found.findings,
    )


def _strangers(context: Context, found: Read) -> int:
    """How many values in columns for a BSN look like one of somebody."""
    count = pkgutil.resolve_name(context.settings.strangers)
    columns = [
        (path, field.name)
        for path in found.tables.values()
        for field in pq.read_schema(path)
        if pa.types.is_string(field.type) and (field.name == context.intake.person or field.name.startswith("bsn"))
    ]
    return sum(count(pq.read_table(path, columns=[name])[name]) for path, name in columns)
