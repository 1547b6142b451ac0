"""Carrying out: what has had its term goes, and is accounted for; also what a killed run had begun.

First the ledger says that it goes, so that no step counts on it; then the bytes go; then the report is written.
Whatever is interrupted, the next run finishes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, date, datetime
from itertools import groupby
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.errors import TechnicalError
from exchanges.core.ledger import Ledger
from exchanges.core.ledger.destruction import Destroyed, DestructionBook, Going
from exchanges.core.retention.files import QUARANTINE, remove_files
from exchanges.core.retention.plan import ARTEFACT, DEAD, WRITTEN, Item, Plan, plan
from exchanges.core.retention.report import write
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings
from exchanges.core.store import Artefact, Store
from exchanges.core.store.opening import open_store
from exchanges.core.workfolder import work_folder
from exchanges.core.xml.readback import PARQUET

_ROWS = 65536
_PATIENCE = 1.0  # seconds for a delivery that somebody works on; the next run finds it


@dataclass(frozen=True)
class Done:
    """``files`` and ``size`` (bytes) are what went, or with a dry run what would; ``rules`` the files by the rule by
    which they did. ``busy`` are deliveries that somebody worked on, because of which something stayed. ``report`` is
    None when nothing went."""

    plan: Plan
    files: int
    size: int
    rules: Counter[str]
    busy: tuple[str, ...] = ()
    report: Path | None = None


def destroy(gemeente: str, on: date, settings: Settings | None = None, *, dry_run: bool = False) -> Done:
    """Destroy what of the municipality had its term before ``on``. With ``dry_run`` nothing changes.

    Raises CatalogueError for a term that is missing, UsageError for a gemeente that is none, BusinessError for a table
    that is missing or altered, TechnicalError for storage and database.
    """
    settings = settings or Settings()
    ledger = open_ledger(settings)
    with ledger.alone(f"bewaren/{gemeente}"), work_folder(settings.work(), f"{gemeente}-bewaren") as work:
        store = open_store(settings, work)
        wanted = plan(settings, ledger, store, gemeente, on, work)
        if dry_run:
            would = Counter(item.term.rule for item in wanted.items)
            return Done(wanted, len(wanted.items), sum(item.artefact.size for item in wanted.items), would)
        book = DestructionBook(ledger.database)
        busy = _decide(ledger, store, book, wanted, work)
        at_work = {id for one in book.unfinished(gemeente) for id in _remove(settings, store, book, one)}
        busy += sorted(at_work - {*busy})
        went = book.unreported(gemeente)
        report = write(settings, wanted, went, busy, _name(settings, gemeente)) if went else None
        if report is not None:
            book.reported(gemeente, [one.id for one in went], report.name)
    did = Counter(one.rule for one in went)
    return Done(wanted, len(went), sum(one.artefact.size for one in went), did, tuple(busy), report)


def _name(settings: Settings, gemeente: str) -> str:
    """What the municipality is called; one that has left the settings only has its code."""
    own = settings.municipalities().gemeente.get(gemeente)
    return own.naam if own else ""


def _decide(ledger: Ledger, store: Store, book: DestructionBook, wanted: Plan, work: Path) -> list[str]:
    """Per delivery, with nobody else at work on it. Gives the deliveries that somebody is at work on."""
    busy = []
    for id, items in groupby(sorted(wanted.items, key=lambda one: one.delivery or ""), lambda one: one.delivery):
        if id is None:
            book.decide(wanted.gemeente, _pending(book, wanted.gemeente, items))
            continue
        with ExitStack() as held:
            try:
                held.enter_context(ledger.alone(id, _PATIENCE))
            except TechnicalError:
                busy.append(id)
                continue
            going = [_going(item, _left(store, wanted.gemeente, item, work)) for item in items]
            book.decide(wanted.gemeente, going)
    return busy


def _pending(book: DestructionBook, gemeente: str, items: Iterable[Item]) -> list[Going]:
    """Loose files that a killed run did not decide on already."""
    decided = {(one.place, one.artefact.sha256) for one in book.unfinished(gemeente)}
    return [_going(item) for item in items if (item.place, item.artefact.sha256) not in decided]


def _going(item: Item, by: Artefact | None = None) -> Going:
    term = item.term
    return Going(item.delivery, item.place, item.step, item.name, item.artefact, term.data_class, term.rule, by)


def _left(store: Store, gemeente: str, item: Item, work: Path) -> Artefact | None:
    """The table without the records that go, in the store; None when all of it goes."""
    if item.rows is None:
        return None
    source = pq.ParquetFile(store.local(gemeente, item.artefact.sha256))
    path = work / "over.parquet"
    with pq.ParquetWriter(path, source.schema_arrow, **PARQUET) as writer:
        for batch in source.iter_batches(batch_size=_ROWS):
            part = pa.Table.from_batches([batch])
            writer.write_table(part.filter(pc.invert(pc.is_in(part["rij"], value_set=item.rows))))
    source.close()
    rows = pq.read_metadata(path).num_rows
    return store.put(gemeente, path, name=item.artefact.name, media_type=item.artefact.media_type, rows=rows, move=True)


def _remove(settings: Settings, store: Store, book: DestructionBook, one: Destroyed) -> list[str]:
    """The bytes themselves. Where something else has the same ones they stay, and go with the last.

    What a step has stored and not booked yet may be these bytes, so while one is at work in the municipality they stay
    until the next run; gives the deliveries that are worked on then."""
    if one.place == QUARANTINE:
        store.destroy_quarantined(one.gemeente, one.artefact.sha256)
    elif one.place not in (ARTEFACT, WRITTEN):
        remove_files(settings, one.gemeente, one.place, one.artefact.sha256)
    elif at_work := book.at_work(one.gemeente, datetime.now(UTC) - DEAD):
        return at_work
    elif not book.needed(one.gemeente, one.artefact.sha256):
        store.destroy(one.gemeente, one.artefact.sha256)
    book.gone(one.id)
    return []
