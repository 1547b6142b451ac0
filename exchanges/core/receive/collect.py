"""collect: fetch the file that the partner has put ready, the first that was not worked through yet."""

from __future__ import annotations

import pkgutil
import re
from pathlib import Path

from exchanges.core.errors import InputRefused, PartnerSilent
from exchanges.core.findings import finding, findings_table
from exchanges.core.ledger import Delivery
from exchanges.core.receive.arrival import Gathered
from exchanges.core.receive.earlier import FILE, Earlier
from exchanges.core.receive.refeed import collect_fed, fed
from exchanges.core.reports.dutch import number
from exchanges.core.reports.dutch import period as month
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.steps.deliver import channel
from exchanges.core.store.hashing import hash_file
from exchanges.core.store.privacy import without_bsn

REPEATED = "bestand opnieuw aangeboden"
TOO_LARGE = "IN-TE-GROOT"


def collect(context: Context) -> Result:
    """Artefact ``bestand``. A file with the bytes of an earlier delivery is noted, once, and passed over.

    A delivery that repairs another takes the file that was fed. One that is larger than the declaration allows is left
    where it is, and stops the delivery.

    Raises PartnerSilent when there is no file (yet), TransportError when the partner cannot be reached.
    """
    intake, delivery = context.intake, context.delivery
    if (repair := fed(context)) is not None:
        return collect_fed(context, repair)
    if intake.collector:
        return _asked(context)
    wanted = file_names(context)
    earlier = Earlier(context)
    known = earlier.repaired | {one.sha256: one.delivery for one in earlier.files}
    repeated: Delivery | None = None
    with channel(context) as partner:
        there = [name for name in partner.listdir(context.partner.uitgaand) if wanted.fullmatch(name)]
        for place, name in enumerate(there):
            try:
                path = partner.fetch(context.partner.uitgaand, name, context.work / name, intake.max_mb * 1024**2)
            except InputRefused:
                return _too_large(context, without_bsn(name))
            if path is None:
                continue
            sha256, size = hash_file(path)
            if sha256 in known:
                repeated = known[sha256]
                context.ledger.event_once(
                    delivery.id, context.exchange.partner, REPEATED, without_bsn(name), "niets veranderd",
                    {"sha256": sha256, "levering": repeated.id},
                )  # fmt: skip
                path.unlink()
                continue
            details = {
                "file_name": without_bsn(name), "sha256": sha256, "bytes": size, "certainty": intake.certainty,
                "waiting": len({without_bsn(one) for one in there[place + 1 :]} - {one.name for one in earlier.files}),
            }  # fmt: skip
            return Result(files={FILE: Made(path, _media_type(name), sha256=sha256)}, details=details)
    if repeated is not None:
        return Result(nothing=f"Dit bestand is al verwerkt in levering {repeated.id}. Er verandert niets.")
    raise PartnerSilent(
        f"Nog geen bestand van {context.exchange.partner} voor gemeente {delivery.gemeente} over "
        f"{month(delivery.period)}; probeer het later opnieuw."
    )


def _asked(context: Context) -> Result:
    """The file that comes of asking; there is nothing to wait for. What was answered is kept until it is booked, for a
    step that is done again must not ask everybody anew."""
    folder = kept_answers(context)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    gathered: Gathered = pkgutil.resolve_name(context.intake.collector)(context, folder)
    sha256, size = hash_file(gathered.path)
    name = without_bsn(gathered.path.name)
    details = {
        "file_name": name, "sha256": sha256, "bytes": size, "certainty": context.intake.certainty, "waiting": 0,
        **gathered.details,
    }  # fmt: skip
    files = {FILE: Made(gathered.path, _media_type(name), sha256=sha256)}
    return Result(files=files, details=details, findings=gathered.findings)


def kept_answers(context: Context) -> Path:
    """Where answers are until the delivery has them, sealed; gone after the step that follows."""
    return context.settings.root / "bevraging" / context.delivery.id.replace("/", "-")


def waiting(context: Context) -> bool:
    """Whether there is a file under a name that was not collected before; who asks waits for none. Raises
    TransportError."""
    if context.intake.collector:
        return True
    wanted, had = file_names(context), {one.name for one in Earlier(context).files}
    with channel(context) as partner:
        there = [name for name in partner.listdir(context.partner.uitgaand) if wanted.fullmatch(name)]
    return any(without_bsn(name) not in had for name in there)


def file_names(context: Context) -> re.Pattern[str]:
    """The names of the files of this municipality and month."""
    pattern = context.intake.file_name.replace("{gemeente}", context.delivery.gemeente)
    period = str(context.delivery.period)
    return re.compile(pattern.replace("{periode}", period).replace("{jaarmaand}", period.replace("-", "")))


def _too_large(context: Context, name: str) -> Result:
    text = f"{name} is groter dan {number(context.intake.max_mb)} MB; het is niet opgehaald."
    action = f"Vraag {context.exchange.partner} om een kleiner bestand, of om het in delen."
    return Result(
        findings=findings_table([finding(TOO_LARGE, "blocker", text, action=action, source="ontvangst")]),
        blocked=f"{text} {action}",
    )


_MEDIA = {".xml": "application/xml", ".csv": "text/csv", ".zip": "application/zip"}


def _media_type(name: str) -> str:
    return _MEDIA.get(Path(name).suffix.lower(), "application/octet-stream")
