"""What was decided on income that is left to a client, what that depends on, and what is free per year.

An exemption is decided for some who work, from a month in the years of the generator on; until then, and when its
months are used, the payments leave income free without a right. A proposal for settling income finds those.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from exchanges.administration.demo.benefits import PW, Benefits, Households
from exchanges.administration.demo.columns import (
    NEVER,
    constant,
    days_column,
    first_days,
    keys,
    moments_column,
    months_of,
    pick,
    whole_column,
)
from exchanges.administration.demo.draws import Ints
from exchanges.administration.demo.persons import office_minute
from exchanges.administration.demo.world import FIRST, People, World
from exchanges.administration.model import TABLES

MEDICAL, PARENT = 0, 1
_KINDS = ("medisch_urenbeperkt", "alleenstaande_ouder")
_RECEIPTS = ("gift", "bijdrage", "premie", "bufferbudget", "bufferbudget_verzoek")
_MONTHS = 24              # in which a decision or a receipt can fall, from January 2026
_TERM = 6                 # months of art. 31 lid 2 n


def exemptions(world: World, who: People, homes: Households, given: Benefits) -> dict[str, pa.Table]:
    """Decisions, circumstances and receipts known in this state, of the holders of a benefit of the Participatiewet."""
    draws = world.draws
    of = given.only(given.regulation == PW)
    person = who.number[homes.head[of.household]]
    alone = homes.partner[of.household] < 0

    works = draws.chance("inkomsten", of.number, 0.2) & draws.chance("vrijlating", of.number, 0.4)
    begin = np.maximum(_month(world, "vrijlating vanaf", of.number), first_days(months_of(of.begin)))
    rows = np.flatnonzero(works & world.known(begin) & (begin <= of.end))
    number, begin = of.number[rows], begin[rows]
    until = np.where(draws.chance("vrijlating tot", number, 0.5), first_days(months_of(begin) + _TERM) - 1, NEVER)
    decided = pa.Table.from_arrays([
        keys("E", number, 9), keys("P", person[rows]), constant("31n", len(rows)), days_column(begin),
        days_column(until), whole_column(draws.choice("vrijlating eerder", number, (70, 20, 10)), pa.int32()),
        whole_column(np.zeros(len(rows), np.int64), pa.int32()),
        moments_column(begin, office_minute(draws, "vrijlating", number)),
    ], schema=TABLES["vrijlating"].schema)

    medical = draws.chance("medisch urenbeperkt", of.number, 0.03)
    parent = alone & (draws.choice("leefvorm", homes.number[of.household], (70, 30)) == PARENT)
    parent &= draws.chance("kind onder 12", of.number, 0.6)
    rows = np.concatenate([np.flatnonzero(medical), np.flatnonzero(parent)])
    kind = np.repeat([MEDICAL, PARENT], [medical.sum(), parent.sum()])
    number = of.number[rows]
    circumstances = pa.Table.from_arrays([
        keys("O", number * 2 + kind, 10), keys("P", person[rows]), pick(_KINDS, kind), days_column(of.begin[rows]),
        days_column(np.full(len(rows), NEVER)),
        moments_column(of.decided[rows], office_minute(draws, "omstandigheid", number)),
    ], schema=TABLES["omstandigheid"].schema)

    day = _month(world, "ontvangst", of.number) + draws.whole("ontvangst op", of.number, 0, 26)
    rows = np.flatnonzero(draws.chance("vrije ontvangst", of.number, 0.08) & world.known(day) & (day >= of.begin)
                          & (day <= of.end))
    number, day = of.number[rows], day[rows]
    received = pa.Table.from_arrays([
        keys("G", number, 9), keys("P", person[rows]),
        pick(_RECEIPTS, draws.choice("soort ontvangst", number, (60, 10, 15, 10, 5))), days_column(day),
        whole_column(draws.whole("bedrag ontvangst", number, 50, 1_600) * 100, pa.int64()),
        moments_column(day, office_minute(draws, "ontvangst", number)),
    ], schema=TABLES["vrije_ontvangst"].schema)
    return {"vrijlating": decided, "omstandigheid": circumstances, "vrije_ontvangst": received}


def _month(world: World, purpose: str, number: Ints) -> Ints:
    """The first day of a month in the years of the generator."""
    return first_days(FIRST.year * 12 + world.draws.whole(purpose, number, 0, _MONTHS - 1))
