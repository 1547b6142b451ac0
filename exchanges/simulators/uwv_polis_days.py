"""Wage periods and days of the polisadministratie (polisadministratie-inkomsten.md 6, ib-signalen.md 6.2).

A day is jjjjmmdd, an integer, perhaps with month or day 00; None is open or unknown.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

# How UWV writes that something has no end, or that a begin is not known.
NO_END = ("", "99991231", "88881231", "99991230")
NO_BEGIN = ("", "66660101")


def number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day


def month_of(first: date, months: int) -> date:
    """The first of the month so many months on."""
    year, month = divmod(first.year * 12 + first.month - 1 + months, 12)
    return date(year, month + 1, 1)


def last_of(first: date) -> date:
    return month_of(first, 1) - timedelta(days=1)


def earliest(day: int | None) -> int:
    """The first day that a partial one may mean; 0 when nothing is known."""
    if day is None or day < 10_000:
        return 0
    month, own = day // 100 % 100, day % 100
    return day // 10_000 * 10_000 + (month or 1) * 100 + (own or 1)


def latest(day: int | None) -> int:
    """The last day that a partial one may mean; 99999999 when nothing is known."""
    if day is None or day < 10_000:
        return 99_999_999
    year, month = day // 10_000, day // 100 % 100 or 12
    return year * 10_000 + month * 100 + (day % 100 or last_of(date(year, month, 1)).day)


def months(begin: date, end: date) -> Iterator[tuple[int, int]]:
    """Whole months from the one ``begin`` is in, that end by ``end``."""
    first = begin.replace(day=1)
    while last_of(first) <= end:
        yield number(first), number(last_of(first))
        first = month_of(first, 1)


def four_weeks(begin: date, end: date) -> Iterator[tuple[int, int]]:
    """Thirteen periods a year from the Monday of its first week, those that end from ``begin`` to ``end``. The first
    begins on 1 January and the last ends on 31 December, so these are shorter or longer."""
    for year in range(begin.year, end.year + 1):
        monday = date.fromisocalendar(year, 1, 1)
        for place in range(13):
            first = date(year, 1, 1) if place == 0 else monday + timedelta(days=28 * place)
            last = date(year, 12, 31) if place == 12 else monday + timedelta(days=28 * place + 27)
            if begin <= last <= end:
                yield number(first), number(last)
