from __future__ import annotations

import pytest

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.ledger import Delivery, DeliveryState, Ledger
from exchanges.core.period import Period

OCTOBER = Period(2026, 10)
ENDED = [
    DeliveryState.accepted, DeliveryState.partly_accepted, DeliveryState.rejected, DeliveryState.published,
]
NOT_ENDED = [state for state in DeliveryState if state not in ENDED]


def test_the_first_delivery_of_a_period(ledger: Ledger) -> None:
    opened = ledger.open_delivery("dkd_reintegratie", "0153", OCTOBER, "bestand")
    assert opened == Delivery("dkd_reintegratie/0153/2026-10/0001", "dkd_reintegratie", "0153", OCTOBER, 1, "bestand",
                              DeliveryState.open)
    assert ledger.delivery(opened.id) == opened
    assert opened.opened is not None and opened.opened.utcoffset() is not None
    assert ledger.delivery(opened.id).opened == opened.opened


def test_opening_again_gives_the_same_delivery(ledger: Ledger, delivery: Delivery) -> None:
    assert ledger.open_delivery("proef", "0153", OCTOBER, "bestand") == delivery
    assert ledger.deliveries() == [delivery]


@pytest.mark.parametrize("state", NOT_ENDED)
def test_new_does_not_pass_by_a_delivery_that_has_not_ended(
    ledger: Ledger, delivery: Delivery, state: DeliveryState
) -> None:
    ledger.set_state(delivery.id, state)
    assert ledger.open_delivery("proef", "0153", OCTOBER, "bestand", new=True).id == delivery.id


@pytest.mark.parametrize("state", ENDED)
def test_after_the_answer_only_new_gives_the_next_number(
    ledger: Ledger, delivery: Delivery, state: DeliveryState
) -> None:
    ledger.set_state(delivery.id, state)
    assert ledger.open_delivery("proef", "0153", OCTOBER, "bestand").id == delivery.id
    following = ledger.open_delivery("proef", "0153", OCTOBER, "bestand", new=True)
    assert (following.id, following.sequence, following.state) == ("proef/0153/2026-10/0002", 2, DeliveryState.open)
    # From now on that one is the newest, also without asking.
    assert ledger.open_delivery("proef", "0153", OCTOBER, "bestand") == following


def test_other_gemeenten_periods_and_exchanges_number_for_themselves(ledger: Ledger, delivery: Delivery) -> None:
    others = [
        ledger.open_delivery("proef", "0344", OCTOBER, "bestand"),
        ledger.open_delivery("proef", "0153", Period(2026, 11), "bestand"),
        ledger.open_delivery("andere", "0153", OCTOBER, "bestand"),
    ]
    assert {d.sequence for d in others} == {1}
    assert [d.id for d in ledger.deliveries()] == [
        "andere/0153/2026-10/0001", "proef/0153/2026-10/0001", "proef/0153/2026-11/0001", "proef/0344/2026-10/0001",
    ]
    assert [d.id for d in ledger.deliveries("proef", "0344")] == ["proef/0344/2026-10/0001"]
    assert [d.exchange for d in ledger.deliveries(exchange="andere")] == ["andere"]


def test_another_method_succeeds_a_delivery_that_never_tried_to_leave(ledger: Ledger, delivery: Delivery) -> None:
    ledger.set_state(delivery.id, DeliveryState.blocked)
    following = ledger.open_delivery("proef", "0153", OCTOBER, "webservice")
    assert (following.sequence, following.method) == (2, "webservice")


def test_another_method_is_refused_once_a_delivery_tried_to_leave(ledger: Ledger, delivery: Delivery) -> None:
    ledger.start_step(delivery.id, "deliver")
    ledger.set_state(delivery.id, DeliveryState.failed)
    with pytest.raises(UsageError, match="methode bestand"):
        ledger.open_delivery("proef", "0153", OCTOBER, "webservice")


def test_another_method_is_refused_while_the_answer_is_awaited(ledger: Ledger, delivery: Delivery) -> None:
    ledger.set_state(delivery.id, DeliveryState.delivered)
    with pytest.raises(UsageError, match="methode bestand"):
        ledger.open_delivery("proef", "0153", OCTOBER, "webservice")


