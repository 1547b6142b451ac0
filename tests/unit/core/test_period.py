"""The period: a calendar month, and where a run gets it from."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.errors import UsageError
from exchanges.core.period import Period, resolve_period

PERIODS = st.builds(Period, st.integers(1901, 9998), st.integers(1, 12))


@given(PERIODS)
def test_text_and_back(period):
    assert Period.parse(str(period)) == period
    assert Period.parse(f" {period}\n") == period


@given(PERIODS)
def test_a_month_from_its_first_to_its_last_day(period):
    assert (period.start.day, period.end.month) == (1, period.month)
    assert period.end + timedelta(days=1) == period.shift(1).start


@given(PERIODS, st.integers(-24, 24))
def test_shifting_goes_there_and_back(period, months):
    if period.year + months // 12 - 1 >= 1901 and period.year + 3 <= 9998:
        assert period.shift(months).shift(-months) == period


@given(PERIODS, PERIODS)
def test_text_sorts_as_time_does(one, other):
    assert (one < other) == (str(one) < str(other))


@pytest.mark.parametrize(
    "text", ["", "2026", "2026-1", "2026-13", "2026-00", "26-10", "2026-10-01", "2026/10", "٢٠٢٦-10", "okt 2026"]
)
def test_what_is_no_month_is_refused(text):
    with pytest.raises(UsageError, match="jjjj-mm"):
        Period.parse(text)


@pytest.mark.parametrize(("year", "month"), [(2026, 0), (2026, 13), (1899, 12), (10000, 1)])
def test_a_month_that_does_not_exist_is_refused(year, month):
    with pytest.raises(UsageError, match="bestaat niet"):
        Period(year, month)


def test_the_parameters_of_a_run_go_before_its_partition():
    assert resolve_period({"periode": "2026-10"}, "2026-09") == Period(2026, 10)
    assert resolve_period({}, "2026-09") == Period(2026, 9)
    assert resolve_period(None, "2026-09") == Period(2026, 9)
    assert resolve_period({"periode": None}, "2026-09") == Period(2026, 9)


@pytest.mark.parametrize(
    ("params", "key"), [(None, None), ({}, None), ({"periode": ""}, ""), ({"maand": "2026-10"}, None)]
)
def test_no_period_is_an_error_and_never_a_clock(params, key):
    with pytest.raises(UsageError, match="Geen periode"):
        resolve_period(params, key)


def test_a_day_of_the_calendar_is_in_its_month():
    assert Period(2026, 10).start <= date(2026, 10, 31) <= Period(2026, 10).end < date(2026, 11, 1)
