"""Signals in the ledger, on both databases: once only, in order, append-only."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pyarrow as pa
import pytest
import sqlalchemy as sa

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.ledger import Ledger
from exchanges.core.ledger.signals import SIGNALS, SignalBook, SignalEvent

NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
CAME = SignalEvent(NOON, "ketensluis", "in")
PLACE = ("proef", "0153")


def signals(*numbers: str, fingerprint: str = "a") -> pa.Table:
    return pa.Table.from_pylist([{"number": number, "kind": "A", "restricted": False, "record": "p:" + "0" * 20,
                                  "fingerprint": fingerprint * 64} for number in numbers], schema=SIGNALS)


@pytest.fixture
def book(ledger: Ledger) -> SignalBook:
    return SignalBook(ledger.database)


def test_signals_are_registered_once(book: SignalBook) -> None:
    assert book.register(*PLACE, "2026-10", signals("1", "2"), CAME).fresh == 2
    again = book.register(*PLACE, "2026-11", signals("2", "3"), CAME)
    assert (again.fresh, again.known, again.differing) == (1, 1, ())
    assert book.register(*PLACE, "2026-11", signals("1", fingerprint="b"), CAME).differing == ("1",)
    assert book.register("proef", "0363", "2026-11", signals("1"), CAME).fresh == 1
    told = book.states(*PLACE).to_pylist()
    assert [(row["number"], row["period"], row["moment"]) for row in told] == [
        ("1", "2026-10", NOON), ("2", "2026-10", NOON), ("3", "2026-11", NOON)]
    assert book.history(*PLACE, "1") == [CAME]


def test_nothing_to_register_is_fine(book: SignalBook) -> None:
    assert book.register(*PLACE, "2026-10", signals(), CAME).fresh == 0
    assert book.states(*PLACE).num_rows == 0 and book.history(*PLACE, "1") == []


def test_a_number_twice_in_one_go_is_refused(book: SignalBook) -> None:
    with pytest.raises(UsageError, match="dubbel"):
        book.register(*PLACE, "2026-10", signals("1", "1"), CAME)


def test_what_decides_sees_the_history_and_may_refuse(book: SignalBook) -> None:
    book.register(*PLACE, "2026-10", signals("1"), CAME)
    seen: list[list[SignalEvent]] = []

    def refuse(history: list[SignalEvent]) -> SignalEvent:
        seen.append(history)
        raise UsageError("Dat kan niet.")

    with pytest.raises(UsageError, match="kan niet"):
        book.append(*PLACE, "1", refuse)
    assert seen == [[CAME]] == [book.history(*PLACE, "1")]
    after = SignalEvent(NOON, "kees", "weg", outcome="klaar", decision="B-1", details={"a": 1})
    assert book.append(*PLACE, "1", lambda history: after) == after == book.history(*PLACE, "1")[-1]
    with pytest.raises(UsageError, match="niet bekend"):
        book.append(*PLACE, "9", lambda history: after)


def test_two_at_once_follow_on_each_other(book: SignalBook) -> None:
    book.register(*PLACE, "2026-10", signals("1"), CAME)

    def count(_: int) -> SignalEvent:
        return book.append(*PLACE, "1", lambda history: SignalEvent(NOON, "kees", f"n{len(history)}"))

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(count, range(12)))
    assert [event.state for event in book.history(*PLACE, "1")] == ["in", *(f"n{number}" for number in range(1, 13))]


def test_two_who_register_the_same_at_once_register_it_once(book: SignalBook) -> None:
    numbers = [str(number) for number in range(50)]
    with ThreadPoolExecutor(4) as pool:
        done = list(pool.map(lambda _: book.register(*PLACE, "2026-10", signals(*numbers), CAME), range(4)))
    assert sorted(one.fresh for one in done) == [0, 0, 0, 50]
    assert book.states(*PLACE).num_rows == 50


def test_events_are_append_only_and_hold_no_bsn(book: SignalBook, ledger: Ledger) -> None:
    book.register(*PLACE, "2026-10", signals("1"), CAME)
    for change in ("UPDATE signal_event SET actor = 'x'", "DELETE FROM signal_event"):
        with pytest.raises(sa.exc.DBAPIError, match="append-only"), ledger.database.engine.begin() as connection:
            connection.exec_driver_sql(change)
    for wrong in (SignalEvent(NOON, "999990019", "in"), SignalEvent(NOON, "kees", "in", decision="over 999990019"),
                  SignalEvent(NOON, "kees", "in", details={"bsn": 999990019})):
        with pytest.raises(BusinessError):
            book.append(*PLACE, "1", lambda history, wrong=wrong: wrong)  # type: ignore[misc]
    assert book.history(*PLACE, "1") == [CAME]
