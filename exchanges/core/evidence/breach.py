"""What is wrong with the evidence, in one Dutch sentence each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exchanges.core.reports.dutch import number
from exchanges.core.store.privacy import without_bsn

Kind = Literal[
    "veranderd", "ontbreekt", "tussengevoegd", "verwisseld", "herschreven", "afgekapt", "anker", "regel"
]


@dataclass(frozen=True)
class Breach:
    """``place`` is the first place in the chain that is wrong; of a table row the place of the event that knows better,
    None when no event knows it. ``until`` is the last place it may be, when a whole piece was written anew."""

    kind: Kind
    sentence: str
    place: int | None = None
    delivery: str | None = None
    action: str | None = None
    until: int | None = None


def at(kind: Kind, place: int, what: str, delivery: str | None = None, action: str | None = None,
       until: int | None = None) -> Breach:
    """``what`` is the rest of a sentence that begins with the place."""
    where = "" if action is None else f" ({_whose(delivery)}, {action})"
    return Breach(kind, without_bsn(f"Plaats {number(place)} van de keten{where}: {what}."), place, delivery, action,
                  until)


def _whose(delivery: str | None) -> str:
    return "geen levering" if delivery is None else f"levering {delivery}"
