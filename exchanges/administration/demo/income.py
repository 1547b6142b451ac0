"""Benefits, payments and relations of income of a batch, as tables; and the labels of what was planted in them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from exchanges.administration.demo import benefits, corrections, debts, payments, relations, words
from exchanges.administration.demo.benefits import Benefits, Households
from exchanges.administration.demo.columns import (
    days_column,
    keys,
    moments_column,
    month_texts,
    pick,
    where,
    whole_column,
)
from exchanges.administration.demo.corrections import Plan
from exchanges.administration.demo.exemptions import exemptions
from exchanges.administration.demo.labels import Label, labels
from exchanges.administration.demo.payments import INCOME, INSTALMENT, PARTS, Lines, Month
from exchanges.administration.demo.persons import office_minute
from exchanges.administration.demo.relations import Holders
from exchanges.administration.demo.world import People, World
from exchanges.administration.model import TABLES


@dataclass(frozen=True)
class Income:
    """A batch: the persons as known (a correction may change them) and their tables. Without ``world.corrections``
    ``labels`` is empty; else one per relation of income that was corrected this year."""

    people: People
    tables: dict[str, pa.Table]
    labels: list[Label]


def income(world: World, who: People) -> Income:
    """All about the money of these persons."""
    homes = benefits.households(who)
    given = benefits.benefits(world, homes)
    plan = corrections.plan(world, who, homes, given)
    who, homes, given = corrections.apply(world, who, homes, given, plan)
    owed = debts.debts(world, given)
    months = payments.months(world, homes, given, owed, plan)
    holders = relations.holders(world, who, homes, given, plan)
    lines = payments.joined([payments.lines(world, homes, given, plan, holders, month) for month in months])
    related = relations.relations(world, who, given, plan, holders)
    granted, holder = corrections.administered(world, homes, given, plan)
    tables = {
        "dossier": benefits.dossier(world, who, homes),
        "aanvraag": benefits.aanvraag(world, who, homes, given),
        "uitkering": benefits.uitkering(world, who, homes, granted, holder),
        "inkomstenverhouding": relations.inkomstenverhouding(world, who, related),
        "inkomstenperiode": relations.inkomstenperiode(world, plan, holders, related),
        "betaling": betaling(world, who, holders, lines),
        "betaling_component": betaling_component(world, owed, lines),
        "inkomstenopgave": pa.concat_tables([inkomstenopgave(world, who, homes, given, plan, m) for m in months]),
        "vordering": debts.vordering(world, who, homes, given, owed),
        **exemptions(world, who, homes, given),
    }
    return Income(who, tables, labels(world, who, given, plan, holders, lines))


def betaling(world: World, who: People, holders: Holders, of: Lines) -> pa.Table:
    count, taxed = len(of), of.holder >= 0
    unknown = taxed & holders.net_only[np.maximum(of.holder, 0)] if len(holders.net_only) else np.zeros(count, bool)
    relation = where(taxed, keys("K", of.relation, 10), pa.scalar(None, pa.string()))
    return pa.Table.from_arrays([
        keys("B", of.number, 12), keys("U", of.under, 9), keys("P", who.number[of.person]), relation,
        month_texts(of.month), pick(payments.KINDS, of.kind), days_column(of.paid),
        whole_column(of.net, pa.int64()),
        *(whole_column(cents, pa.int64(), unknown) for cents in (of.wage, of.tax, of.employer, of.withheld)),
        whole_column(of.alimony, pa.int64(), of.alimony <= 0), whole_column(-of.alimony, pa.int64(), of.alimony >= 0),
        moments_column(of.changed, office_minute(world.draws, "betaling", of.number)),
    ], schema=TABLES["betaling"].schema)


def betaling_component(world: World, owed: debts.Debts, of: Lines) -> pa.Table:
    used = of.parts != 0
    rows, kinds = np.nonzero(used)
    order = np.cumsum(used, axis=1)[rows, kinds]
    claim = np.maximum(of.claim[rows], 0)
    claims = keys("S", owed.number[claim] if len(owed.number) else claim, 9)
    return pa.Table.from_arrays([
        keys("B", of.number[rows], 12), whole_column(order, pa.int32()), pick(PARTS, kinds),
        whole_column(of.parts[rows, kinds], pa.int64()),
        where(kinds == INSTALMENT, claims, pa.scalar(None, pa.string())),
        moments_column(of.changed[rows], office_minute(world.draws, "betaling", of.number)[rows]),
    ], schema=TABLES["betaling_component"].schema)


def inkomstenopgave(world: World, who: People, homes: Households, given: Benefits, plan: Plan, of: Month) -> pa.Table:
    """Income of the household; on the benefit under which its month is administered now."""
    draws = world.draws
    rows = np.flatnonzero(of.income > 0)
    number, benefit = of.number[rows], of.benefit[rows]
    under, holder = corrections.under(world, homes, given, plan, benefit, of.month)
    works = draws.chance("werk", given.number[benefit], 0.85)
    other = draws.choice("ander inkomen", given.number[benefit], (30, 25, 25, 20))
    employer = draws.whole("werkgever", given.number[benefit], 0, len(words.EMPLOYERS) - 1)
    received = np.minimum(of.paid[rows] - draws.whole("opgave voor", number, 1, 15), world.end)
    return pa.Table.from_arrays([
        keys("I", number, 11), keys("U", under, 9), keys("P", who.number[holder]),
        month_texts(np.full(len(rows), of.month)),
        where(works, pa.scalar("11"), pick(("23", "24", "18", "98"), other)),
        where(works, pick(words.EMPLOYERS, employer), pick(words.BENEFIT_SOURCES, 1 + other)),
        whole_column(of.income[rows] * 107 // 100, pa.int64()),
        whole_column(of.income[rows], pa.int64()), whole_column(of.exempt[rows], pa.int64()),
        whole_column(-of.parts[rows, INCOME], pa.int64()), days_column(received),
        moments_column(received, office_minute(draws, "opgave", number)),
    ], schema=TABLES["inkomstenopgave"].schema)
