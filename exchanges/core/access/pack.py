"""What is accounted for every year about the use of chain data, in one file (SEC-32): where the security plan is, who
may what and whether that was reviewed, incidents, who looked how often, purposes, terms with what was destroyed, and
whether the books are whole. Counts and accounts; nobody about whom data are.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from datetime import date, datetime
from pathlib import Path
from typing import Any

from exchanges.core.access.overview import overview
from exchanges.core.access.review import rights
from exchanges.core.access.roles import configured, matrix
from exchanges.core.evidence.key import key_id, signing_key
from exchanges.core.evidence.verify import verify_ledger
from exchanges.core.incident import incidents
from exchanges.core.ledger import Ledger
from exchanges.core.lists.archive import zipped
from exchanges.core.period import Period
from exchanges.core.purpose.check import check
from exchanges.core.purpose.registry import HOME_TIME
from exchanges.core.retention.terms import terms
from exchanges.core.run import open_ledger
from exchanges.core.settings import AccessSettings, Settings
from exchanges.core.store.whole import new_file, require_free

MANIFEST = "inhoud.json"
PLAN, ROLES, REVIEWS, INCIDENTS, LOOKS, PURPOSES, TERMS, BOOKS = (
    "beveiligingsplan.json", "rollen.json", "beoordelingen.json", "incidenten.json", "inzage.json",
    "doelbinding.json", "bewaartermijnen.json", "register.json",
)  # fmt: skip
PARTS = (PLAN, ROLES, REVIEWS, INCIDENTS, LOOKS, PURPOSES, TERMS, BOOKS)


def pack(year: int, out: Path, settings: Settings | None = None) -> dict[str, str]:
    """Write the file; gives the sha256 of every part, as they stand in ``inhoud.json`` too. Raises UsageError when the
    file is there already, or the settings are not; TechnicalError when it cannot be written."""
    settings = settings or Settings()
    require_free(out)
    entries = {name: _bytes(value) for name, value in _parts(settings, open_ledger(settings), year)}
    entries |= {f"vernietiging/{path.name}": path.read_bytes() for path in _destroyed(settings, year)}
    hashes = {name: hashlib.sha256(data).hexdigest() for name, data in entries.items()}
    entries[MANIFEST] = _bytes({"jaar": year, "delen": hashes})
    with new_file(out, "de jaarlijkse verantwoording schrijven") as file:
        for piece in zipped(((name, [data]) for name, data in entries.items()), level=6, large=False):
            file.write(piece)
    return hashes


def _parts(settings: Settings, ledger: Ledger, year: int) -> Iterator[tuple[str, Any]]:
    known = configured(settings)
    said, accounts = (known.toegang, known.rollen) if known else (AccessSettings(), {})
    on = min(date(year, 12, 31), datetime.now(HOME_TIME).date())
    yield PLAN, {"eigenaar": said.eigenaar, "beveiligingsplan": said.beveiligingsplan}
    yield ROLES, {
        "handelingen": [{"handeling": act.id, "omschrijving": act.title, "opdrachten": act.commands,
                         "rollen": sorted(act.allowed), "bron": act.source} for act in matrix()],
        "accounts": accounts,
    }  # fmt: skip
    yield REVIEWS, [{**asdict(one), "te laat": one.late(on)} for one in rights(ledger, accounts, on)]
    yield INCIDENTS, [asdict(one) for one in incidents(ledger) if one.opened.astimezone(HOME_TIME).year == year]
    yield LOOKS, {str(period): [asdict(one) for one in overview(ledger.database, period)]
                  for period in (Period(year, month) for month in range(1, 13))}  # fmt: skip
    yield PURPOSES, [
        {"uitwisseling": one.exchange, "klachten": one.complaints,
         "doelbinding": one.purpose and {**asdict(one.purpose), "gives": sorted(one.purpose.gives),
                                         "reads": sorted(one.purpose.reads)}}
        for one in check(settings, on)
    ]  # fmt: skip
    yield TERMS, [asdict(term) for term in terms("", on).values()]
    keys = {}
    if settings.anchor_key_file.exists():
        own = signing_key(settings.anchor_key_file).public_key()
        keys = {key_id(own): own}
    found = verify_ledger(ledger, settings.anchor_folders, keys)
    yield BOOKS, {"heel": not found.breaches, **asdict(found)}


def _destroyed(settings: Settings, year: int) -> Iterator[Path]:
    yield from sorted((settings.root / "verslagen").glob(f"*/vernietiging_{year}-*.json"))


def _bytes(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1, default=_text).encode()


def _text(value: object) -> str:
    if isinstance(value, date | datetime | Period):
        return str(value)
    raise TypeError(type(value).__name__)
