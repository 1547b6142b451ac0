"""What is compared, as an exchange declares it. Frozen, stdlib only.

A delivery answers for a population: one row per person, with the answer and the window for which it was given. Under
the persons hang levels of rows (relations, periods), each with a key that holds from one delivery to the next. A level
comes after its parent.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

# code    text as it came; leading zeros count
# number  whole number: 0 and 0000 are the same
# day     jjjjmmdd integer, perhaps partial; absent and a year from 6000 on both mean open or unknown
Kind = Literal["code", "number", "day"]
# inside   rows lie in the delivered window: only what surely lies in the windows of both deliveries is judged
# overlap  rows run on beyond the window: judged unless they lie wholly outside it
Scope = Literal["inside", "overlap"]


@dataclass(frozen=True)
class Field:
    name: str
    kind: Kind = "code"


@dataclass(frozen=True)
class Level:
    """One table of a snapshot.

    ``key`` begins with the person and, where there is a ``parent``, with the whole key of that. ``begin`` and ``end``
    are the days by which the window is judged. ``amounts`` are eurocents and ``numbers`` whole numbers; a change of
    either is a correction of ``BEDRAG``, of ``traits`` alone one of ``KENMERK``. Empty names of classes: such a change
    is counted, not listed. ``ended``: the ``end``, a trait, was open and is so no more. ``filled``: a row without any
    amount or number is no row. ``alone``: what comes or goes with its parent is not listed. ``sums``: the amounts of
    which a balance is made.
    """

    name: str
    title: str
    key: tuple[Field, ...]
    scope: Scope
    begin: str
    end: str
    new: str = ""
    gone: str = ""
    changed: str = ""
    ended: str = ""
    parent: str = ""
    amounts: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    traits: tuple[Field, ...] = ()
    filled: bool = False
    alone: bool = False
    balanced: bool = False
    sums: tuple[str, ...] = ()

    @property
    def measured(self) -> tuple[str, ...]:
        return self.amounts + self.numbers

    @property
    def columns(self) -> tuple[str, ...]:
        """What is compared, beside the key."""
        return self.measured + tuple(trait.name for trait in self.traits)


@dataclass(frozen=True)
class Comparison:
    """``person``: the first column of every key. ``first``: the class of what is delivered of a person for the first
    time; ``same``: that of what did not change, counted only. ``per``: the column by which balances are made, beside
    those of the whole delivery."""

    id: str
    levels: tuple[Level, ...]
    first: str
    same: str
    person: str = "bsn"
    per: str = ""
