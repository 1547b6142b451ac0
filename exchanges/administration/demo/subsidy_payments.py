"""Payments of wage-cost subsidy to employers: one per month and measured loonwaarde, and now and then a recovery.

A month that is only partly covered is paid by the calendar day. What was paid once stays as it is in later states.
"""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from exchanges.administration.demo.columns import (
    days_column,
    first_days,
    keys,
    moments_column,
    months_of,
    pick,
    where,
    whole_column,
)
from exchanges.administration.demo.persons import office_minute
from exchanges.administration.demo.provisions import Provisions, Subsidies
from exchanges.administration.demo.reintegration import subsidy_cents
from exchanges.administration.demo.world import World
from exchanges.administration.model import TABLES

KINDS = ("betaling", "terugvordering")
_YEARS = 1               # whole years before that of the period
_FIRST_MONTH = 2021 * 12
_PLACES = 256            # numbers per subsidy: two per month
_PAY_DAY = 24            # days after the first of the month that is paid
_RECOVERED = 0.01        # share of the payments of which some days are taken back the month after
_MOST_DAYS = 10


def lks_betaling(world: World, given: Provisions, of: Subsidies) -> pa.Table:
    """The payments known in this state, oldest month first per subsidy; a recovery names the payment it is of."""
    months = np.arange((world.period.year - _YEARS) * 12, world.month + 1)
    first, last = first_days(months), first_days(months + 1) - 1
    # The end as it will turn out to be: an end that becomes known a few days later must not change what was paid.
    final = np.where(of.end == given.end[of.provision], given.final[of.provision], of.end)
    begin = np.maximum(of.begin[:, None], first)
    end = np.minimum(final[:, None], last)
    row, column = np.nonzero((begin <= end) & world.known(first + _PAY_DAY))
    begin, end, month = begin[row, column], end[row, column], months[column]
    days = end - begin + 1
    monthly = subsidy_cents(of.perc, of.begin)[row]
    cents = _share(monthly, days, (last - first + 1)[column])
    number = of.number[row] * _PLACES + (month - _FIRST_MONTH) * 2

    back = world.draws.chance("lks terug", number, _RECOVERED) & world.known(first_days(month + 1) + _PAY_DAY)
    taken = np.minimum(world.draws.whole("dagen lks terug", number, 1, _MOST_DAYS), days)[back]
    provision, paid = of.provision[row], first_days(month) + _PAY_DAY
    after = first_days(months_of(paid[back]) + 1) + _PAY_DAY
    both = np.concatenate([number, number[back] + 1])
    order = np.argsort(both, kind="stable")
    payment = np.concatenate([number, number[back]])[order]
    is_back = np.concatenate([np.zeros(len(number), bool), np.ones(len(taken), bool)])[order]
    paid = np.concatenate([paid, after])[order]
    ends = np.concatenate([end, begin[back] + taken - 1])[order]
    amounts = np.concatenate([cents, -_share(cents[back], taken, days[back])])[order]
    both = both[order]
    of_payment = keys("S", payment, 14)
    return pa.Table.from_arrays([
        keys("S", both, 14), keys("V", given.number[np.concatenate([provision, provision[back]])[order]], 10),
        pick(KINDS, is_back.astype(np.int64)), days_column(np.concatenate([begin, begin[back]])[order]),
        days_column(ends), whole_column(amounts, pa.int64()), days_column(paid),
        where(is_back, of_payment, pa.scalar(None, pa.string())),
        moments_column(paid, office_minute(world.draws, "lks betaling", both)),
    ], schema=TABLES["lks_betaling"].schema)


def _share(cents: np.ndarray, days: np.ndarray, of: np.ndarray) -> np.ndarray:
    """``cents`` by the calendar day; half a cent goes up."""
    result: np.ndarray = (2 * cents * days + of) // (2 * of)
    return result
