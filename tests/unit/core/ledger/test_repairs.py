"""Repairs and destruction in the ledger, on both databases: once, whoever is at it, and nothing that is needed goes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

from exchanges.core.ledger import Delivery, DeliveryState, Ledger, StepState
from exchanges.core.ledger.destruction import REPORTED, DestructionBook, Going
from exchanges.core.ledger.refeeds import Refeed, RefeedBook
from exchanges.core.store import Artefact
from tests.unit.core.ledger.filled import verified


def opened(ledger: Ledger, repairs: str, sha256: str, **more: bool) -> tuple[Refeed, bool]:
    return RefeedBook(ledger.database).open(repairs, whole=True, original="c" * 64, sha256=sha256, actor="kees",
                                            reason="melding 1", **more)  # fmt: skip


def test_the_same_file_is_the_same_repair_for_many_at_once(ledger: Ledger, delivery: Delivery) -> None:
    with ThreadPoolExecutor(6) as pool:
        made = list(pool.map(lambda number: opened(ledger, delivery.id, "ab"[number % 2] * 64), range(12)))
    assert len({one.delivery for one, _ in made}) == 2 and sum(fresh for _, fresh in made) == 2
    assert [one.sequence for one in ledger.deliveries()] == [1, 2, 3]
    assert [one.sha256[0] for one in sorted((one for one, fresh in made if fresh), key=lambda one: one.delivery)] == [
        one.sha256[0] for one in RefeedBook(ledger.database).repairing(delivery.id)
    ]  # fmt: skip


def test_a_repair_is_opened_while_somebody_works_on_what_it_repairs(ledger: Ledger, delivery: Delivery) -> None:
    """Working on a delivery takes minutes, opening its repair no time; the one does not wait for the other."""
    with ThreadPoolExecutor(1) as pool, ledger.alone(delivery.id):
        made, fresh = pool.submit(opened, ledger, delivery.id, "a" * 64).result(timeout=10)
    assert fresh and made.repairs == delivery.id


def test_a_repair_is_opened_anew_only_when_asked_and_ended(ledger: Ledger, delivery: Delivery) -> None:
    first, _ = opened(ledger, delivery.id, "a" * 64)
    assert opened(ledger, delivery.id, "a" * 64, again=True) == (first, False)
    ledger.set_state(first.delivery, DeliveryState.published)
    assert opened(ledger, delivery.id, "a" * 64) == (first, False)
    assert opened(ledger, delivery.id, "a" * 64, again=True)[1] is True


def test_a_repair_is_never_the_delivery_that_a_run_opens(ledger: Ledger, delivery: Delivery) -> None:
    opened(ledger, delivery.id, "a" * 64)
    assert ledger.open_delivery("proef", "0153", delivery.period, "bestand") == delivery
    ledger.set_state(delivery.id, DeliveryState.published)
    assert ledger.open_delivery("proef", "0153", delivery.period, "bestand", new=True).sequence == 3


def test_what_is_decided_is_out_of_its_step_and_stays_on_record(
    ledger: Ledger, delivery: Delivery, file: Artefact
) -> None:
    left, other = replace(file, sha256="cd" * 32, rows=4), replace(file, sha256="ef" * 32)
    ledger.finish_step(delivery.id, "read", StepState.done, [], {"een": file, "twee": other, "drie": file})
    book = DestructionBook(ledger.database)
    things = [
        Going(delivery.id, "artefact", "read", "een", file, "bestand", "bestand: 3 maanden"),
        Going(delivery.id, "artefact", "read", "twee", other, "bestand", "bestand: 3 maanden", left),
        Going(delivery.id, "artefact", "read", "drie", other, "bestand", "bestand: 3 maanden"),  # made anew meanwhile
    ]
    assert book.decide("0153", things) == 2 and book.decide("0153", things) == 0
    row = ledger.step_result(delivery.id, "read")
    assert row is not None and dict(row.artefacts) == {"twee": left, "drie": file}
    assert [(one.name, one.artefact) for one in book.unfinished("0153")] == [("een", file), ("twee", other)]
    assert book.unfinished("0344") == [] and book.unreported("0153") == []
    assert book.needed("0153", file.sha256) and not book.needed("0153", other.sha256)
    assert not book.needed("0344", file.sha256)
    for one in book.unfinished("0153"):
        book.gone(one.id)
    went = book.unreported("0153")
    assert len(went) == 2 and book.unfinished("0153") == []
    book.reported("0153", [one.id for one in went], "verslag.json")
    assert book.unreported("0153") == []
    assert ledger.events(delivery.id)[-1].result == "2 vernietigd"


def test_two_municipalities_have_a_report_of_the_same_name(ledger: Ledger, file: Artefact) -> None:
    """Both had something that went on one day; each event counts, and holds, its own."""
    book = DestructionBook(ledger.database)
    for gemeente in ("0153", "0344"):
        book.decide(gemeente, [Going(None, "quarantaine", "", "x.csv", file, "bestand", "bestand: 3 maanden")])
        went = [one.id for one in book.unfinished(gemeente)]
        book.gone(went[0])
        book.reported(gemeente, went, "vernietiging_2026-11-29_001.json")
    told = [(one.object, one.result) for one in ledger.events(None) if one.action == REPORTED]
    assert told == [(f"{gemeente}/vernietiging_2026-11-29_001.json", "1 vernietigd") for gemeente in ("0153", "0344")]
    assert verified(ledger).breaches == ()


def test_a_file_that_is_still_to_be_fed_is_needed(ledger: Ledger, delivery: Delivery) -> None:
    made, _ = opened(ledger, delivery.id, "a" * 64)
    book = DestructionBook(ledger.database)
    assert book.needed("0153", "a" * 64)
    ledger.finish_step(made.delivery, "collect", StepState.done, [], {})
    assert not book.needed("0153", "a" * 64)
