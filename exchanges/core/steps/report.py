"""report: the reconciliation report of a delivery, from the ledger, in four forms."""

from __future__ import annotations

import hashlib
import pkgutil
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from exchanges.core.approve.account import part as approval
from exchanges.core.chain import LATER
from exchanges.core.ledger import Delivery, DeliveryState, StepRow, state_label
from exchanges.core.mapping.table import load_mapping
from exchanges.core.reports.dutch import count, number
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.select import WITH_RECORD, WITH_RECORD_TEXT, rule_of
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
from exchanges.core.supersede.since import since
from exchanges.core.supersede.told import facts as corrections


def report(context: Context) -> Result:
    """The report in its four forms, see :func:`exchanges.core.steps.accounted.written`."""
    return written(context, build_document(context))


def build_document(context: Context) -> dict[str, Any]:
    """The document of :mod:`exchanges.core.reports.model`, as far as the delivery has come."""
    steps = {row.step: row for row in context.ledger.steps(context.delivery.id)}
    details = {name: row.details for name, row in steps.items() if row.done or row.details}
    delivery = context.delivery
    built, chosen = details.get("build", {}), details.get("select", {})
    proof = _proof(details)
    totals = [{**t, "equal": t["source"] == t["file"]} for t in details.get("reconcile", {}).get("totals", [])]
    findings = _findings(context, details.get("receipt", {}))
    closed = _closed(steps, proof, totals)
    # The selection counts rows of the administration, every other step those of the message.
    titles = {name: table.title for name, table in context.mapping.tables.items()}
    return {
        "schema": 1,
        "delivery": delivery_part(
            context,
            message=context.entry.message,
            version=context.entry.version,
            file_name=built.get("file_name", ""),
            words=context.flow.message.record,
        ),
        "verdict": {"closed": closed, "text": _verdict(delivery, closed, details) + _since(context)},
        "steps": [step_part(row, {} if row.step == "select" else titles) for row in steps.values() if row.balances],
        "waterfall": _waterfall(context, steps),
        "excluded": [_excluded(context, line) for line in chosen.get("excluded", [])],
        "findings": findings,
        "not_assessed": [
            {"code": code, "text": text, "reason": f"Tabel {needs} is niet aangeleverd."}
            for code, text, needs in details.get("map", {}).get("not_assessed", [])
        ],
        "totals": totals,
        "proof": proof,
        "difference": details.get("reconcile", {}).get("difference", {"previous": None, "tables": [], "fields": []}),
        "money": [
            {"kind": kind, "title": title, "value": cents, "gap": gap, "unit": "cent"}
            for kind, title, cents, gap in details.get("reconcile", {}).get("ladder", [])
        ],
        "facts": _facts(context, steps),
        "approval": approval(
            steps.get("approve"), context.ledger.events(context.delivery.id), context.exchange.calendar.timezone
        ),
        "receipt": _receipt(context, details),
        "assumptions": _assumptions(context),
        "provenance": _provenance(context, chosen, built),
    }


def _facts(context: Context, steps: Mapping[str, StepRow]) -> list[dict[str, str]]:
    """What is corrected, and what the exchange tells of the envelope as it was read back."""
    corrected = corrections(context)
    if not context.flow.facts or "check" not in steps or not steps["check"].done:
        return corrected
    rows = pq.read_table(context.file("check", f"teruglezing/{context.mapping.scalar}")).to_pylist()
    told = pkgutil.resolve_name(context.flow.facts)(rows[0], context.delivery.period) if rows else []
    return [*corrected, *({"label": label, "text": text} for label, text in told)]


def _proof(details: Mapping[str, Any]) -> dict[str, Any] | None:
    found = details.get("reconcile", {}).get("proof")
    # What was proven is of another file when the file was to be made or checked again, and that failed.
    if not found or "build" not in details or "check" not in details:
        return None
    hashes = {
        "sha256_sent": details["build"]["sha256"],
        "sha256_checked": details["check"]["sha256"],
        "sha256_remote": details.get("deliver", {}).get("sha256", ""),
    }
    unlike = [{"table": name, "rows": rows} for name, rows in details["reconcile"]["unlike_source"].items()]
    same = not (
        found["missing"] or found["extra"] or found["changed"] or any(f["changed"] for f in found["fields"]) or unlike
    )
    return {**found, **hashes, "unlike_source": unlike, "equal": same and len(set(hashes.values()) - {""}) == 1}


