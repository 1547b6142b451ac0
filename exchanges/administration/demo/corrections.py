"""What becomes known after the month it belongs to: planted, one kind per benefit, and labelled.

Without ``world.corrections`` nothing does. Every case has a month in which it becomes known (``known``) and the first
month it concerns (``since``); both are drawn from the number of the benefit, so that a case is the same in every
state of the municipality, and simply not there before it is known. Whether a case can be is judged by what will
happen, never by what is known so far.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from exchanges.administration.demo.benefits import (
    AGAIN,
    BB,
    IOAZ,
    PW,
    Benefits,
    Households,
    benefits,
    gets_special,
    households,
)
from exchanges.administration.demo.columns import first_days, months_of
from exchanges.administration.demo.draws import Bools, Ints
from exchanges.administration.demo.wage import AOW_MONTHS
from exchanges.administration.demo.world import FIRST, LAST, People, World, elderly

KINDS = ("", "late_payment", "refund", "retroactive_grant", "death", "ikv_withdrawn", "bsn_changed", "elders",
         "inkomenscode_changed")
NONE, LATE, REFUND, RETRO, DEATH, WITHDRAWN, BSN, ELSEWHERE, CODE = range(9)
_STANDING = (64, 8, 6, 0, 4, 0, 5, 7, 6)             # of every hundred benefits, over two years
_FRESH = (50, 4, 3, 0, 3, 32, 3, 3, 2)               # of those granted in these years
_RETRO = 0.6                                         # of the fresh ones whose first month has no payment yet
_FIRST, _LAST = FIRST.year * 12, LAST.year * 12 + 11


@dataclass(frozen=True)
class Plan:
    """Per benefit: the kind of case (``NONE`` without), its months (numbers), the ``day`` it is registered, the day of
    death, the amount in cents, and of a wrongly reported person the row in People. ``quiet`` has no case at all."""

    kind: Ints
    known: Ints
    since: Ints
    day: Ints
    dies: Ints
    amount: Ints
    wrong: Ints
    quiet: Bools

    def now(self, world: World, kind: int) -> Bools:
        """Cases of this kind that are known."""
        known: Bools = (self.kind == kind) & (self.known <= world.month)
        return known


def drawn(world: World, number: Ints, fresh: Bools) -> Ints:
    """The kind a benefit would have, possible or not."""
    draws = world.draws
    return np.where(fresh, draws.choice("wijziging bij nieuwe uitkering", number, _FRESH),
                    draws.choice("wijziging", number, _STANDING))


def plan(world: World, who: People, homes: Households, given: Benefits) -> Plan:
    """The cases of these benefits."""
    draws, number = world.draws, given.number
    fresh = given.first >= _FIRST
    kind = np.where(given.regulation == BB, NONE, drawn(world, number, fresh))
    quiet = kind == NONE
    known = draws.whole("wijziging bekend", number, _FIRST, _LAST)
    known = np.where(kind == WITHDRAWN, given.first + draws.whole("vergissing ontdekt na", number, 1, 2), known)
    since = known - draws.whole("wijziging terug", number, 1, 3)
    since = np.where(kind == WITHDRAWN, given.first, since)
    since = np.where(kind == BSN, np.maximum(given.first, known // 12 * 12), since)

    elder = elderly(who.birth)[homes.head] | np.where(homes.partner >= 0, elderly(who.birth)[homes.partner], False)
    elder = elder[given.household]
    after = since > given.first
    # A household that also gets special assistance is left alone: that would end by itself.
    plain = ~gets_special(draws, homes.number)[given.household]
    wrong = _neighbour(world, who, homes, given, known)
    possible = np.select(
        [kind == LATE, kind == REFUND, kind == DEATH, kind == WITHDRAWN, kind == BSN, kind == ELSEWHERE, kind == CODE],
        [since >= given.first, since >= given.first, after & plain, wrong >= 0, ~fresh & (since < known),
         after & (given.regulation == PW) & given.credit & ~elder,
         after & (since % 12 > 0) & (given.regulation == PW) & ~elder], False)
    possible &= (since // 12 == known // 12) & (months_of(given.until) > known)

    begun = months_of(given.begin)
    retro = (quiet & fresh & (begun < given.first) & (given.regulation != BB)
             & draws.chance("toekenning met terugwerkende kracht", number, _RETRO))
    kind = np.where(retro, RETRO, np.where(possible, kind, NONE))
    if not world.corrections:
        kind = np.zeros_like(kind)
    return Plan(
        kind=kind, known=np.where(retro, given.first, known), since=np.where(retro, begun, since),
        day=np.where(retro, np.maximum(given.decided, first_days(given.first)),
                     first_days(known) + draws.whole("wijziging dag", number, 4, 19)),
        dies=first_days(since) + draws.whole("overleden dag", number, 1, 25),
        amount=draws.whole("wijziging bedrag", number, 5_000, 45_000), wrong=wrong, quiet=quiet,
    )


def _neighbour(world: World, who: People, homes: Households, given: Benefits, known: Ints) -> Ints:
    """Who could be taken for the head by mistake: the person next to him, of another household; -1 for nobody."""
    head = homes.head[given.household]
    beside = head + 1 - 2 * (who.number[head] % 2)
    there = (beside >= 0) & (beside < len(who))
    beside = np.where(there, beside, 0)
    there &= (who.number[beside] == (who.number[head] ^ 1)) & (homes.partner[given.household] < 0)
    there &= (months_of(who.dies[beside]) > known) & (months_of(who.entry[beside]) <= given.first)
    # Nothing is planted on the neighbour himself.
    other = who.household[beside] * 2
    never = np.zeros(len(other), bool)
    there &= (drawn(world, other, never) == NONE) & (drawn(world, other, ~never) == NONE)
    return np.where(there, beside, -1)


def has_benefit(world: World, who: People, row: Ints) -> Bools:
    """Whether these persons have a periodic benefit of their own, once."""
    return world.draws.chance("uitkering", who.household[row], 0.74)


def apply(world: World, who: People, homes: Households, given: Benefits,
          of: Plan) -> tuple[People, Households, Benefits]:
    """Persons, households and benefits as known with these cases: deaths, wrong numbers, and when rows changed."""
    if not world.corrections:
        return who, homes, given
    head = homes.head[given.household]
    death, bsn, touched = who.death.copy(), who.bsn.copy(), who.touched.copy()
    dead, numbered = of.now(world, DEATH), of.now(world, BSN)
    death[head[dead]] = of.dies[dead]
    for rows in (dead, numbered):
        touched[head[rows]] = of.day[rows]
    mistaken = (of.kind == BSN) & ~numbered
    bsn[head[mistaken]] = who.former[head[mistaken]]
    people = replace(who, death=death, bsn=bsn, touched=touched)
    homes = households(people)
    changed = benefits(world, homes)
    assert (changed.number == given.number).all()
    rows = dead | of.now(world, WITHDRAWN) | of.now(world, CODE)
    return people, homes, replace(changed, changed=np.where(rows, np.maximum(of.day, changed.changed), changed.changed))


def administered(world: World, homes: Households, given: Benefits, of: Plan) -> tuple[Benefits, Ints]:
    """(the benefits as rows, the row in People of each holder): one that became another is two rows."""
    holder = np.where((of.kind == WITHDRAWN) & (of.known > world.month), of.wrong, homes.head[given.household])
    rows = np.flatnonzero(of.now(world, CODE))
    turn = first_days(of.since)
    end = given.end.copy()
    end[rows] = turn[rows] - 1
    following = replace(given.only(rows), number=given.number[rows] + AGAIN, begin=turn[rows], decided=of.day[rows],
                        regulation=np.full(len(rows), IOAZ))
    columns = vars(replace(given, end=end))
    both = {name: np.concatenate([column, vars(following)[name]]) for name, column in columns.items()}
    return Benefits(**both), np.concatenate([holder, holder[rows]])


def under(world: World, homes: Households, given: Benefits, of: Plan, benefit: Ints, month: int) -> tuple[Ints, Ints]:
    """(number of the benefit, row in People of its head) under which a month of these benefits is administered now."""
    moved = of.now(world, CODE)[benefit] & (month >= of.since[benefit])
    mistaken = ((of.kind == WITHDRAWN) & (of.known > world.month))[benefit]
    return (given.number[benefit] + np.where(moved, AGAIN, 0),
            np.where(mistaken, of.wrong[benefit], homes.head[given.household[benefit]]))


def reaches_aow(who: People, rows: Ints) -> Ints:
    """The month (number) in which these persons reach the AOW age."""
    return months_of(who.birth[rows]) + AOW_MONTHS
