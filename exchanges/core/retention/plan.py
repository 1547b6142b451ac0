"""What of a municipality may go on a day, by which rule, and what stays and why. Nothing is destroyed here.

What a later comparison needs has no term: what was told (``grootboek``), which numbers there were (``klasse``), and the
newest picture of what holds (``stand``).
"""

from __future__ import annotations

import pkgutil
from collections import Counter
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.declare import Exchange
from exchanges.core.intake import Intake
from exchanges.core.ledger import Delivery, DeliveryState, Ledger, StepRow, StepState
from exchanges.core.ledger.model import ACCEPTED
from exchanges.core.ledger.signals import SignalBook
from exchanges.core.processing.log import AT as LOGGED_AT
from exchanges.core.processing.log import ROLE as LOG
from exchanges.core.receive.waiting import families
from exchanges.core.registry import exchanges
from exchanges.core.retention.files import loose_files
from exchanges.core.retention.sent import sent_class
from exchanges.core.retention.signals import add_until, ripe
from exchanges.core.retention.terms import (
    DOCUMENT,
    FILE,
    LIST,
    PROCESSING,
    REFUSED,
    RESTRICTED,
    SENT,
    SIGNAL,
    SNAPSHOT,
    Term,
    terms,
)
from exchanges.core.settings import Settings
from exchanges.core.sql import session
from exchanges.core.store import Artefact, Store

ARTEFACT, WRITTEN = "artefact", "document"
_NEW, _STANDING, _LISTED = "nieuw/", "stand/", "lijst/"
# Roles that have a term, by how they begin. What is not here stays.
_CLASSES = (
    ("collect", "", FILE), ("read", "", FILE), ("compare", "bron/", FILE), ("compare", _STANDING, SNAPSHOT),
    ("compare", _NEW, SIGNAL), ("compare", "apart/", SIGNAL), ("publish", _LISTED, LIST),
    (LOGGED_AT, LOG, PROCESSING),
)  # fmt: skip
_APART = "_beperkt"
DEAD = timedelta(days=1)  # a step that runs longer was killed
RUNNING, TERM, NEWEST, NEEDED, OPEN = (
    "een stap is bezig", "de termijn loopt nog", "het nieuwste beeld", "nodig voor een latere vergelijking",
    "niet afgehandeld",
)  # fmt: skip


@dataclass(frozen=True)
class Item:
    """Bytes that go. ``rows``: of a table only these records (``rij``) go, the rest is written anew."""

    place: str
    delivery: str | None
    step: str
    name: str
    artefact: Artefact
    term: Term
    rows: pa.Array | None = None


@dataclass
class Plan:
    """``stays`` counts what stays, by data class and reason."""

    gemeente: str
    on: date
    items: list[Item] = field(default_factory=list)
    stays: Counter[tuple[str, str]] = field(default_factory=Counter)


def plan(settings: Settings, ledger: Ledger, store: Store, gemeente: str, on: date, work: Path) -> Plan:
    """Raises CatalogueError for a term that is missing, BusinessError for a table that is missing or altered."""
    out = Plan(gemeente, on)
    for id, exchange in exchanges().items():
        of = _Exchange(settings, ledger, store, out, exchange, terms(id, on), work)
        if exchange.direction == "in":
            of.add()
        else:
            of.add_sent()
    for place, sha256, size, name, term in loose_files(settings, store, gemeente, on):
        file = Artefact(sha256, size, "application/octet-stream", None, name)
        out.items.append(Item(place, None, "", name, file, term))
    return out


