"""Comparing again, slowly: one person and one row at a time, by the words of spec ib-signalen 6.3 and decision 0018.

Days are calendar days here: a partial one is all the days it may mean. What is sure is so for each of them.
"""

from __future__ import annotations

import calendar
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from exchanges.core.compare.declare import Level
from exchanges.core.compare.snapshot import NOT_ASKED
from tests.unit.core.compare.world import LEVELS, TOY, Month, Row

Key = tuple[Any, ...]
Window = tuple[date | None, date | None]
_SENTINEL = 60_000_000


@dataclass
class Known:
    """Of a person: the window of the last answer, and what it said, by level and key."""

    window: Window
    rows: dict[str, dict[Key, Row]]


@dataclass
class Books:
    """What is known and told so far. ``told``: what was said of an item last."""

    people: dict[str, Known] = field(default_factory=dict)
    told: dict[tuple[str, Key], object] = field(default_factory=dict)


@dataclass
class Said:
    """(class, level, key) of what is listed, and of what is delivered for the first time."""

    items: set[Key] = field(default_factory=set)
    first: set[Key] = field(default_factory=set)


def slowly(books: Books, now: Month) -> Said:
    """What the delivery ``now`` tells; ``books`` become what is known after it."""
    rows, doubled, against = _read(now)
    said, known = Said(), {}
    for person, (answer, *bounds) in now.asked.items():
        before = books.people.get(person)
        if answer == NOT_ASKED or person in against:
            if before:
                known[person] = before
            continue
        mine = {name: {key: row for key, row in rows[name].items() if key[0] == person} for name in LEVELS}
        stays: dict[str, dict[Key, Row]] = {name: {} for name in LEVELS}
        old = {name: dict(before.rows[name]) if before else {} for name in LEVELS}
        for name, key in doubled:
            if key in old[name]:
                stays[name][key] = old[name].pop(key)
        known[person] = Known((bounds[0], bounds[1]), {name: mine[name] | stays[name] for name in LEVELS})
        _tell(books, said, mine, old, known[person].window, before)
    books.people = known
    return said


def _read(now: Month) -> tuple[dict[str, dict[Key, Row]], set[tuple[str, Key]], set[str]]:
    """Rows in the form in which they are compared, keys that are not unique, and persons with rows of whom there should
    be none."""
    against = {row["bsn"] for rows in now.rows.values() for row in rows
               if now.asked.get(row["bsn"], ("",))[0] != "beantwoord"}  # fmt: skip
    read: dict[str, dict[Key, Row]] = {}
    doubled = set()
    for name, level in LEVELS.items():
        days = {one.name for one in (*level.key, *level.traits) if one.kind == "day"}
        counted = [
            {column: None if column in days and value is not None and value >= _SENTINEL else value
             for column, value in row.items()}
            for row in now.rows[name] if row["bsn"] not in against
        ]  # fmt: skip
        if level.filled:
            counted = [row for row in counted if any(row[column] is not None for column in level.measured)]
        times = Counter(key_of(level, row) for row in counted)
        doubled |= {(name, key) for key, count in times.items() if count > 1}
        read[name] = {key_of(level, row): row for row in counted if times[key_of(level, row)] == 1}
    return read, doubled, against


def _tell(books: Books, said: Said, mine: Mapping[str, dict[Key, Row]], old: Mapping[str, dict[Key, Row]],
          window: Window, before: Known | None) -> None:
    changed: dict[tuple[str, Key], str] = {}
    for name, level in LEVELS.items():
        for key in mine[name].keys() | old[name].keys():
            row, was = mine[name].get(key), old[name].get(key)
            if row and was and content(level, row) == content(level, was):
                continue
            change = "nieuw" if was is None else "weg" if row is None else "anders"
            changed[name, key] = change
            if before and not _judged(level, row or was or {}, change, window, before.window):
                continue
            with_parent = change != "anders" and changed.get((level.parent, key[:3])) == change
            kind = _class(level, row, was) if before else TOY.first
            if before and level.alone and with_parent:
                kind = ""
            holds = content(level, row) if row else "vervallen"
            news = books.told.get((name, key)) != holds
            books.told[name, key] = holds
            if news and kind:
                (said.first if kind == TOY.first else said.items).add((kind, name, *key))


def _class(level: Level, row: Row | None, was: Row | None) -> str:
    if row is None or was is None:
        return level.gone if row is None else level.new
    ended = level.ended and was[level.end] is None and row[level.end] is not None
    return level.ended if ended else level.changed


def _judged(level: Level, row: Row, change: str, now: Window, then: Window) -> bool:
    """Whether it surely lies where both deliveries could have told of it."""
    start = max((day for day in (now[0], then[0]) if day), default=None)
    begin, end = row[level.begin], row[level.end]
    if level.scope == "inside":
        return _from(begin, start) and (change != "weg" or _until(begin if end is None else end, now[1]))
    if change == "anders":
        return True
    # It runs on: judged unless it may have ended before.
    if end is not None and not _from(end, start):
        return False
    return change != "weg" or _until(begin, now[1]) or _had_begun(begin, now[1], then[1])


def _had_begun(begin: int | None, now: date | None, then: date | None) -> bool:
    """By the end of the window in which it was delivered, so also by that of now, if that is no earlier."""
    if now is None:
        return True
    earliest = _days(begin)[0]
    return then is not None and then <= now and (earliest is None or earliest <= now)


def _from(day: int | None, bound: date | None) -> bool:
    earliest = _days(day)[0]
    return bound is None or (earliest is not None and earliest >= bound)


def _until(day: int | None, bound: date | None) -> bool:
    latest = _days(day)[1]
    return bound is None or (latest is not None and latest <= bound)


def _days(day: int | None) -> tuple[date | None, date | None]:
    """The first and the last it may mean; None: any."""
    if day is None or day < 10_000:
        return None, None
    year, month, of = day // 10_000, day // 100 % 100, day % 100
    last = month or 12
    return date(year, month or 1, of or 1), date(year, last, of or calendar.monthrange(year, last)[1])


def key_of(level: Level, row: Row) -> Key:
    return tuple(row[one.name] for one in level.key)


def content(level: Level, row: Row) -> tuple[Any, ...]:
    return tuple(row[column] for column in level.columns)
