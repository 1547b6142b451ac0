"""The persons in the simulated polisadministratie: their relations, characteristics and wages, and who may change them.

Every change goes through :class:`Person`, which notes it in the book of what is to be told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from exchanges.simulators.uwv_polis_book import Book, Content, Item, Window
from exchanges.simulators.uwv_polis_days import earliest, latest

AMOUNTS = (
    "loon_sv", "loon_lb", "ingehouden_lb", "vakantietoeslag", "recht_vakantietoeslag", "extra_periode",
    "recht_extra_periode", "reiskosten", "alimentatie_in_uitkering", "alimentatie_rechtstreeks",
)  # fmt: skip
TRAITS = (
    "soort", "aard", "loonheffingskorting", "invloed_verzekeringsplicht", "regelmatig_patroon",
    "mede_aow_alleenstaande", "inclusief_wajong", "vakantiebonnen", "incidentele_vermindering",
)  # fmt: skip


@dataclass(frozen=True)
class Wage:
    """An inkomstenopgave. ``amounts``: whole cents, those that were declared; ``hollow``: amounts of which there is an
    element without a value."""

    begin: int
    end: int | None
    amounts: dict[str, int]
    hours: int | None = None
    hollow: tuple[str, ...] = ()

    @property
    def content(self) -> Content | None:
        """None: without any amount or hours it is no wage period."""
        if not self.amounts and self.hours is None:
            return None
        return {name: self.amounts.get(name) for name in AMOUNTS} | {"uren": self.hours}


@dataclass(frozen=True)
class Terms:
    """An inkomstenperiode: ``traits`` hold from ``begin``."""

    begin: int | None
    end: int | None
    traits: dict[str, str]

    @property
    def content(self) -> Content:
        return {"eind": self.end, **{name: self.traits.get(name) for name in TRAITS}}


@dataclass
class Relation:
    """An inkomstenverhouding. ``rhythm``: maand, vier weken, or empty for one without wages; ``declared``: up to and
    including this day the employer has declared. ``style`` seeds what is written one way or another and means the
    same."""

    employer: str
    number: int | None
    begin: int | None
    end: int | None
    rhythm: str
    declared: date
    salary: int
    style: int
    terms: list[Terms] = field(default_factory=list)
    wages: dict[tuple[int, int | None], Wage] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, int | None]:
        return self.employer, self.number

    @property
    def content(self) -> Content:
        return {"begin": self.begin, "eind": self.end}


@dataclass(frozen=True)
class Shown:
    """What an answer holds of a relation."""

    relation: Relation
    terms: list[Terms]
    wages: list[Wage]


@dataclass
class Person:
    """``loose``: UWV also delivers what lies in the window only in part. ``lost``: UWV cannot find the person;
    ``unknown``: nor as long as there is no relation. ``flips``: amounts that go to and fro."""

    bsn: str
    loose: bool = False
    unknown: bool = False
    lost: bool = False
    book: Book = field(default_factory=Book)
    relations: list[Relation] = field(default_factory=list)
    shelf: list[Relation] = field(default_factory=list)
    flips: list[dict[str, Any]] = field(default_factory=list)

    def item(self, relation: Relation) -> Item:
        return Item("ikv", (self.bsn, *relation.key))

    def term_item(self, relation: Relation, terms: Terms) -> Item:
        return Item("ikp", (self.bsn, *relation.key, terms.begin))

    def wage_item(self, relation: Relation, wage: Wage) -> Item:
        return Item("iko", (self.bsn, *relation.key, wage.begin, wage.end))

    @property
    def alive(self) -> dict[Item, Content]:
        return dict(self._items([Shown(one, one.terms, list(one.wages.values())) for one in self.relations]))

    def _items(self, shown: list[Shown]) -> Iterator[tuple[Item, Content]]:
        for one in shown:
            yield self.item(one.relation), one.relation.content
            yield from ((self.term_item(one.relation, terms), terms.content) for terms in one.terms)
            for wage in one.wages:
                if wage.content is not None:
                    yield self.wage_item(one.relation, wage), wage.content

    def within(self, window: Window) -> tuple[list[Shown], dict[Item, Content]]:
        """What UWV delivers over the window, and what of that counts."""
        begin, end = window[0] or 0, window[1] or 99_999_999
        shown = []
        for one in self.relations:
            wages = [wage for wage in one.wages.values() if self._inside(wage, begin, end)]
            if wages or (latest(one.end) >= begin and earliest(one.begin) <= end):
                terms = [terms for terms in one.terms if latest(terms.end) >= begin and earliest(terms.begin) <= end]
                shown.append(Shown(one, terms or one.terms[-1:], wages))
        return shown, dict(self._items(shown))

    def _inside(self, wage: Wage, begin: int, end: int) -> bool:
        last = wage.end or wage.begin
        if self.loose:
            return last >= begin and wage.begin <= end
        return wage.begin >= begin and last <= end

    def add(self, relation: Relation) -> None:
        self.relations.append(relation)
        self._note_all(relation, appears=True)

    def drop(self, relation: Relation) -> None:
        self.relations.remove(relation)
        self._note_all(relation, appears=False)

    def _note_all(self, relation: Relation, *, appears: bool) -> None:
        whole = [Shown(relation, relation.terms, list(relation.wages.values()))]
        for item, content in self._items(whole):
            self.book.note(item, *((None, content) if appears else (content, None)))

    def change(self, relation: Relation, **days: int | None) -> None:
        """``begin`` or ``end`` becomes another."""
        before = relation.content
        for name, day in days.items():
            setattr(relation, name, day)
        self.book.note(self.item(relation), before, relation.content)

    def set_terms(self, relation: Relation, place: int, **changed: Any) -> None:
        """``end`` or traits of the characteristics in that place become others."""
        old = relation.terms[place]
        end = changed.pop("end", old.end)
        new = relation.terms[place] = Terms(old.begin, end, {**old.traits, **changed})
        self.book.note(self.term_item(relation, new), old.content, new.content)

    def add_terms(self, relation: Relation, terms: Terms) -> None:
        relation.terms.append(terms)
        self.book.note(self.term_item(relation, terms), None, terms.content)

    def drop_terms(self, relation: Relation) -> None:
        """The last ones."""
        terms = relation.terms.pop()
        self.book.note(self.term_item(relation, terms), terms.content, None)

    def put(self, relation: Relation, wage: Wage) -> None:
        """A wage period is declared, for the first time or anew."""
        before = relation.wages.get((wage.begin, wage.end))
        relation.wages[wage.begin, wage.end] = wage
        self.book.note(self.wage_item(relation, wage), before.content if before else None, wage.content)

    def take(self, relation: Relation, wage: Wage) -> None:
        """A wage period is withdrawn."""
        del relation.wages[wage.begin, wage.end]
        self.book.note(self.wage_item(relation, wage), wage.content, None)

    def correct(self, relation: Relation, wage: Wage, **amounts: int | None) -> Wage:
        """These amounts (``hours`` too) become others; None: not declared any more."""
        hours = amounts.pop("hours", wage.hours)
        kept = {name: cents for name, cents in {**wage.amounts, **amounts}.items() if cents is not None}
        hollow = tuple(name for name in wage.hollow if name not in kept)
        new = replace(wage, amounts=kept, hours=hours, hollow=hollow)
        self.put(relation, new)
        return new
