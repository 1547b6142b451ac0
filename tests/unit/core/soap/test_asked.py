"""What was asked before: known for as long as it could be sent again, and no longer. The rest of the door is in
tests/system/test_soap_asked.py."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.soap.asked import Memory
from exchanges.core.soap.errors import Refused

START, WINDOW = datetime.fromisoformat("2026-11-29T08:00:00+00:00"), timedelta(minutes=7)


def taken(memory, id, signature, said, minutes):
    try:
        memory.require_new(id, signature, said, START + timedelta(minutes=minutes))
    except Refused as refused:
        assert refused.what == "herhaling"
        return False
    return True


@given(st.lists(st.tuples(st.sampled_from("ab"), st.sampled_from("xyz"), st.sampled_from([b"1", b"2"]),
                          st.integers(0, 4)), max_size=25))  # fmt: skip
def test_held_against_a_slow_reading_of_the_rule(questions):
    memory, before, clock = Memory(WINDOW), [], 0
    for id, signature, said, later in questions:
        clock += later
        recent = [one for one in before if clock - one[3] <= 7]
        of_id = [one for one in recent if one[0] == id]
        new = signature not in {one[1] for one in recent} and all(one[2] == said for one in of_id)
        assert taken(memory, id, signature, said, clock) == new
        if new:
            # An id that is repeated is known from its last time on.
            before = [one for one in before if one[0] != id] + [(id, signature, said, clock)] + [
                (None, one[1], None, one[3]) for one in before if one[0] == id
            ]  # fmt: skip


def test_nothing_stays_that_is_too_old_to_be_taken():
    memory = Memory(WINDOW)
    for place in range(100):
        assert taken(memory, f"{place}", f"{place}", b"x", place)
    assert len(memory._signed) <= 8 and len(memory._said) <= 8


@pytest.mark.parametrize("minutes", [0, 7])
def test_the_very_same_is_refused_within_the_window_and_forgotten_after(minutes):
    memory = Memory(WINDOW)
    assert taken(memory, "a", "x", b"1", 0)
    assert not taken(memory, "a", "x", b"1", minutes)
    assert taken(memory, "a", "x", b"1", 8)
