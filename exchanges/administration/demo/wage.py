"""From benefit to wage and back: loonheffing and Zvw of 2026, in whole cents, by column.

One formula, with one rounding, for the generator and for whoever checks it (spec loonaangifte, 7.3 and 7.4). The
percentages are illustrative: derived from published rates, not the official tables. No floats: money is exact.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from exchanges.administration.demo.draws import Bools, Ints

NET, GROSS, FIXED_NET = range(3)     # what is given, and by which table (see ``wages``)
AOW_MONTHS = 67 * 12                 # AOW age in 2026 and 2027

# Below and from the AOW age. Percentages in hundredths of a percent; the credit per month in cents (a year's / 12).
_ON_NET, _ON_GROSS = (5_564, 2_173), (3_575, 1_785)
CREDIT = (25_958, 12_967)
_EMPLOYER, _WITHHELD = 610, 485
_WHOLE = 10_000


@dataclass(frozen=True)
class Wages:
    """Cents: ``net`` is paid; ``wage`` = net + tax + withheld; ``employer`` comes on top."""

    net: Ints
    wage: Ints
    tax: Ints
    employer: Ints
    withheld: Ints

    def __sub__(self, other: Wages) -> Wages:
        return Wages(**{name: column - vars(other)[name] for name, column in vars(self).items()})


def _rounded(amount: Ints, percentage: Ints | int) -> Ints:
    """Half a cent goes up."""
    result: Ints = (amount * percentage + _WHOLE // 2) // _WHOLE
    return result


def credit_cents(applied: Bools, elsewhere: Ints, aow: Bools) -> Ints:
    """The heffingskorting of a month: nil when not asked for, less what is used on other wage."""
    left = np.maximum(np.where(aow, CREDIT[1], CREDIT[0]) - elsewhere, 0)
    return np.where(applied, left, 0)


def wages(amount: Ints, mode: Ints, credit: Ints, aow: Bools, withholds: Bools) -> Wages:
    """The wage that belongs to ``amount``.

    ``mode`` NET: amount is net, table 250. GROSS: amount is wage, table 022. FIXED_NET: amount is net, and the wage is
    the one of which table 022 leaves just that. ``aow``: from the month in which the AOW age is reached. ``withholds``:
    from the month after; the Zvw contribution is then withheld instead of paid by the municipality.
    """
    on_net = np.maximum(_rounded(amount - credit, np.where(aow, _ON_NET[1], _ON_NET[0])) - credit, 0)
    rate = np.where(aow, _ON_GROSS[1], _ON_GROSS[0])
    wage = np.where(mode == FIXED_NET, _wage_for(amount, rate, credit), amount)
    tax = np.where(mode == NET, on_net, _on_gross(wage, rate, credit))
    wage = np.where(mode == NET, amount + tax, wage)
    withheld = np.where(withholds, _rounded(wage, _WITHHELD), 0)
    return Wages(net=wage - tax - withheld, wage=wage, tax=tax,
                 employer=np.where(withholds, 0, _rounded(wage, _EMPLOYER)), withheld=withheld)


def _on_gross(wage: Ints, rate: Ints, credit: Ints) -> Ints:
    tax: Ints = np.maximum(wage * rate // _WHOLE - credit, 0)
    return tax


def _wage_for(net: Ints, rate: Ints, credit: Ints) -> Ints:
    """The wage of which ``net`` is left. What is left grows with the wage by 0 or 1 cent per cent: it exists."""
    guess = np.maximum((net - credit) * _WHOLE // (_WHOLE - rate), net) - 3
    found = net.copy()
    for step in range(7):
        wage = guess + step
        found = np.where(wage - _on_gross(wage, rate, credit) == net, wage, found)
    return found
