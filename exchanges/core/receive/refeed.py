"""Feeding again what was refused: a delivery of its own, of which the file does not come from the partner.

It goes through the same chambers, so nothing is loaded twice: what went on before is known by its number. What it adds
is counted against what waited; a repair that would add more than was refused does not go on (spec ib-signalen 14).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow.parquet as pq

from exchanges.core.balance import Balance
from exchanges.core.errors import InputRefused, UsageError
from exchanges.core.findings import finding
from exchanges.core.intake import Intake
from exchanges.core.ledger import Ledger
from exchanges.core.ledger.refeeds import Refeed, RefeedBook
from exchanges.core.lists.closed import key_for, restricted_codes
from exchanges.core.lists.handing import handed, sealed_name
from exchanges.core.receive.set_apart import WENT_ON, write_waiting
from exchanges.core.receive.waiting import FILE, REPAIR, Family, family
from exchanges.core.reports.dutch import count, day, number
from exchanges.core.settings import ListSettings
from exchanges.core.sql import parquet, session
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.store import Store
from exchanges.core.store.hashing import hash_file

MEASURE = "eerder_apart_gezet"
WRITTEN = "apart gezette regels uitgeschreven"
FEWER = "IN-HERSTEL-MINDER"
_DID = (("new", "nieuw"), ("known", "intussen al bekend"), ("aside", "alleen geteld"),
        ("left", "wacht nog"))


@dataclass(frozen=True)
class Opened:
    """``delivery`` feeds what ``repairs`` refused; ``fresh`` when it was not there yet."""

    delivery: str
    repairs: str
    fresh: bool


def open_refeed(ledger: Ledger, store: Store, intake: Intake, id: str, file: Path | None, work: Path, *, actor: str,
                reason: str) -> Opened:
    """The delivery that feeds ``file`` for what ``id`` refused; without a file what waits is tried as it came. The
    file is kept first, so from then on no run needs it any more. The same file again gives the same delivery.

    Raises UsageError without a person or a reason and when nothing waits, InputRefused for a file that is too large,
    BusinessError when the original has been destroyed.
    """
    if not actor.strip() or not reason.strip():
        raise UsageError("Herstel heeft een naam en een reden nodig; geef --reason.")
    found = _waiting(ledger, intake, id)
    root = found.root
    rows = found.base is not None
    path = file or work / "opnieuw"
    if file is None:
        write_waiting(found, intake, ledger, store, path)
    sha256 = _acceptable(path, intake)
    book = RefeedBook(ledger.database)
    if not found.waits and all(one.sha256 != sha256 for one in found.fed):
        raise UsageError(f"Van levering {root.id} wacht niets meer op herstel; er is niets ingevoerd.")
    store.put(root.gemeente, path, name=FILE, media_type="application/octet-stream", sha256=sha256)
    made, fresh = book.open(
        root.id, whole=not rows, original=found.original, sha256=sha256, actor=actor, reason=reason,
        again=file is None and found.waits,
    )  # fmt: skip
    return Opened(made.delivery, root.id, fresh)


def export(ledger: Ledger, store: Store, intake: Intake, id: str, folder: Path, *, actor: str, work: Path,
           lists: ListSettings) -> tuple[Path, int]:
    """Write what waits, for a person to repair, to a new file in ``folder``, sealed for a key of ``lists`` (no key: in
    clear, for its owner alone); gives how many rows it has (0: a whole file). What may hold criminal-justice data is
    sealed for who may see those (SEC-21). Noted in the books: it holds personal data.

    Raises UsageError when nothing waits, the file is there already, or there is no key for what it may hold.
    """
    found = _waiting(ledger, intake, id)
    if not found.waits:
        raise UsageError(f"Van levering {found.root.id} wacht niets meer op herstel; er is niets uitgeschreven.")
    name = Path(found.file_name)
    made = work / f"{name.stem}.herstel{name.suffix}"
    for wanted in (folder / made.name, folder / sealed_name(made.name)):
        if wanted.exists():
            raise UsageError(f"{wanted} staat er al; herstel dat bestand, of haal het weg.")
    rows = write_waiting(found, intake, ledger, store, made)
    recipient = key_for(made, restricted_codes(intake), lists, found.root.gemeente)
    [out] = handed([made], folder, recipient)
    ledger.event(found.root.id, actor, WRITTEN, out.name, "geschreven",
                 {"regels": rows or "heel bestand", "sha256": hash_file(out)[0]})  # fmt: skip
    return out, rows


def fed(context: Context) -> Refeed | None:
    """What this delivery repairs; None for one that fetches its file from the partner."""
    return RefeedBook(context.ledger.database).of(context.delivery.id)


def collect_fed(context: Context, repair: Refeed) -> Result:
    """In place of the partner's file. Its name is that of the original with the number of this delivery: how somebody
    called it at home is not told."""
    row = context.ledger.step_result(repair.repairs, "collect")
    assert row is not None, "a family has a collected file"
    name = Path(str(row.details["file_name"]))
    path = context.store.local(context.delivery.gemeente, repair.sha256)
    details = {
        "file_name": f"{name.stem}.herstel{context.delivery.sequence:04d}{name.suffix}", "sha256": repair.sha256,
        "bytes": path.stat().st_size, "certainty": context.intake.certainty, "waiting": 0, "repairs": repair.repairs,
    }  # fmt: skip
    media_type = row.artefacts[FILE].media_type if FILE in row.artefacts else "application/octet-stream"
    return Result(files={FILE: Made(path, media_type, sha256=repair.sha256)}, details=details)


def settle(context: Context, new: int) -> tuple[list[Balance], dict[str, int], list[dict[str, object]]]:
    """(the balance over both deliveries, the same for the details, findings). Rows that waited = new + known by another
    way + only counted + still waiting; it does not close when more is new than waited. ``new`` is counted by who asks.
    """
    found = family(context.ledger, context.delivery.id)
    assert found is not None
    if found.base is None:
        return [], {}, _fewer(context, found)
    waited = found.rows or 0
    known, aside = _unseen(context, found, "bekend"), _unseen(context, found, "buiten")
    left = max(waited - new - known - aside, 0)
    line = Balance(MEASURE, "aantal", waited, new, excluded=aside, duplicate=known, held=left)
    return [line], {"waited": waited, "new": new, "known": known, "aside": aside, "left": left}, []


def facts(context: Context) -> list[dict[str, str]]:
    """For the report: what this delivery repairs, or what of it was repaired and what still waits."""
    found = family(context.ledger, context.delivery.id)
    if found is None:
        return []
    one, many = context.intake.words
    repair = fed(context)
    out = []
    if repair is not None:
        what = "het geweigerde bestand" if repair.whole else "regels die apart zijn gezet"
        told = f"Deze levering voert {what} van levering {repair.repairs} opnieuw in"
        when = repair.moment.astimezone(ZoneInfo(context.exchange.calendar.timezone)).date()
        out.append(("Herstel", f"{told}, door {repair.actor} op {day(when)}: {repair.reason}"))
        row = context.ledger.step_result(context.delivery.id, "reconcile")
        did = row.details.get(REPAIR, {}) if row else {}
        if did:
            counts = ", ".join(f"{number(did[name])} {text}" for name, text in _DID)
            out.append(("Aansluiting", f"Van {count(did['waited'], one, many)} die wachtten: {counts}."))
    else:
        names = [id for id in found.published if id != context.delivery.id]
        if names:
            out.append(("Hersteld", f"In levering {', '.join(names)}."))
    if found.waits:
        waits = "het hele bestand" if found.rows is None else count(found.rows, one, many)
        out.append(("Wacht op herstel", f"{waits[:1].upper()}{waits[1:]}; zie sluis refeed --list."))
    return [{"label": label, "text": text} for label, text in out]


def _waiting(ledger: Ledger, intake: Intake, id: str) -> Family:
    found = family(ledger, id)
    if found is None:
        raise UsageError(f"Van levering {id} is niets geweigerd of apart gezet; er is niets te herstellen.")
    if found.base is not None and intake.successive:
        raise UsageError(
            f"Levering {found.root.id} is vergeleken met de vorige; losse regels kunnen niet na. Vraag de partner om"
            " een nieuw bestand."
        )
    return found


def _acceptable(path: Path, intake: Intake) -> str:
    """The sha256 of a file that may be fed."""
    if not path.is_file():
        raise UsageError("Het herstelde bestand bestaat niet of is geen gewoon bestand; controleer het pad.")
    if path.stat().st_size > intake.max_mb * 1024**2:
        raise InputRefused(f"Het herstelde bestand is groter dan {number(intake.max_mb)} MB; er is niets ingevoerd.")
    return hash_file(path)[0]


def _unseen(context: Context, found: Family, label: str) -> int:
    """Records of that class that did not go on in this family before. Known ones the partner sent again meanwhile."""
    own = []
    for id in found.published:
        row = context.ledger.step_result(id, "compare")
        if id != context.delivery.id and row is not None and "klasse/merk" in row.artefacts:
            own.append(context.store.local(context.delivery.gemeente, row.artefacts["klasse/merk"].sha256))
    went_on = ", ".join(f"'{name}'" for name in WENT_ON)
    had = " UNION ALL ".join(f"SELECT nummer FROM {parquet(path)} WHERE klasse IN ({went_on})" for path in own)
    marks = context.files("compare", "klasse")["merk"]
    with session(context.work, context.settings.memory_mb, rows=pq.read_metadata(marks).num_rows) as con:
        return int(con.execute(
            f"SELECT count(DISTINCT nummer) FROM {parquet(marks)} WHERE klasse = $label AND nummer NOT IN ({had})",
            {"label": label},
        ).fetchall()[0][0])  # fmt: skip


def _fewer(context: Context, found: Family) -> list[dict[str, object]]:
    """Of a refused file nobody counted the records; but a repair with fewer rows than it had lines must be noticed."""
    read: dict[str, Any] = dict(context.done("read").details)
    row = context.ledger.step_result(found.root.id, "collect")
    if not found.file_name.lower().endswith(".csv") or row is None or FILE not in row.artefacts:
        return []
    with context.store.open(context.delivery.gemeente, row.artefacts[FILE].sha256) as file:
        lines = sum(1 for line in file if line.strip()) - 1
    rows = int(read["records"]) + int(read["rejected"])
    if rows >= lines:
        return []
    text = f"Het geweigerde bestand had {number(lines)} regels, het herstelde heeft er {number(rows)}."
    return [finding(FEWER, "warning", text, source="ontvangst", action="Ga na of er geen regels zijn weggevallen.")]
