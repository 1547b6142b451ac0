"""Telling many: what is kept, what is counted, and what happens when it ends before the end. The partner is a function
here; over a real connection it is in tests/system/test_soap_index.py."""

from __future__ import annotations

import threading
from types import SimpleNamespace

import pytest

from exchanges.core.errors import TransportError
from exchanges.core.soap.client import Answered
from exchanges.core.soap.errors import Declined, Refused, Unanswered
from exchanges.core.soap.telling import Tally, tell_each
from exchanges.core.soap.told import Judged, Told

MESSAGES = [(f"urn:uuid:{place}", b"<a/>") for place in range(30)]


class Memory(dict):
    """Like ``Kept``: what was put, in its order."""

    put = dict.__setitem__


def told(partner, kept=None, messages=MESSAGES):
    """Tell by ``partner``, a function of the place; gives what is kept, the tally and what ended it."""
    kept, tally, ended = Memory(kept or {}), Tally(), None

    def tell(payload, id):
        partner(int(id.rpartition(":")[2]))
        return Answered(b"<b/>", b"<hele antwoord/>", "QUJD")

    def judge(payload):
        assert payload == b"<b/>"
        return Judged(True)

    try:
        tell_each(SimpleNamespace(tell=tell), messages, judge, kept, 1, threading.Event(), tally)
    except Exception as error:
        ended = error
    return kept, tally, ended


def failing(kind, *places):
    def partner(place):
        if place in places or not places:
            raise kind

    return partner


def test_every_message_is_told_and_kept_with_its_answer():
    kept, tally, ended = told(lambda place: None)
    assert (list(kept), tally, ended) == ([id for id, _ in MESSAGES], Tally(0, 30, 0), None)
    first = Told.unpack(kept["urn:uuid:0"])
    assert first.judged == Judged(True) and first.message == b"<hele antwoord/>" and first.confirms == "QUJD"


def test_what_was_told_before_is_not_told_again():
    before, _, _ = told(lambda place: None, messages=MESSAGES[:12])
    asked = []
    kept, tally, ended = told(asked.append, before)
    assert (tally, ended, asked) == (Tally(12, 18, 0), None, list(range(12, 30))) and len(kept) == 30


def test_without_an_answer_nothing_is_kept():
    kept, tally, ended = told(failing(Unanswered("x"), 3, 9))
    assert ended is None and tally == Tally(0, 28, 2) and not {"urn:uuid:3", "urn:uuid:9"} & set(kept)


def test_a_fault_about_one_message_is_its_refusal():
    kept, tally, ended = told(failing(Declined("FWI0009", "x"), 3, 29))
    assert ended is None and tally == Tally(0, 30, 0)
    for place in (3, 29):
        one = Told.unpack(kept[f"urn:uuid:{place}"])
        assert not one.judged.accepted and one.judged.code == "FWI0009" and one.message == b""


def test_a_fault_on_ten_in_a_row_is_about_none_of_them():
    kept, tally, ended = told(failing(Declined("Client", "x"), *range(5, 30)))
    assert isinstance(ended, Declined) and tally == Tally(0, 5, 0) and len(kept) == 5
    kept, tally, ended = told(failing(Declined("Client", "x"), *range(5, 14)))
    assert ended is None and tally == Tally(0, 30, 0), "nine are"


def test_ten_in_a_row_without_an_answer_end_it():
    kept, tally, ended = told(failing(Unanswered("x")))
    assert isinstance(ended, TransportError) and tally.silent == 10 and not kept


def test_what_is_not_to_be_trusted_ends_it_there_and_what_came_before_stays():
    asked = []

    def partner(place):
        asked.append(place)
        failing(Refused("oin", "x"), 4)(place)

    kept, tally, ended = told(partner)
    assert isinstance(ended, Refused) and len(kept) == 4 == tally.told and len(asked) <= 6


@pytest.mark.parametrize("place", [0, 7])
def test_an_answer_that_cannot_be_judged_ends_it_too(place):
    kept, tally = Memory(), Tally()

    def judge(payload):
        if len(kept) == place:
            raise Refused("schema", "x")
        return Judged(True)

    client = SimpleNamespace(tell=lambda payload, id: Answered(b"<b/>", b"", ""))
    with pytest.raises(Refused):
        tell_each(client, MESSAGES, judge, kept, 1, threading.Event(), tally)
    assert len(kept) == place == tally.told
