"""Counts per kind and month, and what waits too long (R-SIG 3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from exchanges.core.handling.counts import Count, counts, waiting
from exchanges.core.handling.steps import Outcome, State
from exchanges.ib_samenloop.handling import EXCHANGE
from tests.unit.ib_samenloop.files import KEY, made, taken

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
    told = counts(book, EXCHANGE, "0153")
    assert [one for one in told if one.kind == "INK"] == [
        Count("2026-11", "INK", 2, 2, 0), Count("2026-12", "INK", 0, 0, 1)]
    assert Count("2026-11", "STF", 2, 0, 0) in told
    assert counts(book, EXCHANGE, "0363") == []


def test_criminal_justice_signals_are_in_no_count_unless_asked_for(book, filled):
    closed = {"DET", "VVV"}
    assert not closed & {one.kind for one in counts(book, EXCHANGE, "0153")}
    assert not closed & {one.kind for one in waiting(book, EXCHANGE, "0153", CAME + timedelta(days=99), 1)}
    assert closed <= {one.kind for one in counts(book, EXCHANGE, "0153", restricted=True)}
    late = waiting(book, EXCHANGE, "0153", CAME + timedelta(days=99), 1, restricted=True)
    assert closed <= {one.kind for one in late}
    # Kinds with a date of their own do not wait.
    rest = waiting(book, EXCHANGE, "0153", CAME + timedelta(days=99), 1, restricted=True, without=("INK",))
    assert {one.kind for one in late} - {one.kind for one in rest} == {"INK"}


def test_what_nobody_took_up_waits_and_what_was_assigned_does_not(book, handling, filled):
    handling.move(filled["INK"][0], State.toegewezen, actor="kees", moment=CAME)
    assert waiting(book, EXCHANGE, "0153", CAME + timedelta(days=14), 14) == []
    late = waiting(book, EXCHANGE, "0153", CAME + timedelta(days=14, seconds=1), 14)
    assert {one.number for one in late} == {
        number for kind, numbers in filled.items() if kind not in ("DET", "VVV") for number in numbers
    } - {filled["INK"][0]}
    assert {(one.days, one.received) for one in late} == {(14, CAME)}
