"""What deliveries mean today: one that the partner accepted may have been taken back or superseded since."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from exchanges.core.declare import Exchange
from exchanges.core.ledger import Ledger, state_label
from exchanges.core.store import Store
from exchanges.core.supersede.family import Member
from exchanges.core.supersede.since import Since, family_of, since, since_of
from exchanges.core.where.delivery import SENT, Traced


class Today:
    """About one person; the deliveries of a period are looked at once, however many of them have the person."""

    def __init__(self, ledger: Ledger, store: Store, key: str, work: Path, memory_mb: int) -> None:
        @cache
        def of_family(exchange: Exchange, family: tuple[Member, ...]) -> dict[str, list[Since]]:
            return since_of(ledger, store, exchange, family, key, work=work, memory_mb=memory_mb)

        self._ledger, self._of_family = ledger, of_family

    def tell(self, exchange: Exchange, out: Traced) -> None:
        """Fills ``stand`` and ``since``. Raises BusinessError when a file as it was read back has been destroyed."""
        whole = since(self._ledger, exchange, out.delivery)
        out.stand = whole.what if whole else state_label(out.delivery.state)
        out.since = [whole] if whole else []
        family = family_of(self._ledger, exchange, out.delivery) if SENT in out.outcome else []
        if len(family) > 1:
            out.since = self._of_family(exchange, tuple(family)).get(out.delivery.id) or out.since
