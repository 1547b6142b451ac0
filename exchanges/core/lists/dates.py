"""Dates of a list: the number a workbook keeps for a day, and words for what is no whole date."""

from __future__ import annotations

from datetime import date

from exchanges.core.reports.dutch import day, partial_date

# Day 1 of a workbook is 1 January 1900, but it counts a 29 February 1900 that never was: before March it is a day off.
FIRST, LAST = 61, 2_958_465
EPOCH = 25_569  # 1 January 1970


def whole(value: int) -> date | None:
    """The date of a jjjjmmdd integer; None when a part is unknown or the date does not exist."""
    try:
        return date(value // 10_000, value // 100 % 100, value % 100)
    except (ValueError, OverflowError):
        return None


def serial(value: date) -> int | None:
    """The number of the day in a workbook; None when it has none."""
    number = value.toordinal() - date(1970, 1, 1).toordinal() + EPOCH
    return number if FIRST <= number <= LAST else None


def partial_iso(value: int) -> str:
    """``jjjj-mm-dd``, ``jjjj-mm`` or ``jjjj``; eight digits where the year is unknown or the number is no date."""
    found, text = whole(value), f"{value:08d}"
    if found is not None:
        return found.isoformat()
    year, month, dag = text[:-4], text[-4:-2], text[-2:]
    if len(text) != 8 or value < 10_000 or dag != "00" or int(month) > 12:
        return text
    return year if month == "00" else f"{year}-{month}"


def partial_words(value: int) -> str:
    """``november 2026``, ``2026``, ``onbekend``; eight digits when the number is no date."""
    try:
        return partial_date(value)
    except ValueError:
        return f"{value:08d}"


def words(iso: str) -> str:
    """``22 november 1899``; a date beyond the calendar of this machine as it came."""
    try:
        return day(iso)
    except ValueError:
        return iso
