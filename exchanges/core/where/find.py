"""The question itself: about one BSN, with a reason, and always in the books; the answer has the pseudonym only."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa

from exchanges.core.access.log import WHERE, seen
from exchanges.core.bsn import pseudonyms
from exchanges.core.errors import BusinessError, CatalogueError, UsageError
from exchanges.core.ledger import state_label
from exchanges.core.ledger.corrections import CorrectionBook
from exchanges.core.registry import exchanges
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings
from exchanges.core.store.opening import open_store
from exchanges.core.where.books import Books, Signalled
from exchanges.core.where.columns import Rows, rows_of
from exchanges.core.where.delivery import Asked, Traced, trace
from exchanges.core.where.today import tell_today
from exchanges.core.workfolder import work_folder


@dataclass(frozen=True)
class Answer:
    """``traced`` are the deliveries that have the person, and those of which something was destroyed or cannot be read;
    ``deliveries`` and ``tables`` are how many were looked in."""

    person: str
    gemeente: str
    traced: tuple[Traced, ...]
    signals: tuple[Signalled, ...]
    deliveries: int
    tables: int

    @property
    def found(self) -> list[Traced]:
        return [one for one in self.traced if one.found]


def where(
    gemeente: str, key: str, *, actor: str, reason: str, restricted: bool = False, settings: Settings | None = None,
    on_delivery: Callable[[str], None] = lambda id: None,
) -> Answer:  # fmt: skip
    """Where the person with BSN ``key`` occurs in the deliveries of the municipality; what was never booked, such as a
    file in quarantine, is not looked in. Criminal-justice data only when ``restricted``.

    Raises UsageError for another gemeente than those of the settings, a key that is no BSN, or no reason.
    """
    settings = settings or Settings()
    if gemeente not in settings.municipalities().gemeente:
        raise UsageError(f"Gemeente {gemeente} staat niet in de instellingen.")
    if not re.fullmatch(r"[0-9]{9}", key, re.ASCII):
        raise UsageError("Dit is geen burgerservicenummer; geef negen cijfers op de standaardinvoer.")
    if not reason.strip():
        raise UsageError("Vragen naar een persoon kan niet zonder reden; geef --reason.")
    person = str(pseudonyms(pa.array([key], pa.string()), settings.pseudonymise_with(make=False))[0].as_py())
    ledger = open_ledger(settings)
    told = "mislukt"
    try:
        with work_folder(settings.work(), f"{gemeente}-waar") as work:
            answer = _answer(settings, gemeente, key, person, work, restricted, on_delivery)
        told = f"gevonden in {len(answer.found)} van {answer.deliveries}"
    finally:
        seen(ledger, actor, WHERE, gemeente=gemeente, result=told, reason=reason, person=person,
             restricted=restricted)  # fmt: skip
    return answer


def _answer(
    settings: Settings, gemeente: str, key: str, person: str, work: Path, restricted: bool,
    on_delivery: Callable[[str], None],
) -> Answer:  # fmt: skip
    ledger, store = open_ledger(settings), open_store(settings, work)
    corrections = CorrectionBook(ledger.database)
    books, known = Books(ledger.database), exchanges()
    deliveries = ledger.deliveries(gemeente=gemeente)
    parts, gone, done = books.parts(gemeente), books.gone(gemeente), books.done(gemeente)
    said = books.said([one.id for one in deliveries], person)

    def path(sha256: str) -> Path:
        return store.local(gemeente, sha256)

    @cache  # the same source goes along with many deliveries
    def rows(sha256: str, column: str) -> Rows | None:
        return rows_of(path(sha256), key, column)

    asked = Asked(key, work, settings.memory_mb, rows, path)
    traced = []
    for delivery in deliveries:
        on_delivery(delivery.id)
        one = Traced(delivery, state_label(delivery.state), findings=said.get(delivery.id, []),
                     gone=gone.get(delivery.id, []), correction=corrections.of(delivery.id))  # fmt: skip
        # One that stopped before anything was selected has nobody, and perhaps no schema to look by.
        if delivery.exchange in known and parts.get(delivery.id):
            try:
                trace(asked, known[delivery.exchange], one, parts.get(delivery.id, []), done.get(delivery.id, set()),
                      restricted=restricted)  # fmt: skip
                if one.found:
                    tell_today(ledger, store, known[delivery.exchange], key, one, work=work,
                               memory_mb=settings.memory_mb)  # fmt: skip
            except (BusinessError, CatalogueError) as error:
                one.unreadable.append(str(error))
        if one.found or one.gone or one.unreadable:
            traced.append(one)
    signals = books.signals(gemeente, person, restricted=restricted)
    return Answer(
        person, gemeente, tuple(traced), tuple(signals), len(deliveries), sum(map(len, parts.values()))
    )
