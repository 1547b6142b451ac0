"""Handling of samenloop signals: what comes on top of the steps that all signals take (see core.handling)."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from exchanges.core.errors import UsageError
from exchanges.core.handling.steps import Handling as Steps
from exchanges.core.handling.steps import first_event

if TYPE_CHECKING:
    from exchanges.core.ledger.signals import Registered, SignalBook
    from exchanges.ib_samenloop.reading import SignalsRead

EXCHANGE = "ib_samenloop"


class Handling(Steps):
    """The signals of one gemeente in the ledger."""

    def __init__(self, book: SignalBook, gemeente: str) -> None:
        super().__init__(book, EXCHANGE, gemeente)

    def receive(self, found: SignalsRead, key: bytes, moment: datetime) -> Registered:
        """Register what was read; what is there already stays as it is (R-SIG 4). Raises UsageError for a refused
        file."""
        from exchanges.core.ledger.signals import Registered
        from exchanges.ib_samenloop.identity import identities

        if found.refused:
            raise UsageError("Van dit bestand is niets gelezen; er zijn geen signalen om in te schrijven.")
        if found.head is None:  # a CSV without rows says nothing of itself
            return Registered(0, 0, ())
        return self.book.register(EXCHANGE, self.gemeente, found.head.month, identities(found.tables, key),
                                  first_event(moment))
