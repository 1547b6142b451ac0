"""Relations of income (IKV): one per person and right, and what holds for each from which day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from exchanges.administration.demo import corrections as cases
from exchanges.administration.demo.benefits import AGAIN, BB, BBZ, IOAW, IOAZ, PW, Benefits, Households
from exchanges.administration.demo.columns import (
    NEVER,
    days_column,
    first_days,
    keys,
    moments_column,
    months_of,
    pick,
    whole_column,
)
from exchanges.administration.demo.corrections import CODE, ELSEWHERE, RETRO, WITHDRAWN, Plan
from exchanges.administration.demo.draws import Bools, Ints
from exchanges.administration.demo.persons import office_minute
from exchanges.administration.demo.wage import CREDIT, credit_cents
from exchanges.administration.demo.world import FIRST, LAST, People, World, elderly
from exchanges.administration.model import TABLES

_CODES = ("43", "34", "45", "42")                    # spec loonaangifte, 7.1
_TABLES = ("250", "022", "022", "250")               # 7.2
_HEAD, _PARTNER, _NEXT, _WRONG = 0, 1, 2, 4          # last digit of the number of an IKV: partner + next = 3


@dataclass(frozen=True)
class Holders:
    """Who has a right to what, one row per person and benefit: head and partner each for themselves.

    ``number`` is that of the (first) IKV; ``credit`` whether the heffingskorting is applied, ``elsewhere`` how much of
    it is used on other wage, ``switch`` the day (NEVER without) on which the credit starts or stops.
    ``net_only``: the administration knows only the net amounts. ``aow`` is the month in which that age is reached.
    """

    benefit: Ints
    person: Ints
    partner: Bools
    number: Ints
    credit: Bools
    elsewhere: Ints
    switch: Ints
    net_only: Bools
    aow: Ints

    def credit_in(self, plan: Plan, month: int, *, known: int) -> Ints:
        """Heffingskorting of a month in cents, by what was known in the month ``known``."""
        after = first_days(np.array([month]))[0] >= self.switch
        applied = self.credit ^ after
        elsewhere = self.elsewhere + self.later(plan, month, known)
        return credit_cents(applied, elsewhere, month >= self.aow)

    def later(self, plan: Plan, month: int, known: int) -> Ints:
        """What turned out to be used on other wage."""
        rows = self.benefit
        case = ((plan.kind[rows] == ELSEWHERE) & (plan.since[rows] <= month) & (plan.known[rows] <= known)
                & ~self.partner)
        return np.where(case, np.minimum(plan.amount[rows], CREDIT[0]), 0)


def holders(world: World, who: People, homes: Households, given: Benefits, plan: Plan) -> Holders:
    """Everybody with a taxed benefit, heads first."""
    draws = world.draws
    taxed = np.flatnonzero(given.regulation != BB)
    paired = taxed[homes.partner[given.household[taxed]] >= 0]
    benefit = np.concatenate([taxed, paired])
    partner = np.arange(len(benefit)) >= len(taxed)
    home = given.household[benefit]
    person = np.where(partner, homes.partner[home], homes.head[home])
    number = given.number[benefit] * 10 + partner
    regulation = given.regulation[benefit]
    credit = np.where(partner, draws.chance("loonheffingskorting partner", number, 0.9) & (regulation != BBZ),
                      given.credit[benefit])
    elder = elderly(who.birth)
    near = elder[homes.head] | np.where(homes.partner >= 0, elder[homes.partner], False)
    net_only = (draws.chance("alleen netto", homes.number[home], 0.10) & np.isin(regulation, (PW, BBZ)) & ~near[home]
                & (plan.kind[benefit] != CODE))
    free = plan.quiet[benefit] & (regulation == PW)
    elsewhere = np.where(free & draws.chance("korting elders", number, 0.03),
                         draws.whole("korting elders hoogte", number, 20, 250) * 100, 0)
    month = draws.whole("korting wijzigt in", number, FIRST.year * 12, LAST.year * 12 + 11)
    # In the middle of a month a switch holds for the tax of the next month; whoever grosses up need not know that.
    half = draws.chance("korting wijzigt halverwege", number, 0.5) & ~net_only
    switch = first_days(month) + np.where(half, 14, 0)
    switches = (free & draws.chance("korting wijzigt", number, 0.05) & (month > given.first[benefit])
                & (months_of(given.until[benefit]) > month))
    return Holders(benefit, person, partner, number, credit, elsewhere, np.where(switches, switch, NEVER), net_only,
                   cases.reaches_aow(who, person))


@dataclass(frozen=True)
class Relations:
    """The IKVs of this state; ``holder`` is the row in Holders, ``regulation`` decides code and tax table."""

    holder: Ints
    number: Ints
    person: Ints
    order: Ints
    regulation: Ints
    benefit: Ints        # number of the benefit
    start: Ints
    end: Ints
    born: Ints           # the day it was registered
    changed: Ints


def placed(world: World, given: Benefits, plan: Plan, of: Holders, rows: Ints, months: Ints | int) -> tuple[
        Ints, Ints, Ints]:
    """(number of the IKV, row in People, number of the benefit) under which a month is administered now."""
    benefit = of.benefit[rows]
    mistaken = (plan.kind[benefit] == WITHDRAWN) & (plan.known[benefit] > world.month)
    moved = plan.now(world, CODE)[benefit] & (months >= plan.since[benefit])
    return (of.number[rows] + np.where(mistaken, _WRONG, 0) + np.where(moved, _NEXT, 0),
            np.where(mistaken, plan.wrong[benefit], of.person[rows]),
            given.number[benefit] + np.where(moved, AGAIN, 0))


def relations(world: World, who: People, given: Benefits, plan: Plan, of: Holders) -> Relations:
    """The IKVs known now. Without a case an IKV is known in the month it begins: that of the first payment."""
    benefit = of.benefit
    first, begin = given.first[benefit], given.begin[benefit]
    start = np.where(plan.kind[benefit] == RETRO, begin, np.maximum(begin, first_days(first)))
    end = given.end[benefit]
    rows = np.flatnonzero((first <= world.month) & (start <= given.until[benefit]))
    number, person, benefits = placed(world, given, plan, of, rows, -1)
    mistaken = person != of.person[rows]
    order = np.where(mistaken & cases.has_benefit(world, who, person), 2, 1)
    born = np.maximum(given.decided[benefit], first_days(first))
    born = np.where(plan.now(world, WITHDRAWN)[benefit], plan.day[benefit], born)
    turned = plan.now(world, CODE)[benefit]
    changed = np.where((end < NEVER) | turned, np.maximum(born, given.changed[benefit]), born)
    turn = first_days(plan.since[benefit])
    moved = rows[turned[rows]]
    next_number, next_person, next_benefit = placed(world, given, plan, of, moved, NEVER)
    return Relations(
        holder=np.concatenate([rows, moved]), number=np.concatenate([number, next_number]),
        person=np.concatenate([person, next_person]), order=np.concatenate([order, np.full(len(moved), 2)]),
        regulation=np.concatenate([given.regulation[benefit[rows]], np.full(len(moved), IOAZ)]),
        benefit=np.concatenate([benefits, next_benefit]), start=np.concatenate([start[rows], turn[moved]]),
        end=np.concatenate([np.where(turned, turn - 1, end)[rows], end[moved]]),
        born=np.concatenate([born[rows], plan.day[benefit[moved]]]),
        changed=np.minimum(np.concatenate([changed[rows], changed[moved]]), world.end),
    )


def inkomstenverhouding(world: World, who: People, of: Relations) -> pa.Table:
    return pa.Table.from_arrays([
        keys("K", of.number, 10), keys("U", of.benefit, 9), keys("P", who.number[of.person]),
        whole_column(of.order, pa.int32()), pick(_CODES, of.regulation), keys("C", who.number[of.person]),
        days_column(of.start), days_column(of.end),
        moments_column(of.changed, office_minute(world.draws, "inkomstenverhouding", of.number)),
    ], schema=TABLES["inkomstenverhouding"].schema)


def inkomstenperiode(world: World, plan: Plan, holders: Holders, of: Relations) -> pa.Table:
    """One row per IKV, and one more where the credit switched or turned out to be used elsewhere."""
    row = of.holder
    credit, elsewhere, switch = holders.credit[row], holders.elsewhere[row], holders.switch[row]
    switched = np.flatnonzero((switch <= world.end) & (switch > of.start))
    benefit = holders.benefit[row]
    used = np.flatnonzero(plan.now(world, ELSEWHERE)[benefit] & ~holders.partner[row])
    more = np.minimum(plan.amount[benefit[used]], CREDIT[0])
    which = np.concatenate([np.arange(len(row)), switched, used])
    order = np.concatenate([np.zeros(len(row), np.int64), np.ones(len(switched) + len(used), np.int64)])
    begin = np.concatenate([of.start, switch[switched], first_days(plan.since[benefit[used]])])
    applied = np.concatenate([credit, ~credit[switched], credit[used]])
    amount = np.concatenate([elsewhere, elsewhere[switched], more])
    changed = np.concatenate([of.born, switch[switched], plan.day[benefit[used]]])
    number = of.number[which] * 10 + order
    return pa.Table.from_arrays([
        keys("Z", number, 11), keys("K", of.number[which], 10), days_column(begin),
        pick(_TABLES, of.regulation[which]), pa.array(applied), whole_column(np.where(applied, amount, 0), pa.int64()),
        pa.nulls(len(which), pa.string()),
        moments_column(changed, office_minute(world.draws, "inkomstenperiode", number)),
    ], schema=TABLES["inkomstenperiode"].schema)


def is_gross(regulation: Ints) -> Bools:
    """IOAW and IOAZ are gross benefits."""
    return np.isin(regulation, (IOAW, IOAZ))
