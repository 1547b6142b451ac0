"""Handling: the state machine by hypothesis against a plain model, and the same steps through the ledger."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.handling.steps import NEXT, Outcome, State, first_event, follow, received
from exchanges.core.ledger.signals import SIGNALS
from exchanges.ib_samenloop.handling import Handling
from exchanges.simulators.ib_signals import Signals
from tests.unit.ib_samenloop.files import GEMEENTE, KEY, OCTOBER, cells, made, put, taken
from tests.unit.simulators.files import bsns

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
ACTORS = st.sampled_from(["kees", "  ", "ketensluis"])
STEPS = st.lists(st.tuples(st.sampled_from(State), st.integers(-5, 60), ACTORS, st.none() | st.sampled_from(Outcome),
                           st.none() | st.sampled_from(["B-1", " "])), max_size=12)
ORDER = list(State)


@given(STEPS)
def test_only_whole_and_orderly_steps_change_anything(steps):
    mark, moment = received(NOON), NOON
    for to, minutes, actor, outcome, decision in steps:
        at = moment + timedelta(minutes=minutes)
        try:
            after = follow(mark, to, actor=actor, moment=at, outcome=outcome, decision=decision)
        except UsageError as error:
            assert str(error).endswith(".")
            # Whoever was refused had one of these against him.
            forward = ORDER.index(to) - ORDER.index(mark.state) == 1
            again = to is State.toegewezen and mark.state in (State.toegewezen, State.in_onderzoek)
            whole = (outcome is not None and bool((decision or "").strip())) if to is State.afgehandeld else (
                outcome is None)
            assert not ((forward or again) and actor == "kees" and minutes >= 0 and whole)
            continue
        assert after.state in NEXT[mark.state] and after.moment >= mark.moment and after.actor == "kees"
        assert (after.outcome is not None) == (after.state is State.afgehandeld)
        assert after.state is not State.afgehandeld or after.decision
        mark, moment = after, at


def test_every_state_can_be_reached_and_handled_is_the_end():
    reached, todo = {State.ontvangen}, [State.ontvangen]
    while todo:
        fresh = NEXT[todo.pop()] - reached
        reached |= fresh
        todo += fresh
    assert reached == set(State) == set(NEXT)
    assert [state for state in State if not NEXT[state]] == [State.afgehandeld]


def test_a_moment_without_a_zone_is_refused():
    with pytest.raises(UsageError, match="tijdzone"):
        received(datetime(2026, 11, 12))


def test_a_signal_is_handled_step_by_step_with_who_when_and_why(tmp_path, book, handling):
    path, known = made(tmp_path, "09", "csv")
    assert handling.receive(taken(path), KEY, NOON).fresh == len(known)
    number = known[0].number
    later = [NOON + timedelta(days=day) for day in range(1, 4)]
    handling.move(number, State.toegewezen, actor="kees", moment=later[0])
    handling.move(number, State.in_onderzoek, actor="kees", moment=later[1])
    with pytest.raises(UsageError, match="uitkomst"):
        handling.move(number, State.afgehandeld, actor="kees", moment=later[2])
    done = handling.move(number, State.afgehandeld, actor="kees", moment=later[2], outcome=Outcome.gewijzigd,
                         decision="B-2026-1")
    assert handling.mark(number) == done
    history = book.history("ib_samenloop", GEMEENTE, number)
    assert [(event.state, event.actor, event.moment) for event in history] == [
        ("ontvangen", "ketensluis", NOON), *zip(["toegewezen", "in_onderzoek", "afgehandeld"], ["kees"] * 3, later,
                                                strict=True)]
    assert handling.mark(known[1].number).state is State.ontvangen


@pytest.mark.parametrize("form", ["csv", "xml"])
def test_the_same_file_again_changes_nothing(tmp_path, book, handling, form):
    path, known = made(tmp_path, "09", form)
    handling.receive(taken(path), KEY, NOON)
    handling.move(known[0].number, State.toegewezen, actor="kees", moment=NOON)
    before = book.states("ib_samenloop", GEMEENTE)
    again = handling.receive(taken(path), KEY, NOON + timedelta(days=1))
    assert (again.fresh, again.known, again.differing) == (0, len(known), ())
    assert book.states("ib_samenloop", GEMEENTE).equals(before)


def test_the_same_signals_in_another_form_are_the_same_signals(tmp_path, handling):
    first, known = made(tmp_path / "a", "08", "csv")
    other, _ = made(tmp_path / "b", "09", "xml")
    handling.receive(taken(first), KEY, NOON)
    assert handling.receive(taken(other), KEY, NOON).known == len(known)


def test_the_same_number_with_other_content_is_told_and_not_taken(tmp_path, book, handling):
    path, known = made(tmp_path, "09", "csv", kinds=("HFK", "BX3P"), count=4)
    handling.receive(taken(path), KEY, NOON)
    data = cells(path)
    data[0]["HFK Bedrag"] = "999,99"
    data[1]["BX3P BSN partner"] = next(bsn for bsn in bsns(50) if bsn != data[1]["BX3P BSN partner"])
    data.append(data[2] | {"Signaalnummer": "NIEUW"})
    put(path, data)
    again = handling.receive(taken(path), KEY, NOON)
    assert (again.fresh, again.known) == (1, 2)
    assert again.differing == (known[0].number, known[1].number)
    assert len(book.history("ib_samenloop", GEMEENTE, known[0].number)) == 1


def test_gemeenten_do_not_see_each_other(tmp_path, book, handling):
    path, known = made(tmp_path, "09", "csv")
    handling.receive(taken(path), KEY, NOON)
    with pytest.raises(UsageError, match="niet bekend"):
        Handling(book, "0363").move(known[0].number, State.toegewezen, actor="kees", moment=NOON)
    ib = Signals(1, "0363", bsns(40))
    other = ib.write(tmp_path / "andere" / "in", OCTOBER, ib.month(OCTOBER, 4), "09", "csv")
    assert Handling(book, "0363").receive(taken(other, gemeente="0363"), KEY, NOON).fresh == 4


def test_a_refused_file_has_nothing_to_register(tmp_path, handling):
    path, _ = made(tmp_path, "09", "csv")
    with pytest.raises(UsageError, match="niets gelezen"):
        handling.receive(taken(path, gemeente="0363"), KEY, NOON)


@pytest.mark.parametrize("form", ["csv", "xml"])
def test_a_file_without_signals_registers_nothing(tmp_path, handling, form):
    path, _ = made(tmp_path, "09", form, count=0)
    assert handling.receive(taken(path), KEY, NOON).fresh == 0


def test_nothing_in_the_ledger_is_a_bsn_or_can_be_changed(tmp_path, book, handling):
    path, known = made(tmp_path, "09", "xml")
    handling.receive(taken(path), KEY, NOON)
    with pytest.raises(BusinessError):
        handling.move(known[0].number, State.toegewezen, actor=f"kees {bsns(1)[0]}", moment=NOON)
    raw = b"".join(place.read_bytes() for place in tmp_path.glob("register.db*") if place.is_file())
    assert not any(bsn.encode() in raw for bsn in bsns(40))
    for change in ("UPDATE signal_event SET actor = 'x'", "DELETE FROM signal_event",
                   "REPLACE INTO signal_event SELECT * FROM signal_event"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), book._database.engine.begin() as connection:
            connection.exec_driver_sql(change)


def test_a_record_that_is_no_pseudonym_is_refused(book):
    row = {"number": "S1", "kind": "INK", "restricted": False, "record": bsns(1)[0], "fingerprint": "0" * 64}
    with pytest.raises(BusinessError, match="pseudoniem"):
        book.register("ib_samenloop", GEMEENTE, "2026-10", pa.Table.from_pylist([row], schema=SIGNALS),
                      first_event(NOON))
