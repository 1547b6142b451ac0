"""Whom UWV is asked about: everybody in the delivery of this month, over the months that are looked back on."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from exchanges.core.errors import UsageError
from exchanges.core.purpose.guard import require_giving
from exchanges.core.receive.arrival import Gathered
from exchanges.core.receive.sent import add_sent
from exchanges.core.reports.dutch import period as month
from exchanges.core.sql import session
from exchanges.core.steps.context import Context


def collect(context: Context, folder: Path) -> Gathered:
    """The archive of answers. Who has answered is not asked again when the step is done anew.

    Raises UsageError when no delivery of this month was accepted, and what :func:`exchanges.ib_oib.asking.ask` raises.
    """
    from exchanges.ib_oib.asking import MESSAGE, PARTNER, ask

    require_giving(context.purpose, context.ledger, context.delivery.id, PARTNER, MESSAGE)
    people, period = _people(context), context.delivery.period
    first = period.shift(1 - int(str(context.parameters["venster_maanden"]))).start
    asked = ask(context, people, first, period.end, folder)
    name = f"OIB_ANTWOORDEN_{context.delivery.gemeente}_{period}_{context.delivery.sequence:04d}.zip"
    counts = {
        "questions": asked.questions, "answered": asked.answered, "before": asked.before, "silent": asked.silent,
        "declined": asked.declined,
    }  # fmt: skip
    return Gathered(asked.archive.rename(context.work / name), asked.findings, counts)


def _people(context: Context) -> pa.Table:
    with session(context.work, context.settings.memory_mb, rows=0) as con:
        add_sent(con, context)
        people = con.execute(
            f"SELECT DISTINCT bsn FROM gestuurd.regel WHERE _tijdvak = '{context.delivery.period}' ORDER BY bsn"
        ).to_arrow_table()
    if not people.num_rows:
        raise UsageError(
            f"Over {month(context.delivery.period)} is voor gemeente {context.delivery.gemeente} geen aanlevering "
            "aanvaard waarover UWV kan worden gevraagd; lever eerst ib_rechtmatigheid aan."
        )
    return people
