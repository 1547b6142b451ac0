"""Numbers, amounts, percentages, dates and periods as a Dutch reader expects them.

Whole numbers only: counts, eurocents, hundredths of a percent. Floats are refused, so that a rounding error cannot
enter a report. Dutch notation: point for thousands, comma for decimals. A negative number gets the minus sign
U+2212, which screen readers speak and which does not break off its number at the end of a line.
"""

from __future__ import annotations

from datetime import date

from exchanges.core.period import Period

MONTHS = (
    "januari", "februari", "maart", "april", "mei", "juni",
    "juli", "augustus", "september", "oktober", "november", "december",
)
MINUS = "\u2212"
UNKNOWN = "onbekend"


def number(value: int) -> str:
    """``1234567`` -> ``1.234.567``. Raises TypeError for anything but an int."""
    whole = _whole(value)
    return (MINUS if whole < 0 else "") + _grouped(abs(whole))


def amount(cents: int) -> str:
    """Eurocents as euros: ``123456`` -> ``1.234,56``."""
    return _hundredths(cents)


def percentage(hundredths: int) -> str:
    """Hundredths of a percent: ``6250`` -> ``62,50 %``."""
    return _hundredths(hundredths) + " %"


def quantity(value: int, unit: str) -> str:
    """A value in its declared unit: ``aantal``, ``cent``, ``euro`` or ``procent``. Raises ValueError for another."""
    if unit in ("aantal", "euro"):
        return number(value)
    if unit == "cent":
        return amount(value)
    if unit == "procent":
        return percentage(value)
    raise ValueError(f"unknown unit {unit!r}")


def count(value: int, one: str, many: str) -> str:
    """``1 persoon``, ``1.234 personen``."""
    return f"{number(value)} {one if value == 1 else many}"


def day(value: date | str) -> str:
    """A date, or its ISO text: ``2026-11-22`` -> ``22 november 2026``. Raises ValueError when it does not exist."""
    when = date.fromisoformat(value) if isinstance(value, str) else value
    return f"{when.day} {MONTHS[when.month - 1]} {when.year}"


def partial_date(value: int) -> str:
    """A date ``jjjjmmdd`` of which day, month or year may be 0 (unknown), as SuwiML and the BRP have them.

    ``20261100`` -> ``november 2026``, ``20260000`` -> ``2026``, ``0`` -> ``onbekend``.
    Raises ValueError for a month or day that cannot be.
    """
    year, rest = divmod(_whole(value), 10_000)
    month, dag = divmod(rest, 100)
    if not 0 <= year <= 9999 or month > 12 or dag > 31 or (dag and not month):
        raise ValueError("not a partial date jjjjmmdd")
    if year and month and dag:
        return day(date(year, month, dag))
    if not year and not month:
        return UNKNOWN
    known = [str(dag)] if dag else []
    known += [MONTHS[month - 1]] if month else []
    if not year:
        return " ".join(known) + ", jaar onbekend"
    return " ".join([*known, str(year)])


def period(value: Period | str) -> str:
    """``2026-10`` -> ``oktober 2026``. Raises UsageError when the month does not exist."""
    when = Period.parse(value) if isinstance(value, str) else value
    return f"{MONTHS[when.month - 1]} {when.year}"


def _whole(value: int) -> int:
    # bool is an int to Python, but "True persons" is always a mistake of the caller.
    if isinstance(value, bool) or not isinstance(value, int):
        raise TypeError(f"whole numbers only, not {type(value).__name__}")
    return value


def _grouped(value: int) -> str:
    return f"{value:,}".replace(",", ".")


def _hundredths(value: int) -> str:
    whole, rest = divmod(abs(_whole(value)), 100)
    return f"{MINUS if value < 0 else ''}{_grouped(whole)},{rest:02d}"
