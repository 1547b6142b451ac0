"""The proposal again, slowly: one client at a time, by the words of the specification and nothing of the program.

Rules are those of spec bvv-and-settlement 2 by their numbers; where the text is silent, those of decision 0022. Holds
for households of one or two persons in 2026. Amounts are cents, months of 2026 are 1 to 7, days are counted.
"""

from __future__ import annotations

import calendar
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import ROUND_HALF_UP, Decimal

MONTHS = range(1, 8)
SPREAD_FROM = 36
AOW, GROWN, ADULT = 67 * 12, 27 * 12, 21 * 12
# Percentage and cap before and from July 2026 (spec 2.6; the first half is that of July 2025).
CAPS: dict[str, tuple[str, int | None, int | None]] = {
    "E-01": ("0.25", 27_800, 28_500), "E-02": ("0.25", 27_800, 28_500), "E-03": ("0.125", 17_387, 17_766),
    "E-04": ("0.15", 17_635, 18_019), "E-05": ("0.15", 17_635, 18_019), "E-06": ("0.15", 17_635, 18_019),
    "E-11": ("0.15", None, None), "E-12": ("0.15", None, None), "E-13": ("0.25", 22_600, 22_600)}  # fmt: skip
# Norms for a couple by how many have the AOW age, before and from July. Those of January with the AOW age: not known.
COUPLE = {0: (200_213, 202_779), 1: (None, 217_610), 2: (None, 217_610)}
WORK, JUDGED, PENSION, OWN_BENEFIT = ("11", "15"), ("62", "99"), ("21", "56"), "43"
_LONG_AGO = date(2020, 1, 1)


class Judge(Exception):
    """The specification has no amount for this."""


@dataclass(frozen=True)
class Span:
    begin: date = _LONG_AGO
    end: date | None = None

    def touches(self, month: int) -> bool:
        return self.begin <= _last(month) and (self.end is None or self.end >= _first(month))


@dataclass(frozen=True)
class Wage:
    begin: date
    days: int
    net: int | None
    kind: str
    ours: bool = False  # paid under the number of the municipality
    holiday: tuple[int | None] | None = None  # net of the holiday allowance paid in it, perhaps not known
    apart: int = 0  # in the net amount, and no income

    @property
    def end(self) -> date:
        return self.begin + timedelta(self.days - 1)

    @property
    def is_income(self) -> bool:
        """Not an empty statement, and not the own benefit of the municipality (ib-signalen 6.2)."""
        own = self.kind == OWN_BENEFIT or (self.kind == "34" and self.ours)
        return not own and (self.net != 0 or self.holiday is not None)

    @property
    def counts(self) -> int | None:
        """Net without holiday allowance (V-02) and what is not settled (2.4 e)."""
        paid = self.holiday[0] if self.holiday else 0
        return None if self.net is None or paid is None else self.net - paid - self.apart


@dataclass(frozen=True)
class Right:
    ground: str
    span: Span
    used: int = 0
    longer: int = 0

    def passed(self, month: int) -> int:
        """Months since it began, with those used before."""
        return (2026 - self.span.begin.year) * 12 + month - self.span.begin.month + self.used


@dataclass(frozen=True)
class Earner:
    born: int  # jjjjmmdd, month and day may be 0
    rights: tuple[Right, ...] = ()  # one of every ground
    medical: Span | None = None
    parent: Span | None = None
    subsidy: Span | None = None
    wages: tuple[Wage, ...] = ()

    def right(self, ground: str) -> Right | None:
        return next((one for one in self.rights if one.ground == ground), None)

    def granted(self, ground: str, month: int) -> bool:
        found = self.right(ground)
        return found is not None and found.span.touches(month)

    def reached(self, months: int, month: int) -> bool:
        """Whether that age was reached on the first day of ``month``. Raises Judge when the day of birth may be on
        either side."""
        least, most = self.age(_first(month))
        if least < months <= most:
            raise Judge
        return least >= months

    def age(self, on: date) -> tuple[int, int]:
        """Whole months lived, at least and at most."""
        year, of, day = self.born // 10_000, self.born // 100 % 100, self.born % 100
        if not year:
            raise Judge
        last = of or 12
        latest = date(year, last, day or calendar.monthrange(year, last)[1])
        least, most = (12 * (on.year - born.year) + on.month - born.month - (on.day < born.day)
                       for born in (latest, date(year, of or 1, day or 1)))  # fmt: skip
        return least, most


@dataclass(frozen=True)
class House:
    span: Span
    earners: tuple[Earner, ...]
    entitled: bool  # the second, if there is one
    settled: tuple[int, ...]  # by month
    norm: int
    reserved: int


@dataclass
class Month:
    """``None`` as ``to_settle``: a person must judge."""

    net: int = 0
    exempt: int = 0
    to_settle: int | None = 0
    there: bool = False


