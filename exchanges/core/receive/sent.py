"""What was sent before, that the received records are about."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pyarrow as pa

from exchanges.core.intake import About
from exchanges.core.ledger import Delivery
from exchanges.core.mapping.table import load_mapping
from exchanges.core.purpose.guard import require_reading
from exchanges.core.registry import exchange as exchange_by_id
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.steps.context import Context
from exchanges.core.steps.received import accepted, add_readbacks
from exchanges.core.supersede.family import members
from exchanges.core.supersede.in_force import still_refused

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
    """To ``geweigerd.record``, of the period of the last of these deliveries that has records of the message: what was
    refused and is not in force since."""
    entry = Catalogue.load().entry(about.message, context.delivery.period)
    mapping = load_mapping(entry.message, entry.version)
    # To the end: of a result that is half read the connection takes no table.
    ((last,),) = con.execute(f"SELECT max(_volgorde) FROM {about.schema}.{mapping.record}").fetchall()
    if last is None:
        return
    of = sent[last - 1]
    family = members(context.ledger, exchange_by_id(about.exchange), of.gemeente, of.period, method=of.method)
    con.register("geweigerd_nu", pa.table({"sleutel": still_refused(context, family)}))
    con.execute("INSERT INTO geweigerd.record FROM geweigerd_nu")
    con.unregister("geweigerd_nu")
