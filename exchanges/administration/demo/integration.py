"""Inburgering dossiers (Wet inburgering 2021): dates in the order the law has them, as far as known."""

from __future__ import annotations

from datetime import date

import numpy as np
import pyarrow as pa

from exchanges.administration.demo.columns import (
    NEVER,
    days_column,
    keys,
    moments_column,
    pick,
    to_days,
    where,
    whole_column,
)
from exchanges.administration.demo.persons import office_minute
from exchanges.administration.demo.world import People, World
from exchanges.administration.model import TABLES

_START = to_days(date(2022, 1, 1))       # the Wet inburgering 2021 applies from here
_B1, _EDUCATION, _SELF = range(3)


def inburgering(world: World, who: People) -> pa.Table:
    draws = world.draws
    rows = np.flatnonzero(draws.chance("inburgering", who.number, 0.09) & (who.entry >= _START)
                          & world.known(who.entry))
    number, settled, death = who.number[rows], who.entry[rows], who.death[rows]

    def after(purpose: str, from_day: np.ndarray, low: int, high: int) -> np.ndarray:
        """A later day; NEVER while it is not yet known."""
        day = np.where(from_day < NEVER, from_day, 0) + draws.whole(purpose, number, low, high)
        return np.where((from_day < NEVER) & world.known(day) & (day < death), day, NEVER)

    asylum = draws.chance("asielstatushouder", number, 0.62)
    route = draws.choice("leerroute", number, (58, 12, 30))
    linked = settled - draws.whole("koppeling voor", number, 20, 60)
    intake = after("intake", settled, 4, 21)
    intake_end = after("intake klaar", intake, 10, 28)
    test = after("leerbaarheidstoets", intake, 2, 9)
    plan = after("pip", intake_end, 3, 20)
    course = after("cursus", plan, 7, 60)
    pledge = after("pvt", plan, 60, 240)
    market = np.where(route == _EDUCATION, NEVER, after("map", course, 240, 600))
    done = after("voldaan", course, 500, 1000)
    died = death < NEVER
    ended = np.where(died, death, done)
    hours_done = np.where(course < NEVER, (np.minimum(ended, world.end) - course) // 7, 0)
    steps = np.stack([settled, intake, intake_end, plan, course, pledge, market, ended])
    changed = np.where(steps < NEVER, steps, 0).max(axis=0)
    no_plan, no_course = plan >= NEVER, course >= NEVER
    return pa.Table.from_arrays([
        keys("N", number), keys("P", number), where(asylum, pa.scalar("1"), pa.scalar("2")),
        days_column(np.where(asylum, linked, NEVER)), days_column(settled),
        days_column(np.where(asylum, after("begeleiding", settled, 0, 14), NEVER)),
        days_column(intake), days_column(intake_end), days_column(test), days_column(plan),
        pick(("1", "2", "3"), route, no_plan),
        whole_column(draws.whole("uren per week", number, 6, 16), pa.int32(), no_plan),
        whole_column(draws.whole("gesprekken", number, 2, 6), pa.int32(), no_plan),
        days_column(course), whole_column(np.minimum(hours_done * 9, 1200), pa.int32(), no_course),
        whole_column(np.minimum(hours_done * 7, 800), pa.int32(), no_course | (route != _SELF)),
        days_column(pledge), whole_column(np.minimum(hours_done, 40), pa.int32(), no_course | (route == _EDUCATION)),
        days_column(market), pa.array((route == _B1) & (hours_done > 70) & draws.chance("afschalen", number, 0.2)),
        days_column(ended),
        where(died, pa.scalar("overleden"), pick(("voldaan",), np.zeros(len(number), np.int64), done >= NEVER)),
        moments_column(np.minimum(changed, world.end), office_minute(draws, "inburgering", number)),
    ], schema=TABLES["inburgering"].schema)
