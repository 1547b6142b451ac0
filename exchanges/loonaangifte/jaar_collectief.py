"""The collective side: whole euros against cents, saldi against totals, and what was asked against what is due.

The totals of a month are whole euros in favour of the withholder, the cents of its relations are not: the rounding is
told apart, and must stay below a euro per total and month (spec loonaangifte CT-1a). Over the year what was asked
(``TotGen`` of every declaration) is what is due (the last ``TotTeBet`` of every month), CT-2 to CT-4.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from exchanges.loonaangifte.jaar_lijnen import Line
from exchanges.loonaangifte.jaar_ontvangen import Message

# Collective total -> the line its cents are on.
PAIRS = {
    "tot_ln_lb_ph": "loon", "ing_lb_ph": "loonheffing", "ing_bijdr_zvw": "bijdrage_zvw",
    "tot_wgh_zvw": "werkgeversheffing_zvw",
}  # fmt: skip
TITLES = {
    "tot_ln_lb_ph": "TotLnLbPh", "ing_lb_ph": "IngLbPh", "ing_bijdr_zvw": "IngBijdrZvw", "tot_wgh_zvw": "TotWghZvw",
}  # fmt: skip
_DUE = ("ing_lb_ph", "ing_bijdr_zvw", "tot_wgh_zvw")


@dataclass(frozen=True)
class Rounding:
    """A collective total as last received (whole euros) against the cents of the relations as last received."""

    month: str
    total: str
    euros: int
    cents: int
    up: bool  # a negative total towards nothing, where that was chosen

    @property
    def rounding(self) -> int:
        """Cents that the total leaves out, in favour of the withholder."""
        return self.cents - self.euros * 100

    @property
    def closes(self) -> bool:
        return -100 < self.rounding <= 0 if self.up and self.cents < 0 else 0 <= self.rounding < 100


@dataclass(frozen=True)
class Settled:
    """One month: what its declaration asked, what later messages made of it. Whole euros.

    ``declared`` and ``general`` are TotTeBet and TotGen of its declaration, null when there is none; ``saldi`` what
    that declaration settled of earlier months; ``due`` the last TotTeBet, ``parts`` what it is the sum of (CT-2b);
    ``corrections`` how many later messages changed it, ``replaced`` how many declarations gave way to the one that
    stands. ``number`` is the loonheffingennummer it was declared under.
    """

    month: str
    declared: int | None = None
    saldi: int = 0
    general: int | None = None
    due: int | None = None
    parts: int | None = None
    corrections: int = 0
    replaced: int = 0
    number: str = ""

    @property
    def closes(self) -> bool:
        return self.declared is not None and self.general == self.declared + self.saldi and self.due == self.parts


@dataclass(frozen=True)
class Corrected:
    """What one message corrected of one month: ``by`` is the month it was declared in, or ``los``. ``saldo`` as the
    message says it (of a separate correction: as it follows), ``difference`` what it should be."""

    by: str
    order: int
    month: str
    relations: int
    withdrawn: int
    saldo: int
    difference: int

    @property
    def closes(self) -> bool:
        return self.saldo == self.difference


@dataclass(frozen=True)
class Collective:
    months: tuple[Settled, ...]
    corrections: tuple[Corrected, ...]
    rounding: tuple[Rounding, ...]

    @property
    def asked(self) -> int:
        """All declarations of the year, in whole euros."""
        return sum(month.general or 0 for month in self.months)

    @property
    def separate(self) -> int:
        """All separate corrections: asked by the Belastingdienst itself, with a reference of its own."""
        return sum(one.saldo for one in self.corrections if one.by == SEPARATE)

    @property
    def due(self) -> int:
        return sum(month.due or 0 for month in self.months)

    @property
    def closes(self) -> bool:
        parts = (*self.months, *self.corrections, *self.rounding)
        return all(part.closes for part in parts) and self.asked + self.separate == self.due


SEPARATE = "los"


def settle(said: Sequence[Message], months: Sequence[str], lines: Sequence[Line], cut: str) -> Collective:
    """``cut`` is the parameter ``afronding``; ``lines`` have the received cents by month (without: no rounding)."""
    due: dict[str, int] = {}
    totals: dict[str, Mapping[str, int]] = {}
    corrections: list[Corrected] = []
    counted = dict.fromkeys(months, 0)
    settled: dict[str, tuple[Message, int]] = {}
    standing = [message for message in said if not message.replaced]
    for message in standing:
        if message.month is not None:
            settled[message.month] = message, sum(part.saldo or 0 for part in message.corrections)
            due[message.month], totals[message.month] = message.due or 0, message.totals
        for part in message.corrections:
            before = due.get(part.month, 0)
            now = part.due if part.row >= 0 else before
            saldo = now - before if message.month is None else part.saldo or 0
            corrections.append(Corrected(message.month or SEPARATE, message.order, part.month, part.relations,
                                         part.withdrawn, saldo, now - before))  # fmt: skip
            if part.row >= 0:
                due[part.month], totals[part.month] = part.due, part.totals
                counted[part.month] = counted.get(part.month, 0) + 1
    gave_way = [message.month for message in said if message.replaced]
    cents = {(line.month, line.line): line.received for line in lines}
    of_months = []
    for month in months:
        if month not in settled:
            of_months.append(Settled(month))
            continue
        message, saldi = settled[month]
        parts = sum(totals[month][name] for name in _DUE)
        of_months.append(Settled(
            month, message.due, saldi, message.total_general, due[month], parts, counted[month], gave_way.count(month),
            message.number,
        ))  # fmt: skip
    rounding = tuple(
        Rounding(month, TITLES[name], totals[month][name], cents[month, line], cut == "naar_nul")
        for month in months for name, line in PAIRS.items() if month in totals and (month, line) in cents
    )  # fmt: skip
    return Collective(tuple(of_months), tuple(corrections), rounding)
