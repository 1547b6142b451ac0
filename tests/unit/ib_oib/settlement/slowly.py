"""The proposal again, slowly: one client at a time, by the words of the specification and nothing of the program.

Holds for households of one or two entitled persons in 2026, whose income has no holiday allowance.
Amounts are cents, days are counted.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

MONTHS = range(1, 8)  # January to July 2026
SPREAD_FROM = 36
# Percentage and cap before and from July 2026 (spec 2.6; the first half is that of July 2025).
CAPS = {"E-01": ("0.25", 27_800, 28_500), "E-02": ("0.25", 27_800, 28_500), "E-04": ("0.15", 17_635, 18_019),
        "E-11": ("0.15", None, None), "E-12": ("0.15", None, None), "E-13": ("0.25", 22_600, 22_600)}  # fmt: skip
WORK, OTHER, OWN_BENEFIT, JUDGED = "15", "31", "43", "62"


@dataclass(frozen=True)
class Wage:
    begin: date
    days: int
    net: int | None
    kind: str

    @property
    def end(self) -> date:
        return self.begin + timedelta(self.days - 1)


@dataclass(frozen=True)
class Earner:
    born: int
    ground: str | None  # 31n or 34a, from the month ``since`` of 2026
    since: int
    used: int
    medical: bool
    wages: tuple[Wage, ...]

    @property
    def old(self) -> bool:
        return self.born < 1958

    @property
    def young(self) -> bool:
        return self.born > 2000


@dataclass(frozen=True)
class House:
    begin: date
    end: date | None
    earners: tuple[Earner, ...]
    settled: tuple[int, ...]  # by month


@dataclass
class Month:
    """``None`` as ``to_settle``: a person must judge."""

    net: int = 0
    exempt: int = 0
    to_settle: int | None = 0
    there: bool = False


def slowly(house: House, ceiling: int, new_from: int) -> dict[int, Month]:
    """By month, those in which there is income or something was settled. ``ceiling`` is the benefit before income,
    ``new_from`` the first month of art. 34a."""
    found = {month: Month() for month in MONTHS}
    judged: set[int] = set()
    for earner in house.earners:
        work, other = dict.fromkeys(MONTHS, 0), dict.fromkeys(MONTHS, 0)
        for wage in earner.wages:
            if wage.kind == OWN_BENEFIT or wage.net == 0:
                continue
            for month, cents in _parts(wage, house):
                if month not in found:
                    continue
                found[month].there = True
                if cents is None or wage.kind == JUDGED:
                    judged.add(month)
                if cents is not None:
                    (work if wage.kind == WORK else other)[month] += cents
        used = earner.used
        for month in MONTHS:
            found[month].net += work[month] + other[month]
            if work[month] <= 0:
                continue
            code, person = _code(earner, month, used, month >= new_from)
            if person:
                judged.add(month)
                continue
            if earner.ground == "31n" and month >= earner.since and month < new_from and not earner.old:
                used += 1
            found[month].exempt += _free(code, work[month], month)
    for month, one in found.items():
        settled = house.settled[month - 1] if _paid(house, month) else 0
        if settled and not one.there:
            one.there, one.to_settle = True, None
        else:
            one.to_settle = None if month in judged else min(max(one.net - one.exempt, 0), ceiling)
    return {month: one for month, one in found.items() if one.there}


def _paid(house: House, month: int) -> bool:
    last = date(2026, month, calendar.monthrange(2026, month)[1])
    return house.begin <= last and (house.end is None or house.end >= date(2026, month, 1))


def _parts(wage: Wage, house: House) -> list[tuple[int, int | None]]:
    """(month, cents): of a long period every month gets its days (T-04); of every part only the days with a right
    (T-02), in the month of the last of those (T-01, T-03)."""
    days = [wage.begin + timedelta(n) for n in range(wage.days)]
    groups: list[list[date]] = [days]
    if wage.days >= SPREAD_FROM:
        groups = [[day for day in days if (day.year, day.month) == at]
                  for at in sorted({(day.year, day.month) for day in days})]
    out: list[tuple[int, int | None]] = []
    before = 0
    for group in groups:
        mine = [day for day in group if house.begin <= day <= (house.end or date.max)]
        if mine:
            share = None
            if wage.net is not None:
                whole = _share(wage.net, before + len(group), wage.days) - _share(wage.net, before, wage.days)
                share = _share(whole, len(mine), len(group))
            out.append((mine[-1].month, share))
        before += len(group)
    return out


def _code(earner: Earner, month: int, used: int, new: bool) -> tuple[str, bool]:
    """The exemption, and whether a person must judge it."""
    started = earner.ground is not None and month >= earner.since
    if new:
        if earner.old:
            return "E-13", False
        if earner.medical:
            return "E-12", False
        if not (started and earner.ground == "34a"):
            return "", True
        return ("E-11" if month - earner.since + earner.used < 12 else ""), False
    if earner.old:
        return "E-02", False
    if started and earner.ground == "31n":
        if earner.young:
            return "", True
        if used < 6:
            return "E-01", False
    return ("E-04" if earner.medical else ""), False


def _free(code: str, work: int, month: int) -> int:
    if not code:
        return 0
    share, first, second = CAPS[code]
    cents = int((Decimal(work) * Decimal(share)).quantize(Decimal(1), ROUND_HALF_UP))
    cap = first if month < 7 else second
    return cents if cap is None else min(cents, cap)


def _share(cents: int, days: int, of: int) -> int:
    return int((Decimal(cents) * days / of).quantize(Decimal(1), ROUND_HALF_UP))