def _closed(steps: Mapping[str, StepRow], proof: Any, totals: list[dict[str, Any]]) -> bool:
    balanced = all(line.closed for row in steps.values() for line in row.balances)
    # What stopped the reconciliation need not show in its numbers: records rejected without a reason, a wrong head.
    proven = proof is not None and proof["equal"] and steps["reconcile"].done
    return balanced and proven and all(t["equal"] for t in totals)


def _verdict(delivery: Delivery, closed: bool, details: Mapping[str, Any]) -> str:
    if delivery.state in (DeliveryState.blocked, DeliveryState.failed):
        told = delivery.reason
        return told if "is gestopt" in told else f"De levering is gestopt. {told}".strip()
    if delivery.state is DeliveryState.nothing:
        return delivery.reason
    if not closed:
        return "De levering is nog niet bewezen: niet alle stappen zijn gedaan of sluiten."
    text = "Wat verzonden is, is gelijk aan wat is geadministreerd en geselecteerd: elk record is verantwoord."
    answer = details.get("receipt")
    if delivery.state in (DeliveryState.built, DeliveryState.awaiting):
        waits = " De levering wacht op akkoord." if delivery.state is DeliveryState.awaiting else ""
        return (
            "Wat klaarstaat, is gelijk aan wat is geadministreerd en geselecteerd. Er is nog niets verzonden." + waits
        )
    if not answer:
        return f"{text} De partner heeft nog niet geantwoord."
    if answer["state"] == "rejected":
        return f"{text} De partner heeft het bestand afgekeurd."
    accepted, rejected = count(answer["accepted"], "record", "records"), number(answer["rejected"])
    return f"{text} De partner heeft {accepted} geaccepteerd en {rejected} afgewezen."


def _since(context: Context) -> str:
    """What became of it: the proof stays what it was, and is of something that does not hold any more."""
    found = since(context.ledger, context.exchange, context.delivery)
    return f" Daarna is de levering {found.text}." if found else ""


def _waterfall(context: Context, steps: Mapping[str, StepRow]) -> list[dict[str, Any]]:
    """Records from source to accepted: a level, what goes off, the next level."""
    record, population = context.mapping.record, context.flow.selection.population
    items: list[dict[str, Any]] = []

    def line(step: str, measure: str) -> Any:
        return next((b for b in (steps[step].balances if step in steps else ()) if b.measure == measure), None)

    chosen, mapped = line("select", population), line("map", record)
    if any(table.name == record and table.origin == population for table in context.flow.selection.tables):
        if chosen is None:
            return []
        items += [
            level("In de bron", chosen.into),
            *losses(chosen, "Niet geselecteerd"),
            level("Geselecteerd", chosen.out),
        ]
    elif mapped is None:
        return []
    else:  # a record is derived: it is no row of the source
        items.append(level("Te melden", mapped.into))
    if mapped is not None:
        made = "build" in steps and bool(steps["build"].details)
        gone_on = level("In het bestand" if made else "Klaar voor het bestand", mapped.out)
        items += [*losses(mapped, "Afgewezen door eigen regels"), gone_on]
    if (answered := line("receipt", record)) is not None:
        items += [*losses(answered, "Afgewezen door de partner"), level("Geaccepteerd", answered.out)]
    return items


def _excluded(context: Context, line: Mapping[str, Any]) -> dict[str, Any]:
    rule = rule_of(context.flow.selection, line["code"])
    if rule is None:
        assert line["code"] == WITH_RECORD
        return {**line, "text": WITH_RECORD_TEXT, "source": "samenhang van de levering", "certainty": "verified"}
    return {**line, "text": rule.text, "source": rule.source, "certainty": rule.certainty}


