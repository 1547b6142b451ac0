"""A ledger with something in every table, made by the program; and what who owns the database can do."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime

import pyarrow as pa
import sqlalchemy as sa

from exchanges.core.balance import Balance
from exchanges.core.evidence.verify import Verdict, verify_ledger
from exchanges.core.findings import finding, findings_table
from exchanges.core.ledger import Delivery, DeliveryState, Ledger, StepState
from exchanges.core.ledger.corrections import CorrectionBook
from exchanges.core.ledger.destruction import DestructionBook, Going
from exchanges.core.ledger.refeeds import RefeedBook
from exchanges.core.ledger.signals import SIGNALS, SignalBook, SignalEvent
from exchanges.core.period import Period
from exchanges.core.store import Artefact

FILE = Artefact("ab" * 32, 1234, "application/xml", 10, "PROEF_0153_2026-10.xml")
NOON = datetime(2026, 11, 12, 12, tzinfo=UTC)
OCTOBER = Period(2026, 10)
FINDINGS = findings_table([
    finding("P-01", "error", "Er ontbreekt een begindatum.", record="p:" + "0" * 20, line=4),
    finding("P-02", "warning", "Een straatnaam met een é, een \" en een \n.", path="/a/b"),
])  # fmt: skip


def fill(ledger: Ledger) -> Delivery:
    """The first delivery: answered, with findings, a step done twice, one running again and one never ended; repaired,
    partly destroyed, corrected. And signals, some of them handled."""
    delivery = ledger.open_delivery("proef", "0153", OCTOBER, "bestand")
    odd = {"ratio": 0.1, "groot": 1e22, "kleinst": 5e-324, "niets": -0.0, "tekst": "é \" \\ \n \u2028", "leeg": None,
           "z": [1, 2.5], "a": {"b": True}}  # fmt: skip
    for _ in range(2):
        ledger.start_step(delivery.id, "select")
        ledger.finish_step(delivery.id, "select", StepState.done, [Balance("personen", "aantal", 10, 9, 1)],
                           {"een": FILE, "twee": replace(FILE, sha256="ef" * 32, rows=None)}, odd,
                           findings=FINDINGS)  # fmt: skip
    ledger.start_step(delivery.id, "map")
    ledger.finish_step(delivery.id, "map", StepState.blocked, [], {}, {}, becomes=DeliveryState.blocked, reason="Fout.")
    ledger.start_step(delivery.id, "map")
    ledger.start_step(delivery.id, "build")
    ledger.event(delivery.id, "jansen", "verslag bekeken", "verslag", "goed", odd)
    ledger.event(None, "beheer", "instelling gelezen", "kalender", "goed")
    for _ in range(2):
        ledger.save_receipt(delivery.id, "deels_verwerkt", 9, 1, FILE, {"codes": {"IB-001": 1}})
    ledger.set_state(delivery.id, DeliveryState.partly_accepted)
    RefeedBook(ledger.database).open(delivery.id, whole=True, original="c" * 64, sha256="d" * 64, actor="kees",
                                     reason="melding 1")  # fmt: skip
    book = CorrectionBook(ledger.database)
    book.withdraw(delivery.id, actor="kees", reason="afspraak")
    book.confirm(delivery.id, actor="anna")
    _destroy(ledger, delivery)
    _signals(ledger)
    return delivery


def _destroy(ledger: Ledger, delivery: Delivery) -> None:
    book = DestructionBook(ledger.database)
    book.decide("0153", [Going(delivery.id, "artefact", "select", "een", FILE, "bestand", "bestand: 3 maanden")])
    book.decide("0153", [Going(None, "quarantaine", "", "x.csv", FILE, "bestand", "bestand: 3 maanden")])
    went = [one.id for one in book.unfinished("0153")]
    for id in went:
        book.gone(id)
    book.reported("0153", went, "vernietiging.json")


def _signals(ledger: Ledger) -> None:
    book, came = SignalBook(ledger.database), SignalEvent(NOON, "ketensluis", "in", details={"deel": 0.5})
    for numbers in (("1", "2"), ("3",)):
        book.register("proef", "0153", "2026-10", pa.Table.from_pylist(
            [{"number": number, "kind": "A", "restricted": False, "record": "p:" + "0" * 20, "fingerprint": "a" * 64}
             for number in numbers], schema=SIGNALS), came)  # fmt: skip
    book.append("proef", "0153", "1", lambda history: SignalEvent(NOON, "anna", "klaar", outcome="geen"))
    book.append_all("proef", "0153", [
        (number, lambda history: SignalEvent(NOON, "anna", "bezig", decision="vandaag")) for number in ("1", "3")
    ])  # fmt: skip


@contextmanager
def altered(ledger: Ledger, *statements: str, stays: bool = False) -> Iterator[sa.Connection]:
    """As who owns the database: triggers and references do not stand in the way. Undone after the block, unless it
    ``stays``."""
    with ledger.database.engine.connect() as connection:
        if ledger.database.sqlite:
            connection.exec_driver_sql("PRAGMA defer_foreign_keys=ON")
            for table in ("event", "signal_event"):
                for action in ("update", "delete", "replace"):
                    connection.exec_driver_sql(f"DROP TRIGGER IF EXISTS {table}_no_{action}")
        else:
            connection.exec_driver_sql("SET LOCAL session_replication_role = replica")
        for statement in statements:
            assert connection.exec_driver_sql(statement).rowcount, f"nothing altered: {statement}"
        yield connection
        if stays:
            connection.commit()
        else:
            connection.rollback()


def verified(ledger: Ledger) -> Verdict:
    return verify_ledger(ledger, [], {})
