"""Claims on households (vorderingen): fraud, undue payments, fines and loans, with what was paid back so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.administration.demo.benefits import BB, REGULATIONS, Benefits, Households, partner_keys
from exchanges.administration.demo.columns import (
    NEVER,
    days_column,
    keys,
    moments_column,
    months_of,
    pick,
    split_days,
    to_days,
    whole_column,
)
from exchanges.administration.demo.draws import Bools, Ints
from exchanges.administration.demo.persons import office_minute
from exchanges.administration.demo.world import People, World
from exchanges.administration.model import TABLES

_REASONS = ("51", "52", "53", "55", "56", "57", "58", "60", "64")
_REASON_WEIGHTS = (14, 6, 4, 5, 3, 42, 8, 15, 3)
_FRAUD, _FINE = 5, 6                 # rows below 5 are breaches of the duty to inform; row 6 is the fine
_AARD = {"PW": "01", "IOAW": "11", "IOAZ": "12", "BBZ": "15", "BB": "02"}   # BDBS field 10
_RUNNING, _PAUSED, _DROPPED, _PAID = "51", "52", "53", "54"


@dataclass(frozen=True)
class Debts:
    """Claims as known in this state; ``benefit`` is the row in Benefits. Amounts in cents."""

    benefit: Ints
    number: Ints
    reason: Ints
    decided: Ints
    amount: Ints
    rate: Ints
    received: Ints
    active: Bools

    @property
    def balance(self) -> Ints:
        return self.amount - self.received

    def instalment(self, month: int) -> Ints:
        """What is withheld in a month (number): up to and including the month in which all is paid."""
        since = month - months_of(self.decided)
        paid, before = (np.clip(count * self.rate, 0, self.amount) for count in (since, since - 1))
        return np.where(self.active, paid - before, 0)


def debts(world: World, given: Benefits) -> Debts:
    """At most one claim per periodic benefit."""
    draws, number = world.draws, given.number
    decided = draws.whole("vordering op", number, to_days(date(2019, 1, 10)), to_days(date(2027, 12, 20)))
    has = (draws.chance("vordering", number, 0.16) & world.known(decided) & (decided > given.begin + 30)
           & (given.regulation != BB))
    rows = np.flatnonzero(has)
    number, decided = number[rows], decided[rows]
    amount = (1 + np.floor(9_000 * draws.unit("bedrag vordering", number) ** 4 * 100)).astype(np.int64) + 7_500
    rate = draws.whole("aflossing", number, 40, 90) * 100
    months = world.month - months_of(decided)
    active = draws.chance("lost af", number, 0.85)
    received = np.where(active, np.minimum(amount, np.maximum(months, 0) * rate), 0)
    return Debts(rows, number, draws.choice("ontstaansgrond", number, _REASON_WEIGHTS), decided, amount, rate,
                 received, active)


def vordering(world: World, who: People, homes: Households, given: Benefits, of: Debts) -> pa.Table:
    draws, number = world.draws, of.number
    home, regulation = given.household[of.benefit], given.regulation[of.benefit]
    fraud, fine = of.reason < _FRAUD, of.reason == _FINE
    reported = fraud & draws.chance("aangifte", number, 0.04)
    status = np.where(of.balance == 0, 3, np.where(of.active, 0, np.where(draws.chance("pauze", number, 0.7), 1, 2)))
    begin = of.decided - draws.whole("tijdvak", number, 40, 500)
    final = of.decided + 42
    # A claim changes when a month's instalment is booked.
    changed = np.maximum(np.where(of.received > 0, world.begin + 24, 0), of.decided)
    registered = pc.binary_join_element_wise(
        "D", whole_column(split_days(of.decided)[0], pa.string()),
        pc.utf8_lpad(whole_column(number, pa.string()), 10, "0"), "")
    return pa.Table.from_arrays([
        keys("S", number, 9), registered, keys("D", homes.number[home]), keys("P", who.number[homes.head[home]]),
        partner_keys(who, homes.partner[home]), keys("U", number, 9),
        pick(REGULATIONS, regulation), pick([_AARD[name] for name in REGULATIONS], regulation),
        pick(_REASONS, of.reason), days_column(of.decided),
        days_column(np.where(world.known(final), final, NEVER)),
        days_column(np.maximum(begin, given.begin[of.benefit])), days_column(of.decided - 10),
        whole_column(of.amount, pa.int64()), whole_column(of.received, pa.int64()),
        whole_column(of.balance, pa.int64()),
        pick((_RUNNING, _PAUSED, _DROPPED, _PAID), status),
        pa.array(draws.chance("recidive", number, 0.06), mask=~fine),
        pick(("6", "5", "7", "4"), draws.choice("boete", number, (62, 12, 22, 4)), ~fine),
        pick(("3", "1", "4"), np.where(reported, 2, draws.choice("sanctie", number, (70, 30))), ~fraud),
        pc.if_else(pa.array(reported), pc.binary_join_element_wise(
            "PK", pc.utf8_lpad(whole_column(number, pa.string()), 9, "0"), ""), pa.scalar(None, pa.string())),
        moments_column(changed, office_minute(draws, "vordering", number)),
    ], schema=TABLES["vordering"].schema)
