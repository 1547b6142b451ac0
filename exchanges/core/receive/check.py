"""check: hold the file as a whole against what came before. What is in it is the business of read."""

from __future__ import annotations

import shutil

from exchanges.core.findings import finding, findings_table
from exchanges.core.period import Period
from exchanges.core.receive.collect import kept_answers
from exchanges.core.receive.earlier import FILE, Earlier
from exchanges.core.receive.refeed import fed
from exchanges.core.reports.dutch import period as month
from exchanges.core.steps.context import Context, Result
from exchanges.core.xml.guard import guard

_SOURCE = "ontvangst"


def check(context: Context) -> Result:
    """Findings on the file: what may not be parsed at all, or came before under this name with other content (both stop
    the delivery, original in quarantine), a month that was skipped or is out of order."""
    collected = context.done("collect")
    if context.intake.collector:
        shutil.rmtree(kept_answers(context), ignore_errors=True)
    path = context.file("collect", FILE)
    name = str(collected.details["file_name"])
    earlier = Earlier(context)
    found = []
    details = {"file_name": name, "sha256": collected.artefacts[FILE].sha256}
    if name.lower().endswith(".xml") and (problems := guard(path, context.intake.max_mb * 1024**2)):
        context.store.quarantine(context.delivery.gemeente, path, str(problems[0]["text"]), name)
        said = f"{name} is niet te lezen: {problems[0]['text']} {problems[0]['action']}"
        return Result(findings=findings_table(problems), blocked=said, details=details)
    twin = next((one for one in earlier.files if one.name == name), None)
    blocked = ""
    if twin is not None:
        context.store.quarantine(context.delivery.gemeente, path, "zelfde naam, andere inhoud", name)
        blocked = (
            f"Een bestand met deze naam is al verwerkt in levering {twin.delivery.id}, met andere inhoud. "
            "Er is niets ingelezen."
        )
        action = "Vraag de partner welk bestand geldt, en om een nieuwe naam voor het andere."
        found.append(finding("IN-ANDERE-INHOUD", "blocker", blocked, action=action, source=_SOURCE))
    if fed(context) is None:  # a repair belongs to a month that came before
        found += _order(context, [one.period for one in earlier.published])
    return Result(findings=findings_table(found), blocked=blocked, details=details)


def _order(context: Context, before: list[Period]) -> list[dict[str, object]]:
    """Months that follow each other are compared; a hole or a step back is told."""
    if not before:
        return []
    newest, this = max(before), context.delivery.period
    if this < newest:
        text = f"De levering over {month(this)} komt na die over {month(newest)}."
        return [finding("IN-VOLGORDE", "warning", text, source=_SOURCE,
                        action="Ga na of deze maand nog moet worden verwerkt.")]  # fmt: skip
    if this > newest.shift(1):
        text = f"Tussen {month(newest)} en {month(this)} is geen levering ontvangen."
        return [finding("IN-MAAND-OVERGESLAGEN", "warning", text, source=_SOURCE,
                        action="Haal de ontbrekende maanden op bij de partner.")]  # fmt: skip
    return []
