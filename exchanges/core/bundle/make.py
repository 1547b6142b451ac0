"""Make the bundle: everything about a month, a manifest over it, a zip file, and the digest of the manifest booked."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from exchanges.core.access.log import ALL, PREFIX
from exchanges.core.bundle.account import Account, account
from exchanges.core.bundle.contents import Entry, contents
from exchanges.core.bundle.page import INDEX, index, title_of
from exchanges.core.errors import UsageError
from exchanges.core.ledger import Ledger
from exchanges.core.ledger.form import canonical
from exchanges.core.lists.archive import zipped
from exchanges.core.period import Period
from exchanges.core.reports import dutch
from exchanges.core.reports.paper import set_on_paper
from exchanges.core.settings import Settings
from exchanges.core.steps.accounted import code_part
from exchanges.core.store import Store
from exchanges.core.store.whole import new_file, require_free

ACTION = f"{PREFIX} bundel"
SCHEMA = 1
_LEVEL = 6


@dataclass(frozen=True)
class Bundle:
    """``manifest`` is the sha256 of the manifest."""

    out: Path
    manifest: str
    deliveries: int
    files: int
    size: int


def make_bundle(
    settings: Settings, ledger: Ledger, store: Store, gemeente: str, period: Period, out: Path, actor: str,
    booked: Mapping[str, str | int] = MappingProxyType({}),
) -> Bundle:  # fmt: skip
    """Write ``out``, for its owner alone, and book who made it with the digest of its manifest, and what is ``booked``
    of it besides.

    Raises UsageError for a municipality that is not in the settings, a month without deliveries or an ``out`` that is
    there already; BusinessError for a delivery without a report; TechnicalError when it cannot be written.
    """
    known = settings.municipalities().gemeente
    if gemeente not in known:
        raise UsageError(f"Gemeente {gemeente} staat niet in de instellingen.")
    require_free(out)
    deliveries = [one for one in ledger.deliveries(gemeente=gemeente) if one.period == period]
    if not deliveries:
        raise UsageError(f"Gemeente {gemeente} heeft geen leveringen over {dutch.period(period)}.")
    accounts = [account(ledger, store, one) for one in deliveries]
    entries = _with_index(gemeente, known[gemeente].naam, period, accounts, contents(ledger, accounts))
    listed = manifest(gemeente, known[gemeente].naam, period, accounts, entries)
    digest = hashlib.sha256(listed).hexdigest()
    with new_file(out, "de bundel schrijven") as file:
        files = [("manifest.json", [listed]), *((entry.path, [entry.data]) for entry in entries)]
        for piece in zipped(files, level=_LEVEL, large=False):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
        # Booked first: a bundle that is in no books is not handed over.
        ledger.event(
            None, actor, ACTION, f"{ALL}/{gemeente}", "gemaakt",
            {"periode": str(period), "manifest": digest, "leveringen": len(accounts), "bestanden": len(entries),
             **booked},
        )  # fmt: skip
        size = file.tell()
    return Bundle(out, digest, len(accounts), len(entries), size)


def _with_index(
    gemeente: str, name: str, period: Period, accounts: list[Account], entries: list[Entry]
) -> list[Entry]:
    code = code_part()
    program = f"Ketensluis {code['version']}"
    page = index(gemeente, name, period, accounts, entries, program)
    paper = set_on_paper(page, title=title_of(name, period), edge=gemeente, foot=program, on=period.start)
    return [
        Entry(INDEX[0], page.encode(), "dit overzicht, om te lezen op een scherm"),
        Entry(INDEX[1], paper, "hetzelfde overzicht, om af te drukken en te bewaren"),
        *entries,
    ]


def manifest(gemeente: str, name: str, period: Period, accounts: list[Account], entries: list[Entry]) -> bytes:
    """Canonical JSON of what is in the bundle: of each delivery how it stands, of each file its size and digest."""
    return canonical({
        "soort": "maandbundel", "vorm": SCHEMA, "gemeente": gemeente, "naam": name, "periode": str(period),
        "programma": code_part(),
        "leveringen": [
            {
                "id": one.delivery.id, "uitwisseling": one.report.delivery.title, "stand": str(one.delivery.state),
                "sluit": one.closes, "conclusie": one.conclusion.headline,
                "verslag_sha256": one.report_hash, "verslag_bijgewerkt": one.current,
            }
            for one in accounts
        ],
        "bestanden": [
            {"pad": one.path, "sha256": one.sha256, "bytes": len(one.data), "wat": one.what, "levering": one.delivery}
            for one in entries
        ],
    }).encode() + b"\n"  # fmt: skip

