"""What a step gets and what it gives."""

from __future__ import annotations

import pkgutil
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO, Literal

import pyarrow as pa

from exchanges.core.balance import Balance
from exchanges.core.dated import ParameterRow, parameters
from exchanges.core.declare import Exchange, Flow
from exchanges.core.errors import TooEarly, UsageError
from exchanges.core.findings import FINDINGS
from exchanges.core.intake import Intake
from exchanges.core.ledger import Delivery, Ledger, StepRow
from exchanges.core.ledger.corrections import CorrectionBook, CorrectionRow
from exchanges.core.mapping.table import MessageMapping, load_mapping
from exchanges.core.purpose.registry import Registered
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.schemas.entry import SchemaEntry
from exchanges.core.settings import GemeenteSettings, PartnerSettings, Settings
from exchanges.core.source import Source
from exchanges.core.sql import Parameter, period_parameters
from exchanges.core.store import Artefact, Draft, Store
from exchanges.core.supersede.narrow import narrowed


@dataclass(frozen=True)
class Made:
    """A file a step made, to become an artefact. ``sha256`` when the step hashed it while writing; ``draft`` when it
    lies at ``path`` as it will in the store."""

    path: Path
    media_type: str
    rows: int | None = None
    sha256: str | None = None
    draft: Draft | None = None


@dataclass
class Result:
    """``files`` become artefacts; ``details`` go into the ledger (counts, hashes, versions; nothing personal).
    ``blocked`` is the sentence that stops the delivery after this step has been booked, ``nothing`` the one with which
    it ends because there is nothing to send, ``waits`` the one with which it waits for a person."""

    balances: list[Balance] = field(default_factory=list)
    files: dict[str, Made] = field(default_factory=dict)
    details: dict[str, Any] = field(default_factory=dict)
    findings: pa.Table = field(default_factory=FINDINGS.empty_table)
    blocked: str = ""
    nothing: str = ""
    waits: str = ""


def flow_of(exchange: Exchange, method: str) -> Flow | Intake:
    """Raises UsageError for a method the exchange does not have."""
    if method not in exchange.flows:
        raise UsageError(
            f"Methode {method!r} bestaat niet voor {exchange.id}; kies uit {', '.join(exchange.flows)}."
        )
    return exchange.flows[method]


