"""Counts per kind and month, what waits too long (R-SIG 3), and what is out of the ordinary (R-SIG 5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.period import Period
from exchanges.ib_samenloop.handling import Outcome, State
from exchanges.ib_samenloop.statistics import Count, counts, deviations, per_period, waiting
from tests.unit.ib_samenloop.files import KEY, OCTOBER, made, taken

# Half an hour before the first of December here, which is still November by the clock of the ledger and ours.
CAME = datetime(2026, 11, 30, 22, 30, tzinfo=UTC)


@pytest.fixture
def filled(tmp_path, handling):
    path, known = made(tmp_path, "09", "csv")
    handling.receive(taken(path), KEY, CAME)
    numbers = {}
    for one in known:
        numbers.setdefault(one.kind, []).append(one.number)
    return numbers


def test_received_assigned_and_handled_per_kind_and_month(book, handling, filled):
    first, second = filled["INK"]
    for number in (first, second):
        handling.move(number, State.toegewezen, actor="kees", moment=CAME + timedelta(minutes=20))
        # Twenty past midnight here; the second assignment counts once, in the month of the first.
        handling.move(number, State.toegewezen, actor="anna", moment=CAME + timedelta(minutes=50))
    handling.move(first, State.in_onderzoek, actor="anna", moment=CAME + timedelta(hours=1))
    handling.move(first, State.afgehandeld, actor="anna", moment=CAME + timedelta(hours=1), outcome=Outcome.bekend,
                  decision="B-1")
    told = counts(book, "0153")
    assert [one for one in told if one.kind == "INK"] == [
        Count("2026-11", "INK", 2, 2, 0), Count("2026-12", "INK", 0, 0, 1)]
    assert Count("2026-11", "STF", 2, 0, 0) in told
    assert counts(book, "0363") == []


def test_criminal_justice_signals_are_in_no_count_unless_asked_for(book, filled):
    closed = {"DET", "VVV"}
    assert not closed & {one.kind for one in counts(book, "0153")}
    assert not closed & {one.kind for one in waiting(book, "0153", CAME + timedelta(days=99), 1)}
    assert not closed & per_period(book, "0153")["2026-10"].keys()
    assert closed <= {one.kind for one in counts(book, "0153", restricted=True)}
    assert closed <= {one.kind for one in waiting(book, "0153", CAME + timedelta(days=99), 1, restricted=True)}
    assert closed <= per_period(book, "0153", restricted=True)["2026-10"].keys()


def test_what_nobody_took_up_waits_and_what_was_assigned_does_not(book, handling, filled):
    handling.move(filled["INK"][0], State.toegewezen, actor="kees", moment=CAME)
    assert waiting(book, "0153", CAME + timedelta(days=14), 14) == []
    late = waiting(book, "0153", CAME + timedelta(days=14, seconds=1), 14)
    assert {one.number for one in late} == {
        number for kind, numbers in filled.items() if kind not in ("DET", "VVV") for number in numbers
    } - {filled["INK"][0]}
    assert {(one.days, one.received) for one in late} == {(14, CAME)}


def test_a_kind_that_stays_away_or_pours_in_is_flagged():
    history = {str(OCTOBER.shift(-back)): {"INK": 100 + back, "STF": 10, "VRT": 4} for back in range(1, 13)}
    history[str(OCTOBER)] = {"INK": 105, "STF": 40, "HFK": 3}
    found = {one.kind: one for one in deviations(history, OCTOBER, percent=50, least=5)}
    assert found.keys() == {"INK", "STF", "VRT", "HFK"}
    assert {kind for kind, one in found.items() if one.flagged} == {"STF"}
    assert found["INK"].median == Fraction(213, 2) and found["INK"].months == 12
    assert {one.kind for one in deviations(history, OCTOBER, percent=50, least=4) if one.flagged} == {"STF", "VRT"}


def test_twelve_months_count_and_too_few_flag_nothing():
    history = {str(OCTOBER.shift(-back)): {"INK": 10 if back <= 12 else 10_000} for back in range(1, 30)}
    one, = deviations(history, OCTOBER, percent=50, least=5)
    assert (one.count, one.median, one.months, one.flagged) == (0, 10, 12, True)
    few = {str(OCTOBER.shift(-1)): {"INK": 10}, str(OCTOBER): {"INK": 500}}
    assert [one.flagged for one in deviations(few, OCTOBER, percent=50, least=5)] == [False]


@given(st.lists(st.integers(0, 50), min_size=3, max_size=12), st.integers(0, 500))
def test_the_usual_is_never_flagged_and_far_off_always_is(past, far):
    history = {str(Period(2026, 10).shift(-back)): {"INK": count} for back, count in enumerate(past, start=1)}
    middle = sorted(past)[len(past) // 2]
    assert not any(one.flagged for one in deviations(history | {"2026-10": {"INK": middle}}, OCTOBER, percent=100,
                                                     least=51))
    one, = deviations(history | {"2026-10": {"INK": 150 + far}}, OCTOBER, percent=100, least=51)
    assert one.flagged
