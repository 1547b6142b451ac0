"""What was asked before: known for as long as it could be sent again, and no longer. The rest of the door is in
tests/system/test_soap_asked.py."""

from __future__ import annotations

import os
import tempfile
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.errors import TechnicalError
from exchanges.core.soap.errors import Refused
from exchanges.core.soap.memory import Memory

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
    with tempfile.TemporaryDirectory() as folder:
        held_against(Memory(Path(folder), WINDOW), questions)


def held_against(memory, questions):
    before, clock = [], 0
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


@pytest.fixture
def memory(tmp_path):
    return Memory(tmp_path / "gevraagd", WINDOW)


def test_nothing_stays_that_is_too_old_to_be_taken(memory):
    for place in range(100):
        assert taken(memory, f"{place}", f"{place}", b"x", place)
    terms = list(memory.folder.iterdir())
    assert len(terms) <= 2 and sum(len(list(term.iterdir())) for term in terms) <= 2 * 14


@pytest.mark.parametrize("minutes", [0, 7])
def test_the_very_same_is_refused_within_the_window_and_forgotten_after(memory, minutes):
    assert taken(memory, "a", "x", b"1", 0)
    assert not taken(memory, "a", "x", b"1", minutes)
    assert taken(memory, "a", "x", b"1", 8)


def test_another_process_knows_it_too(memory):
    """Also one that was started later, and one of which the clock is behind, in the term before."""
    assert taken(memory, "a", "x", b"1", 7)
    other = Memory(memory.folder, WINDOW)
    assert not taken(other, "a", "x", b"1", 8)
    assert not taken(other, "a", "x", b"1", 6)
    assert not taken(other, "a", "y", b"2", 8) and taken(other, "a", "y", b"1", 8)


def test_of_many_processes_at_once_one_answers(memory):
    go = os.pipe()
    children = []
    for _ in range(8):
        pid = os.fork()
        if not pid:
            os.close(go[1])
            os.read(go[0], 1)
            os._exit(sum(taken(memory, f"{place}", f"{place}", b"1", 0) for place in range(10)))
        children.append(pid)
    os.close(go[0])
    os.close(go[1])
    answered = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) for pid in children]
    assert sum(answered) == 10


def test_no_name_of_it_holds_what_was_asked(memory):
    assert taken(memory, "urn:uuid:kenmerk", "handtekening", b"1", 0)
    names = [path.name for path in memory.folder.rglob("*")]
    assert len(names) == 3 and not any("kenmerk" in name or "handtekening" in name for name in names)


def test_what_cannot_be_remembered_is_not_new(memory):
    memory.folder.parent.joinpath("gevraagd").write_text("geen map")
    with pytest.raises(TechnicalError, match="een vraag onthouden lukt niet"):
        memory.require_new("a", "x", b"1", START)
