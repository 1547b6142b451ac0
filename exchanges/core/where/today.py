"""What a delivery means today: one that the partner accepted may have been taken back or superseded since."""

from __future__ import annotations

from pathlib import Path

from exchanges.core.declare import Exchange
from exchanges.core.ledger import Ledger, state_label
from exchanges.core.store import Store
from exchanges.core.supersede.since import family_of, since, since_of
from exchanges.core.where.delivery import SENT, Traced


def tell_today(ledger: Ledger, store: Store, exchange: Exchange, key: str, out: Traced, *, work: Path,
               memory_mb: int) -> None:  # fmt: skip
    """Fills ``stand`` and ``since`` of ``out``, about the person with BSN ``key``. Raises BusinessError when a file as
    it was read back has been destroyed."""
    whole = since(ledger, exchange, out.delivery)
    out.stand = whole.what if whole else state_label(out.delivery.state)
    family = family_of(ledger, exchange, out.delivery) if SENT in out.outcome else []
    out.since = since_of(ledger, store, exchange, family, key, work=work, memory_mb=memory_mb)
    if not out.since and whole:
        out.since = [whole]
