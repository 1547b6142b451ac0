"""Many questions: all of them once, so many at the same time, and an end to it."""

from __future__ import annotations

import threading
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.core.errors import TransportError
from exchanges.core.soap.client import Patience
from exchanges.core.soap.errors import Declined, Refused, Unanswered
from exchanges.core.soap.many import IN_A_ROW, ask_each

_KINDS = {"ok": None, "stil": Unanswered("stil"), "af": Declined("C1", "af")}


@settings(max_examples=60)
@given(st.lists(st.sampled_from(sorted(_KINDS)), max_size=60), st.integers(1, 6))
def test_every_question_has_one_outcome_or_it_ends_in_words(kinds, at_once):
    asked: Counter[int] = Counter()
    lock, busy, most = threading.Lock(), 0, 0

    def ask(place: int) -> bytes:
        nonlocal busy, most
        with lock:
            asked[place] += 1
            busy += 1
            most = max(most, busy)
        try:
            if error := _KINDS[kinds[place]]:
                raise error
            return b"%d" % place
        finally:
            with lock:
                busy -= 1

    found, ended = {}, False
    try:
        for one in ask_each(ask, range(len(kinds)), at_once, threading.Event()):
            assert one.question not in found
            found[one.question] = one
    except (TransportError, Declined) as error:
        ended = True
        assert "niet verder gevraagd" in str(error)
    assert most <= at_once and set(asked.values()) <= {1} and set(found) == set(asked)
    assert ended or set(found) == set(range(len(kinds)))
    for place, one in found.items():
        assert one.answer == (b"%d" % place if kinds[place] == "ok" else None)
        assert one.code == ("C1" if kinds[place] == "af" else "")
    if at_once == 1:
        runs = "".join("x" if kind != "ok" else "." for kind in kinds)
        assert ended == ("x" * IN_A_ROW in runs)


def test_it_ends_after_so_many_in_a_row():
    asked = []

    def ask(place: int) -> bytes:
        asked.append(place)
        raise Unanswered("w antwoordt niet.")

    with pytest.raises(TransportError, match="De laatste 10 vragen bleven zonder antwoord"):
        list(ask_each(ask, range(1000), 1, threading.Event()))
    assert len(asked) == IN_A_ROW


def test_what_is_under_way_is_given_before_a_refusal_is_raised():
    """Those questions are registered at the partner: their answers must not be lost."""
    started, halt = threading.Barrier(3), threading.Event()

    def ask(place: int) -> bytes:
        if place < 3:
            started.wait(10)
        if place == 0:
            raise Refused("handtekening", "vals")
        assert halt.wait(10)
        return b"goed"

    found = []
    with pytest.raises(Refused, match="vals"):
        for one in ask_each(ask, range(100), 3, halt):
            found.append(one.question)
    assert sorted(found) == [1, 2] and halt.is_set()


def test_who_stops_listening_stops_the_asking():
    halt, asked = threading.Event(), []
    outcomes = ask_each(lambda place: asked.append(place) or b"x", range(1000), 2, halt)
    next(outcomes)
    outcomes.close()
    assert halt.is_set() and len(asked) <= 3


@pytest.mark.parametrize(
    ("said", "waits"), [(None, [1, 2, 4, 8, 16, 32, 60, 60]), (7.0, [7, 7, 7, 8, 16, 32, 60, 60]), (9999.0, [60] * 8)]
)  # fmt: skip
def test_waiting_doubles_up_to_a_ceiling_and_listens_to_the_partner(said, waits):
    slept: list[float] = []
    patience = Patience(9, sleep=slept.append)
    for failed in range(1, 9):
        patience.wait(failed, said)
    for real, planned in zip(slept, waits, strict=True):
        assert planned * 0.74 <= real <= min(planned * 1.26, 60)
