"""What was sent before, that the received records are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchanges.core.steps.context import Context
from exchanges.core.steps.received import accepted, add_readbacks

if TYPE_CHECKING:
    import duckdb


def add_sent(con: duckdb.DuckDBPyConnection, context: Context) -> list[str]:
    """``<schema>.<table>``, see :class:`exchanges.core.intake.About`. Gives the schemas of which something was sent;
    rules that need another are not assessed. Where nothing was sent the tables are there, and empty."""
    period = context.delivery.period
    there: list[str] = []
    for about in context.intake.about:
        sent = [
            one
            for one in accepted(context.ledger, about.exchange, context.delivery.gemeente)
            if period.shift(1 - about.months) <= one.period <= period
        ]
        add_readbacks(con, (about.message,), period, sent, context.ledger, context.store, context.work, about.schema)
        if sent:
            there.append(about.schema)
    return there
