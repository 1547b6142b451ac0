"""What a gemeente is to be told of one person, booked as it is planted (ib-signalen.md 6.3, decision 0018).

Every change of the polis is noted here by who makes it. What is noted stays open until an answer shows it: then it is
told, once, as what it comes to since the last answer. No two answers are compared.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from exchanges.simulators.uwv_polis_days import earliest, latest

# Column of the list -> value: whole cents, hours, a day or a code; None is not declared, open or unknown.
Content = Mapping[str, int | str | None]
# First and last day of what an answer covers; None: it does not say.
Window = tuple[int | None, int | None]
FOREVER = 99_999_999
FIRST, CORRECTED = "EERSTE_LEVERING", "GECORRIGEERDE_LOONPERIODE"
_NEW = {"ikv": "NIEUWE_INKOMSTENVERHOUDING", "ikp": CORRECTED, "iko": "NIEUWE_LOONPERIODE"}
_GONE = {"ikv": "INGETROKKEN_INKOMSTENVERHOUDING", "ikp": CORRECTED, "iko": "VERVALLEN_LOONPERIODE"}
_ENDED = "BEEINDIGDE_INKOMSTENVERHOUDING"


class Item(NamedTuple):
    """``level``: ikv, ikp or iko; ``key``: BSN, loonheffingennummer, VolgnrIkv, and of a period its days."""

    level: str
    key: tuple[str | int | None, ...]

    @property
    def relation(self) -> Item:
        return Item("ikv", self.key[:3])


@dataclass(frozen=True)
class Change:
    """Since the last answer. None: it was not shown, or is no more."""

    before: Content | None
    after: Content | None

    @property
    def movement(self) -> str:
        return "nieuw" if self.before is None else "weg" if self.after is None else "anders"


@dataclass(frozen=True)
class Told:
    """One line of a list. ``sort``: BEDRAG or KENMERK, of a correction; ``with_relation``: it came or went with it."""

    kind: str
    item: Item
    change: Change
    sort: str | None = None
    with_relation: bool = False

    def difference(self, column: str) -> int | None:
        """Of an amount or of hours: what there is more now than before."""
        old, new = ((side or {}).get(column) for side in (self.change.before, self.change.after))
        if old is None and new is None:
            return None
        assert not isinstance(old, str) and not isinstance(new, str)
        return (new or 0) - (old or 0)


@dataclass
class Book:
    """Of one person. ``window``: that of the last answer, None when the gemeente knows nothing of the person."""

    window: Window | None = None
    _open: dict[Item, Change] = field(default_factory=dict)
    _told: dict[Item, Content | None] = field(default_factory=dict)

    def note(self, item: Item, before: Content | None, after: Content | None) -> None:
        """It changed. What was open since the last answer is taken together with it: there and back is nothing."""
        if item in self._open:
            before = self._open[item].before
        if before == after:
            self._open.pop(item, None)
        else:
            self._open[item] = Change(before, after)

    def leave(self) -> None:
        """Nobody asks for the person any more; whoever asks again, asks for the first time."""
        self.window = None

    def answer(self, window: Window, shown: Mapping[Item, Content], alive: Mapping[Item, Content]) -> list[Told]:
        """The answer over ``window`` shows ``shown`` of all that is ``alive``: what is to be told of it, by item. A
        list tells of an item what it did not tell last; what an answer does not show stays open."""
        if self.window is None:
            told = [one for one in self._first(shown) if self._fresh(one)]
        else:
            told = [one for one in self._since(window, shown, alive) if self._fresh(one)]
        self._open = {item: Change(None, content) for item, content in alive.items() if item not in shown}
        self.window = window
        # Characteristics that come or go with their relation are told by it.
        return [one for one in told if one.kind]

    def _first(self, shown: Mapping[Item, Content]) -> Iterable[Told]:
        return [Told(FIRST, item, Change(None, content), with_relation=item.level != "ikv")
                for item, content in shown.items()]

    def _since(self, window: Window, shown: Mapping[Item, Content], alive: Mapping[Item, Content]) -> Iterable[Told]:
        assert self.window is not None
        begin, end = max(window[0] or 0, self.window[0] or 0), window[1] or FOREVER
        shrunk = end < (self.window[1] or FOREVER)
        for item, noted in self._open.items():
            # What ended before the window, says who knows of it only now, is gone from what is shown.
            change = noted if item in shown else Change(noted.before, None)
            if change.before != change.after and judged(item, change, begin, end, shrunk=shrunk):
                yield _told(item, change, self._moved(item.relation, shown, alive) == change.movement)

    def _moved(self, relation: Item, shown: Mapping[Item, Content], alive: Mapping[Item, Content]) -> str:
        """What a gemeente sees a relation do; one that slides out of the window goes."""
        known = self._open[relation].before is not None if relation in self._open else relation in alive
        return "weg" if known and relation not in shown else "nieuw" if not known and relation in shown else ""

    def _fresh(self, one: Told) -> bool:
        if one.item in self._told and self._told[one.item] == one.change.after:
            return False
        self._told[one.item] = one.change.after
        return True


def judged(item: Item, change: Change, begin: int, end: int, *, shrunk: bool) -> bool:
    """Whether something can be said of it for sure: ``begin`` is the later one of both windows, ``end`` that of now.
    What was shown had begun; a window that ends earlier (``shrunk``) may leave it out, if its begin is partial."""
    held = change.after or change.before or {}
    if item.level == "iko":
        first, last = (day if isinstance(day, int) else None for day in item.key[3:5])
        return earliest(first) >= begin and (change.movement != "weg" or latest(last or first) <= end)
    if change.movement == "anders":
        return True
    first, last = (day if isinstance(day, int) else None for day in (
        item.key[3] if item.level == "ikp" else held["begin"], held["eind"]))
    runs_on = last is None or earliest(last) >= begin
    reached = latest(first) if shrunk else earliest(first)
    return runs_on and (change.movement != "weg" or first is None or reached <= end)


def _told(item: Item, change: Change, with_relation: bool) -> Told:
    with_relation = with_relation and item.level != "ikv"
    if change.before is not None and change.after is not None:
        if item.level == "ikv" and change.before["eind"] is None and change.after["eind"] is not None:
            return Told(_ENDED, item, change)
        return Told(CORRECTED, item, change, "BEDRAG" if item.level == "iko" else "KENMERK")
    kind = (_NEW if change.before is None else _GONE)[item.level]
    if item.level != "ikp":
        return Told(kind, item, change, with_relation=with_relation)
    return Told("" if with_relation else kind, item, change, "KENMERK", with_relation)
