"""UWV, simulated: a polisadministratie that remembers its population from month to month.

``Polis.month`` lets a month pass for everybody it knows and answers for who is asked. The same seed gives the same
bytes, whoever else is asked. With the answers comes the truth: what a gemeente is to be told of that month, booked by
what was planted (:mod:`exchanges.simulators.uwv_polis_book`). ``Polis.answer`` gives one answer, for who asks one by
one.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from exchanges.core.period import Period
from exchanges.simulators.uwv_archive import write_archive
from exchanges.simulators.uwv_polis_book import Content, Item, Told, Window
from exchanges.simulators.uwv_polis_changes import CHANGES, declare, flip, new_relation
from exchanges.simulators.uwv_polis_days import last_of, month_of, number
from exchanges.simulators.uwv_polis_people import Person, Relation, Terms, Wage
from exchanges.simulators.uwv_polis_xml import client
from exchanges.simulators.uwv_responses import document, message

# What can happen to the answer: an error, none at all, a window that ends or begins otherwise, a remark beside it,
# nobody of that number, and who was not found is found again; an employer that declares nothing this month.
FAULT, NONE, SHORTER, LATER, REMARK, LOST, FOUND, LATE = (
    "fout", "stil", "korter", "later", "opmerking", "niet_gevonden", "gevonden", "laat")
NAMES = (*CHANGES, FAULT, NONE, SHORTER, LATER, REMARK, LOST, FOUND, LATE)
# Who may say what happens to a person in a month.
Plan = Callable[[str, Period], Sequence[str]]


class NoAnswer(Exception):
    """UWV says nothing."""


@dataclass(frozen=True)
class Declared:
    """What the gemeente declared of a benefit (43), over one period. ``amounts``: whole cents by column."""

    bsn: str
    begin: int
    end: int
    amounts: Mapping[str, int]
    number: int = 1


@dataclass(frozen=True)
class Question:
    """``answer`` is None where UWV said nothing."""

    bsn: str
    answer: bytes | None


@dataclass
class Truth:
    """What a gemeente that asked every month so far is to be told of this one. ``not_asked``: of whom nothing can be
    said; ``shorter`` and ``earlier``: of how many persons the window ends, or begins, before that of the last time."""

    told: list[Told] = field(default_factory=list)
    not_asked: set[str] = field(default_factory=set)
    empty: set[str] = field(default_factory=set)
    shorter: int = 0
    earlier: int = 0

    def of(self, kind: str, sort: str | None = None) -> dict[Item, Told]:
        """The lines of one class, and of corrections those of one sort."""
        return {one.item: one for one in self.told if one.kind == kind and sort in (None, one.sort)}


@dataclass(frozen=True)
class Answers:
    """One month: a question per person, in the order in which they were asked."""

    period: Period
    questions: list[Question]
    truth: Truth

    def write(self, path: Path) -> Path:
        """The archive of it, as the gemeente finds it."""
        return write_archive(path, ((one.bsn, one.answer) for one in self.questions))


class Polis:
    """``months`` is how many months a question goes back, the month itself included. ``own`` is the
    loonheffingennummer under which the gemeente itself declares. ``plan`` says what happens; without one it is drawn.
    """

    def __init__(self, seed: int, *, months: int = 13, own: str = "001000275L01", plan: Plan | None = None) -> None:
        self._seed, self._months, self._own, self._plan = seed, months, own, plan
        self._people: dict[str, Person] = {}
        self._fate: dict[str, Sequence[str]] = {}
        self._last: Period | None = None

    def window(self, period: Period) -> Window:
        """The days that are asked for in a month."""
        return number(month_of(period.start, 1 - self._months)), number(period.end)

    def month(self, period: Period, bsns: Iterable[str], declared: Iterable[Declared] = ()) -> Answers:
        """Everybody lives on until the end of ``period``; whoever is in ``bsns`` is answered. ``declared`` is what the
        gemeente declared since the last month. Raises ValueError for a month that is not later than the last."""
        if self._last is not None and period <= self._last:
            raise ValueError(f"{period} is voorbij.")
        asked = list(dict.fromkeys(bsns))
        fresh = set(asked) - set(self._people)
        benefits: dict[str, list[Declared]] = {}
        for one in declared:
            benefits.setdefault(one.bsn, []).append(one)
        for bsn in sorted(fresh | set(benefits) - set(self._people)):
            self._people[bsn] = self._born(bsn, period)
        for bsn, person in self._people.items():
            draw = self._draw(bsn, period)
            fate = self._fate[bsn] = list(self._plan(bsn, period)) if self._plan else _drawn(person, draw)
            _live(person, draw, period.start, fate, grown=bsn not in fresh)
            for one in benefits.get(bsn, ()):
                self._benefit(person, one)
        self._last = period
        questions, truth = [], Truth()
        for bsn in asked:
            questions.append(self._ask(self._people[bsn], truth))
        for bsn in set(self._people) - set(asked):
            self._people[bsn].book.leave()
        return Answers(period, questions, truth)

    def answer(self, bsn: str, begin: date, end: date) -> bytes:
        """What UWV says now of the days from ``begin`` to ``end``. Raises NoAnswer."""
        person = self._people.get(bsn)
        if person is None:
            return document("<fwi:NietsGevonden/>")
        return self._say(person, (number(begin), number(end)))[0]

    def _draw(self, bsn: str, period: Period) -> random.Random:
        return random.Random(f"{self._seed} {bsn} {period}")

    def _born(self, bsn: str, period: Period) -> Person:
        """Somebody with a history of before the window."""
        draw = random.Random(f"{self._seed} {bsn}")
        person = Person(bsn, loose=draw.random() < 0.5, unknown=draw.random() < 0.3)
        for _ in range(draw.choices((0, 1, 2, 3), (15, 50, 25, 10))[0]):
            begin = month_of(period.start, -draw.randint(1, self._months + 6))
            relation = new_relation(person, draw, begin)
            person.add(relation)
            declare(person, relation, draw, last_of(month_of(period.start, -1)))
        return person

    def _ask(self, person: Person, truth: Truth) -> Question:
        window = self.window(self._last) if self._last else (None, None)
        try:
            data, given, shown = self._say(person, window)
        except NoAnswer:
            truth.not_asked.add(person.bsn)
            return Question(person.bsn, None)
        if given is None:
            truth.not_asked.add(person.bsn)
            return Question(person.bsn, data)
        if given == (None, None):
            truth.empty.add(person.bsn)
        before = person.book.window
        if before is not None:
            truth.shorter += _earlier(given[1], before[1])
            truth.earlier += _earlier(given[0], before[0])
        truth.told += person.book.answer(given, shown, person.alive)
        return Question(person.bsn, data)

    def _say(self, person: Person, window: Window) -> tuple[bytes, Window | None, dict[Item, Content]]:
        """The answer, the window it covers (None: an error) and what counts of what it shows."""
        fate = self._fate.get(person.bsn, ())
        if NONE in fate:
            raise NoAnswer(f"geen antwoord in {self._last}")
        draw = random.Random(f"{self._seed} {person.bsn} {self._last} antwoord")
        if FAULT in fate:
            return document(message(draw, "Fout")), None, {}
        if not person.relations and (person.lost or person.unknown):
            return document("<fwi:NietsGevonden/>"), (None, None), {}
        given = _cut(window, fate, draw)
        shown, items = person.within(given)
        remark = message(draw, "Waarschuwing") if REMARK in fate else ""
        return document(client(person.bsn, shown, given, remark)), given, items

    def _benefit(self, person: Person, one: Declared) -> None:
        relation = next((r for r in person.relations if r.key == (self._own, one.number)), None)
        first = date(one.begin // 10_000, one.begin // 100 % 100, one.begin % 100)
        if relation is None:
            traits = {"soort": "43", "loonheffingskorting": "1"}
            relation = Relation(self._own, one.number, one.begin, None, "", first, 0, 0,
                                [Terms(one.begin, None, traits)])
            person.add(relation)
        person.put(relation, Wage(one.begin, one.end, dict(one.amounts)))


def _earlier(now: int | None, before: int | None) -> bool:
    return now is not None and before is not None and now < before


def _cut(window: Window, fate: Sequence[str], draw: random.Random) -> Window:
    """UWV delivers over less than was asked: some months less at its end, or at its begin."""
    begin, end = window
    assert begin is not None and end is not None
    first, last = (date(day // 10_000, day // 100 % 100, 1) for day in (begin, end))
    if SHORTER in fate:
        last = max(first, month_of(last, -draw.randint(1, 3)))
        end = number(last_of(last))
    if LATER in fate:
        begin = number(min(last, month_of(first, draw.randint(1, 3))))
    return begin, end


def _live(person: Person, draw: random.Random, month: date, fate: Sequence[str], *, grown: bool) -> None:
    """A month passes: employers declare, and what is to happen, happens. Who is lost has no life that UWV knows of."""
    if FOUND in fate and person.lost:
        person.lost = False
        for relation in person.shelf:
            person.add(relation)
        person.shelf = []
    if person.lost:
        return
    if LATE not in fate:
        for relation in person.relations:
            declare(person, relation, draw, last_of(month))
    if grown:
        flip(person)
    for name in fate:
        if name in CHANGES:
            CHANGES[name](person, draw, month)
    if LOST in fate:
        person.lost = True
        for relation in list(person.relations):
            person.drop(relation)
            person.shelf.append(relation)


# How often something happens, of thousand person-months.
_OFTEN = {
    "baan": 50, "zonder_loon": 15, "einde": 40, "heropend": 10, "ander_einde": 8, "ander_begin": 12, "bedrag": 90,
    "uren": 30, "min": 20, "heen_en_weer": 40, "kenmerk": 35, "kenmerk_vanaf": 25, "kenmerk_terug": 10,
    "periode_weg": 35, "periode_leeg": 15, "periode_extra": 20, "periode_anders": 12, "relatie_weg": 25,
    "relatie_terug": 20, "overname": 15, "naam": 60, FAULT: 20, NONE: 10, SHORTER: 20, LATER: 10, REMARK: 15, LOST: 8,
    LATE: 50,
}  # fmt: skip


def _drawn(person: Person, draw: random.Random) -> list[str]:
    found = [name for name, often in _OFTEN.items() if draw.random() * 1000 < often]
    return [*found, FOUND] if person.lost and draw.random() < 0.5 else found
