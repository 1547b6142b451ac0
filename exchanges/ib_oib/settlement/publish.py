"""The proposal of a municipality: from what was published and what it administers to the list it works with."""

from __future__ import annotations

import pkgutil
import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from exchanges.core.errors import UsageError
from exchanges.core.lists.cover import Cover
from exchanges.core.lists.publish import publish
from exchanges.core.lists.seal import Seal
from exchanges.core.period import Period
from exchanges.core.purpose.guard import require_purpose
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings
from exchanges.core.store import Store
from exchanges.ib_oib.settlement.inputs import OPTIONAL, SOURCES
from exchanges.ib_oib.settlement.lists import NOTE, proposal_list
from exchanges.ib_oib.settlement.parameters import Choices
from exchanges.ib_oib.settlement.propose import propose
from exchanges.ib_oib.settlement.reconcile import Ladder
from exchanges.ib_oib.standing import EXCHANGE, income_of

_NAME = "verrekening"


@dataclass(frozen=True)
class Published:
    """``files`` lie under ``<home>/lijsten/<gemeente>``; see :class:`exchanges.ib_oib.settlement.propose.Proposal`."""

    counts: Mapping[str, int]
    ladder: Ladder
    files: tuple[Path, ...]


def propose_and_publish(settings: Settings, gemeente: str, period: Period) -> Published:
    """Raises UsageError for an unknown municipality or without a registered purpose, SourceError for an administration
    that cannot be read, and BalanceError when an amount went missing. Nothing in the administration is changed."""
    own = settings.municipalities().gemeente.get(gemeente)
    if own is None:
        raise UsageError(f"Gemeente {gemeente} staat niet in de instellingen.")
    ledger = open_ledger(settings)
    require_purpose(settings, ledger, EXCHANGE, gemeente)
    said = own.gegevens.get(EXCHANGE, {})
    numbers = tuple(one.strip() for one in str(said.get("eigen_loonheffingennummers", "")).split(",") if one.strip())
    work = Path(tempfile.mkdtemp(dir=settings.work(), prefix=f"{gemeente}-{_NAME}-"))
    try:
        opened = pkgutil.resolve_name(settings.source)(
            kind=own.bron.soort, location=own.bron.locatie, mapping=own.bron.mapping, gemeente=gemeente,
            production=settings.production,
        )  # fmt: skip
        snapshot = opened.snapshot(SOURCES, tuple(OPTIONAL), work / "bron")
        income = income_of(ledger, Store(settings.store_url), gemeente, period, work, settings.memory_mb)
        made = propose(
            income, {name: table.path for name, table in snapshot.tables.items()}, gemeente, period,
            Choices.of(said, numbers), work / "voorstel", settings.memory_mb,
        )  # fmt: skip
        listed = proposal_list()
        counts = {sheet.id: pq.read_metadata(made.tables[sheet.id]).num_rows for sheet in listed.sheets}
        cover = Cover(_NAME, gemeente, own.naam, period, 1, counts, (NOTE,))
        keys = own.lijsten
        seal = Seal(keys.sleutel, keys.sleutel_beperkt or None) if keys.sleutel else None
        tables = {sheet.id: made.tables[sheet.id] for sheet in listed.sheets}
        out = work / "lijsten"
        publish(listed, tables, cover, out, seal, pseudonym_key=settings.pseudonymise_with())
        folder = settings.root / "lijsten" / gemeente
        folder.mkdir(parents=True, exist_ok=True)
        files = tuple(Path(shutil.copy2(path, folder / path.name)) for path in sorted(out.iterdir()) if path.is_file())
        return Published(made.counts, made.ladder, files)
    finally:
        shutil.rmtree(work, ignore_errors=True)
