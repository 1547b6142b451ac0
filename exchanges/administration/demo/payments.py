"""Monthly payments with their components, and the income that was reported; the three months up to the period.

A payment is the sum of its components, to the cent; the loon is that sum, plus what was withheld for a claim, plus
the loonheffing. Tax rates are those of 2026 (spec loonaangifte, section 7.3 and 7.4): illustrative, not official.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from exchanges.administration.demo import words
from exchanges.administration.demo.benefits import BB, BBZ, IOAW, IOAZ, Benefits, Households, norm_cents
from exchanges.administration.demo.columns import (
    constant,
    days_column,
    keys,
    moments_column,
    pick,
    to_days,
    where,
    whole_column,
)
from exchanges.administration.demo.debts import Debts
from exchanges.administration.demo.draws import Bools, Ints
from exchanges.administration.demo.persons import office_minute
from exchanges.administration.demo.world import People, World
from exchanges.administration.model import TABLES
from exchanges.core.period import Period

MONTHS = 3
_NET_RATE, _GROSS_RATE, _CREDIT_CENTS, _ZVW = 0.5564, 0.3575, 25_958, 0.0610
_PARTS = ("norm", "reservering_vakantietoeslag", "inkomsten", "afstemming", "loonheffing", "aflossing", "eenmalig")
_NORM, _HOLIDAY, _INCOME, _MEASURE, _TAX, _INSTALMENT, _ONCE = range(7)


@dataclass(frozen=True)
class Payments:
    """Payments of one month. ``benefit`` is the row in Benefits; ``parts`` has a column per kind of component,
    in cents with sign; ``exempt`` is the part of the income that is not settled."""

    month: Period
    day: int
    benefit: Ints
    number: Ints
    parts: Ints
    tax: Ints
    income: Ints
    exempt: Ints
    claim: Ints          # row in Debts, -1 without

    @property
    def net(self) -> Ints:
        paid: Ints = self.parts.sum(axis=1)
        return paid

    @property
    def wage(self) -> Ints:
        gross_tax = -self.parts[:, _TAX]
        return self.net - self.parts[:, _INSTALMENT] + np.where(gross_tax > 0, gross_tax, self.tax)


def payments(world: World, homes: Households, given: Benefits, owed: Debts) -> list[Payments]:
    return [_month(world, homes, given, owed, back) for back in range(MONTHS - 1, -1, -1)]


def _month(world: World, homes: Households, given: Benefits, owed: Debts, back: int) -> Payments:
    draws, month = world.draws, world.period.shift(-back)
    begin, end = to_days(month.start), to_days(month.end)
    day = begin + 23
    once = given.regulation == BB
    rows = np.flatnonzero(np.where(once, (given.begin >= begin) & (given.begin <= end),
                                   (given.begin <= day) & (given.end >= begin) & (given.decided <= day)))
    of = given.only(np.isin(np.arange(len(given.number)), rows))
    once, length = of.regulation == BB, end - begin + 1
    days = np.minimum(of.end, end) - np.maximum(of.begin, begin) + 1
    with_partner = homes.partner[of.household] >= 0
    serial = (month.year * 12 + month.month) % 100
    number = of.number * 100 + serial

    parts = np.zeros((len(rows), len(_PARTS)), dtype=np.int64)
    gross = (of.regulation == IOAW) | (of.regulation == IOAZ)
    parts[:, _NORM] = np.where(once, 0, norm_cents(with_partner, begin) * days // length)
    parts[:, _HOLIDAY] = -(parts[:, _NORM] * 5 // 105)
    parts[:, _ONCE] = np.where(once, draws.whole("bijzonder bedrag", of.number, 150, 900) * 100, 0)
    income, exempt = _income(world, of, number, once)
    room = parts.sum(axis=1)
    settled = np.where(once, 0, np.minimum(income - exempt, room))
    parts[:, _INCOME] = -settled
    measured = draws.chance("afstemming", number, 0.012) & ~once
    parts[:, _MEASURE] = -np.where(measured, (room - settled) * 3 // 10, 0)
    taxable = parts.sum(axis=1)
    credit = np.where(of.credit, _CREDIT_CENTS, 0)
    on_net = np.maximum(0, np.floor((taxable - credit) * _NET_RATE - credit)).astype(np.int64)
    on_gross = np.maximum(0, np.floor(taxable * _GROSS_RATE - credit)).astype(np.int64)
    parts[:, _TAX] = -np.where(gross, on_gross, 0)
    claim = np.full(len(given.number), -1)
    claim[owed.benefit] = np.arange(len(owed.benefit))
    claim = claim[rows]
    due = owed.instalment(back)[np.maximum(claim, 0)] if len(owed.number) else np.zeros(len(rows), np.int64)
    parts[:, _INSTALMENT] = -np.minimum(np.where(claim >= 0, due, 0), parts.sum(axis=1))
    # Special assistance is not taxed here; Bbz knows no credit (spec loonaangifte, 7.3).
    on_net = np.where(of.regulation == BBZ, np.floor(taxable * _NET_RATE).astype(np.int64), on_net)
    return Payments(month, day, rows, number, parts, np.where(once, 0, np.where(gross, on_gross, on_net)),
                    income, exempt, claim)


def _income(world: World, of: Benefits, number: Ints, once: Bools) -> tuple[Ints, Ints]:
    """Net income of the month and the part of it that is left to the client."""
    draws = world.draws
    works = draws.chance("inkomsten", of.number, 0.2) & ~once & draws.chance("inkomsten in maand", number, 0.92)
    base = draws.whole("hoogte inkomsten", of.number, 15_000, 110_000)
    income = np.where(works, base + draws.whole("inkomsten deze maand", number, -4_000, 4_000), 0)
    spared = draws.chance("vrijlating", of.number, 0.4)
    return income, np.where(spared, np.minimum(income // 4, 28_500), 0)


def betaling(world: World, who: People, homes: Households, given: Benefits, of: Payments) -> pa.Table:
    count, wage = len(of.number), of.wage
    once = given.regulation[of.benefit] == BB
    zero = np.zeros(count, np.int64)
    day = np.where(once, given.begin[of.benefit], of.day)
    return pa.Table.from_arrays([
        keys("B", of.number, 11), keys("U", given.number[of.benefit], 9),
        keys("P", who.number[homes.head[given.household[of.benefit]]]), constant(str(of.month), count),
        where(once, pa.scalar("eenmalig"), pa.scalar("periodiek")), days_column(day),
        whole_column(of.net, pa.int64()), whole_column(np.where(once, 0, wage), pa.int64()),
        whole_column(of.tax, pa.int64()),
        whole_column(np.where(once, 0, np.floor(wage * _ZVW + 0.5)).astype(np.int64), pa.int64()),
        whole_column(zero, pa.int64()),
        moments_column(day, office_minute(world.draws, "betaling", of.number)),
    ], schema=TABLES["betaling"].schema)


def betaling_component(world: World, owed: Debts, of: Payments) -> pa.Table:
    used = of.parts != 0
    rows, kinds = np.nonzero(used)
    order = np.cumsum(used, axis=1)[rows, kinds]
    claim = np.maximum(of.claim[rows], 0)
    claims = keys("S", owed.number[claim] if len(owed.number) else claim, 9)
    return pa.Table.from_arrays([
        keys("B", of.number[rows], 11), whole_column(order, pa.int32()), pick(_PARTS, kinds),
        whole_column(of.parts[rows, kinds], pa.int64()),
        where(kinds == _INSTALMENT, claims, pa.scalar(None, pa.string())),
        moments_column(np.full(len(rows), of.day), office_minute(world.draws, "betaling", of.number)[rows]),
    ], schema=TABLES["betaling_component"].schema)


def inkomstenopgave(world: World, who: People, homes: Households, given: Benefits, of: Payments) -> pa.Table:
    draws = world.draws
    rows = np.flatnonzero(of.income > 0)
    number, benefit = of.number[rows], of.benefit[rows]
    works = draws.chance("werk", given.number[benefit], 0.85)
    other = draws.choice("ander inkomen", given.number[benefit], (30, 25, 25, 20))
    employer = draws.whole("werkgever", given.number[benefit], 0, len(words.EMPLOYERS) - 1)
    received = np.minimum(of.day - draws.whole("opgave voor", number, 1, 15), world.end)
    return pa.Table.from_arrays([
        keys("I", number, 11), keys("U", given.number[benefit], 9),
        keys("P", who.number[homes.head[given.household[benefit]]]), constant(str(of.month), len(rows)),
        where(works, pa.scalar("11"), pick(("23", "24", "18", "98"), other)),
        where(works, pick(words.EMPLOYERS, employer), pick(words.BENEFIT_SOURCES, 1 + other)),
        whole_column(np.floor(of.income[rows] * 1.07).astype(np.int64), pa.int64()),
        whole_column(of.income[rows], pa.int64()), whole_column(of.exempt[rows], pa.int64()),
        whole_column(-of.parts[rows, _INCOME], pa.int64()), days_column(received),
        moments_column(received, office_minute(draws, "opgave", number)),
    ], schema=TABLES["inkomstenopgave"].schema)
