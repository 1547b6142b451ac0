"""report: how what was received became lists, from the ledger, in four forms."""

from __future__ import annotations

import hashlib
import pkgutil
from collections.abc import Mapping
from typing import Any

from exchanges.core.compare.declare import Comparison
from exchanges.core.ledger import DeliveryState, StepRow
from exchanges.core.lists.declare import SignalList
from exchanges.core.receive.refeed import facts
from exchanges.core.reports.dutch import number
from exchanges.core.steps.accounted import (
    assumed_parameters,
    code_part,
    delivery_part,
    level,
    losses,
    purpose_part,
    step_part,
    written,
)
from exchanges.core.steps.context import Context, Result


def report(context: Context) -> Result:
    """The report in its four forms, see :func:`exchanges.core.steps.accounted.written`."""
    return written(context, build_document(context))


def build_document(context: Context) -> dict[str, Any]:
    """The document of :mod:`exchanges.core.reports.model`, as far as the delivery has come."""
    from exchanges.core.reports.findings import finding_kinds

    intake, delivery = context.intake, context.delivery
    steps = {row.step: row for row in context.ledger.steps(delivery.id)}
    details: dict[str, Mapping[str, Any]] = {name: row.details for name, row in steps.items() if row.done}
    collected, read = details.get("collect", {}), details.get("read", {})
    closed = "publish" in details and all(line.closed for row in steps.values() for line in row.balances)
    table = context.ledger.findings(delivery.id)
    return {
        "schema": 1,
        "delivery": delivery_part(
            context,
            message=intake.layout,
            version=str(read.get("version", "")),
            file_name=str(collected.get("file_name", "")),
            words=intake.words,
        ),
        "verdict": {"closed": closed, "text": _verdict(context, closed, details)},
        "steps": _steps(context, steps),
        "waterfall": _waterfall(context, steps),
        "excluded": [],
        "findings": finding_kinds(table, {rule.code: rule.scope for rule in intake.rules}),
        "not_assessed": [
            {"code": code, "text": text, "reason": "Er is niets verzonden waar dit mee te vergelijken is."}
            for code, text, _ in details.get("compare", {}).get("not_assessed", [])
        ],
        "totals": [],
        "proof": None,
        "receipt": None,
        "assumptions": _assumptions(context, read),
        "provenance": _provenance(context, collected, read),
        "facts": facts(context),
        "lists": [
            {"name": name, "sha256": sha256, "records": records}
            for name, sha256, records in details.get("publish", {}).get("files", [])
        ],
        # Of a step that stopped the delivery too: there it is what one looks for.
        "controls": (steps["reconcile"].details if "reconcile" in steps else {}).get("proofs", []),
    }


def _steps(context: Context, steps: Mapping[str, StepRow]) -> list[dict[str, Any]]:
    """As booked; a kind by the name it has in the lists."""
    parts = [step_part(row) for row in steps.values() if row.balances]
    listed: SignalList = pkgutil.resolve_name(context.intake.lists)()
    titles = {kind: sheet.title for sheet in listed.sheets for kind in sheet.kinds or (sheet.id,)}
    if successive := context.intake.successive:
        comparison: Comparison = pkgutil.resolve_name(successive.comparison)
        titles |= {level.name: level.title for level in comparison.levels} | {successive.asked: context.intake.words[1]}
    for part in parts:
        for line in part["measures"]:
            line["title"] = titles.get(line["measure"], line["title"])
    return parts


def _verdict(context: Context, closed: bool, details: Mapping[str, Mapping[str, Any]]) -> str:
    delivery, many = context.delivery, context.intake.words[1]
    if delivery.state in (DeliveryState.blocked, DeliveryState.failed):
        return f"De levering is gestopt. {delivery.reason}".strip()
    if delivery.state is DeliveryState.nothing:
        return delivery.reason
    if not closed:
        return "De levering is nog niet verwerkt: niet alle stappen zijn gedaan of sluiten."
    said, held = details["compare"], sum(details["publish"]["withheld"].values())
    if context.intake.successive:
        return _compared(many, said)
    text = (
        f"Alle {many} uit het bestand zijn verantwoord: {number(said['new'] - held)} nieuw en gepubliceerd, "
        f"{number(said['known'])} al bekend, "
        f"{number(said['clash'] + said['rejected'] + details['read']['rejected'])} apart gezet met een reden."
    )
    if aside := said.get("aside"):
        text += f" {number(aside)} zijn alleen geteld."
    if held:
        text += f" {number(held)} zijn er aangehouden: voor strafrechtelijke gegevens is geen sleutel ingesteld."
    return text


def _compared(many: str, said: Mapping[str, Any]) -> str:
    persons = said["persons"]
    first = f", {number(persons['first'])} voor het eerst" if persons["first"] else ""
    text = (
        f"Van {number(persons['asked'])} {many} is het antwoord verantwoord{first}; van "
        f"{number(persons['not_asked'])} is er geen. Er zijn {number(said['new'])} regels gepubliceerd"
    )
    apart = sum(said["apart"].values())
    return text + (f" en {number(apart)} alleen geteld." if apart else ".")


def _waterfall(context: Context, steps: Mapping[str, StepRow]) -> list[dict[str, Any]]:
    """Records from the file to the lists: a level, what stays behind, the next level. Of a file that is compared with
    the one before it: persons, up to whether there was something to compare."""
    intake = context.intake
    record = intake.counted[0]

    def line(step: str) -> Any:
        return next((b for b in (steps[step].balances if step in steps else ()) if b.measure == record), None)

    came = line("read")
    if came is None:
        return []
    items = [level("In het bestand", came.into), *losses(came, "Niet te lezen"), level("Ingelezen", came.out)]
    if (new := line("compare")) is not None:
        last = "Beantwoord" if intake.successive else "Nieuw"
        items += [*losses(new, "Apart gezet", "Al bekend"), level(last, new.out)]
    if not intake.successive and (shown := line("publish")) is not None:
        items += [*losses(shown, "Niet gepubliceerd"), level("Gepubliceerd", shown.out)]
    return items


def _assumptions(context: Context, read: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Everything that is not published and was filled in by us."""
    intake = context.intake
    out = []
    if intake.certainty == "assumed":
        out.append(
            {
                "what": f"Indeling van {intake.layout}",
                "where": str(read.get("mapping", f"exchanges/{context.exchange.id}")),
                "remark": "De echte indeling is niet openbaar.",
                "place": "bestand",
            }
        )
    out += assumed_parameters(context)
    return out + [
        {"what": f"Regel {rule.code}", "where": f"exchanges/{context.exchange.id}", "remark": rule.source, "place": ""}
        for rule in intake.rules
        if rule.certainty == "assumed"
    ]


def _provenance(context: Context, collected: Mapping[str, Any], read: Mapping[str, Any]) -> dict[str, Any]:
    inputs = []
    if collected:
        inputs = [
            {
                "table": context.intake.layout,
                "rows": int(read.get("records", 0)) + int(read.get("rejected", 0)),
                "sha256": collected["sha256"],
                "origin": collected["file_name"],
                "dialect": read.get("dialect"),
            }
        ]
    code = code_part()
    run = hashlib.sha256(repr((context.delivery.id, [i["sha256"] for i in inputs], code)).encode()).hexdigest()
    return {
        "inputs": inputs,
        "code": code,
        "schema": [],
        "mapping": [],
        "output": None,
        "run": run[:16],
        "purpose": purpose_part(context),
    }
