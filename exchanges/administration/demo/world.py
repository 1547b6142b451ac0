"""The synthetic municipality as a whole: who is there, since when, in which month we look at it.

Everybody who will ever be a client has a number; somebody is in the administration from ``entry`` on. A state of the
municipality is that history as known on the last day of ``period``: what happens later is not in it. So the state
of November differs from that of October exactly by the events of November.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from exchanges.administration.demo.bsns import bsn_numbers, mistaken_numbers
from exchanges.administration.demo.columns import NEVER, months_of, to_days
from exchanges.administration.demo.draws import Bools, Draws, Ints
from exchanges.core.errors import UsageError
from exchanges.core.period import Period

BASE = Period(2026, 10)          # the month in which there are exactly ``clients`` persons
FIRST, LAST = Period(2026, 1), Period(2027, 12)
INFLOW_MONTHS = 24               # months before the end of BASE in which new clients come at the present rate
RESERVED_BSNS = 512              # the first test BSNs are kept for planted errors
MORTALITY = 0.018                # share of the persons that dies between 2023 and 2028
_OLDEST = to_days(date(2016, 1, 1))
_YOUNGEST, _ELDEST = to_days(BASE.end) - 6_760, to_days(BASE.end) - 24_000
_REACHES_AOW = (to_days(date(1959, 1, 1)), to_days(date(1960, 12, 28)))      # in 2026 and 2027


@dataclass(frozen=True)
class World:
    """One municipality in one month. Days are days since 1970-01-01."""

    gemeente: str
    clients: int
    seed: int
    period: Period
    corrections: bool = False    # whether things become known after the month they belong to

    def __post_init__(self) -> None:
        if not (len(self.gemeente) == 4 and self.gemeente.isascii() and self.gemeente.isdigit()):
            raise UsageError(f"Gemeentecode {self.gemeente!r} is niet goed; geef vier cijfers, bijvoorbeeld 0153.")
        if self.clients < 1:
            raise UsageError("Het aantal klanten moet 1 of meer zijn.")
        if not FIRST <= self.period <= LAST:
            raise UsageError(f"Voorbeeldgegevens zijn er van {FIRST} tot en met {LAST}, niet voor {self.period}.")

    @property
    def draws(self) -> Draws:
        return Draws(self.gemeente, self.seed)

    @property
    def begin(self) -> int:
        return to_days(self.period.start)

    @property
    def end(self) -> int:
        return to_days(self.period.end)

    @property
    def month(self) -> int:
        """The period as a month number (see ``columns.months_of``)."""
        return _index(self.period)

    @property
    def inflow(self) -> int:
        """New clients per month."""
        return max(1, self.clients // 100)

    @property
    def population(self) -> int:
        """Persons in the administration at the end of the period."""
        return max(1, self.clients + (_index(self.period) - _index(BASE)) * self.inflow)

    def known(self, days: Ints) -> Bools:
        """Whether something registered on those days is in this state."""
        return days <= self.end

    def bsns(self) -> tuple[Ints, Ints]:
        """(reserved for planted errors, of the persons by number)."""
        every = bsn_numbers(self.draws, RESERVED_BSNS + self.population)
        return every[:RESERVED_BSNS], every[RESERVED_BSNS:]

    def former_bsns(self) -> Ints:
        """By person: a number that was administered by mistake, for whom that is planted; else nobody's."""
        return mistaken_numbers(self.draws, self.population)


def _index(period: Period) -> int:
    return period.year * 12 + period.month - 1


@dataclass(frozen=True)
class People:
    """A batch of persons as facts, one row each; partners stand side by side (numbers 2k and 2k+1).

    ``death`` is NEVER for who lives in this state; ``dies`` is what will happen. ``former`` are BSNs for who was
    administered under another one; ``touched`` is the day a planted correction changed this person (0 without).
    ``head`` is true for one person per household; ``partner`` is the row of the partner in this batch, -1 without.
    """

    number: Ints
    bsn: Ints
    entry: Ints
    death: Ints
    dies: Ints
    birth: Ints
    household: Ints
    head: Bools
    partner: Ints
    former: Ints
    touched: Ints

    def __len__(self) -> int:
        return len(self.number)


def people(world: World, bsns: Ints, first: int, last: int, former: Ints | None = None) -> People:
    """The persons ``first`` up to ``last`` (``first`` even)."""
    draws = world.draws
    number = np.arange(first, last, dtype=np.int64)
    block = number // 2
    # Partners come in together: a household is what it is from its first day.
    together = _cohort(world, number) == _cohort(world, number ^ 1)
    couple = draws.chance("paar", block, 0.24) & ((number ^ 1) < world.population) & together
    row = np.arange(len(number), dtype=np.int64)
    second = couple & (number % 2 == 1)
    entry = _entry(world, number)
    dies = np.where(draws.chance("overlijden", number, MORTALITY),
                    draws.whole("overlijdensdag", number, to_days(date(2023, 3, 1)), to_days(date(2027, 12, 30))),
                    NEVER)
    # A death is known the next day; that day lies in the same month, or the month would be declared without it.
    dies = np.where((dies < NEVER) & (months_of(dies + 1) > months_of(dies)), dies - 1, dies)
    dies = np.where(dies > entry + 60, dies, NEVER)
    birth = _birth_of(world, number)
    # Partners differ little in age.
    beside = _birth_of(world, number - 1) + draws.whole("leeftijdsverschil", number, -1800, 1800)
    birth = np.where(second, beside, birth)
    birth = np.clip(birth, _ELDEST, _YOUNGEST)
    birth = np.where(draws.chance("bereikt AOW-leeftijd", number, 0.006),
                     draws.whole("geboortedag AOW", number, *_REACHES_AOW), birth)
    own = bsns[first:last]
    return People(
        number=number, bsn=own, entry=entry, death=np.where(world.known(dies + 1), dies, NEVER), dies=dies,
        birth=birth, household=np.where(second, number - 1, number), head=~second,
        partner=np.where(couple, row ^ 1, -1), former=own if former is None else former[first:last],
        touched=np.zeros(len(number), np.int64),
    )


def elderly(birth: Ints) -> Bools:
    """Who reaches the AOW age in the years of the generator."""
    return birth < _ELDEST


def _cohort(world: World, number: Ints) -> Ints:
    """The month of inflow, counted; -1 for the older stock."""
    stock = world.clients - INFLOW_MONTHS * world.inflow
    return np.where(number >= stock, (number - stock) // world.inflow, -1)


def _birth_of(world: World, number: Ints) -> Ints:
    age = 18.5 + 47 * world.draws.unit("leeftijd", number) ** 0.8
    return to_days(BASE.end) - np.floor(np.minimum(age, 65.5) * 365.25).astype(np.int64)


def _entry(world: World, number: Ints) -> Ints:
    """First day in the administration: the latest numbers came month by month, the older stock since 2016."""
    stock = world.clients - INFLOW_MONTHS * world.inflow
    months = (_index(BASE) - INFLOW_MONTHS + 1 - 1970 * 12) + (number - stock) // world.inflow
    recent = months.astype("datetime64[M]").astype("datetime64[D]").astype(np.int64)
    recent = recent + world.draws.whole("instroomdag", number, 0, 26)
    turn = to_days(BASE.shift(1 - INFLOW_MONTHS).start)
    old = world.draws.whole("instroom", number, _OLDEST, turn - 1)
    return np.where(number >= stock, recent, old)
