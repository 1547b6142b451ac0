"""The ledger as the steps and the command line see it; SQL is in the modules beside it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any, TypeVar

import pyarrow as pa
import sqlalchemy as sa

from exchanges.core.balance import Balance
from exchanges.core.errors import UsageError
from exchanges.core.ledger import artefacts as artefact_rows
from exchanges.core.ledger import deliveries, migrate, steps, trail
from exchanges.core.ledger import findings as finding_rows
from exchanges.core.ledger.alone import alone
from exchanges.core.ledger.database import Collision, Database
from exchanges.core.ledger.guard import check_text, plain_details, plain_findings, plain_name, storable
from exchanges.core.ledger.model import GONE, Delivery, DeliveryState, EventRow, ReceiptRow, StepRow, StepState
from exchanges.core.period import Period
from exchanges.core.store.artefact import Artefact, check_gemeente
from exchanges.core.store.privacy import without_bsn

PROGRAM = "ketensluis"
_TRIES = 10
_Answer = TypeVar("_Answer")


class Ledger:
    """``url`` is an SQLAlchemy address: ``sqlite:////srv/sluis/register.db``, ``postgresql+psycopg://…``.

    Safe for many processes at once; every method is one transaction. Errors of all methods: UsageError (an unknown
    delivery, a name that cannot be one, tables of another version), BusinessError (a BSN in what is written),
    TechnicalError (database away or locked).
    """

    def __init__(self, url: str) -> None:
        self.database = Database(url)

    def create(self) -> None:
        """Make the tables, or bring them to this version; does nothing when they are."""
        migrate.upgrade(self.database)

    def exists(self) -> bool:
        """Whether there are tables already; makes nothing."""
        return migrate.exists(self.database)

    def open_delivery(self, exchange: str, gemeente: str, period: Period, method: str, *, new: bool = False,
                      actor: str = PROGRAM, beside: Collection[str] = ()) -> Delivery:
        """The newest delivery of that exchange, gemeente and period; the next sequence number when there is none, or
        when it ended and ``new`` is asked. Two processes at once get the same delivery.

        A delivery that has not tried to leave and was made with another method is succeeded by a new one; one that
        has raises UsageError. That is for methods that say the same in another way. Those in ``beside`` say something
        of their own: only deliveries by such a method itself are looked at, and other methods do not see them.
        """
        plain_name("uitwisseling", exchange)
        plain_name("methode", method)
        check_gemeente(gemeente)
        check_text("de naam van wie opent", actor)

        def open_(connection: sa.Connection) -> Delivery:
            return deliveries.open_(
                connection, exchange, gemeente, period, method, new=new, actor=actor, beside=beside
            )

        return self._retried(open_)

    @contextmanager
    def alone(self, id: str, seconds: float = 600) -> Iterator[None]:
        """Nobody else works on the delivery (or on what else ``id`` names) inside the block. Waits its turn; raises
        TechnicalError after ``seconds``. Not to be nested for the same."""
        with alone(self.database, id, seconds):
            yield

    def progress(self, id: str) -> tuple[Delivery, dict[str, StepRow]]:
        """The delivery and its steps by name, as they are at one moment."""
        with self.database.read() as connection:
            return deliveries.get(connection, id), {row.step: row for row in steps.rows(connection, id)}

    def delivery(self, id: str) -> Delivery:
        with self.database.read() as connection:
            return deliveries.get(connection, id)

    def deliveries(self, exchange: str | None = None, gemeente: str | None = None) -> list[Delivery]:
        """By exchange, gemeente, period, sequence."""
        with self.database.read() as connection:
            return deliveries.find(connection, exchange, gemeente)

    def set_state(self, id: str, state: DeliveryState, reason: str = "", *, actor: str = PROGRAM) -> None:
        """Also an event. What the partner has answered stays: leaving accepted, partly_accepted or rejected is a
        BusinessError. A BSN in ``reason`` becomes stars and is not refused: a failure must always be recordable."""
        check_text("de naam van wie wijzigt", actor)
        with self.database.write() as connection:
            deliveries.set_state(connection, id, DeliveryState(state), storable(without_bsn(reason)), actor)

    def start_step(self, id: str, step: str) -> int:
        """The attempt number, from 1. Results of a former attempt stay until this one finishes."""
        plain_name("stap", step)

        return self._retried(lambda connection: steps.start(connection, id, step))

    def finish_step(self, id: str, step: str, state: StepState | str, balances: Sequence[Balance],
                    artefacts: Mapping[str, Artefact], details: Mapping[str, Any] | None = None, *,
                    findings: pa.Table | None = None, becomes: DeliveryState | None = None,
                    reason: str = "") -> DeliveryState:
        """Replace balances, artefacts and details of the step, and its findings when given, all at once; findings of
        earlier attempts go anyhow. With ``becomes`` the delivery gets that state (see ``set_state``) in the same
        transaction, unless it has left: then only the partner's answer changes it. What it is afterwards is given."""
        plain_name("stap", step)
        where = f"stap {step}"
        ended = StepState(state)
        if ended is StepState.running:
            raise UsageError(f"Een afgeronde {where} kan niet de staat running hebben.")
        if len({line.measure for line in balances}) < len(balances):
            raise UsageError(f"Balans van {where} heeft een meetwaarde dubbel.")
        plain = plain_details(where, details or {})
        check_text(where, *artefacts, *(item.name for item in artefacts.values()),
                   *(text for line in balances for text in (line.measure, line.unit)))
        found = None if findings is None else plain_findings(where, findings)

        def finish(connection: sa.Connection) -> DeliveryState:
            steps.finish(connection, id, step, ended, balances, artefacts, plain, found)
            present = deliveries.get(connection, id).state
            if becomes is None or (present in GONE and becomes not in GONE):
                return present
            deliveries.set_state(connection, id, becomes, storable(without_bsn(reason)), PROGRAM)
            return becomes

        return self._retried(finish)

    def steps(self, id: str) -> list[StepRow]:
        """In the order they were first started."""
        with self.database.read() as connection:
            return steps.rows(connection, id)

    def step_result(self, id: str, step: str) -> StepRow | None:
        with self.database.read() as connection:
            return next(iter(steps.rows(connection, id, step)), None)

    def finished(self, step: str, exchange: str, gemeente: str | None = None) -> dict[str, datetime]:
        """When that step ended well (UTC), by delivery of the exchange, or of one gemeente in it."""
        with self.database.read() as connection:
            return steps.finished(connection, step, exchange, gemeente)

    def artefact(self, id: str, name: str) -> Artefact | None:
        """The newest artefact of the delivery with that name (its key in ``finish_step``)."""
        with self.database.read() as connection:
            return artefact_rows.newest(connection, id, name)

    def findings(self, id: str) -> pa.Table:
        """Columns of FINDINGS and ``step``, in the order they were saved."""
        with self.database.read() as connection:
            return finding_rows.load(connection, id)

    def save_receipt(self, id: str, status: str, accepted: int, rejected: int, artefact: Artefact,
                     details: Mapping[str, Any] | None = None) -> None:
        """The partner's answer. The same report again is fine; another one is a BusinessError."""
        plain = plain_details("het verwerkingsverslag", details or {})
        check_text("het verwerkingsverslag", status, artefact.name)

        def save(connection: sa.Connection) -> None:
            deliveries.get(connection, id)
            trail.save_receipt(connection, id, status, accepted, rejected, artefact, plain)

        self._retried(save)

    def receipt(self, id: str) -> ReceiptRow | None:
        with self.database.read() as connection:
            return trail.get_receipt(connection, id)

    def event(self, id: str | None, actor: str, action: str, object: str, result: str,
              details: Mapping[str, Any] | None = None) -> None:
        """Append an event; ``id`` is None for what concerns no delivery. The database refuses changes."""
        plain = plain_details("een gebeurtenis of de reden ervan", details or {})
        check_text("een gebeurtenis of de reden ervan", actor, action, object, result)
        with self.database.write() as connection:
            if id is not None:
                deliveries.get(connection, id)
            trail.append(connection, id, actor, action, object, result, plain)

    def event_once(self, id: str | None, actor: str, action: str, object: str, result: str,
                   details: Mapping[str, Any] | None = None) -> bool:
        """As ``event``, unless the same action on the same object is there already, also from another process at the
        same moment. Whether it was appended."""
        plain = plain_details("een gebeurtenis of de reden ervan", details or {})
        check_text("een gebeurtenis of de reden ervan", actor, action, object, result)
        with self.database.write() as connection:
            if id is not None:
                deliveries.get(connection, id)
            return trail.append_once(connection, id, actor, action, object, result, plain)

    def events(self, id: str | None) -> list[EventRow]:
        """Oldest first; with None those that concern no delivery."""
        with self.database.read() as connection:
            return trail.events(connection, id)

    def last_events(self, action: str, result: str, exchange: str, gemeente: str | None = None) -> dict[str, datetime]:
        """When an event with that action and result was last appended (UTC), by delivery of the exchange, or of one
        gemeente in it."""
        with self.database.read() as connection:
            return trail.last_events(connection, action, result, exchange, gemeente)

    def _retried(self, work: Callable[[sa.Connection], _Answer]) -> _Answer:
        """Run in a transaction; when another process was first with a row, look again."""
        for _ in range(_TRIES - 1):
            try:
                with self.database.write() as connection:
                    return work(connection)
            except Collision:
                continue
        with self.database.write() as connection:
            return work(connection)
