"""The exchanges that are installed: every ``exchanges/<id>/exchange.py`` with an ``EXCHANGE``."""

from __future__ import annotations

import importlib
from functools import cache
from pathlib import Path

from exchanges.core.declare import Exchange
from exchanges.core.errors import UsageError

_PACKAGE = Path(__file__).resolve().parents[1]


@cache
def exchanges() -> dict[str, Exchange]:
    """By id, sorted. Raises UsageError when a declaration does not bear the name of its folder."""
    found: dict[str, Exchange] = {}
    for path in sorted(_PACKAGE.glob("*/exchange.py")):
        exchange = importlib.import_module(f"exchanges.{path.parent.name}.exchange").EXCHANGE
        if exchange.id != path.parent.name:
            raise UsageError(
                f"Uitwisseling {exchange.id} staat in de map {path.parent.name}; de namen moeten gelijk zijn."
            )
        found[exchange.id] = exchange
    return found


def exchange(id: str) -> Exchange:
    known = exchanges()
    if id not in known:
        raise UsageError(f"Uitwisseling {id!r} bestaat niet; kies uit {', '.join(known)}.")
    return known[id]
