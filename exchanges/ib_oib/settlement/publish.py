"""The proposal of a municipality: from what was published and what it administers to the list it works with."""

from __future__ import annotations

import hmac
import pkgutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pyarrow.parquet as pq

from exchanges.core.errors import UsageError
from exchanges.core.ledger import Ledger
from exchanges.core.lists.cover import Cover
from exchanges.core.lists.publish import publish
from exchanges.core.lists.seal import Seal
from exchanges.core.period import Period
from exchanges.core.purpose.guard import require_purpose
from exchanges.core.receive.publish import settle
from exchanges.core.run import open_ledger
from exchanges.core.settings import PartnerSettings, Settings
from exchanges.core.steps.deliver import channel_of
from exchanges.core.store.hashing import hash_file
from exchanges.core.store.opening import open_store
from exchanges.core.workfolder import work_folder
from exchanges.ib_oib.settlement.inputs import OPTIONAL, SOURCES
from exchanges.ib_oib.settlement.lists import NOTE, proposal_list
from exchanges.ib_oib.settlement.parameters import Choices
from exchanges.ib_oib.settlement.propose import propose
from exchanges.ib_oib.settlement.reconcile import Ladder
from exchanges.ib_oib.standing import EXCHANGE, income_of

_NAME = "verrekening"
MADE, PUT = "verrekening.gemaakt", "verrekening.geleverd"


@dataclass(frozen=True)
class Published:
    """``files`` lie under ``<home>/lijsten/<gemeente>``; see :class:`exchanges.ib_oib.settlement.propose.Proposal`."""

    counts: Mapping[str, int]
    ladder: Ladder
    files: tuple[Path, ...]


def propose_and_publish(settings: Settings, gemeente: str, period: Period) -> Published:
    """Raises UsageError for an unknown municipality or without a registered purpose, SourceError for an administration
    that cannot be read, BalanceError when an amount went missing, and TransportError when the place of the lists cannot
    be reached, or another process is at it for long. Nothing in the administration is changed.

    A list that says something else than the one before it has the next number: none is written over. That it was made
    and put is an event in the ledger."""
    own = settings.municipalities().gemeente.get(gemeente)
    if own is None:
        raise UsageError(f"Gemeente {gemeente} staat niet in de instellingen.")
    ledger = open_ledger(settings)
    require_purpose(settings, ledger, EXCHANGE, gemeente)
    said = own.gegevens.get(EXCHANGE, {})
    numbers = tuple(one.strip() for one in str(said.get("eigen_loonheffingennummers", "")).split(",") if one.strip())
    with work_folder(settings.work(), f"{gemeente}-{_NAME}") as work:
        opened = pkgutil.resolve_name(settings.source)(
            kind=own.bron.soort, location=own.bron.locatie, mapping=own.bron.mapping, gemeente=gemeente,
            production=settings.production,
        )  # fmt: skip
        snapshot = opened.snapshot(SOURCES, tuple(OPTIONAL), work / "bron")
        income = income_of(ledger, open_store(settings, work), gemeente, period, work, settings.memory_mb)
        made = propose(
            income, {name: table.path for name, table in snapshot.tables.items()}, gemeente, period,
            Choices.of(said, numbers), work / "voorstel", settings.memory_mb,
        )  # fmt: skip
        listed = proposal_list()
        counts = {sheet.id: pq.read_metadata(made.tables[sheet.id]).num_rows for sheet in listed.sheets}
        tables = {sheet.id: made.tables[sheet.id] for sheet in listed.sheets}
        content, series = _content(tables, settings.pseudonymise_with()), f"{_NAME}/{gemeente}/{period}"
        keys = own.lijsten
        seal = Seal(keys.sleutel, keys.sleutel_beperkt or None) if keys.sleutel else None
        folder = settings.root / "lijsten" / gemeente
        folder.mkdir(parents=True, exist_ok=True)
        # Until its list is booked and put nobody else takes a number, or two lists would have the same name.
        with ledger.alone(series):
            number, said_before = _number(ledger, series, content)
            cover = Cover(_NAME, gemeente, own.naam, period, number, counts, (NOTE,))
            lists = publish(
                listed, tables, cover, work / "lijsten", seal, pseudonym_key=settings.pseudonymise_with()
            )
            name = f"{series}/{number:04d}"
            # Before it lies there: after a crash in between, a list that says something else has another number.
            if not said_before:
                ledger.event(None, "ketensluis", MADE, name, "gemaakt", {"inhoud": content, "voorstellen": made.counts})
            files = tuple(path for manifest in lists.manifests for path in settle(manifest, folder))
            if keys.kanaal is not None:
                _put(ledger, keys.kanaal, name, files)
        return Published(made.counts, made.ladder, files)


def _content(tables: Mapping[str, Path], key: bytes) -> str:
    """A keyed digest of what the list says: the plain hash of a short list would tell whom it is about."""
    digest = hmac.new(key, digestmod="sha256")
    for name, path in sorted(tables.items()):
        digest.update(f"{name} {hash_file(path)[0]}\n".encode())
    return digest.hexdigest()


def _number(ledger: Ledger, name: str, content: str) -> tuple[int, bool]:
    """The number of the list, and whether it was made before: that of the newest one when it says the same."""
    made = [event for event in ledger.events(None) if event.action == MADE and event.object.startswith(f"{name}/")]
    if made and made[-1].details["inhoud"] == content:
        return len(made), True
    return len(made) + 1, False


def _put(ledger: Ledger, place: PartnerSettings, name: str, files: tuple[Path, ...]) -> None:
    with channel_of(place) as channel:
        for path in files:
            sha256, size = hash_file(path)
            sent = channel.deliver(path, place.inkomend, path.name, sha256)
            ledger.event_once(
                None, "ketensluis", PUT, f"{name}/{path.name}", "al aanwezig" if sent.already else "verzonden",
                {"sha256": sha256, "size": size, "host_key": sent.host_key},
            )  # fmt: skip
