"""The report as JSON, as self-contained HTML, as PDF and as workbook, and its hash. No clock, no chance: the same
report, the same bytes. HTML and workbook are made from the document, the PDF from the HTML."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from exchanges.core.period import Period
from exchanges.core.reports import dutch
from exchanges.core.reports.codec import canonical
from exchanges.core.reports.conclusion import conclude, no_answer
from exchanges.core.reports.model import Report
from exchanges.core.reports.page import environment, policy_hash, styles
from exchanges.core.reports.parts import FindingKind
from exchanges.core.reports.severity import SEVERITIES, Severity, severity, worst_first
from exchanges.core.reports.waterfall import NARROW, WIDE, draw, rows

SECTIONS = (
    ("conclusie", "Conclusie"),
    ("waterval", "Van bron tot antwoord"),
    ("geld", "Van betaling tot afdracht"),
    ("bijzonderheden", "Bijzonderheden"),
    ("bevindingen", "Wat niet goed was"),
    ("selectie", "Wie er niet in hoort"),
    ("balans", "Balans per stap"),
    ("totalen", "Controletotalen"),
    ("bewijs", "Bewijs"),
    ("verschil", "Verschil met vorige levering"),
    ("akkoord", "Akkoord"),
    ("antwoord", "Antwoord van de partner"),
    ("aannames", "Aannames"),
    ("herkomst", "Herkomst"),
    ("woorden", "Uitleg van woorden"),
)
RECEIVED = (
    ("conclusie", "Conclusie"),
    ("waterval", "Van bestand tot lijst"),
    ("bijzonderheden", "Bijzonderheden"),
    ("bevindingen", "Wat niet goed was"),
    ("balans", "Balans per stap"),
    ("controles", "Controles"),
    ("lijsten", "Lijsten"),
    ("aannames", "Aannames"),
    ("herkomst", "Herkomst"),
    ("woorden", "Uitleg van woorden"),
)


@dataclass(frozen=True)
class _Finding:
    nr: int
    kind: FindingKind
    severity: Severity


def render_json(report: Report | Mapping[str, Any]) -> bytes:
    """Canonical JSON of the whole report (see :func:`codec.canonical`). Raises DocumentError for a bad document."""
    return canonical(_report(report).to_dict())


def report_hash(report: Report | Mapping[str, Any]) -> str:
    """Sha256 (hex) of the canonical JSON without ``provenance.run``.

    Who ran it and when is in the report, but the same inputs must give the same hash (spec ib-signalen SEC-25).
    By hand: ``jq -cjS 'del(.provenance.run)' verslag.json | sha256sum``.
    """
    document = _report(report).to_dict()
    del document["provenance"]["run"]
    return hashlib.sha256(canonical(document)).hexdigest()


def render_html(report: Report | Mapping[str, Any]) -> str:
    """One HTML file that asks for nothing from outside: styles and drawing inline, no script."""
    checked = _report(report)
    delivery = checked.delivery
    digest = report_hash(checked)
    title = _title(checked)
    css = styles(title, delivery.id, f"sha256 {digest}")
    items = rows(checked)
    sent = delivery.direction == "out"
    return environment().get_template("report.html.j2" if sent else "received.html.j2").render(
        report=checked,
        d=delivery,
        p=checked.provenance,
        s=asdict(checked.summary),
        title=title,
        css=css,
        css_hash=policy_hash(css),
        report_hash=digest,
        sections=_sections(checked, SECTIONS if sent else RECEIVED),
        path="Van bron tot antwoord" if sent else "Van bestand tot lijst",
        severities=SEVERITIES,
        conclusion=conclude(checked),
        no_answer=no_answer(checked),
        rows=items,
        drawings=[draw(items, layout) for layout in (WIDE, NARROW)],
        findings=_findings(checked),
        message_assumed=any(
            part.message == delivery.message and part.certainty == "assumed"
            for part in (*checked.provenance.schema, *checked.provenance.mapping)
        ),
        assumptions=[{**asdict(a), "nr": nr} for nr, a in enumerate(checked.assumptions, start=1)],
    )


def render_pdf(report: Report | Mapping[str, Any]) -> bytes:
    """The page of :func:`render_html` on paper, see :mod:`exchanges.core.reports.paper`."""
    from exchanges.core.reports.paper import set_on_paper

    checked = _report(report)
    delivery = checked.delivery
    return set_on_paper(
        render_html(checked), title=_title(checked), edge=delivery.id, foot=f"sha256 {report_hash(checked)}",
        on=Period.parse(delivery.period).start,
    )


def render_xlsx(report: Report | Mapping[str, Any]) -> bytes:
    """A workbook with a sheet per part, see :mod:`exchanges.core.reports.sheets`. Numbers are numbers."""
    from exchanges.core.reports.sheets import sheets
    from exchanges.core.reports.workbook import workbook

    checked = _report(report)
    made = sheets(checked, report_hash(checked))
    return workbook(made, title=_title(checked), on=Period.parse(checked.delivery.period).start)


def _title(report: Report) -> str:
    delivery = report.delivery
    return f"Aansluitverslag {delivery.title}, gemeente {delivery.gemeente_naam}, {dutch.period(delivery.period)}"


def _sections(report: Report, parts: Sequence[tuple[str, str]]) -> list[tuple[str, str]]:
    """Those that the report has."""
    there = {
        "geld": bool(report.money),
        "bijzonderheden": bool(report.facts),
        "controles": bool(report.controls),
        "akkoord": bool(report.approval),
    }
    return [part for part in parts if there.get(part[0], True)]


def _report(report: Report | Mapping[str, Any]) -> Report:
    # A Report made in code passes the same gate as one read from JSON.
    return Report.from_dict(report.to_dict() if isinstance(report, Report) else report)


def _findings(report: Report) -> list[_Finding]:
    return [_Finding(nr, kind, severity(kind)) for nr, kind in enumerate(worst_first(report.findings), start=1)]
