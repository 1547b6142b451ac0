"""What was published is work for people: every new signal is in the books, as received (spec ib-signalen 5)."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from exchanges.core.handling.steps import first_event
from exchanges.core.ledger.signals import SignalBook
from exchanges.core.steps.context import Context
from exchanges.ib_samenloop.handling import EXCHANGE
from exchanges.ib_samenloop.identity import identities


def register(context: Context, tables: Mapping[str, Path]) -> dict[str, int]:
    """Done again it changes nothing: a signal has one number."""
    collected = context.done("collect")
    assert collected.finished is not None
    signals = identities(tables, context.settings.pseudonymise_with())
    done = SignalBook(context.ledger.database).register(
        EXCHANGE, context.delivery.gemeente, str(context.delivery.period), signals, first_event(collected.finished)
    )
    return {"fresh": done.fresh, "known": done.known}