@dataclass
class Context:
    """One delivery, and the folder ``work`` that is gone after the step. ``passed`` are the booked results of earlier
    steps, as far as they were looked up; ``registered`` is the purpose for which all this is done."""

    settings: Settings
    ledger: Ledger
    store: Store
    exchange: Exchange
    delivery: Delivery
    work: Path
    passed: dict[str, StepRow] = field(default_factory=dict, repr=False)
    registered: Registered | None = None

    @property
    def purpose(self) -> Registered:
        """Why this is done, as it is registered today. Raises UsageError when nothing is."""
        if self.registered is None:
            raise UsageError(f"Voor {self.exchange.id} is geen doelbinding geregistreerd.")
        return self.registered

    @cached_property
    def declared(self) -> Flow:
        """How it is sent, as declared. Raises UsageError for what is received."""
        found = flow_of(self.exchange, self.delivery.method)
        if not isinstance(found, Flow):
            raise UsageError(f"{self.exchange.id} ontvangt; er wordt niets verzonden.")
        return found

    @cached_property
    def correction(self) -> CorrectionRow | None:
        """What this delivery corrects; None for one that corrects nothing."""
        return CorrectionBook(self.ledger.database).of(self.delivery.id)

    @cached_property
    def flow(self) -> Flow:
        """How this delivery is sent: as declared, and an addition takes only the records it is for."""
        return narrowed(self.declared, self.correction)

    @cached_property
    def intake(self) -> Intake:
        """How it is received. Raises UsageError for what is sent."""
        found = flow_of(self.exchange, self.delivery.method)
        if not isinstance(found, Intake):
            raise UsageError(f"{self.exchange.id} verzendt; er wordt niets ontvangen.")
        return found

    @cached_property
    def gemeente(self) -> GemeenteSettings:
        known = self.settings.municipalities().gemeente
        if self.delivery.gemeente not in known:
            raise UsageError(f"Gemeente {self.delivery.gemeente} staat niet in de instellingen.")
        return known[self.delivery.gemeente]

    @cached_property
    def partner(self) -> PartnerSettings:
        known = self.settings.municipalities().partner
        if self.exchange.partner not in known:
            raise UsageError(f"Partner {self.exchange.partner} staat niet in de instellingen.")
        return known[self.exchange.partner]

    @cached_property
    def entry(self) -> SchemaEntry:
        return Catalogue.load().entry(self.flow.message.name, self.delivery.period)

    @cached_property
    def mapping(self) -> MessageMapping:
        return load_mapping(self.entry.message, self.entry.version)

    @cached_property
    def parameter_rows(self) -> dict[str, ParameterRow]:
        return parameters(self.exchange.id, self.delivery.period)

    @cached_property
    def parameters(self) -> dict[str, Parameter]:
        given: dict[str, Parameter] = {name: row.value for name, row in self.parameter_rows.items()}
        local = self.gemeente.gegevens.get(self.exchange.id, {})
        own = period_parameters(self.delivery.gemeente, self.delivery.period)
        method: dict[str, Parameter] = {"methode": self.delivery.method, "volgnummer": self.delivery.sequence}
        return {**given, **local, **own, **method}

    @property
    def parents(self) -> dict[str, str | None]:
        """Parent per table of the message (the envelope's own row left out)."""
        return {name: spec.parent for name, spec in self.mapping.tables.items() if name != self.mapping.scalar}

    @property
    def record_key(self) -> str:
        return self.mapping.tables[self.mapping.record].key[0]

    def source(self) -> Source:
        bron = self.gemeente.bron
        opened: Source = pkgutil.resolve_name(self.settings.source)(
            kind=bron.soort,
            location=bron.locatie,
            mapping=bron.mapping,
            gemeente=self.delivery.gemeente,
            production=self.settings.production,
        )
        return opened

    def done(self, step: str) -> StepRow:
        """The booked result of an earlier step. Raises TooEarly when it has not been passed."""
        row = self.passed.get(step) or self.ledger.step_result(self.delivery.id, step)
        if row is None or not row.done:
            raise TooEarly(f"Stap {step} van {self.delivery.id} is nog niet met goed gevolg gedaan.")
        self.passed[step] = row
        return row

    def files(self, step: str, prefix: str) -> dict[str, Path]:
        """The artefacts ``<prefix>/<name>`` of an earlier step as local files, by name."""
        artefacts: Mapping[str, Artefact] = self.done(step).artefacts
        wanted = {name.removeprefix(f"{prefix}/"): artefact.sha256
                  for name, artefact in artefacts.items() if name.startswith(f"{prefix}/")}  # fmt: skip
        # Opening what is sealed and hashing it happen outside the interpreter.
        with ThreadPoolExecutor(2, "openen") as pool:
            opened = pool.map(lambda sha256: self.store.local(self.delivery.gemeente, sha256), wanted.values())
            return dict(zip(wanted, opened, strict=True))

    def unhashed(self, step: str, name: str) -> BinaryIO:
        """See :meth:`exchanges.core.store.Store.unhashed`."""
        return self.store.unhashed(self.delivery.gemeente, self.done(step).artefacts[name].sha256)

    def file(self, step: str, name: str) -> Path:
        return self.store.local(self.delivery.gemeente, self.done(step).artefacts[name].sha256)


@dataclass(frozen=True)
class AsItLies:
    """An artefact to be opened, as often as it is asked for: sealed it stays on disk. Who reads it hashes it."""

    context: Context
    step: str
    name: str

    def __str__(self) -> str:
        return f"Artefact {self.name}"

    def open(self, mode: Literal["rb"], /) -> BinaryIO:
        return self.context.unhashed(self.step, self.name)
