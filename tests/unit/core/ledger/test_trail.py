from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from exchanges.core.errors import BusinessError
from exchanges.core.ledger import Delivery, Ledger
from exchanges.core.store import Artefact

ATTACKS = [
    "UPDATE event SET result = 'anders'",
    "DELETE FROM event",
    "DELETE FROM event WHERE place = 1",
]


def test_events_in_order(ledger: Ledger, delivery: Delivery) -> None:
    for number in range(3):
        ledger.event(delivery.id, "jansen", "verslag bekeken", f"verslag {number}", "goed", {"nummer": number})
    ledger.event(None, "beheer", "register bijgewerkt", "register", "goed")
    seen = [e for e in ledger.events(delivery.id) if e.actor == "jansen"]
    assert [(e.action, e.object, e.result, e.details) for e in seen] == [
        ("verslag bekeken", f"verslag {n}", "goed", {"nummer": n}) for n in range(3)
    ]
    assert seen[0].moment <= seen[1].moment <= datetime.now(UTC)
    assert [e.actor for e in ledger.events(None)] == ["beheer"]


@pytest.mark.parametrize("attack", ATTACKS)
def test_events_are_append_only(ledger: Ledger, delivery: Delivery, attack: str) -> None:
    refused(ledger, attack)


def test_events_are_not_emptied_or_replaced(ledger: Ledger, delivery: Delivery) -> None:
    columns = "(place, moment, actor, action, object, result, details)"
    row = f"event {columns} VALUES (1, '2026-10-01', 'a', 'b', 'c', 'd', '{{}}')"
    if ledger.database.sqlite:
        refused(ledger, f"INSERT OR REPLACE INTO {row}")
        refused(ledger, f"REPLACE INTO {row}")
    else:
        refused(ledger, "TRUNCATE event")
        refused(ledger, "TRUNCATE delivery CASCADE")


def refused(ledger: Ledger, statement: str) -> None:
    with ledger.database.read() as connection:
        before = connection.execute(sa.text("SELECT * FROM event")).all()
    assert before
    engine = ledger.database.engine
    with pytest.raises(DBAPIError, match="append-only"), engine.begin() as connection:
        connection.exec_driver_sql(statement)
    with ledger.database.read() as connection:
        assert connection.execute(sa.text("SELECT * FROM event")).all() == before


def test_a_receipt(ledger: Ledger, delivery: Delivery, file: Artefact) -> None:
    assert ledger.receipt(delivery.id) is None
    ledger.save_receipt(delivery.id, "deels_verwerkt", 9, 1, file, {"codes": {"IB-001": 1}})
    receipt = ledger.receipt(delivery.id)
    assert receipt is not None
    assert (receipt.status, receipt.accepted, receipt.rejected, receipt.artefact, receipt.details) == (
        "deels_verwerkt", 9, 1, file, {"codes": {"IB-001": 1}}
    )
    ledger.save_receipt(delivery.id, "deels_verwerkt", 9, 1, file, {"codes": {"IB-001": 1}})
    assert ledger.receipt(delivery.id) == receipt


def test_a_second_receipt_with_other_content_is_refused(ledger: Ledger, delivery: Delivery, file: Artefact) -> None:
    ledger.save_receipt(delivery.id, "verwerkt", 10, 0, file)
    first = ledger.receipt(delivery.id)
    with pytest.raises(BusinessError, match="andere inhoud"):
        ledger.save_receipt(delivery.id, "afgekeurd", 0, 10, replace(file, sha256="cd" * 32))
    assert ledger.receipt(delivery.id) == first


def test_an_event_that_is_wanted_once(ledger: Ledger, delivery: Delivery) -> None:
    """Per delivery, action and object; what concerns no delivery has a memory of its own."""
    for _ in range(2):
        ledger.event_once(None, "ketensluis", "kalender.nadert", "proef/0153/2026-10", "eerste", {"dagen": 7})
    assert ledger.event_once(None, "ketensluis", "kalender.te_laat", "proef/0153/2026-10", "te laat")
    assert ledger.event_once(None, "ketensluis", "kalender.nadert", "proef/0153/2026-11", "ander")
    assert ledger.event_once(delivery.id, "ketensluis", "kalender.nadert", "proef/0153/2026-10", "bij de levering")
    assert not ledger.event_once(delivery.id, "iemand anders", "kalender.nadert", "proef/0153/2026-10", "weer")
    assert [(e.action, e.object, e.result) for e in ledger.events(None)] == [
        ("kalender.nadert", "proef/0153/2026-10", "eerste"),
        ("kalender.te_laat", "proef/0153/2026-10", "te laat"),
        ("kalender.nadert", "proef/0153/2026-11", "ander"),
    ]
    assert len([e for e in ledger.events(delivery.id) if e.action == "kalender.nadert"]) == 1


def test_an_event_that_many_want_at_once_is_there_once(ledger: Ledger) -> None:
    def tell(number: int) -> bool:
        return ledger.event_once(None, f"taak {number}", "kalender.stilte", "een", "stil")

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(tell, range(16)))
    assert made.count(True) == 1
    assert len(ledger.events(None)) == 1
