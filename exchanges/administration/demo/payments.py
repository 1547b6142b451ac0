"""Payments by month (tijdvak) with their components, per person, and the income that was reported.

A payment is the sum of its components but the instalment, to the cent; per relation of income and month the wage is
that net amount, plus the tax, plus what is withheld for Zvw. A second line on a month (late, paid back, taken back)
has the difference with what the month would be as a whole, so that the lines of a month always add up to one wage.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from exchanges.administration.demo.benefits import BB, PW, Benefits, Households, norm_cents, pay_days
from exchanges.administration.demo.columns import NEVER, first_days
from exchanges.administration.demo.corrections import CODE, DEATH, ELSEWHERE, LATE, REFUND, RETRO, WITHDRAWN, Plan
from exchanges.administration.demo.debts import Debts
from exchanges.administration.demo.draws import Bools, Ints
from exchanges.administration.demo.relations import Holders, is_gross, placed
from exchanges.administration.demo.wage import FIXED_NET, GROSS, NET, Wages, wages
from exchanges.administration.demo.world import World

PARTS = ("norm", "reservering_vakantietoeslag", "inkomsten", "afstemming", "eenmalig", "correctie", "loonheffing",
         "zvw", "aflossing")
NORM, HOLIDAY, INCOME, MEASURE, ONCE, CORRECTION, TAX, ZVW, INSTALMENT = range(9)
KINDS = ("periodiek", "nabetaling", "terugbetaling", "eenmalig")
_PERIODIC, _EXTRA, _BACK, _SINGLE = range(4)
_RETRO_MONTHS = 3                    # a first decision takes no longer than that
_SECOND = 2                          # added to the place of a line in its month


@dataclass(frozen=True)
class Month:
    """The benefits paid over one month (number), per household. ``parts`` are cents with sign, for the household."""

    month: int
    benefit: Ints        # row in Benefits
    number: Ints
    paid: Ints           # day
    parts: Ints
    income: Ints
    exempt: Ints
    claim: Ints          # row in Debts, -1 without
    due: Ints            # instalment of the claim

    @property
    def amount(self) -> Ints:
        """Net, or gross for IOAW and IOAZ."""
        total: Ints = self.parts.sum(axis=1)
        return total


@dataclass(frozen=True)
class Lines:
    """Payments per person. ``holder`` is the row in Holders, -1 where nothing is taxed; ``relation`` the number of the
    IKV; ``benefit`` the row in Benefits, ``under`` the number of the benefit in the administration."""

    month: Ints
    number: Ints
    kind: Ints
    benefit: Ints
    under: Ints
    holder: Ints
    person: Ints
    relation: Ints
    paid: Ints
    changed: Ints
    parts: Ints
    wage: Ints
    tax: Ints
    employer: Ints
    withheld: Ints
    claim: Ints
    alimony: Ints        # cents with sign: included (positive) or paid directly (negative)

    @property
    def net(self) -> Ints:
        paid: Ints = self.parts[:, :INSTALMENT].sum(axis=1)
        return paid

    def __len__(self) -> int:
        return len(self.number)


def joined(parts: list[Lines]) -> Lines:
    return Lines(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])})


def months(world: World, homes: Households, given: Benefits, owed: Debts, plan: Plan) -> list[Month]:
    """January up to the period; and of the year before what is first paid in this one."""
    january = world.period.year * 12
    first = january - _RETRO_MONTHS if world.corrections else january
    return [_month(world, homes, given, owed, plan, month) for month in range(first, world.month + 1)]


def _month(world: World, homes: Households, given: Benefits, owed: Debts, plan: Plan, month: int) -> Month:
    draws = world.draws
    begin, end = (int(day) for day in first_days(np.array([month, month + 1])) - (0, 1))
    pay_day, january = int(pay_days(np.array([month]))[0]), world.period.year * 12
    # Who died has been paid until that was known.
    final = np.where((plan.kind == DEATH) & (plan.known > month), NEVER, given.end)
    late = (plan.kind == RETRO) & (plan.since <= month) & (month < given.first)
    late &= (given.first <= world.month) & (given.first >= january)
    regular = (given.first <= month) & (month >= january)
    running = (given.begin <= np.where(late, end, pay_day)) & (final >= begin)
    special = given.regulation == BB
    rows = np.flatnonzero(np.where(special, regular & (given.first == month), running & (regular | late)))
    of, final, late = given.only(rows), final[rows], late[rows]
    once, length = of.regulation == BB, end - begin + 1
    days = np.minimum(final, end) - np.maximum(of.begin, begin) + 1
    with_partner = homes.partner[of.household] >= 0
    number = of.number * 100 + (month + 1) % 100

    parts = np.zeros((len(rows), len(PARTS)), dtype=np.int64)
    parts[:, NORM] = np.where(once, 0, norm_cents(with_partner, begin) * days // length)
    parts[:, HOLIDAY] = -(parts[:, NORM] * 5 // 105)
    parts[:, ONCE] = np.where(once, draws.whole("bijzonder bedrag", of.number, 150, 900) * 100, 0)
    income, exempt = _income(world, of, number, once)
    room = parts.sum(axis=1)
    settled = np.where(once, 0, np.minimum(income - exempt, room))
    parts[:, INCOME] = -settled
    measured = draws.chance("afstemming", number, 0.012) & ~once
    parts[:, MEASURE] = -np.where(measured, (room - settled) * 3 // 10, 0)
    claim = np.full(len(given.number), -1)
    claim[owed.benefit] = np.arange(len(owed.benefit))
    claim = claim[rows]
    due = owed.instalment(month)[np.maximum(claim, 0)] if len(owed.number) else np.zeros(len(rows), np.int64)
    paid = np.where(once, of.begin, np.where(late, pay_days(of.first), pay_day))
    return Month(month, rows, number, paid, parts, income, exempt, claim, np.where(claim >= 0, due, 0))


def _income(world: World, of: Benefits, number: Ints, once: Bools) -> tuple[Ints, Ints]:
    """Net income of the month and the part of it that is left to the client."""
    draws = world.draws
    works = draws.chance("inkomsten", of.number, 0.2) & ~once & draws.chance("inkomsten in maand", number, 0.92)
    base = draws.whole("hoogte inkomsten", of.number, 15_000, 110_000)
    income = np.where(works, base + draws.whole("inkomsten deze maand", number, -4_000, 4_000), 0)
    spared = draws.chance("vrijlating", of.number, 0.4)
    return income, np.where(spared, np.minimum(income // 4, 28_500), 0)


def lines(world: World, homes: Households, given: Benefits, plan: Plan, holders: Holders, of: Month) -> Lines:
    """The payments over one month: to each person his own, and the second lines of what is known by now."""
    taxed = np.flatnonzero(given.regulation[of.benefit] != BB)
    place = np.full(len(given.number), -1)
    place[of.benefit[taxed]] = taxed
    who = np.flatnonzero(place[holders.benefit] >= 0)          # rows in Holders
    row = place[holders.benefit[who]]                          # rows in the month
    parts = _shared(of.parts[row], homes.partner[given.household[of.benefit[row]]] >= 0, holders.partner[who])
    amount = parts.sum(axis=1)
    regulation = given.regulation[holders.benefit[who]]
    mode = np.where(is_gross(regulation), GROSS, NET)
    moved = plan.now(world, CODE)[holders.benefit[who]] & (plan.since[holders.benefit[who]] <= of.month)
    mode = np.where(moved, FIXED_NET, mode)
    plain = np.full(len(who), of.month)
    aow = holders.aow[who]

    def priced(cents: Ints, known: int) -> Wages:
        credit = holders.credit_in(plan, of.month, known=known)[who]
        return wages(cents, mode, credit, of.month >= aow, of.month > aow)

    first = priced(amount, of.month)
    parts = _withheld(parts, first, mode)
    head = ~holders.partner[who]
    parts[:, INSTALMENT] = -np.where(head, np.clip(of.due[row], 0, np.maximum(parts[:, :INSTALMENT].sum(axis=1), 0)), 0)
    relation, person, under = placed(world, given, plan, holders, who, of.month)
    benefit = holders.benefit[who]
    late = of.paid[row] > pay_days(plain)
    number = of.number[row] * 10 + holders.partner[who]
    alimony = _alimony(world, holders.number[who], head & (regulation == PW) & ~moved,
                       parts[:, NORM:INSTALMENT].sum(axis=1))
    corrected = ((plan.now(world, WITHDRAWN) | plan.now(world, CODE)) & (plan.known > of.month))[benefit]
    changed = np.where(corrected & (moved | (plan.kind[benefit] == WITHDRAWN)), plan.day[benefit], of.paid[row])
    base = Lines(
        month=plain, number=number, kind=np.where(late, _EXTRA, _PERIODIC), benefit=benefit, under=under, holder=who,
        person=person, relation=relation, paid=of.paid[row], changed=np.maximum(changed, of.paid[row]), parts=parts,
        wage=first.wage, tax=first.tax, employer=first.employer, withheld=first.withheld,
        claim=np.where(head, of.claim[row], -1), alimony=alimony,
    )
    return joined([base, _second(world, plan, holders, base, amount, mode, first, priced), _untaxed(homes, given, of)])


def _shared(parts: Ints, paired: Bools, partner: Bools) -> Ints:
    """Each his half; the odd cent of the whole is for the head. Rounding of the parts is put in the norm."""
    half = np.sign(parts) * (np.abs(parts) // 2)
    half[:, NORM] += parts.sum(axis=1) // 2 - half.sum(axis=1)
    return np.where((paired & partner)[:, None], half, np.where(paired[:, None], parts - half, parts))


def _withheld(parts: Ints, of: Wages, mode: Ints) -> Ints:
    """With what is kept back from the amount: the tax of a gross benefit, and the Zvw contribution."""
    result = parts.copy()
    result[:, TAX] = -np.where(mode == GROSS, of.tax, 0)
    result[:, ZVW] = -of.withheld
    return result


def _alimony(world: World, number: Ints, may: Bools, net: Ints) -> Ints:
    """Some have alimony: passed on in the benefit (+) or received directly (-); never more than the payment."""
    draws = world.draws
    cents = np.minimum(draws.whole("alimentatie bedrag", number, 50, 300) * 100, net)
    has = may & draws.chance("alimentatie", number, 0.015) & (cents > 0)
    return np.where(has, np.where(draws.chance("alimentatie rechtstreeks", number, 0.5), -cents, cents), 0)


def _second(world: World, plan: Plan, holders: Holders, base: Lines, amount: Ints, mode: Ints, first: Wages,
            priced: Callable[[Ints, int], Wages]) -> Lines:
    """What was added to the month, or taken from it, when it turned out that it had to be."""
    kind, since, known = (column[base.benefit] for column in (plan.kind, plan.since, plan.known))
    month = base.month
    ready = (known <= world.month) & (since <= month) & (month < known)
    given = plan.amount[base.benefit]
    # Of a household's amount each has his half.
    partner = holders.partner[base.holder]
    shared = np.isin(base.benefit, base.benefit[partner])
    mine = np.where(shared, np.where(partner, given // 2, given - given // 2), given)
    begin = first_days(month)
    length = first_days(month + 1) - begin
    alive = np.clip(plan.dies[base.benefit] - begin + 1, 0, length)
    total = np.select(
        [(kind == LATE) & (since == month), (kind == REFUND) & (since == month), kind == DEATH],
        [amount + mine, np.maximum(amount - mine, 0), amount * alive // length], amount)
    total = np.where(ready, total, amount)
    after = priced(total, world.month)
    more = after - first
    taxed = (kind == ELSEWHERE) & (more.tax != 0) & ~holders.net_only[base.holder]
    rows = np.flatnonzero(ready & ((total != amount) | taxed))
    parts = np.zeros((len(rows), len(PARTS)), np.int64)
    parts[:, CORRECTION] = (total - amount)[rows]
    parts = _withheld(parts, Wages(**{name: column[rows] for name, column in vars(more).items()}), mode[rows])
    paid = pay_days(known[rows])
    fields = {name: column[rows] for name, column in vars(base).items()} | {
        "number": base.number[rows] + _SECOND, "kind": np.where(total < amount, _BACK, _EXTRA)[rows], "paid": paid,
        "changed": paid, "parts": parts, "wage": more.wage[rows], "tax": more.tax[rows],
        "employer": more.employer[rows], "withheld": more.withheld[rows], "claim": np.full(len(rows), -1),
        "alimony": np.zeros(len(rows), np.int64)}
    return Lines(**fields)


def _untaxed(homes: Households, given: Benefits, of: Month) -> Lines:
    """Special assistance: outside the wage tax."""
    rows = np.flatnonzero(given.regulation[of.benefit] == BB)
    benefit, zero = of.benefit[rows], np.zeros(len(rows), np.int64)
    return Lines(
        month=np.full(len(rows), of.month), number=of.number[rows] * 10, kind=np.full(len(rows), _SINGLE),
        benefit=benefit, under=given.number[benefit], holder=zero - 1, person=homes.head[given.household[benefit]],
        relation=zero - 1, paid=of.paid[rows], changed=of.paid[rows], parts=of.parts[rows], wage=zero, tax=zero,
        employer=zero, withheld=zero, claim=zero - 1, alimony=zero,
    )
