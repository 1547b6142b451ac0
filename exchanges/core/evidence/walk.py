"""Along the chain, once, with a few rows in memory; the first place that is wrong is named, and how it is wrong."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from exchanges.core.evidence.breach import Breach, Kind, at
from exchanges.core.evidence.reading import Row
from exchanges.core.ledger.form import GENESIS
from exchanges.core.reports.dutch import number

ANCHORED = "anker gezet"


@dataclass(frozen=True)
class Anchored:
    """What an anchor says: the hash at a place. ``name`` is what a reader knows it by."""

    place: int
    hash: str
    name: str


@dataclass(frozen=True)
class Walked:
    """``count`` events are as they were; ``hash`` is that of the last of them. ``told`` are the anchors of which the
    chain itself says that they were made: number and SHA-256 of the file."""

    count: int
    hash: str
    breach: Breach | None
    told: Mapping[int, str]


def walk(rows: Iterable[Row], anchors: Iterable[Anchored] = (), start: tuple[int, str] = (0, GENESIS)) -> Walked:
    """``start`` is the place and hash of the event before the first of ``rows``."""
    anchored = {one.place: one for one in sorted(anchors, key=lambda one: one.place)}
    place, previous = start
    last, told, sure = None, dict[int, str](), place
    coming = iter(rows)
    for row in coming:
        if row.place != place + 1 or row.previous != previous or row.found != row.hash:
            return Walked(place, previous, _why(row, last, place + 1, previous, coming), told)
        place, previous, last = row.place, row.hash, row
        anchor = anchored.get(place)
        if anchor is not None:
            if anchor.hash != row.hash:
                return Walked(sure, previous, _rewritten(anchor, sure), told)
            sure = place
        if row.action == ANCHORED and not _tell(told, row):
            return Walked(place - 1, row.previous, _about(row, "veranderd", "deze gebeurtenis noemt geen anker"), told)
    lost = max((one for one in anchored.values() if one.place > place), key=lambda one: one.place, default=None)
    return Walked(place, previous, None if lost is None else _cut(lost, place, last), told)


def _why(row: Row, last: Row | None, place: int, previous: str, coming: Iterator[Row]) -> Breach:
    """What is wrong at ``place``, where ``row`` is found after ``last``. Looks ahead as far as needed."""
    after = next(coming, None)
    if last is not None and row.place == last.place and row.found == row.hash:
        return _about(row, "tussengevoegd", "deze plaats komt twee keer voor; een van beide is tussengevoegd")
    if after is not None and (after.place, after.previous, after.found) == (place, previous, after.hash):
        then = next(coming, None)
        if row.previous != after.hash if then is None else then.previous == after.hash:
            return _about(row, "tussengevoegd", "deze gebeurtenis is tussengevoegd; na haar gaat de keten door", place)
        return _about(row, "verwisseld", "deze gebeurtenis staat niet op haar plaats in de keten", place)
    if not row.place:
        return at("veranderd", place, "deze regel is geen gebeurtenis")
    if row.previous == previous and row.place != place:
        return _about(row, "veranderd", "deze gebeurtenis heeft een andere plaats gekregen", place)
    if row.place > place:
        return _absent(row, place, previous, _with(after, coming))
    if row.place < place:
        return _about(row, "tussengevoegd", "deze gebeurtenis hoort hier niet en is tussengevoegd", place)
    if row.previous == previous:
        return _about(row, "veranderd", "deze gebeurtenis is veranderd nadat zij is geschreven")
    if row.found == row.hash:
        # Whole in itself. Either this one was replaced, or the one before it: the next one knows which.
        if last is not None and (after is None or after.previous == row.hash):
            return _about(last, "veranderd", "deze gebeurtenis is vervangen; de volgende hoort bij een andere")
        return _about(row, "veranderd", "deze gebeurtenis is vervangen; zij sluit niet aan op de vorige")
    moved = next((one for one in _with(after, coming) if one.previous == previous), None)
    if moved is not None:
        return _about(row, "verwisseld",
                      f"hier staat een andere gebeurtenis; die hier hoort, staat op plaats {number(moved.place)}")
    return _about(row, "veranderd", "deze gebeurtenis is veranderd nadat zij is geschreven")


def _absent(row: Row, place: int, previous: str, coming: Iterator[Row]) -> Breach:
    moved = next((one for one in coming if one.place == place or one.previous == previous), None)
    if moved is not None:
        return _about(moved, "verwisseld", "deze gebeurtenis staat niet op haar plaats in de keten", place)
    gap = row.place - place
    what = "deze gebeurtenis ontbreekt" if gap == 1 else f"{number(gap)} gebeurtenissen ontbreken vanaf hier"
    who = "geen levering" if row.delivery is None else f"levering {row.delivery}"
    return at("ontbreekt", place, f"{what}; daarna komt plaats {number(row.place)} ({who}, {row.action})")


def _with(first: Row | None, rows: Iterator[Row]) -> Iterator[Row]:
    if first is not None:
        yield first
    yield from rows


def _about(row: Row, kind: Kind, what: str, place: int | None = None) -> Breach:
    return at(kind, row.place if place is None else place, what, row.delivery, row.action)


def _rewritten(anchor: Anchored, sure: int) -> Breach:
    """All hashes fit, and yet another chain."""
    what = (
        f"de keten is hier of verder, tot en met plaats {number(anchor.place)}, opnieuw geschreven; "
        f"zij past niet bij {anchor.name}"
    )
    return at("herschreven", sure + 1, what, until=anchor.place)


def _cut(lost: Anchored, place: int, last: Row | None) -> Breach:
    missing = lost.place - place
    what = f"de keten is hier afgekapt; {number(missing)} of meer gebeurtenissen van {lost.name} ontbreken"
    if last is not None:
        whose = "geen levering" if last.delivery is None else f"levering {last.delivery}"
        what += f", de laatste die er is hoort bij {whose} ({last.action})"
    return at("afgekapt", place + 1, what)


def _tell(told: dict[int, str], row: Row) -> bool:
    """Whether the event names an anchor: who writes a chain anew can put anything in it."""
    try:
        details = json.loads(row.details)
        number, sha256 = details["nummer"], details["sha256"]
    except (ValueError, TypeError, KeyError):
        return False
    if type(number) is not int or type(sha256) is not str:
        return False
    told[number] = sha256
    return True