def test_another_method_does_not_by_itself_repeat_an_answered_delivery(ledger: Ledger, delivery: Delivery) -> None:
    ledger.set_state(delivery.id, DeliveryState.accepted)
    assert ledger.open_delivery("proef", "0153", OCTOBER, "webservice").id == delivery.id
    assert ledger.open_delivery("proef", "0153", OCTOBER, "webservice", new=True).method == "webservice"


def test_a_method_beside_the_others_does_not_see_them_and_is_not_seen(ledger: Ledger, delivery: Delivery) -> None:
    def opened(method: str, *, new: bool = False) -> str:
        return ledger.open_delivery("proef", "0153", OCTOBER, method, new=new, beside=("los", "jaar")).id[-4:]

    # The plain one is underway: what comes on top does not wait for it here, and cannot be a reason to repeat it.
    ledger.start_step(delivery.id, "deliver")
    ledger.set_state(delivery.id, DeliveryState.delivered)
    assert [opened("los"), opened("los"), opened("jaar"), opened("los", new=True)] == ["0002", "0002", "0003", "0002"]
    assert opened("bestand") == "0001"
    for state in ENDED:
        ledger.set_state(ledger.open_delivery("proef", "0153", OCTOBER, "los", new=True, beside=("los",)).id, state)
    assert [opened("los"), opened("los", new=True), opened("los", new=True)] == ["0006", "0007", "0007"]
    ledger.set_state(delivery.id, DeliveryState.rejected)
    assert [opened("bestand"), opened("bestand", new=True), opened("bestand")] == ["0001", "0008", "0008"]
    # Methods that are not named go on taking each other's place.
    assert [opened("webservice"), opened("los")] == ["0009", "0007"]


def test_a_state_carries_its_reason_and_leaves_a_trace(ledger: Ledger, delivery: Delivery) -> None:
    ledger.set_state(delivery.id, DeliveryState.blocked, "Stap check: 3 blokkades", actor="jansen")
    ledger.set_state(delivery.id, DeliveryState.blocked, "Stap check: 3 blokkades", actor="jansen")
    ledger.set_state(delivery.id, DeliveryState.open)
    now = ledger.delivery(delivery.id)
    assert (now.state, now.reason) == (DeliveryState.open, "")
    assert [(e.actor, e.action, e.result, e.details) for e in ledger.events(delivery.id)] == [
        ("ketensluis", "levering geopend", "open", {"methode": "bestand"}),
        ("jansen", "status gewijzigd", "blocked", {"reden": "Stap check: 3 blokkades"}),
        ("ketensluis", "status gewijzigd", "open", {}),
    ]


@pytest.mark.parametrize("state", ENDED)
def test_the_answer_of_the_partner_stays(ledger: Ledger, delivery: Delivery, state: DeliveryState) -> None:
    ledger.set_state(delivery.id, state)
    ledger.set_state(delivery.id, state)
    for other in DeliveryState:
        if other is not state:
            with pytest.raises(BusinessError, match="al beantwoord"):
                ledger.set_state(delivery.id, other)
    assert ledger.delivery(delivery.id).state is state


def test_an_unknown_delivery_is_said_to_be_unknown(ledger: Ledger) -> None:
    calls = [
        lambda: ledger.delivery("proef/0153/2026-10/0001"),
        lambda: ledger.set_state("x", DeliveryState.open),
        lambda: ledger.start_step("x", "select"),
        lambda: ledger.finish_step("x", "select", "done", [], {}),
        lambda: ledger.event("x", "a", "b", "c", "d"),
    ]
    for call in calls:
        with pytest.raises(UsageError, match="bestaat niet"):
            call()


@pytest.mark.parametrize(("exchange", "gemeente", "method"), [
    ("../proef", "0153", "bestand"), ("Proef", "0153", "bestand"), ("", "0153", "bestand"),
    ("proef", "153", "bestand"), ("proef", "0153/..", "bestand"), ("proef", "٠١٥٣", "bestand"),
    ("proef", "0153", "be stand"), ("proef", "0153\n", "bestand"), ("proef\n", "0153", "bestand"),
])
def test_names_that_cannot_be_one_are_refused(ledger: Ledger, exchange: str, gemeente: str, method: str) -> None:
    with pytest.raises(UsageError):
        ledger.open_delivery(exchange, gemeente, OCTOBER, method)
    assert ledger.deliveries() == []