def slowly(house: House, new_from: int) -> dict[int, Month]:
    """By month, those in which there is income or something was settled; ``new_from`` is the first of art. 34a."""
    found = {month: Month() for month in MONTHS}
    judged: set[int] = set()
    kept: dict[int, list[int]] = {month: [] for month in MONTHS}  # by earner what counts after exemption
    for number, earner in enumerate(house.earners):
        spouse = number == 1 and not house.entitled
        work, other, pension = dict.fromkeys(MONTHS, 0), dict.fromkeys(MONTHS, 0), set()
        for wage in earner.wages:
            if not wage.is_income:
                continue
            for month, cents in _parts(wage, house.span):
                if month not in found:
                    continue
                found[month].there = True
                if cents is None or wage.kind in JUDGED:
                    judged.add(month)
                if wage.kind in PENSION:
                    pension.add(month)
                (work if wage.kind in WORK else other)[month] += cents or 0
        used = {"31n": 0, "31z": 0}
        for month in MONTHS:
            free = 0
            try:
                # A part of it is free from that day on (art. 33 lid 5).
                if month in pension and earner.age(_last(month))[1] >= AOW:
                    raise Judge
                if work[month] > 0 and not spouse:
                    code = _exemption(earner, month, month >= new_from, used)
                    free = _free(code, work[month], month)
            except Judge:
                judged.add(month)
            found[month].net += work[month] + other[month]
            found[month].exempt += free
            kept[month].append(work[month] + other[month] - free)
    for month, one in found.items():
        settled = house.settled[month - 1] if house.span.touches(month) else 0
        if settled and not one.there:
            one.there, one.to_settle = True, None
            continue
        try:
            one.to_settle = None if month in judged else _counted(house, month, kept[month])
        except Judge:
            one.to_settle = None
    return {month: one for month, one in found.items() if one.there}


def _counted(house: House, month: int, kept: list[int]) -> int:
    """N-05: never under nothing, never above the benefit, and T-08 for a spouse without a right."""
    if house.entitled or len(kept) < 2 or not kept[1]:
        return min(max(sum(kept), 0), house.norm - house.reserved)
    if _has_income(house.earners[0], house.span, month):
        raise Judge
    if not all(earner.reached(ADULT, month) for earner in house.earners):
        raise Judge
    norm = COUPLE[sum(earner.reached(AOW, month) for earner in house.earners)][month >= 7]
    if norm is None:
        raise Judge
    return min(max(house.norm + kept[1] - norm, 0), house.norm)


def _has_income(earner: Earner, right: Span, month: int) -> bool:
    return any(wage.is_income and month in dict(_parts(wage, right)) for wage in earner.wages)


def _parts(wage: Wage, right: Span) -> list[tuple[int, int | None]]:
    """(month, cents): of a long period every month gets its days (T-04); of every part only the days with a right
    (T-02), in the month of the last of those (T-01, T-03)."""
    days = [wage.begin + timedelta(n) for n in range(wage.days)]
    groups = [days]
    if wage.days >= SPREAD_FROM:
        groups = [[day for day in days if (day.year, day.month) == at]
                  for at in sorted({(day.year, day.month) for day in days})]
    out: list[tuple[int, int | None]] = []
    before = 0
    for group in groups:
        mine = [day for day in group if right.begin <= day <= (right.end or date.max)]
        if mine:
            share = None
            if wage.counts is not None:
                terms = (wage.net or 0, -(wage.holiday[0] or 0) if wage.holiday else 0, -wage.apart)
                share = sum(_share(_share(cents, before + len(group), wage.days) - _share(cents, before, wage.days),
                                   len(mine), len(group)) for cents in terms)
            out.append(((mine[-1].year - 2026) * 12 + mine[-1].month, share))
        before += len(group)
    return out


def _exemption(earner: Earner, month: int, new: bool, used: dict[str, int]) -> str:
    """The rule of spec 2.6 that holds, empty for none. Counts the months used; one in which the age is not sure is
    (decision 0038). Raises Judge."""
    least, most = earner.age(_first(month))
    code = _by_age(earner, month, new, used, least >= AOW, most >= GROWN)
    if least < AOW <= most or least < GROWN <= most:
        raise Judge
    return code


def _by_age(earner: Earner, month: int, new: bool, used: dict[str, int], old: bool, grown: bool) -> str:
    medical = earner.medical is not None and earner.medical.touches(month)
    if new:
        if old or medical:
            return "E-13" if old else "E-12"
        right = earner.right("34a")
        if right is None or right.passed(month) < right.used:
            raise Judge
        return "E-11" if right.span.touches(month) and right.passed(month) < 12 + right.longer else ""
    if old:
        return "E-02"
    if earner.granted("31n", month):
        if not grown:
            raise Judge
        if used["31n"] + _used(earner, "31n") < 6:
            used["31n"] += 1
            return "E-01"
    if medical:
        return "E-04"
    return _after_n(earner, month, grown, used)


def _after_n(earner: Earner, month: int, grown: bool, used: dict[str, int]) -> str:
    """z, then aa, then r: of those the first that runs, if what must come before it did."""
    subsidy = earner.subsidy is not None and earner.subsidy.touches(month)
    n, r = earner.right("31n"), earner.right("31r")
    after_n = n is not None and n.passed(month) >= n.used
    if earner.granted("31z", month) and used["31z"] + _used(earner, "31z") < 12:
        used["31z"] += 1
        if not (subsidy and after_n):
            raise Judge
        return "E-05"
    if earner.granted("31aa", month):
        z = earner.right("31z")
        if not subsidy or z is None or z.passed(month) < z.used:
            raise Judge
        return "E-06"
    if r is not None and r.span.touches(month) and r.passed(month) < 30:
        if not (grown and after_n and earner.parent is not None and earner.parent.touches(month)):
            raise Judge
        return "E-03"
    return ""


def _used(earner: Earner, ground: str) -> int:
    right = earner.right(ground)
    return right.used if right else 0


def _free(code: str, work: int, month: int) -> int:
    if not code:
        return 0
    share, first, second = CAPS[code]
    cents = int((Decimal(work) * Decimal(share)).quantize(Decimal(1), ROUND_HALF_UP))
    cap = first if month < 7 else second
    return cents if cap is None else min(cents, cap)


def _share(cents: int, days: int, of: int) -> int:
    return int((Decimal(cents) * days / of).quantize(Decimal(1), ROUND_HALF_UP))


def _first(month: int) -> date:
    return date(2026, month, 1)


def _last(month: int) -> date:
    return date(2026, month, calendar.monthrange(2026, month)[1])