def _findings(context: Context, answer: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Findings by kind. What was remarked upon a record is told of the selection and, if it went along, of the file:
    the file counts, since it has the line. A file refused as a whole is one finding, and all of its records."""
    from exchanges.core.reports.findings import finding_kinds

    table = context.ledger.findings(context.delivery.id)
    mild = pc.is_in(table["severity"], value_set=pa.array(["warning", "info"]))
    told = pc.binary_join_element_wise(table["code"], table["record"], pc.fill_null(table["path"], ""), " ")
    in_file = told.filter(pc.equal(table["step"], "check")).drop_null().combine_chunks()
    again = pc.and_(pc.and_(pc.equal(table["step"], "map"), mild), pc.is_in(told, value_set=in_file))
    table = table.filter(pc.invert(again))
    kinds = finding_kinds(table, {rule.code: rule.scope for rule in context.flow.rules})
    refused = {reason["code"]: reason["count"] for reason in answer.get("reasons", [])}
    if answer.get("state") == DeliveryState.rejected:
        for kind in kinds:
            if (kind["scope"], kind["severity"]) == ("delivery", "error"):
                kind["rejected"] = refused.get(kind["code"], kind["rejected"])
    return kinds


def _receipt(context: Context, details: Mapping[str, Any]) -> dict[str, Any] | None:
    from exchanges.core.reports.findings import work_list

    if "deliver" not in details:
        return None
    entry = Catalogue.load().entry(context.exchange.receipt.message, context.delivery.period)
    assumed = entry.certainty == "assumed"
    answer = details.get("receipt")
    found = context.ledger.findings(context.delivery.id)
    said = found.filter(pc.is_in(found["step"], value_set=pa.array(["receipt", LATER])))
    if not answer or "state" not in answer:
        return {
            "status": "nog geen antwoord",
            "accepted": 0,
            "rejected": 0,
            "reasons": [],
            "assumed": assumed,
            "answered": False,
        }
    return {
        "status": state_label(DeliveryState(answer["state"])),
        "accepted": answer["accepted"],
        "rejected": answer["rejected"],
        "reasons": answer["reasons"],
        "assumed": assumed,
        "answered": True,
        **work_list(said),
    }


def _assumptions(context: Context) -> list[dict[str, Any]]:
    """Everything that is not published and was filled in by us."""
    out = []
    for message in (context.flow.message.name, context.exchange.receipt.message):
        entry = Catalogue.load().entry(message, context.delivery.period)
        if entry.certainty == "assumed":
            place = "antwoord" if message == context.exchange.receipt.message else "bestand"
            out.append(
                {
                    "what": f"Indeling van {entry.name}",
                    "where": f"mappings/{entry.message}/{entry.version}",
                    "remark": "De echte indeling is niet openbaar.",
                    "place": place,
                }
            )
    out += assumed_parameters(context)
    out += [
        {
            "what": f"Selectieregel {rule.code}",
            "where": f"exchanges/{context.exchange.id}",
            "remark": rule.source,
            "place": "selectie",
        }
        for rule in context.flow.selection.rules
        if rule.certainty == "assumed"
    ]
    out += (
        [
            {
                "what": f"Bestandsnaam {context.flow.message.file_name}",
                "where": f"exchanges/{context.exchange.id}",
                "remark": "De naam die de partner verwacht is niet openbaar.",
                "place": "bestand",
            }
        ]
        if context.flow.message.certainty == "assumed"
        else []
    )
    return out


def _provenance(context: Context, chosen: Mapping[str, Any], built: Mapping[str, Any]) -> dict[str, Any]:
    schemas, mappings = [], []
    for message in _messages(context):
        entry = Catalogue.load().entry(message, context.delivery.period)
        digest = hashlib.sha256(b"".join(entry.xsds[root].read_bytes() for root in entry.roots)).hexdigest()
        schemas.append(
            {
                "message": entry.message,
                "version": entry.version,
                "sha256": digest,
                "certainty": entry.certainty,
                "valid_from": entry.valid_from.isoformat(),
                "valid_to": entry.valid_to.isoformat() if entry.valid_to else "",
            }
        )
        mapping = load_mapping(entry.message, entry.version)
        mappings.append(
            {
                "message": mapping.message,
                "version": mapping.version,
                "sha256": mapping.sha256,
                "certainty": mapping.certainty,
            }
        )
    output = None
    if built:
        output = {
            "name": built["file_name"],
            "sha256": built["sha256"],
            "bytes": built["bytes"],
            "records": built["records"],
        }
    inputs = chosen.get("inputs", [])
    code = code_part()
    run = hashlib.sha256(
        repr((context.delivery.id, [i["sha256"] for i in inputs], code, schemas, mappings)).encode()
    ).hexdigest()
    return {
        "inputs": inputs,
        "code": code,
        "schema": schemas,
        "mapping": mappings,
        "output": output,
        "run": run[:16],
        "purpose": purpose_part(context),
    }


def _messages(context: Context) -> list[str]:
    """The message, what its envelope holds, and the answer, as far as the catalogue knows them."""
    inner = [node.tag.rpartition(":")[2] for node in context.mapping.nodes() if node.kind == "lijst"]
    names = [context.entry.message]
    for uri in context.mapping.namespaces.values():
        for root in inner:
            entry = Catalogue.load().by_root(uri, root)
            if entry is not None and entry.message not in names:
                names.append(entry.message)
    return [*names, context.exchange.receipt.message]
