"""Dossiers, applications and benefits of the households of a batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.administration.demo.columns import (
    NEVER,
    days_column,
    first_days,
    keys,
    moments_column,
    months_of,
    pick,
    split_days,
    to_days,
    where,
    whole_column,
)
from exchanges.administration.demo.draws import Bools, Draws, Ints
from exchanges.administration.demo.persons import office_minute
from exchanges.administration.demo.world import People, World
from exchanges.administration.model import TABLES

REGULATIONS = ("PW", "IOAW", "IOAZ", "BBZ", "BB")
PW, IOAW, IOAZ, BBZ, BB = range(5)
_STATISTIC = ("01", "02", "03", "14", "12")          # BUS field 8
_INCOME_CODE = ("43", "34", "45", "42", "43")        # spec loonaangifte, 7.1
_TAX_TABLE = ("250", "022", "022", "250", "250")     # spec loonaangifte, 7.2
_END_REASONS = ("11", "11", "13", "19", "31", "32", "02", "03", "98")
_DIED = "04"
PAY_DAY = 24                                         # of the month
AGAIN = 400_000_000                                  # added to the number of a benefit that goes on as another one

# Norms per month in cents, holiday allowance included (Participatiewet art. 21; bijstandsnormen.csv).
_NEW_NORMS = to_days(date(2026, 7, 1))
_SINGLE, _COUPLE = (136_906, 141_946), (195_580, 202_779)


@dataclass(frozen=True)
class Households:
    """The households of a batch, one row each; ``head`` and ``partner`` are rows in People (-1 without partner)."""

    number: Ints
    head: Ints
    partner: Ints
    entry: Ints
    death: Ints          # first death in the household, as known
    dies: Ints           # and as it will be

    def __len__(self) -> int:
        return len(self.number)


@dataclass(frozen=True)
class Benefits:
    """Benefits as known in this state. ``household`` is the row in Households; ``until`` the last day as it will be;
    ``first`` the month (number) of the first payment: that in which the decision came before the pay day."""

    household: Ints
    number: Ints
    regulation: Ints
    applied: Ints
    decided: Ints
    begin: Ints
    end: Ints
    changed: Ints
    credit: Bools
    until: Ints
    first: Ints

    def only(self, rows: Bools | Ints) -> Benefits:
        return Benefits(**{name: column[rows] for name, column in vars(self).items()})


def households(who: People) -> Households:
    head = np.flatnonzero(who.head)
    partner = who.partner[head]
    death, dies = (np.minimum(days[head], np.where(partner >= 0, days[partner], NEVER))
                   for days in (who.death, who.dies))
    return Households(who.household[head], head, partner, who.entry[head], death, dies)


def benefits(world: World, homes: Households) -> Benefits:
    """The periodic benefit of a household, and of some a single payment of special assistance."""
    draws, number = world.draws, homes.number
    applied = homes.entry + draws.whole("aanvraag na", number, 0, 10)
    decided = applied + draws.whole("besluit na", number, 14, 50)
    ends = draws.chance("uitkering eindigt", number, 0.35)
    final = np.where(ends, applied + draws.whole("duur uitkering", number, 120, 2600), NEVER)
    noticed = final + draws.whole("einde uitkering vastgelegd na", number, 0, 8)
    # In the same month: what is noticed later is a correction, and those are planted (corrections.py).
    noticed = np.where(ends, np.minimum(noticed, first_days(months_of(final) + 1) - 1), NEVER)
    own = world.known(noticed) & (final < homes.death)
    end = np.where(own, final, homes.death)
    # Who died has no other end after that, and a death changes nothing about what had ended.
    changed = np.maximum(decided, np.where(own, noticed, np.where(end < NEVER, end + 1, 0)))
    every = np.arange(len(homes))
    regulation = draws.choice("regeling", number, (90, 5, 1, 4))
    periodic = Benefits(
        every, number * 2, regulation, applied, decided, applied, end, np.minimum(changed, world.end),
        # Bbz knows no heffingskorting (spec loonaangifte, 7.3).
        draws.chance("loonheffingskorting", number, 0.9) & (regulation != BBZ),
        np.minimum(final, homes.dies), _first_payment(decided),
    ).only(draws.chance("uitkering", number, 0.74) & world.known(decided) & (homes.death > decided))

    day = draws.whole("bijzondere bijstand op", number, to_days(date(2025, 1, 1)), to_days(date(2027, 12, 10)))
    special = Benefits(
        every, number * 2 + 1, np.full(len(homes), BB), day - 30, day, day, day, day, np.zeros(len(homes), bool),
        day, months_of(day),
    ).only(gets_special(draws, number) & world.known(day) & (day - 30 > homes.entry)
           & (homes.death > day))
    return Benefits(**{name: np.concatenate([column, vars(special)[name]]) for name, column in vars(periodic).items()})


def gets_special(draws: Draws, households: Ints) -> Bools:
    """Households (numbers) that once get special assistance."""
    return draws.chance("bijzondere bijstand", households, 0.1)


def pay_days(months: Ints) -> Ints:
    """The day on which the benefits of each month (number) are paid."""
    return first_days(months) + PAY_DAY - 1


def _first_payment(decided: Ints) -> Ints:
    months = months_of(decided)
    return months + (decided > pay_days(months))


def norm_cents(with_partner: Bools, day: int) -> Ints:
    """Norm per month, holiday allowance included, on ``day``."""
    at = int(day >= _NEW_NORMS)
    return np.where(with_partner, _COUPLE[at], _SINGLE[at])


def dossier(world: World, who: People, homes: Households) -> pa.Table:
    draws, number = world.draws, homes.number
    with_partner = homes.partner >= 0
    alone = pick(("01", "02"), draws.choice("leefvorm", number, (70, 30)))
    together = pick(("08", "03", "09", "04"), draws.choice("leefvorm paar", number, (70, 12, 10, 8)))
    warned = draws.whole("gewaarschuwd", number, to_days(date(2023, 1, 1)), to_days(date(2027, 12, 1)))
    warned = np.where(draws.chance("waarschuwing", number, 0.02) & world.known(warned) & (warned > homes.entry),
                      warned, NEVER)
    single_death = np.where(with_partner, NEVER, homes.death)
    changed = np.maximum(homes.entry, np.where(warned < NEVER, warned, 0))
    changed = np.maximum(changed, np.where(single_death < NEVER, single_death + 1, 0))
    year = whole_column(split_days(homes.entry)[0], pa.string())
    return pa.Table.from_arrays([
        keys("D", number),
        pc.binary_join_element_wise(world.gemeente, year, pc.utf8_lpad(whole_column(number, pa.string()), 8, "0"), "-"),
        keys("H", number), keys("P", who.number[homes.head]), partner_keys(who, homes.partner),
        where(with_partner, together, alone),
        pick(("2", "1", "5", "3", "9"), draws.choice("huisvesting", number, (72, 6, 12, 8, 2))),
        whole_column(1 + with_partner + draws.choice("kostendelers", number, (84, 10, 4, 2)), pa.int32()),
        days_column(warned), days_column(homes.entry), days_column(single_death),
        moments_column(np.minimum(changed, world.end), office_minute(draws, "dossier", number)),
    ], schema=TABLES["dossier"].schema)


def partner_keys(who: People, partner: Ints) -> pa.Array:
    """Person id of the partner row; null without."""
    return where(partner >= 0, keys("P", who.number[np.maximum(partner, 0)]), pa.scalar(None, pa.string()))


def aanvraag(world: World, who: People, homes: Households, granted: Benefits) -> pa.Table:
    """Applications: of every benefit, and some that were refused or dropped."""
    draws, number = world.draws, homes.number
    day = homes.entry + draws.whole("tweede aanvraag na", number, 60, 700)
    decided = day + draws.whole("tweede besluit na", number, 10, 56)
    rows = np.flatnonzero(draws.chance("tweede aanvraag", number, 0.1) & world.known(day) & (homes.death > decided))
    home = np.concatenate([granted.household, rows])
    key = np.concatenate([granted.number, number[rows] * 2 + 100_000_000])
    applied = np.concatenate([granted.applied, day[rows]])
    decision = np.concatenate([granted.decided, np.where(world.known(decided[rows]), decided[rows], NEVER)])
    refused = 1 + draws.choice("uitslag", number[rows], (75, 25))
    outcome = np.concatenate([np.zeros(len(granted.number), np.int64), refused])
    kind = np.concatenate([granted.regulation, draws.choice("regeling aanvraag", number[rows], (60, 5, 1, 4, 30))])
    changed = np.where(decision < NEVER, decision, applied)
    return pa.Table.from_arrays([
        keys("Q", key, 9), keys("D", homes.number[home]), keys("P", who.number[homes.head[home]]),
        partner_keys(who, homes.partner[home]), pick(REGULATIONS, kind), days_column(applied),
        pick(("toegekend", "afgewezen", "buiten behandeling"), outcome, decision >= NEVER), days_column(decision),
        moments_column(changed, office_minute(draws, "aanvraag", key)),
    ], schema=TABLES["aanvraag"].schema)


def uitkering(world: World, who: People, homes: Households, of: Benefits, holder: Ints | None = None) -> pa.Table:
    """``holder`` is the row in People of who is administered as holder; without, the head of the household."""
    draws, number, home = world.draws, of.number, of.household
    holder = homes.head[home] if holder is None else holder
    again = number >= AGAIN
    with_partner = homes.partner[home] >= 0
    special, bbz = of.regulation == BB, of.regulation == BBZ
    parent = draws.choice("leefvorm", homes.number[home], (70, 30)) == 1
    exempt = draws.choice("ontheffing", number, (80, 6, 9, 5))
    died = of.end == homes.death[home]
    year = whole_column(split_days(of.begin)[0], pa.string())
    until = np.where((exempt > 0) & ~special, of.begin + draws.whole("duur ontheffing", number, 180, 900), NEVER)
    return pa.Table.from_arrays([
        keys("U", number, 9),
        pc.binary_join_element_wise("U", year, "-", pc.utf8_lpad(whole_column(number, pa.string()), 9, "0"), ""),
        keys("D", homes.number[home]), keys("Q", number % AGAIN, 9), keys("P", who.number[holder]),
        partner_keys(who, homes.partner[home]), pick(REGULATIONS, of.regulation), pick(_STATISTIC, of.regulation),
        pick(("5", "1", "2", "3"), draws.choice("bbz", number, (70, 20, 5, 5)), ~bbz),
        pick("abcdefhi", draws.whole("cluster", number, 0, 7), ~special),
        pick(("1", "2", "3"), np.where(with_partner, 2, np.where(parent, 1, 0)), special),
        whole_column(1 + with_partner + draws.choice("kostendelers", homes.number[home], (84, 10, 4, 2)), pa.int32()),
        whole_column(norm_cents(with_partner, world.end), pa.int64(), special),
        pick(_INCOME_CODE, of.regulation), whole_column(1 + (special | again).astype(np.int64), pa.int32()),
        pick(_TAX_TABLE, of.regulation), pa.array(of.credit),
        pick(("2", "4", "5", "6"), exempt, special), days_column(until),
        days_column(of.begin), days_column(of.end),
        where(died & (of.end < NEVER), pa.scalar(_DIED),
              pick(_END_REASONS, draws.whole("reden einde", number, 0, len(_END_REASONS) - 1),
                   (of.end >= NEVER) | special)),
        moments_column(of.changed, office_minute(draws, "uitkering", number)),
    ], schema=TABLES["uitkering"].schema)
