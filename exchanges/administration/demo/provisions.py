"""What happens to people on their way to work, as facts: trajectories, provisions, periods of wage-cost subsidy.

Everything is decided for the whole history first and then cut off at the end of the period (``World.known``), so
that the next month knows the same and more. Clean by construction: a subsidy always has a loonwaarde between 30 and
100 %, two subsidies of one person never overlap, ends are never before begins and at most nine months ahead.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from exchanges.administration.demo import words
from exchanges.administration.demo.columns import NEVER, to_days
from exchanges.administration.demo.draws import Bools, Draws, Ints
from exchanges.administration.demo.world import MORTALITY, People, World

SLOTS = 4                      # provisions per person, at most
STEPS = 6                      # measured loonwaarden per subsidy, at most
_NEWEST = to_days(date(2027, 12, 31))
_SPAN = 2150                   # days before _NEWEST in which provisions begin
_UNKNOWN = 4                   # row of "not yet known" in the list of arbeidsvermogen
_TYPES = [code for code, _, _ in words.PROVISIONS]
_OTHER = [weight for _, weight, _ in words.PROVISIONS]
LKS, COACHING = _TYPES.index("10"), _TYPES.index("40")
_TEMPORARY, _COACH = _TYPES.index("12"), _TYPES.index("30")


@dataclass(frozen=True)
class Provisions:
    """Provisions as known in this state, one row each. ``person`` is the row of the person in the batch;
    ``kind`` indexes words.PROVISIONS. ``final`` is the end as history will have it, known or not."""

    person: Ints
    number: Ints
    traject: Ints
    kind: Ints
    wording: Ints
    begin: Ints
    end: Ints
    final: Ints
    registered: Ints
    changed: Ints

    @property
    def subsidised(self) -> Bools:
        return self.kind <= _TEMPORARY

    def only(self, rows: Bools) -> Provisions:
        return Provisions(**{name: column[rows] for name, column in vars(self).items()})


@dataclass(frozen=True)
class Subsidies:
    """Periods of wage-cost subsidy as known in this state. ``provision`` is the row in Provisions; ``perc`` is in
    hundredths of a percent."""

    provision: Ints
    number: Ints
    perc: Ints
    employer: Ints
    begin: Ints
    end: Ints
    changed: Ints


@dataclass(frozen=True)
class Trajects:
    """Trajectories as known in this state; ``capacity`` and ``goal`` index the code lists, -1 when not filled in."""

    person: Ints
    number: Ints
    capacity: Ints
    goal: Ints
    begin: Ints
    end: Ints
    changed: Ints

    def only(self, rows: Bools) -> Trajects:
        return Trajects(**{name: column[rows] for name, column in vars(self).items()})


def plan(world: World, who: People) -> Provisions:
    """All provisions the batch will ever get, with their real ends."""
    draws = world.draws
    count = draws.choice("aantal voorzieningen", who.number, (14, 30, 27, 18, 11))
    slot = np.arange(SLOTS)
    number = who.number[:, None] * SLOTS + slot
    used = slot < count[:, None]
    # Who will die is never subsidised: whether the index still has a person in the month of death is a choice of
    # the partner, and no rule should trip over it.
    subsidised = (draws.chance("loonkostensubsidie", who.number, 0.3) & (count > 0)
                  & ~draws.chance("overlijden", who.number, MORTALITY))
    kind = _kinds(draws, who, number, subsidised)

    begin = _NEWEST - np.floor(_SPAN * draws.unit("begin", number) ** 1.1).astype(np.int64)
    after = who.entry[:, None] + 5 + draws.whole("begin na instroom", number, 0, 160) * (1 + slot)
    begin = np.where(begin < who.entry[:, None] + 5, after, begin)
    lks = kind <= _TEMPORARY
    final, planned = _ends(draws, number, begin, lks)
    begin, final, used = _earlier_subsidy(draws, who, kind, begin, final, used)

    ahead = ~lks & draws.chance("vooraf vastgelegd", number, 0.75)
    lag = np.where(lks, draws.whole("vastgelegd na", number, 0, 10), draws.whole("vastgelegd na", number, 0, 20))
    registered = np.where(ahead, begin - draws.whole("vastgelegd voor", number, 0, 45), begin + lag)
    registered = np.maximum(registered, who.entry[:, None])
    return Provisions(
        person=np.repeat(np.arange(len(who)), SLOTS), number=number.ravel(), traject=who.number.repeat(SLOTS) * SLOTS,
        kind=kind.ravel(), wording=draws.whole("omschrijving", number, 0, 2).ravel(),
        begin=begin.ravel(), end=np.where(planned, final, NEVER).ravel(), final=final.ravel(),
        registered=registered.ravel(), changed=registered.ravel(),
    ).only(used.ravel())


def _kinds(draws: Draws, who: People, number: Ints, subsidised: Bools) -> Ints:
    """Type per slot: the subsidy is in slot 0, a jobcoach or an earlier subsidy often beside it."""
    kind = draws.choice("type", number, _OTHER)
    temporary = draws.chance("tijdelijke lks", who.number, 0.04)
    kind[:, 0] = np.where(subsidised, np.where(temporary, _TEMPORARY, LKS), kind[:, 0])
    beside = draws.choice("naast lks", who.number, (25, 45, 30))
    kind[:, 1] = np.where(subsidised & (beside == 0), LKS, kind[:, 1])
    kind[:, 1] = np.where(subsidised & (beside == 1), _COACH, kind[:, 1])
    return kind


def _ends(draws: Draws, number: Ints, begin: Ints, lks: Bools) -> tuple[Ints, Bools]:
    """(last day or NEVER, whether it was agreed beforehand)."""
    planned = ~lks & draws.chance("vaste duur", number, 0.4)
    fixed = draws.whole("duur vast", number, 30, 210)
    free = draws.whole("duur open", number, 300, 1500)
    subsidy = draws.whole("duur lks", number, 250, 2000)
    endless = ~planned & draws.chance("zonder einde", number, 0.4)
    final = begin + np.where(planned, fixed, np.where(lks, subsidy, free))
    return np.where(endless, NEVER, final), planned


def _earlier_subsidy(draws: Draws, who: People, kind: Ints, begin: Ints, final: Ints,
                     used: Bools) -> tuple[Ints, Ints, Bools]:
    """A subsidy in slot 1 is the one at the employer before: it ends before that of slot 0 begins."""
    earlier = (kind[:, 0] <= _TEMPORARY) & (kind[:, 1] <= _TEMPORARY)
    end = begin[:, 0] - draws.whole("tussen twee banen", who.number, 5, 90)
    start = end - draws.whole("duur vorige baan", who.number, 180, 700)
    begin, final, used = begin.copy(), final.copy(), used.copy()
    begin[:, 1] = np.where(earlier, start, begin[:, 1])
    final[:, 1] = np.where(earlier, end, final[:, 1])
    used[:, 1] &= ~earlier | (start > who.entry)
    return begin, final, used


def as_known(world: World, who: People, plan: Provisions) -> Provisions:
    """The provisions as known at the end of the period; deaths end what runs."""
    draws, number = world.draws, plan.number
    death = who.death[plan.person]
    rows = world.known(plan.registered) & (plan.begin < death)
    noticed = plan.final + draws.whole("einde vastgelegd na", number, 0, 5)
    ended = (plan.end >= NEVER) & world.known(noticed)
    end = np.minimum(np.where(ended, plan.final, plan.end), death)
    corrected = plan.registered + draws.whole("correctie na", number, 15, 90)
    corrects = draws.chance("correctie", number, 0.05) & (corrected < death)
    known = corrects & world.known(corrected)
    changed = np.maximum(plan.registered, np.where(ended, noticed, 0))
    changed = np.maximum(changed, np.where(known, corrected, 0))
    changed = np.where(death < NEVER, np.maximum(np.minimum(changed, world.end), death + 1), changed)
    # Of some the begin was first taken a week too late; for a subsidy that would move its loonwaarde too.
    late = corrects & ~known & ~plan.subsidised & (number % 3 == 0)
    wording = np.where(known & (number % 3 != 0), (plan.wording + 1) % 3, plan.wording)
    begin = np.where(late, plan.begin + 7, plan.begin)
    values = vars(plan) | {"begin": begin, "end": np.maximum(end, begin), "final": np.minimum(plan.final, death),
                           "wording": wording, "changed": np.minimum(changed, world.end)}
    return Provisions(**values).only(rows & (begin < death))


def subsidies(world: World, given: Provisions) -> Subsidies:
    """Measured loonwaarden, about one a year, for the subsidised provisions."""
    draws = world.draws
    rows = np.flatnonzero(given.subsidised)
    of = given.number[rows]
    step = np.arange(STEPS)
    number = of[:, None] * 8 + step
    gaps = draws.whole("hermeting na", number, 300, 400)
    gaps[:, 0] = 0
    begin = given.begin[rows, None] + np.cumsum(gaps, axis=1)
    exists = (step == 0) | (world.known(begin) & (begin + 30 < given.final[rows, None])
                            & (begin <= given.end[rows, None]))
    drift = draws.whole("verandering loonwaarde", number, -6, 9)
    drift[:, 0] = draws.whole("loonwaarde", of, 30, 90)
    perc = np.clip(np.cumsum(drift, axis=1), 30, 97) * 100
    # Some measurements have a fraction: 62,50 %.
    perc = perc + np.where(draws.chance("loonwaarde met deel", of, 0.06)[:, None], 50, 0)
    following = np.concatenate([exists[:, 1:], np.zeros((len(rows), 1), bool)], axis=1)
    next_begin = np.concatenate([begin[:, 1:], np.full((len(rows), 1), NEVER)], axis=1)
    end = np.where(following, next_begin - 1, given.end[rows, None])
    last = np.where(end < NEVER, given.changed[rows, None], np.maximum(begin, given.registered[rows, None]))
    changed = np.where(following, next_begin, last)
    employer = draws.whole("werkgever", of, 0, len(words.EMPLOYERS) - 1)
    return Subsidies(
        provision=np.repeat(rows, STEPS)[exists.ravel()], number=number[exists], perc=perc[exists],
        employer=np.repeat(employer, STEPS)[exists.ravel()], begin=begin[exists], end=end[exists],
        changed=np.minimum(changed, world.end)[exists],
    )


def trajects(world: World, who: People, plan: Provisions) -> Trajects:
    """Trajectories: one per person with provisions (some had an earlier one), and some that only just began."""
    draws, number = world.draws, who.number
    first, last = np.full(len(who), NEVER), np.zeros(len(who), np.int64)
    np.minimum.at(first, plan.person, np.minimum(plan.registered, plan.begin))
    np.maximum.at(last, plan.person, plan.final)
    subsidised = np.zeros(len(who), bool)
    subsidised[plan.person[plan.subsidised]] = True

    has = first < NEVER
    alone = ~has & draws.chance("traject zonder voorziening", number, 0.3)
    begin = np.where(has, first - draws.whole("traject voor", number, 0, 60),
                     who.entry + draws.whole("traject na instroom", number, 0, 200))
    begin = np.maximum(begin, who.entry)
    closes = has & (last < NEVER) & draws.chance("traject gesloten", number, 0.6)
    end = np.where(closes, last + draws.whole("traject na", number, 1, 60), NEVER)
    earlier = (has | alone) & draws.chance("eerder traject", number, 0.08) & (begin - who.entry > 240)
    parts = (_known_trajects(world, who, 0, begin, end, subsidised).only(has | alone),
             _known_trajects(world, who, 1, who.entry, begin - 30, subsidised).only(earlier))
    both = Trajects(**{name: np.concatenate([getattr(part, name) for part in parts]) for name in vars(parts[0])})
    return both.only(world.known(both.begin) & (both.begin < who.death[both.person]))


def _known_trajects(world: World, who: People, order: int, begin: Ints, end: Ints, subsidised: Bools) -> Trajects:
    draws, number = world.draws, who.number * SLOTS + order
    capacity = np.where(subsidised, draws.choice("arbeidsvermogen lks", number, (85, 15)),
                        draws.choice("arbeidsvermogen", number, (22, 18, 24, 14, 22)))
    # "Not yet known" is found out after a while.
    found = begin + draws.whole("arbeidsvermogen bekend na", number, 60, 240)
    finds = (capacity == _UNKNOWN) & draws.chance("arbeidsvermogen wordt bekend", number, 0.7)
    capacity = np.where(finds & world.known(found), draws.choice("later arbeidsvermogen", number, (40, 25, 20, 15)),
                        capacity)
    blank = draws.choice("leeg in traject", number, (92, 4, 4))
    end = np.minimum(np.where(world.known(end), end, NEVER), who.death)
    changed = np.maximum(begin, np.where(finds & world.known(found), found, 0))
    changed = np.maximum(changed, np.where(end < NEVER, end, 0))
    return Trajects(
        person=np.arange(len(who)), number=number, capacity=np.where(blank == 1, -1, capacity),
        goal=np.where(blank == 2, -1, draws.choice("doel", number, (82, 18))),
        begin=begin, end=end, changed=np.minimum(changed, world.end),
    )