class _Exchange:
    """One exchange of the municipality."""

    def __init__(self, settings: Settings, ledger: Ledger, store: Store, out: Plan, exchange: Exchange,
                 terms: Mapping[str, Term], work: Path) -> None:
        self._settings, self._ledger, self._store, self._out = settings, ledger, store, out
        self._exchange, self._terms, self._work = exchange, terms, work

    def add(self) -> None:
        every = self._every()
        if every is None:
            return
        waiting = {id for one in families(self._ledger, self._exchange.id, self._out.gemeente)
                   for id in (one.root.id, one.base.id if one.base else "")}  # fmt: skip
        newest = _newest(every.values())
        self._documents()
        for id, (delivery, steps) in every.items():
            self._delivery(delivery, steps, id in waiting, id == newest)

    def add_sent(self) -> None:
        """What was sent or was to be sent. The newest that stands stays: the next one is compared with it."""
        every = self._every() or {}
        accepted = [one for one, _ in every.values() if one.state in ACCEPTED]
        stands = {one.method: one.id for one in sorted(accepted, key=lambda one: (one.period, one.sequence))}
        for id, (delivery, steps) in every.items():
            for step, row in steps.items():
                for name, artefact in row.artefacts.items():
                    kind = sent_class(delivery.state, step, name)
                    if kind is None:
                        self._out.stays[step, NEEDED] += 1
                    elif kind == SENT and id in stands.values():
                        self._out.stays[kind, NEWEST] += 1
                    else:
                        assert delivery.changed is not None
                        self._weigh(delivery, step, name, artefact, self._terms[kind], delivery.changed)

    def _every(self) -> dict[str, tuple[Delivery, dict[str, StepRow]]] | None:
        """The deliveries with their steps; None while one of them is running."""
        here = self._ledger.deliveries(self._exchange.id, self._out.gemeente)
        every = {one.id: (one, self._ledger.progress(one.id)[1]) for one in here}
        if any(_busy(row) for _, steps in every.values() for row in steps.values()):
            self._out.stays[self._exchange.id, RUNNING] += 1
            return None
        return every

    def _delivery(self, delivery: Delivery, steps: Mapping[str, StepRow], waits: bool, newest: bool) -> None:
        published = delivery.state is DeliveryState.published
        since = steps["publish"].finished if published else delivery.changed
        assert since is not None
        for step, row in steps.items():
            for name, artefact in row.artefacts.items():
                kind = next((kind for at, begin, kind in _CLASSES if at == step and name.startswith(begin)), None)
                if kind is None:
                    self._out.stays[step, NEEDED] += 1
                    continue
                if kind == SNAPSHOT and newest:
                    self._out.stays[kind, NEWEST] += 1
                    continue
                if kind == SIGNAL and name.startswith(_NEW) and published:
                    continue  # by record, below
                if kind != PROCESSING and (not published or (kind == FILE and waits)):
                    kind = REFUSED
                elif kind == LIST and _APART in name:
                    kind = RESTRICTED
                self._weigh(delivery, step, name, artefact, self._terms[kind], since)
        if published:
            self._records(delivery, steps["compare"], since)

    def _documents(self) -> None:
        """What people wrote about signals, once it was dealt with."""
        closed = SignalBook(self._ledger.database).closed_documents(self._exchange.id, self._out.gemeente)
        for sha256, moment in closed.items():
            size = self._store.size(self._out.gemeente, sha256)
            if size is None:
                continue
            if self._terms[DOCUMENT].passed(moment, self._out.on):
                file = Artefact(sha256, size, "application/json", None, DOCUMENT)
                self._out.items.append(Item(WRITTEN, None, "", DOCUMENT, file, self._terms[DOCUMENT]))
            else:
                self._out.stays[DOCUMENT, TERM] += 1

    def _weigh(self, delivery: Delivery, step: str, name: str, artefact: Artefact, term: Term, since: datetime) -> None:
        if term.passed(since, self._out.on):
            self._out.items.append(Item(ARTEFACT, delivery.id, step, name, artefact, term))
        else:
            self._out.stays[term.data_class, TERM] += 1

    def _records(self, delivery: Delivery, row: StepRow, since: datetime) -> None:
        """The tables of what was new: whole when every record may go, without those that may go otherwise."""
        new = {name: artefact for name, artefact in row.artefacts.items() if name.startswith(_NEW)}
        intake = self._exchange.flows[delivery.method]
        assert isinstance(intake, Intake)
        paths = {name: self._store.local(delivery.gemeente, artefact.sha256) for name, artefact in new.items()}
        records = [paths[f"{_NEW}{name}"] for name in intake.records if f"{_NEW}{name}" in paths]
        if not records:
            return
        term = self._terms[SIGNAL]
        apart = {*intake.apart, *_resolved(intake.lists)().restricted}
        kinds: Mapping[str, int] = _resolved(intake.keep)() if intake.keep else {}
        with session(self._work, self._settings.memory_mb, rows=row.details.get("new", 0)) as con:
            add_until(con, SignalBook(self._ledger.database), delivery.exchange, delivery.gemeente, self._terms, kinds)
            found = ripe(con, records, intake.key, term.passed(since, self._out.on), self._out.on)
        going = found["rij"].filter(found["weg"]).combine_chunks()
        self._out.stays[SIGNAL, OPEN] += pc.sum(found["wacht"]).as_py() or 0
        self._out.stays[SIGNAL, TERM] += found.num_rows - len(going) - (pc.sum(found["wacht"]).as_py() or 0)
        whole = len(going) == found.num_rows and (found.num_rows or term.passed(since, self._out.on))
        for name, artefact in new.items():
            own = self._terms[RESTRICTED] if name.removeprefix(_NEW) in apart else term
            if whole:
                self._out.items.append(Item(ARTEFACT, delivery.id, "compare", name, artefact, own))
            elif len(going) and "rij" in pq.read_schema(paths[name]).names:
                held = pq.read_table(paths[name], columns=["rij"])["rij"]
                if pc.any(pc.is_in(held, value_set=going)).as_py():
                    self._out.items.append(Item(ARTEFACT, delivery.id, "compare", name, artefact, own, going))


def _busy(row: StepRow) -> bool:
    return row.state is StepState.running and datetime.now(UTC) - row.started < DEAD


def _newest(every: Collection[tuple[Delivery, Mapping[str, StepRow]]]) -> str:
    """The delivery with the picture that the next one is compared with."""
    held = [
        (one.period, one.sequence, one.id) for one, steps in every
        if one.state is DeliveryState.published and "compare" in steps
        and any(name.startswith(_STANDING) for name in steps["compare"].artefacts)
    ]
    return max(held, default=(None, 0, ""))[2]


def _resolved(name: str) -> Callable[..., Any]:
    found: Callable[..., Any] = pkgutil.resolve_name(name)
    return found
