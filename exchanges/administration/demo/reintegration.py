"""Trajectories, provisions and wage-cost subsidies as tables."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.administration.demo import words
from exchanges.administration.demo.columns import (
    constant,
    days_column,
    keys,
    moments_column,
    partial_column,
    pick,
    split_days,
    whole_column,
)
from exchanges.administration.demo.draws import Ints
from exchanges.administration.demo.persons import office_minute
from exchanges.administration.demo.provisions import Provisions, Subsidies, Trajects
from exchanges.administration.demo.world import People, World
from exchanges.administration.model import TABLES

CAPACITIES = ("10", "11", "20", "30", "40")
GOALS = ("1", "2")
_TYPES = [code for code, _, _ in words.PROVISIONS]
_WORDINGS = pa.array([text for _, _, texts in words.PROVISIONS for text in texts])

# Amount of the subsidy (Participatiewet art. 10d; spec bvv-and-settlement, section 3): hourly minimum wage in cents,
# 36 hours a week, holiday allowance, at most 70 %, employer's charges. Set anew on 1 January only.
_HOURLY_CENTS = {2021: 1034, 2022: 1029, 2023: 1175, 2024: 1327, 2025: 1406, 2026: 1471}
_MONTH_HOURS, _HOLIDAY, _MOST, _CHARGES = 156, 1.08, 0.70, 1.235


def traject(world: World, who: People, of: Trajects) -> pa.Table:
    return pa.Table.from_arrays([
        keys("T", of.number, 10), keys("P", who.number[of.person]), constant(world.gemeente, len(of.person)),
        pick(CAPACITIES, np.maximum(of.capacity, 0), of.capacity < 0), pick(GOALS, np.maximum(of.goal, 0), of.goal < 0),
        days_column(of.begin), days_column(of.end),
        moments_column(of.changed, office_minute(world.draws, "traject", of.number)),
    ], schema=TABLES["traject"].schema)


def voorziening(world: World, who: People, of: Provisions) -> pa.Table:
    year = whole_column(split_days(of.registered)[0], pa.string())
    return pa.Table.from_arrays([
        keys("V", of.number, 10), keys("P", who.number[of.person]), keys("T", of.traject, 10),
        pc.binary_join_element_wise("V", year, "-", pc.utf8_lpad(whole_column(of.number, pa.string()), 9, "0"), ""),
        pick(_TYPES, of.kind), pick(_WORDINGS, of.kind * 3 + of.wording),
        partial_column(of.begin), partial_column(of.end),
        moments_column(of.changed, office_minute(world.draws, "voorziening", of.number)),
    ], schema=TABLES["voorziening"].schema)


def loonkostensubsidie(world: World, given: Provisions, of: Subsidies) -> pa.Table:
    return pa.Table.from_arrays([
        keys("L", of.number, 11), keys("V", given.number[of.provision], 10),
        whole_column(of.perc, pa.int32()), pick(words.EMPLOYERS, of.employer),
        whole_column(subsidy_cents(of.perc, of.begin), pa.int64()),
        days_column(of.begin), days_column(of.end),
        moments_column(of.changed, office_minute(world.draws, "loonkostensubsidie", of.number)),
    ], schema=TABLES["loonkostensubsidie"].schema)


def subsidy_cents(perc: Ints, begin: Ints) -> Ints:
    """Subsidy per month in cents, from the loonwaarde in hundredths of a percent."""
    years = np.clip(split_days(begin)[0], min(_HOURLY_CENTS), max(_HOURLY_CENTS))
    hourly = np.array([_HOURLY_CENTS[y] for y in range(min(_HOURLY_CENTS), max(_HOURLY_CENTS) + 1)])
    base = hourly[years - min(_HOURLY_CENTS)] * _MONTH_HOURS * _HOLIDAY
    return np.floor(base * np.minimum(1 - perc / 10_000, _MOST) * _CHARGES + 0.5).astype(np.int64)
