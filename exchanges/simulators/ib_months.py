"""The Inlichtingenbureau month after month: who was delivered changes, what was told comes back, and the truth of it.

On top of :mod:`exchanges.simulators.ib_signals`, which makes signals and files. What a file brings is booked when it is
planted; nothing is read back from it.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from exchanges.core.period import Period
from exchanges.simulators.ib_signals import KINDS, Signal, Signals

# The way a month is written, in turn: IB changes version, and a municipality its choice of CSV or XML.
WAYS = (("09", "csv"), ("09", "xml"), ("08", "csv"), ("08", "xml"), ("07", "csv"), ("09", "xml"))
_BEFORE, _CORRECTED = 5, 2


@dataclass
class Month:
    """What IB sends, and what is true of it: by kind the numbers that are new, and those that came before with the same
    (``known``) or with other content (``clash``)."""

    period: Period
    version: str
    form: str
    signals: list[Signal] = field(default_factory=list)
    new: dict[str, set[str]] = field(default_factory=lambda: {kind: set() for kind in KINDS})
    known: set[str] = field(default_factory=set)
    clash: set[str] = field(default_factory=set)


class Cycle:
    """IB for one gemeente; the same seed gives the same months."""

    def __init__(self, seed: int, gemeente: str) -> None:
        self._draw = random.Random(f"{seed} {gemeente} maanden")
        self._sends = Signals(seed, gemeente, ())
        self._told: dict[str, list[Signal]] = {}  # by version: what it says differs
        self._incomes: set[str] = set()
        self._place = 0

    def month(self, period: Period, bsns: Sequence[str], count: int = 48) -> Month:
        """The file over a month about the persons that were delivered."""
        version, form = WAYS[self._place % len(WAYS)]
        self._place += 1
        self._sends.bsns = list(bsns)
        out = Month(period, version, form)
        told = [one for one in self._told.get(version, []) if one.bsn in bsns]
        for one in self._sends.month(period, count):
            # Of a new income relation there is one notification (spec ib-signalen 5).
            if one.kind == "INK" and one.bsn in self._incomes:
                continue
            if version == "07" and one.unverified:
                continue  # is not delivered in this version
            self._incomes |= {one.bsn} if one.kind == "INK" else set()
            self._plant(out, one)
        again = self._draw.sample(told, min(_BEFORE, len(told)))
        out.signals += again
        out.known |= {one.number for one in again}
        rest = [one for one in told if one.number not in out.known]
        for one in self._draw.sample(rest, min(_CORRECTED, len(rest))):
            out.signals.append(replace(one, values={**one.values, "dossiernummer": "99999999"}))
            out.clash.add(one.number)
        self._draw.shuffle(out.signals)
        self._told.setdefault(version, []).extend(one for one in out.signals if one.number in self._fresh(out))
        return out

    def write(self, folder: Path, month: Month) -> Path:
        return self._sends.write(folder, month.period, month.signals, month.version, month.form)

    @staticmethod
    def _fresh(month: Month) -> set[str]:
        return set().union(*month.new.values())

    @staticmethod
    def _plant(month: Month, one: Signal) -> None:
        month.signals.append(one)
        month.new[one.kind].add(one.number)
