"""Corrections in the ledger, on both databases: one correction whoever is at it, nothing crosses what is underway, and
what is taken back needs two people."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
import sqlalchemy as sa

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.ledger import Delivery, DeliveryState, Ledger, StepState, corrections
from exchanges.core.ledger.corrections import CONFIRMED, OPENED, CorrectionBook, CorrectionRow
from tests.unit.core.ledger.conftest import OCTOBER


@pytest.fixture
def accepted(ledger: Ledger, delivery: Delivery) -> Delivery:
    ledger.set_state(delivery.id, DeliveryState.partly_accepted)
    return ledger.delivery(delivery.id)


def opened(ledger: Ledger, corrects: str, kind: str = "vervanging", **more: object) -> tuple[CorrectionRow, bool]:
    return CorrectionBook(ledger.database).open(
        kind, corrects, actor="kees", reason="melding 1", **more  # type: ignore[arg-type]
    )


def test_many_at_once_open_one_correction(ledger: Ledger, accepted: Delivery) -> None:
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda _: opened(ledger, accepted.id), range(12)))
    assert len({one.delivery for one, _ in made}) == 1 and sum(fresh for _, fresh in made) == 1
    assert [one.sequence for one in ledger.deliveries()] == [1, 2]
    for id in (accepted.id, made[0][0].delivery):
        (event,) = [one for one in ledger.events(id) if one.action == OPENED]
        assert (event.actor, event.result) == ("kees", "melding 1")
        assert event.details["soort"] == "vervanging" and event.details["corrigeert"] == accepted.id


def test_two_who_take_it_back_at_once_do_it_once(
    ledger: Ledger, accepted: Delivery, monkeypatch: pytest.MonkeyPatch
) -> None:
    looked, meet = corrections._withdrawal, Barrier(2)

    def both_looked(connection: sa.Connection, corrects: str) -> CorrectionRow | None:
        found = looked(connection, corrects)
        with suppress(BrokenBarrierError):
            meet.wait(0.2)
        return found

    monkeypatch.setattr(corrections, "_withdrawal", both_looked)
    book = CorrectionBook(ledger.database)
    with ThreadPoolExecutor(2) as pool:
        made = list(pool.map(lambda who: book.withdraw(accepted.id, actor=who, reason="afspraak"), ("kees", "anna")))
    assert sorted(fresh for _, fresh in made) == [False, True] and made[0][0] == made[1][0]
    assert len(book.about("proef", "0153")) == 1


def test_a_correction_is_what_a_run_goes_on_with_and_a_next_one_gets_a_next_number(
    ledger: Ledger, accepted: Delivery
) -> None:
    first, _ = opened(ledger, accepted.id, "aanvulling", scope="afgewezen")
    assert first.delivery is not None
    assert ledger.open_delivery("proef", "0153", OCTOBER, "bestand").id == first.delivery
    ledger.set_state(first.delivery, DeliveryState.accepted)
    second, fresh = opened(ledger, accepted.id, "aanvulling", scope="afgewezen")
    assert fresh and second.delivery != first.delivery
    book = CorrectionBook(ledger.database)
    assert book.of(first.delivery) == first and book.of(accepted.id) is None
    assert book.about("proef", "0153") == [first, second] and book.about("proef", "0344") == []


def test_nothing_is_opened_while_another_is_underway(ledger: Ledger, accepted: Delivery) -> None:
    first, _ = opened(ledger, accepted.id, "aanvulling")
    assert first.delivery is not None
    # Not sent: another kind may take its place. Once it tried to leave it must be answered first.
    second, fresh = opened(ledger, accepted.id, "vervanging")
    assert fresh and second.delivery is not None
    ledger.start_step(second.delivery, "deliver")
    with pytest.raises(UsageError, match=f"{second.delivery} is onderweg"):
        opened(ledger, accepted.id, "aanvulling", scope="ontbrekend")
    ledger.finish_step(second.delivery, "deliver", StepState.done, [], {}, becomes=DeliveryState.delivered)
    assert opened(ledger, accepted.id, "vervanging") == (second, False)


def test_a_method_beside_is_not_in_the_way(ledger: Ledger, accepted: Delivery) -> None:
    loose = ledger.open_delivery("proef", "0153", OCTOBER, "los", beside=("los",))
    ledger.set_state(loose.id, DeliveryState.delivered)
    made, fresh = opened(ledger, accepted.id, beside=("los",))
    assert fresh and made.delivery is not None and made.delivery.endswith("/0003")


def test_what_is_taken_back_needs_a_second_person(ledger: Ledger, accepted: Delivery) -> None:
    book = CorrectionBook(ledger.database)
    with pytest.raises(UsageError, match="niet voorgesteld"):
        book.confirm(accepted.id, actor="anna")
    made, fresh = book.withdraw(accepted.id, actor="Kees  de Vries", reason="verkeerde maand")
    assert fresh and made.confirmed is None and made.delivery is None
    assert book.withdraw(accepted.id, actor="anna", reason="nog eens") == (made, False)
    with pytest.raises(BusinessError, match="een ander"):
        book.confirm(accepted.id, actor="kees de vries")
    assert book.about("proef", "0153")[0].confirmed is None
    confirmed = book.confirm(accepted.id, actor="anna")
    assert confirmed.confirmed_by == "anna" and confirmed.confirmed is not None
    assert book.confirm(accepted.id, actor="piet") == confirmed
    assert [one.actor for one in ledger.events(accepted.id) if one.action == CONFIRMED] == ["anna"]


@pytest.mark.parametrize("actor, reason", [("999990007", "reden"), ("kees", "BSN 999990007 klopt niet")])
def test_no_bsn_in_a_reason_or_a_name(ledger: Ledger, accepted: Delivery, actor: str, reason: str) -> None:
    book = CorrectionBook(ledger.database)
    with pytest.raises(BusinessError):
        book.open("vervanging", accepted.id, actor=actor, reason=reason)
    with pytest.raises(BusinessError):
        book.withdraw(accepted.id, actor=actor, reason=reason)
    assert len(ledger.deliveries()) == 1 and book.about("proef", "0153") == []
