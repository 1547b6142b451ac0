"""The betalingskenmerk: sixteen digits that tell the Belastingdienst which tijdvak a payment is for.

Check digit, first eight digits of the fiscal number, ``6``, last digit of the year, sub-number (2), month (2), ``0``
(Specificatie Betalingskenmerk v1.0, spec loonaangifte section 9).

**What the check digit sees.** Remainder 1 and remainder 10 of the sum both give check digit 1. So one wrong digit is
always seen when the check digit of the kenmerk as it is written is not 1, and a wrong check digit is always seen;
with check digit 1 a wrong digit can pass that turns remainder 1 into 10 or back. Who knows what to expect compares
the whole kenmerk (:mod:`exchanges.loonaangifte.bank`) and does not rely on the check digit alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from exchanges.core.errors import UsageError
from exchanges.core.period import Period

# From the right, repeating; all are prime to 11.
_WEIGHTS = (2, 4, 8, 5, 10, 9, 7, 3, 6, 1)
_NUMBER = re.compile(r"(?!000)([0-9]{9})L(?!00)([0-9]{2})", re.ASCII)
_KENMERK = re.compile(r"([0-9])([0-9]{8})6([0-9])([0-9]{2})([0-9]{2})0", re.ASCII)
_DIGITS = re.compile(r"[0-9]{16}", re.ASCII)


@dataclass(frozen=True)
class Kenmerk:
    """The parts of a kenmerk. ``fiscal`` are the first eight digits of the number, ``year`` the last of the year."""

    fiscal: str
    sub: str
    year: int
    month: int

    def tijdvak(self, near: Period) -> Period:
        """The tijdvak, in the decade that puts it within five years of ``near``: the kenmerk has one digit of it."""
        year = near.year + (self.year - near.year + 4) % 10 - 4
        return Period(year, self.month)


def betalingskenmerk(loonheffingennummer: str, tijdvak: Period) -> str:
    """The kenmerk of a tijdvak. Raises UsageError when the number is not one (form, or elfproef)."""
    fiscal, sub = number_parts(loonheffingennummer)
    body = f"{fiscal[:8]}6{tijdvak.year % 10}{sub}{tijdvak.month:02d}0"
    return f"{check_digit(body)}{body}"


def number_parts(loonheffingennummer: str) -> tuple[str, str]:
    """Nine digits and sub-number of ``001000275L01``. Raises UsageError; the number itself is not repeated."""
    match = _NUMBER.fullmatch(loonheffingennummer)
    if not match:
        raise UsageError("Het loonheffingennummer heeft niet de vorm van negen cijfers, L en 01 tot en met 99; "
                         "zet het goed in de instellingen van de gemeente.")
    if fiscal_digit(match[1][:8]) != int(match[1][8]):
        raise UsageError("Het loonheffingennummer doorstaat de elfproef niet; kijk het na in de instellingen.")
    return match[1], match[2]


def fiscal_digit(first: str) -> int | None:
    """The ninth digit that belongs to the first eight of a fiscal number; None when there is none."""
    rest = sum((9 - place) * int(digit) for place, digit in enumerate(first)) % 11
    return rest if rest < 10 else None


def check_digit(body: str) -> int:
    """The check digit of the fifteen digits after it."""
    total = sum(_WEIGHTS[place % 10] * int(digit) for place, digit in enumerate(reversed(body)))
    return {10: 1, 11: 0}.get(value := 11 - total % 11, value)


def problem(kenmerk: str) -> str | None:
    """What is wrong with a kenmerk, in Dutch; None when nothing shows."""
    if not _DIGITS.fullmatch(kenmerk):
        return "Een betalingskenmerk heeft zestien cijfers."
    if check_digit(kenmerk[1:]) != int(kenmerk[0]):
        return "Het controlecijfer van het betalingskenmerk klopt niet."
    match = _KENMERK.fullmatch(kenmerk)
    if not match or match[4] == "00" or not 1 <= int(match[5]) <= 12 or fiscal_digit(match[2]) is None:
        return "Het betalingskenmerk is niet van een maandaangifte loonheffingen."
    return None


def read(kenmerk: str) -> Kenmerk:
    """The parts of a kenmerk. Raises ValueError with the text of :func:`problem`."""
    if wrong := problem(kenmerk):
        raise ValueError(wrong)
    return Kenmerk(kenmerk[1:9], kenmerk[11:13], int(kenmerk[10]), int(kenmerk[13:15]))
