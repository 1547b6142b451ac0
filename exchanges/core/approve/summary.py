"""The summary of the reconciliation that is shown to who must agree: counts, totals, differences, reasons.

Plain values, nothing personal. Its digest is what an approval is bound to, beside the sha256 of the file.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from exchanges.core.approve.basis import digest_of
from exchanges.core.approve.reasons import Measure, Weighed, hundredths
from exchanges.core.ledger import StepRow
from exchanges.core.reports.dutch import count, number, percentage
from exchanges.core.reports.dutch import period as month
from exchanges.core.steps.context import Context

LEAST = 12  # characters of a digest that somebody must repeat
# What they are given to repeat: as many as tell a digest from a number of nine digits, which would be masked.
GIVEN = 20


def summarise(
    context: Context, steps: Mapping[str, StepRow], measures: Sequence[Measure], found: Weighed, before: str | None,
    limit: Decimal,
) -> dict[str, Any]:  # fmt: skip
    """Of a delivery that was reconciled; ``before`` is the delivery it was compared with."""
    built, reconciled = steps["build"].details, steps["reconcile"].details
    return {
        "delivery": context.delivery.id,
        "title": f"{context.exchange.title}, {month(context.delivery.period)}, gemeente {context.delivery.gemeente}",
        "file": built["file_name"],
        "size": built["bytes"],
        "counts": _counts(context, steps),
        "measures": [[one.title, one.text] for one in measures],
        "difference": reconciled.get("difference", {"previous": None, "tables": []}),
        "proof": {name: reconciled["proof"][name] for name in ("records", "missing", "extra", "changed")},
        "compared_with": before,
        "limit": percentage(hundredths(limit)),
        "reasons": [reason.as_dict() for reason in found.required],
        "passed": [reason.as_dict() for reason in found.passed],
    }


def digest(summary: Mapping[str, Any]) -> str:
    return digest_of(summary)


def _counts(context: Context, steps: Mapping[str, StepRow]) -> list[list[str]]:
    """From the source to the file, label and number."""
    told: list[list[str]] = []
    for step, measure, out in (
        ("select", context.flow.selection.population, "Niet geselecteerd"),
        ("map", context.mapping.record, "Afgewezen door eigen regels"),
    ):
        line = next((one for one in steps[step].balances if one.measure == measure), None)
        if line is None:
            continue
        if not told:
            told.append(["In de bron" if step == "select" else "Te melden", number(line.into)])
        told.append([out, number(line.excluded + line.rejected + line.held + line.duplicate)])
    return [*told, ["In het bestand", number(int(steps["build"].details["records"]))]]


def lines(summary: Mapping[str, Any], sha256: str) -> list[tuple[str, list[str]]]:
    """Headings with their lines, for a reader."""
    proof = summary["proof"]
    previous = summary["difference"]["previous"]
    differences = [
        f"{table['title']}: {number(table['new'])} nieuw, {number(table['gone'])} weg, {number(table['changed'])} "
        f"gewijzigd, {number(table['same'])} gelijk"
        for table in summary["difference"]["tables"]
    ]
    return [
        (
            "Bestand",
            [
                summary["file"],
                f"{count(summary['size'], 'byte', 'bytes')}, sha256 {sha256}",
                f"samenvatting {digest(summary)}",
            ],
        ),
        ("Waarom akkoord nodig is", [reason["text"] for reason in summary["reasons"]]),
        ("Aantallen", [f"{label}: {value}" for label, value in summary["counts"]]),
        ("In het bestand", [f"{title}: {text}" for title, text in summary["measures"]]),
        (
            "Aansluiting",
            [
                f"{number(proof['records'])} vergeleken met de selectie: {number(proof['missing'])} ontbreekt, "
                f"{number(proof['extra'])} te veel, {number(proof['changed'])} anders"
            ],
        ),
        (f"Verschil met {previous}, de vorige geaccepteerde levering" if previous else "Verschil", differences),
        ("Bekeken en in orde", [reason["text"] for reason in summary["passed"]]),
    ]


def markdown(summary: Mapping[str, Any], sha256: str) -> str:
    """For the page of Airflow."""
    parts = [f"**{summary['title']}**"]
    for heading, told in lines(summary, sha256):
        if told:
            parts.append("\n".join([f"**{heading}**", "", *(f"- {line}" for line in told)]))
    return "\n\n".join(parts)
