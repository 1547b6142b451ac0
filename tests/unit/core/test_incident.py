"""A file that may be somebody else's stops, is kept, and starts a clock of 72 hours, until somebody decides."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from itertools import islice
from pathlib import Path

import pytest

from exchanges.core.errors import Blocked, UsageError
from exchanges.core.incident import STRANGERS, close_incident, incidents
from exchanges.core.period import Period
from exchanges.core.store.opening import open_store
from exchanges.simulators.ib_signals import Signals
from exchanges.simulators.uwv_responses import free_bsns
from tests.chain import copied
from tests.rows import write_csv
from tests.signals import Town, town

PEOPLE = [str(bsn) for bsn in islice(free_bsns(), 40)]
OURS, OTHERS = PEOPLE[:20], PEOPLE[20:]
OCTOBER = Period(2026, 10)
DELIVERY = "ib_samenloop/0153/2026-10/0001"


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """IB was told about twenty persons in October."""
    made = town(tmp_path_factory.mktemp("verteld") / "huis", OURS)
    write_csv(made.chain.source, {
        "persoon": [{"persoon_id": f"P{number}", "bsn": bsn} for number, bsn in enumerate(OURS)],
        "uitkering": [{"uitkering_id": f"U{number}", "persoon_id": f"P{number}", "registratienummer": f"R{number:04d}",
                       "regeling": "PW", "leefvorm": "1", "datum_begin": "2024-03-01"} for number in range(len(OURS))],
    })  # fmt: skip
    path = made.chain.home / "ketensluis.toml"
    path.write_text(path.read_text(encoding="utf-8").replace('"parquet"', '"csv"'), encoding="utf-8")
    asked = replace(made.chain, exchange="ib_rechtmatigheid")
    assert asked.finish(asked.open()) is None
    return made


@pytest.fixture
def place(told: Town, tmp_path: Path) -> Town:
    return Town(copied(told.chain, tmp_path), Signals(1, "0153", OURS))


@pytest.fixture
def receive(place: Town) -> Callable[[int, int], Exception | None]:
    """A file about so many of ours and so many others."""

    def received(ours: int, others: int) -> Exception | None:
        sends = Signals(1, "0153", [*OURS[:ours], *OTHERS[:others]])
        people: dict[str, object] = {}
        for one in sends.month(OCTOBER, 400, kinds=("VRT",)):
            people.setdefault(one.bsn, one)
        assert len(people) == ours + others
        place.put("2026-10", [*people.values()])
        return place.receive()[1]

    return received


@pytest.mark.parametrize(("ours", "others", "stops"), [(20, 0, False), (20, 4, False), (20, 5, True), (0, 4, False),
                                                       (0, 5, True)])  # fmt: skip
def test_more_strangers_than_may_be_stop_the_file(place, receive, ours, others, stops):
    """Five percent, and fewer than five persons are no reason in a small file."""
    stopped = receive(ours, others)
    assert isinstance(stopped, Blocked) == stops and (stopped is None) != stops
    assert bool(place.lists()) != stops
    assert [one.code for one in incidents(place.chain.ledger)] == ([STRANGERS] if stops else [])


def test_the_file_is_kept_and_the_clock_is_seventy_two_hours(place, receive):
    assert receive(2, 18) is not None
    assert place.findings(DELIVERY)[STRANGERS] == 1
    (kept,) = open_store(place.chain.settings).quarantined("0153")
    assert "mogelijk datalek" in kept.reason
    (found,) = incidents(place.chain.ledger)
    assert found.delivery == DELIVERY and abs(found.until - found.opened - timedelta(hours=72)) < timedelta(seconds=2)
    assert not found.late(found.until) and found.late(found.until + timedelta(seconds=1))


def test_done_again_the_clock_does_not_begin_anew(place, receive):
    receive(2, 18)
    (first,) = incidents(place.chain.ledger)
    assert place.receive()[1] is not None
    assert incidents(place.chain.ledger) == [first]


def test_it_is_open_until_somebody_decides(place, receive):
    receive(2, 18)
    ledger = place.chain.ledger
    with pytest.raises(UsageError, match="niet zonder besluit"):
        close_incident(ledger, DELIVERY, STRANGERS, "fg", " ")
    with pytest.raises(UsageError, match="heeft geen incident"):
        close_incident(ledger, DELIVERY, "ANDERS", "fg", "gemeld")
    close_incident(ledger, DELIVERY, STRANGERS, "fg", "gemeld onder nummer 7")
    (found,) = incidents(ledger)
    assert (found.by, found.decision) == ("fg", "gemeld onder nummer 7")
    assert found.closed is not None and not found.late(found.until + timedelta(days=30))


def test_without_anything_sent_nobody_can_be_a_stranger(tmp_path):
    made = town(tmp_path / "huis", OTHERS)
    made.put("2026-10", made.month("2026-10", 32))
    assert made.receive()[1] is None and incidents(made.chain.ledger) == []


def test_a_file_of_another_municipality_is_one_too(place):
    """By its head: nothing of it was read."""
    theirs = Signals(1, "0344", OTHERS)
    path = theirs.write(place.outbox, OCTOBER, theirs.month(OCTOBER, 4), "09", "csv",
                        delivery="L2026000001")  # fmt: skip
    path.rename(path.with_name(path.name.replace("0344", "0153")))
    delivery, stopped = place.receive()
    assert stopped is not None and place.lists() == []
    assert [(one.delivery, one.code) for one in incidents(place.chain.ledger)] == [(delivery, "IB-SL-GEMEENTE")]
