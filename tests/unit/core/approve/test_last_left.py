"""What a delivery is measured against: the last whole one of its own kind that left and was not refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.core.approve.judge import last_left
from exchanges.core.ledger import Delivery, DeliveryState, Ledger, StepState
from exchanges.core.ledger.corrections import CorrectionBook
from exchanges.core.period import Period


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = Ledger(f"sqlite:///{tmp_path / 'register.sqlite'}")
    made.create()
    return made


def opened(ledger: Ledger, period: str, method: str = "bestand") -> Delivery:
    return ledger.open_delivery("proef", "0153", Period.parse(period), method)


def left(ledger: Ledger, id: str, state: DeliveryState = DeliveryState.accepted) -> Delivery:
    ledger.start_step(id, "deliver")
    ledger.finish_step(id, "deliver", StepState.done, [], {}, {})
    ledger.set_state(id, state)
    return ledger.delivery(id)


def test_an_addition_is_nothing_to_measure_a_whole_delivery_against(ledger: Ledger) -> None:
    whole = left(ledger, opened(ledger, "2026-08").id, DeliveryState.partly_accepted)
    row, _ = CorrectionBook(ledger.database).open(
        "aanvulling", whole.id, actor="kees", reason="hersteld", scope="afgewezen"
    )
    assert row.delivery is not None
    left(ledger, row.delivery)
    assert last_left(ledger, opened(ledger, "2026-09")) == whole


def test_neither_is_what_was_refused_what_never_left_or_what_is_of_another_method(ledger: Ledger) -> None:
    whole = left(ledger, opened(ledger, "2026-06").id)
    left(ledger, opened(ledger, "2026-07").id, DeliveryState.rejected)
    left(ledger, opened(ledger, "2026-08", "webservice").id)
    opened(ledger, "2026-09")
    assert last_left(ledger, opened(ledger, "2026-10")) == whole
    assert last_left(ledger, whole) is None
