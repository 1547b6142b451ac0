"""Betalingskenmerk: the published vectors, and what its check digit does and does not see."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from exchanges.core.errors import UsageError
from exchanges.core.period import Period
from exchanges.loonaangifte import kenmerk as k

_PERIODS = st.builds(Period, st.integers(2022, 2031), st.integers(1, 12))
_NUMBERS = st.builds(
    lambda first, sub: None if (last := k.fiscal_digit(f"{first:08d}")) is None else f"{first:08d}{last}L{sub:02d}",
    st.integers(100_000, 99_999_999), st.integers(1, 99),
).filter(lambda number: number is not None)


@pytest.mark.parametrize(("number", "period", "expected"), [
    ("001000275L01", Period(2006, 1), "8001000276601010"),
    ("001000287L02", Period(2007, 2), "9001000286702020"),
    ("001000391L12", Period(2007, 12), "4001000396712120"),
])
def test_the_published_vectors(number: str, period: Period, expected: str) -> None:
    assert k.betalingskenmerk(number, period) == expected
    assert k.problem(expected) is None


@given(_NUMBERS, _PERIODS)
def test_what_is_made_is_read_back(number: str, period: Period) -> None:
    made = k.betalingskenmerk(number, period)
    parts = k.read(made)
    assert (parts.fiscal, parts.sub) == (number[:8], number[-2:])
    assert parts.tijdvak(near=period) == period
    # The code of the tijdvak (March 2026: 6030) is split by the sub-number, but all of it is there.
    assert made[10] + made[13:] == f"{period.year % 10}{period.month:02d}0"


@given(_NUMBERS, _PERIODS, st.integers(0, 15), st.integers(1, 9))
def test_one_wrong_digit_is_seen_unless_the_check_digit_is_one(number: str, period: Period, place: int,
                                                               shift: int) -> None:
    made = k.betalingskenmerk(number, period)
    wrong = made[:place] + str((int(made[place]) + shift) % 10) + made[place + 1:]
    if place == 0 or made[0] != "1":
        assert k.problem(wrong) is not None
    elif k.check_digit(wrong[1:]) == 1:
        # the one hole: remainder 1 and remainder 10 share a check digit
        total = [sum(w * int(d) for w, d in zip(k._WEIGHTS * 2, reversed(x[1:]), strict=False)) % 11
                 for x in (made, wrong)]
        assert sorted(total) == [1, 10]


def test_the_hole_is_real() -> None:
    """Two kenmerken that differ in one digit of the month and both pass: so the whole kenmerk must be compared."""
    made = [k.betalingskenmerk(f"{first:08d}{k.fiscal_digit(f'{first:08d}')}L{sub:02d}", Period(2026, month))
            for first in range(100_000, 100_040) if k.fiscal_digit(f"{first:08d}") is not None
            for sub in range(1, 40) for month in range(1, 13)]
    ones = {text for text in made if text[0] == "1"}
    pairs = [text for text in ones for place in range(1, 16) for digit in "0123456789"
             if digit != text[place] and text[:place] + digit + text[place + 1:] in ones]
    assert pairs


@pytest.mark.parametrize("number", ["", "001000275L00", "001000276L01", "1000275L01", "001000275l01", "000000000L01",
                                    "٠٠١٠٠٠٢٧٥L01"])
def test_a_number_that_is_none_is_refused_without_repeating_it(number: str) -> None:
    with pytest.raises(UsageError) as error:
        k.betalingskenmerk(number, Period(2026, 1))
    assert not number or number not in str(error.value)


@given(st.text(max_size=20))
def test_any_text_is_judged(text: str) -> None:
    assume(not (len(text) == 16 and text.isdigit()))
    assert k.problem(text)


def test_the_decade_follows_from_what_is_near() -> None:
    parts = k.read(k.betalingskenmerk("001000275L01", Period(2029, 12)))
    assert parts.tijdvak(near=Period(2030, 1)) == Period(2029, 12)
    assert parts.tijdvak(near=Period(2027, 1)) == Period(2029, 12)
