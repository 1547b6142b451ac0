"""What was sent before, that the received records are about."""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchanges.core.steps.context import Context
from exchanges.core.steps.received import accepted, add_readbacks

if TYPE_CHECKING:
    import duckdb

SENT = "gestuurd"


def add_sent(con: duckdb.DuckDBPyConnection, context: Context) -> bool:
    """``gestuurd.<table>``, see :class:`exchanges.core.intake.About`. False when nothing was sent, or nothing is
    declared: then the rules that need it are not assessed."""
    about = context.intake.about
    if about is None:
        return False
    period = context.delivery.period
    sent = [
        one
        for one in accepted(context.ledger, about.exchange, context.delivery.gemeente)
        if period.shift(1 - about.months) <= one.period <= period
    ]
    if not sent:
        return False
    add_readbacks(con, (about.message,), period, sent, context.ledger, context.store, context.work, SENT)
    return True
