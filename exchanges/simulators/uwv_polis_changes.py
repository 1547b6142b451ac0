"""What can happen to a person in the simulated polisadministratie, one function each, by a Dutch name in ``CHANGES``.

Each takes the person, a source of chance and the first of the month; one that finds nothing to happen to does nothing.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

from exchanges.simulators.uwv_polis_days import earliest, four_weeks, last_of, month_of, months, number
from exchanges.simulators.uwv_polis_people import AMOUNTS, Person, Relation, Terms, Wage

Happening = Callable[[Person, random.Random, date], None]
_EMPLOYERS = tuple(f"{1_000_003 * place % 900_000_000:09d}L{place % 9 + 1:02d}" for place in range(1, 40))
_KINDS = ("15", "15", "15", "11", "32", "33", "56")


def new_relation(person: Person, draw: random.Random, begin: date, *, rhythm: str | None = None,
                 employer: str = "") -> Relation:
    """A job from ``begin``, nothing declared yet. The begin that is told may be partial or not known."""
    taken = {one.key for one in (*person.relations, *person.shelf)}
    # The second relation with an employer has the next number; another employer begins at 1 again.
    employer = employer or draw.choice([one.employer for one in person.relations] * 2 + list(_EMPLOYERS[:20]))
    numbers: list[int | None] = [1, 2, 3, 0, 12, *range(20, 200)]
    if draw.random() < 0.1:
        numbers.insert(0, None)
    day = number(begin)
    told = draw.choice((day, day, day, day, day // 100 * 100, day // 10_000 * 10_000, None))
    traits = {"soort": draw.choice(_KINDS), "aard": draw.choice(("01", "11", "18", "82")),
              "loonheffingskorting": draw.choice("12"), "invloed_verzekeringsplicht": draw.choice(("AB", "ABC")),
              "regelmatig_patroon": draw.choice("012")}
    return Relation(
        employer, next(one for one in numbers if (employer, one) not in taken), told, None,
        draw.choice(("maand", "maand", "vier weken")) if rhythm is None else rhythm, begin - timedelta(days=1),
        draw.randint(40_000, 450_000), draw.randrange(10**6), [Terms(told, None, traits)],
    )


def declare(person: Person, relation: Relation, draw: random.Random, until: date) -> None:
    """The wage periods that end by ``until`` and are not declared yet."""
    if not relation.rhythm:
        return
    find = months if relation.rhythm == "maand" else four_weeks
    for begin, end in find(relation.declared + timedelta(days=1), until):
        if relation.end is None or begin <= relation.end or relation.end % 100 == 0:
            wage = _wage(relation, draw, begin, end)
            if (begin, end) not in relation.wages:
                person.put(relation, wage)
        relation.declared = date(end // 10_000, end // 100 % 100, end % 100)


def _wage(relation: Relation, draw: random.Random, begin: int, end: int | None) -> Wage:
    gross = relation.salary + draw.randrange(-2_000, 2_000) // 100 * 100
    amounts = {"loon_sv": gross, "loon_lb": gross + gross // 20, "ingehouden_lb": gross // 5,
               "recht_vakantietoeslag": gross // 12}
    if begin // 100 % 100 == 5:
        amounts["vakantietoeslag"] = gross
    if begin // 100 % 100 in (5, 12) and draw.random() < 0.5:
        amounts["extra_periode"] = gross // 2
    if draw.random() < 0.2:
        amounts |= {name: draw.randint(0, 50_000) for name in AMOUNTS[6:8]}
    if draw.random() < 0.05:
        del amounts["loon_sv"]
    hollow = tuple(name for name in AMOUNTS if name not in amounts and draw.random() < 0.03)
    return Wage(begin, end, amounts, gross // 2_000 if draw.random() < 0.95 else None, hollow)


def _some_wage(person: Person, draw: random.Random) -> tuple[Relation, Wage] | None:
    """One that counts, most often a late one."""
    found = [(relation, wage) for relation in person.relations for wage in relation.wages.values() if wage.content]
    found.sort(key=lambda one: -one[1].begin)
    return found[min(int(draw.expovariate(0.4)), len(found) - 1)] if found else None


def _running(person: Person, draw: random.Random) -> Relation | None:
    found = [one for one in person.relations if one.end is None]
    return draw.choice(found) if found else None


def job(person: Person, draw: random.Random, month: date) -> None:
    """New, perhaps since some months, of which the wages come at once."""
    begin = month_of(month, -draw.choice((0, 0, 0, 1, 3))) + timedelta(days=draw.choice((0, 0, 9, 14)))
    relation = new_relation(person, draw, begin)
    person.add(relation)
    declare(person, relation, draw, last_of(month))


def without_wages(person: Person, draw: random.Random, month: date) -> None:
    person.add(new_relation(person, draw, month_of(month, -draw.randrange(24)), rhythm=""))


def end(person: Person, draw: random.Random, month: date) -> None:
    """A job ends, this month or in hindsight; its characteristics end with it, or are left open."""
    relation = _running(person, draw)
    if relation is None:
        return
    last = month_of(month, -draw.choice((0, 0, 1, 2))) + timedelta(days=draw.choice((14, 20, 27)))
    day = draw.choice((number(last), number(last), number(last), number(last) // 100 * 100))
    if earliest(relation.begin) > day:
        return
    person.change(relation, end=day)
    if relation.terms[-1].end is None and draw.random() < 0.8:
        person.set_terms(relation, -1, end=day)


def reopened(person: Person, draw: random.Random, month: date) -> None:
    found = [one for one in person.relations if one.end is not None]
    if found:
        relation = draw.choice(found)
        person.change(relation, end=None)
        if draw.random() < 0.8:
            person.set_terms(relation, -1, end=None)


def other_end(person: Person, draw: random.Random, month: date) -> None:
    found = [one for one in person.relations if one.end is not None]
    if found:
        relation = draw.choice(found)
        assert relation.end is not None
        person.change(relation, end=relation.end // 100 * 100 + draw.randint(1, 28))


def other_begin(person: Person, draw: random.Random, month: date) -> None:
    if person.relations:
        relation = draw.choice(person.relations)
        person.change(relation, begin=draw.choice((20190100, 20200000, 20230115, None)))


def amount(person: Person, draw: random.Random, month: date) -> None:
    """One or more amounts of a period become others: more, less, below zero, there at last, or there no more."""
    found = _some_wage(person, draw)
    if found:
        relation, wage = found
        changed: dict[str, int | None] = {}
        for name in draw.sample(AMOUNTS, draw.choice((1, 1, 2, 4))):
            now = wage.amounts.get(name)
            changed[name] = draw.choice((
                draw.randint(0, 400_000), -draw.randint(1, 40_000), (now or 0) + draw.randint(1, 500), 0, None))
        person.correct(relation, wage, **changed)


def hours(person: Person, draw: random.Random, month: date) -> None:
    found = _some_wage(person, draw)
    if found:
        person.correct(*found, hours=draw.choice((None, 0, -8, draw.randint(1, 180))))


def reversed_sign(person: Person, draw: random.Random, month: date) -> None:
    """What was declared comes back with a minus sign."""
    found = _some_wage(person, draw)
    if found:
        relation, wage = found
        person.correct(relation, wage, **{name: -cents for name, cents in wage.amounts.items()})


def to_and_fro(person: Person, draw: random.Random, month: date) -> None:
    """An amount becomes another, in the month after what it was, and so on: A, B, A, B."""
    found = _some_wage(person, draw)
    if found:
        relation, wage = found
        name = draw.choice(AMOUNTS[:3])
        now = wage.amounts.get(name)
        other = (now or 0) + draw.choice((-1, 1)) * draw.randint(1, 90_000)
        person.correct(relation, wage, **{name: other})
        person.flips.append({"key": relation.key, "wage": (wage.begin, wage.end), "name": name,
                             "next": [now, other, now][:draw.randint(1, 3)]})


def flip(person: Person) -> None:
    """The amounts that go to and fro, go."""
    for one in [one for one in person.flips if one["next"]]:
        value = one["next"].pop(0)
        for relation in person.relations:
            if relation.key == one["key"] and one["wage"] in relation.wages:
                person.correct(relation, relation.wages[one["wage"]], **{one["name"]: value})


def trait(person: Person, draw: random.Random, month: date) -> None:
    """Characteristics become others, and always were so."""
    if person.relations:
        relation = draw.choice(person.relations)
        name, values = draw.choice((
            ("loonheffingskorting", "12"), ("soort", ("15", "11", "33")), ("aard", ("01", "11", "18")),
            ("incidentele_vermindering", "OSZ"), ("mede_aow_alleenstaande", "12"), ("inclusief_wajong", "12"),
            ("vakantiebonnen", "12")))
        person.set_terms(relation, draw.randrange(len(relation.terms)), **{name: draw.choice(values)})


def traits_from(person: Person, draw: random.Random, month: date) -> None:
    """Other characteristics from a day on; the earlier ones end before it."""
    relation = _running(person, draw)
    if relation is None:
        return
    begin = month_of(month, -draw.choice((0, 0, 1)))
    old = relation.terms[-1]
    if number(begin) > earliest(old.begin):
        person.set_terms(relation, -1, end=number(begin - timedelta(days=1)))
        was = old.traits["loonheffingskorting"]
        person.add_terms(relation, Terms(number(begin), None, {
            **old.traits, "loonheffingskorting": "2" if was == "1" else "1"}))


def traits_back(person: Person, draw: random.Random, month: date) -> None:
    """The last characteristics are withdrawn; the ones before them run on."""
    found = [one for one in person.relations if len(one.terms) > 1]
    if found:
        relation = draw.choice(found)
        person.drop_terms(relation)
        person.set_terms(relation, -1, end=relation.end)


def wage_gone(person: Person, draw: random.Random, month: date) -> None:
    found = _some_wage(person, draw)
    if found:
        person.take(*found)


def wage_hollow(person: Person, draw: random.Random, month: date) -> None:
    """The period stays, with not an amount in it."""
    found = _some_wage(person, draw)
    if found:
        relation, wage = found
        person.put(relation, replace(wage, amounts={}, hours=None, hollow=tuple(wage.amounts)[:1]))


def wage_extra(person: Person, draw: random.Random, month: date) -> None:
    """A payment beside the regular period, with an end of its own or none."""
    relation = _running(person, draw)
    if relation is not None:
        begin = month_of(month, -draw.choice((0, 1))) + timedelta(days=draw.randint(1, 20))
        last = number(begin + timedelta(days=draw.randint(0, 6))) if draw.random() < 0.6 else None
        person.put(relation, _wage(relation, draw, number(begin), last))


def wage_other_days(person: Person, draw: random.Random, month: date) -> None:
    """The period ends on another day: for who compares, one is withdrawn and another comes."""
    found = _some_wage(person, draw)
    if found and found[1].end is not None:
        relation, wage = found
        person.take(relation, wage)
        person.put(relation, replace(wage, end=wage.begin // 100 * 100 + 28 if wage.begin % 100 < 28 else None))


def relation_gone(person: Person, draw: random.Random, month: date) -> None:
    if person.relations:
        relation = draw.choice(person.relations)
        person.drop(relation)
        person.shelf.append(relation)


def relation_back(person: Person, draw: random.Random, month: date) -> None:
    """A withdrawn relation is declared again, as it was or with other characteristics."""
    if person.shelf:
        relation = person.shelf.pop(draw.randrange(len(person.shelf)))
        if draw.random() < 0.5:
            old = relation.terms[-1]
            relation.terms[-1] = replace(old, traits={**old.traits, "aard": draw.choice(("01", "10", "20"))})
        person.add(relation)
        declare(person, relation, draw, last_of(month))


def taken_over(person: Person, draw: random.Random, month: date) -> None:
    """Another employer goes on with the work: one relation ends, another begins, each with a number of its own."""
    relation = _running(person, draw)
    if relation is None or earliest(relation.begin) >= number(month):
        return
    day = number(month - timedelta(days=1))
    # What was declared of this month goes to who took over.
    for wage in [wage for wage in relation.wages.values() if wage.begin >= number(month)]:
        person.take(relation, wage)
    person.change(relation, end=day)
    person.set_terms(relation, -1, end=day)
    other = draw.choice([one for one in _EMPLOYERS[20:] if one != relation.employer])
    after = new_relation(person, draw, month, rhythm=relation.rhythm, employer=other)
    person.add(after)
    declare(person, after, draw, last_of(month))


def renamed(person: Person, draw: random.Random, month: date) -> None:
    """Name, label, address, the writing of numbers, signs and open ends: nothing that counts."""
    if person.relations:
        draw.choice(person.relations).style += 1_000_003


CHANGES: dict[str, Happening] = {
    "baan": job, "zonder_loon": without_wages, "einde": end, "heropend": reopened, "ander_einde": other_end,
    "ander_begin": other_begin, "bedrag": amount, "uren": hours, "min": reversed_sign, "heen_en_weer": to_and_fro,
    "kenmerk": trait, "kenmerk_vanaf": traits_from, "kenmerk_terug": traits_back, "periode_weg": wage_gone,
    "periode_leeg": wage_hollow, "periode_extra": wage_extra, "periode_anders": wage_other_days,
    "relatie_weg": relation_gone, "relatie_terug": relation_back, "overname": taken_over, "naam": renamed,
}  # fmt: skip

