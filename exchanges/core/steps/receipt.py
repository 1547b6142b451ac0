"""receipt: fetch the partner's processing report, and close the delivery with it."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.balance import Balance
from exchanges.core.bsn import mask, pseudonyms
from exchanges.core.errors import InputRefused, PartnerSilent
from exchanges.core.findings import FINDINGS, finding, findings_table
from exchanges.core.mapping.table import load_mapping
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.steps.context import Context, Made, Result
from exchanges.core.steps.deliver import channel
from exchanges.core.tables import Cursor
from exchanges.core.xml.guard import guard
from exchanges.core.xml.readback import MemorySink
from exchanges.core.xml.stream import Target, check_file

MAX_BYTES = 1024**3
# What a processing report says of a file, and what that makes of the delivery.
FILE_STATES = {"verwerkt": "accepted", "deels_verwerkt": "partly_accepted", "afgekeurd": "rejected"}


def receipt(context: Context) -> Result:
    """Artefact ``verslag``. The report must be about this file, and account for every record that was sent.

    Raises PartnerSilent when there is no report yet, InputRefused (original in quarantine) when it is not what was
    agreed.
    """
    sent = context.done("deliver")
    name = str(sent.details["file_name"]).removesuffix(".xml") + ".verslag.xml"
    path = context.work / "verslag.xml"
    with channel(context) as partner:
        if partner.fetch(context.partner.uitgaand, name, path, MAX_BYTES) is None:
            raise PartnerSilent(
                f"Nog geen verwerkingsverslag voor {sent.details['file_name']}; probeer het later opnieuw."
            )
    entry = Catalogue.load().entry(context.exchange.receipt.message, context.delivery.period)
    mapping = load_mapping(entry.message, entry.version)
    sink = MemorySink()
    problems = guard(path)
    if not problems:
        checked = check_file(path, Target(entry.name, lambda: entry.compile(mapping.root.local), mapping), sink)
        problems = [
            finding(f.code, "error", f.text, path=f.path, line=f.line, source=f"schema {entry.name}")
            for f in checked.faults
        ]
    if problems:
        _refuse(context, path, f"verslag past niet in schema {entry.name}: {problems[0]['text']}")
    head, lines = checked.scalar, sink.tables[mapping.record]
    keys = Cursor(context.files("check", "teruglezing")[context.mapping.record]).column(context.record_key)
    key = mapping.tables[mapping.record].key[0]
    wrong = _disagreements(head, lines, lines[key], keys, sent.details)
    if wrong:
        _refuse(context, path, "; ".join(wrong))
    refused = lines.filter(pc.equal(lines["status"], "afgewezen"))
    state = FILE_STATES[head["bestandsstatus"]]
    accepted, rejected = len(keys) - refused.num_rows, refused.num_rows
    reasons = _reasons(refused)
    if state == "rejected":
        accepted, rejected, reasons = (
            0,
            len(keys),
            [{"code": "BESTAND", "text": mask(head.get("reden") or "bestand afgekeurd"), "count": len(keys)}],
        )
    return Result(
        balances=[Balance(context.mapping.record, "aantal", len(keys), accepted, rejected=rejected)],
        files={"verslag": Made(path, "application/xml", lines.num_rows)},
        details={
            "state": state,
            "accepted": accepted,
            "rejected": rejected,
            "reasons": reasons,
            "message": entry.message,
            "version": entry.version,
            "certainty": entry.certainty,
        },
        findings=_findings(context, refused, refused[key], state, head),
    )


def _disagreements(
    head: dict[str, Any], lines: pa.Table, answered: pa.ChunkedArray, keys: pa.ChunkedArray, sent: Any
) -> list[str]:
    """Where the report is not about the file that was sent, or does not add up."""
    wrong = []
    if head["bestandsnaam"] != sent["file_name"] or head["sha256"] != sent["sha256"]:
        wrong.append("het verslag gaat over een ander bestand")
    if head["bestandsstatus"] not in FILE_STATES:
        wrong.append("de bestandsstatus is onbekend")
    if head["bestandsstatus"] == "afgekeurd":
        return wrong
    if head["aangeboden"] != len(keys) or head["geaccepteerd"] + head["afgewezen"] != head["aangeboden"]:
        wrong.append("de aantallen in de kop sluiten niet")
    refused = pc.sum(pc.equal(lines["status"], "afgewezen")).as_py() or 0
    if refused != head["afgewezen"] or lines.num_rows != head["aangeboden"]:
        wrong.append("de regels en de aantallen in de kop verschillen")
    if (
        len(answered.unique()) != lines.num_rows
        or not pc.all(pc.is_in(keys, value_set=answered.combine_chunks())).as_py()
    ):
        wrong.append("de regels gaan niet over precies de verzonden personen")
    if not pc.all(pc.is_in(lines["status"], value_set=pa.array(["geaccepteerd", "afgewezen"]))).as_py():
        wrong.append("een regel heeft een onbekende status")
    return wrong


def _refuse(context: Context, path: Any, reason: str) -> None:
    context.store.quarantine(context.delivery.gemeente, path, reason)
    raise InputRefused(
        f"Verwerkingsverslag van {context.delivery.id} geweigerd: {reason}. Het origineel staat in quarantaine."
    )


def _reasons(refused: pa.Table) -> list[dict[str, Any]]:
    if not refused.num_rows:
        return []
    grouped = (
        refused.group_by(["code", "omschrijving"])
        .aggregate([([], "count_all")])
        .sort_by([("count_all", "descending"), ("code", "ascending")])
    )
    return [
        {"code": code or "zonder code", "text": mask(text or "geen omschrijving"), "count": count}
        for code, text, count in zip(
            *(grouped[name].to_pylist() for name in ("code", "omschrijving", "count_all")), strict=True
        )
    ]


def _findings(context: Context, refused: pa.Table, keys: pa.ChunkedArray, state: str, head: dict[str, Any]) -> pa.Table:
    if state == "rejected":
        return findings_table(
            [
                finding(
                    "BESTAND",
                    "error",
                    f"De partner keurt het hele bestand af: {mask(head.get('reden') or 'zonder reden')}.",
                    action="Herstel de oorzaak en lever opnieuw.",
                    source="verwerkingsverslag",
                )
            ]
        )
    rows = refused.num_rows
    if not rows:
        return FINDINGS.empty_table()

    def same(text: str) -> pa.Array:
        return pa.array([text] * rows, pa.string())

    columns = {
        "code": pc.fill_null(refused["code"], "zonder code"),
        "severity": same("error"),
        "table": same(context.mapping.record),
        "record": pseudonyms(keys, context.settings.pseudonymise_with()),
        "path": same(""),
        "line": pa.nulls(rows, pa.int64()),
        # The partner's own words: a nine-digit number in them may be a BSN.
        "text": pc.replace_substring_regex(
            pc.fill_null(refused["omschrijving"], "Door de partner afgewezen."), "[0-9]{9}", "[bsn]"
        ),
        "action": same("Herstel het record en lever het opnieuw."),
        "source": same("verwerkingsverslag"),
    }
    return pa.Table.from_arrays([columns[name] for name in FINDINGS.names], schema=FINDINGS)
