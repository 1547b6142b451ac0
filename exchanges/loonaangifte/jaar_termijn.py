"""Which months of a year need not be declared yet: what is not asked for is not missing."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

from exchanges.core.calendar import terms
from exchanges.core.declare import Exchange
from exchanges.core.period import Period


def to_come(exchange: Exchange, year: int, declared: Collection[str], on: date) -> list[str]:
    """Months (jjjj-mm) that are not in ``declared`` and that may still be declared on the day ``on``, the last day
    included (AWR art. 10, spec loonaangifte 9). A month without a calendar may be until it is over."""
    calendar = terms(exchange)
    found = []
    for number in range(1, 13):
        period = Period(year, number)
        term = calendar.get(period)
        if str(period) not in declared and on <= (term.due["aangifte"] if term else period.end):
            found.append(str(period))
    return found
