"""What was sent before, that the received records are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from exchanges.core.intake import About
from exchanges.core.ledger import Delivery
from exchanges.core.mapping.table import load_mapping
from exchanges.core.purpose.guard import require_reading
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.steps.context import Context
from exchanges.core.steps.received import accepted, add_readbacks, refused_of

if TYPE_CHECKING:
    import duckdb


def add_sent(con: duckdb.DuckDBPyConnection, context: Context) -> list[str]:
    """``<schema>.<table>``, see :class:`exchanges.core.intake.About`. Gives the schemas of which something was sent;
    rules that need another are not assessed. Where nothing was sent the tables are there, and empty. Raises UsageError
    for an exchange that the purpose does not allow to look in."""
    period = context.delivery.period
    there: list[str] = []
    con.execute("CREATE TABLE geweigerd.record (sleutel VARCHAR)")
    for about in context.intake.about:
        require_reading(context.purpose, context.ledger, context.delivery.id, about.exchange)
        sent = [
            one
            for one in accepted(context.ledger, about.exchange, context.delivery.gemeente)
            if period.shift(1 - about.months) <= one.period <= period
        ]
        add_readbacks(con, (about.message,), period, sent, context.ledger, context.store, context.work, about.schema)
        if sent:
            there.append(about.schema)
            _add_refused(con, context, about, sent)
    return there


def _add_refused(
    con: duckdb.DuckDBPyConnection, context: Context, about: About, sent: Sequence[Delivery]
) -> None:
    """To ``geweigerd.record``, of the last of these deliveries that has records of the message."""
    entry = Catalogue.load().entry(about.message, context.delivery.period)
    mapping = load_mapping(entry.message, entry.version)
    table, key = f"{about.schema}.{mapping.record}", mapping.tables[mapping.record].key[0]
    last = con.execute(f"SELECT max(_volgorde) FROM {table}").fetchone()
    if last is None or last[0] is None:
        return
    keys = con.execute(f"SELECT DISTINCT {key}::VARCHAR AS sleutel FROM {table} WHERE _volgorde = {last[0]}"
                       f" AND {key} IS NOT NULL ORDER BY 1").to_arrow_table()["sleutel"].combine_chunks()  # fmt: skip
    con.register("geweigerd_nu", pa.table({"sleutel": refused_of(context, sent[last[0] - 1].id, keys)}))
    con.execute("INSERT INTO geweigerd.record FROM geweigerd_nu")
    con.unregister("geweigerd_nu")
