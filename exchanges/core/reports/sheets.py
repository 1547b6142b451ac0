"""The parts of a report as sheets of a workbook: the same numbers as on the page, as numbers."""

from __future__ import annotations

from collections.abc import Iterator

from exchanges.core.reports import dutch
from exchanges.core.reports.conclusion import conclude
from exchanges.core.reports.model import Report
from exchanges.core.reports.page import opening
from exchanges.core.reports.severity import SEVERITIES, severity, worst_first
from exchanges.core.reports.sheet import CERTAINTIES, UNITS, Quantity, Sheet, Value, quantity_or_none
from exchanges.core.reports.sheets_proof import answer, approval, background, difference, proof
from exchanges.core.reports.waterfall import rows as waterfall_rows

_LADDER = {"begin": "begin", "plus": "erbij", "min": "eraf", "rest": "rest", "stand": "stand"}
_WATERFALL = {"total": "stand", "minus": "valt af", "gap": "onverklaard"}


def sheets(report: Report, digest: str) -> list[Sheet]:
    """All sheets that the report has something for, in the order of the page. ``digest`` is the hash of the report."""
    made = _out(report) if report.delivery.direction == "out" else _in(report)
    return [_first(report, digest), *(sheet for sheet in made if sheet.rows or sheet.empty)]


def _out(report: Report) -> Iterator[Sheet]:
    yield _waterfall(report, "Van bron tot antwoord")
    yield _money(report)
    yield from _findings(report)
    yield Sheet(
        "Buiten selectie",
        ("Regel", "Waarom", "Tabel", "Aantal", "Bron van de regel", "Zekerheid"),
        (16, 60, 20, 12, 40, 16),
        tuple(
            (e.code, e.text, e.table, Quantity(e.count), e.source, CERTAINTIES[e.certainty]) for e in report.excluded
        ),
    )
    yield _balance(report)
    yield Sheet(
        "Controletotalen",
        ("Totaal", "Eenheid", "In de administratie", "In het bestand", "Gelijk", "Verschil"),
        (44, 12, 22, 22, 10, 18),
        tuple(
            (
                opening(t.title),
                UNITS[t.unit],
                quantity_or_none(t.source, t.unit),
                quantity_or_none(t.file, t.unit),
                t.equal,
                None if t.source is None or t.file is None else Quantity(t.source - t.file, t.unit),
            )
            for t in report.totals
        ),
        "Er zijn geen controletotalen berekend: er is geen bestand om mee te vergelijken.",
    )
    yield from proof(report)
    yield from difference(report)
    if report.approval:
        yield from approval(report.approval)
    yield from answer(report)
    yield from background(report)


def _in(report: Report) -> Iterator[Sheet]:
    yield _waterfall(report, "Van bestand tot lijst")
    yield from _findings(report)
    yield _balance(report)
    yield Sheet(
        "Controles",
        ("Code", "Controle", "Eenheid", "Gevonden", "Verwacht", "Klopt", "Verschil", "Mag verschillen", "Opmerking"),
        (16, 60, 12, 16, 16, 10, 16, 16, 50),
        tuple(
            (
                c.code,
                opening(c.text),
                UNITS[c.unit],
                Quantity(c.left, c.unit),
                Quantity(c.right, c.unit),
                c.holds,
                Quantity(c.left - c.right, c.unit),
                Quantity(c.tolerated, c.unit),
                c.remark,
            )
            for c in report.controls
        ),
    )
    yield Sheet(
        "Lijsten",
        ("Bestand", "Regels", "sha256"),
        (60, 12, 70),
        tuple((one.name, Quantity(one.records), one.sha256) for one in report.lists),
        "Er is niets gepubliceerd.",
    )
    yield from background(report)


def _first(report: Report, digest: str) -> Sheet:
    d, s, said = report.delivery, report.summary, conclude(report)
    sent = d.direction == "out"
    rows: list[tuple[Value, ...]] = [
        ("Conclusie", said.headline),
        ("Uitleg", report.verdict.text),
        ("Balans", said.balance),
        ("Stand", opening(d.state_text)),
        *((opening(item.label), Quantity(item.value)) for item in report.waterfall if item.kind == "total"),
        ("Bevindingen", Quantity(s.findings)),
        ("Soorten bevindingen", Quantity(s.kinds)),
        *((f"Bevindingen: {one.title.lower()}", Quantity(getattr(s, one.name))) for one in SEVERITIES),
        *((("Buiten selectie", Quantity(s.excluded)),) if sent else ()),
        ("Regels van de balans", Quantity(s.measures)),
        ("Regels die sluiten", Quantity(s.measures_closed)),
        *_both_sides(report),
        ("Onverklaard verschil", Quantity(s.unexplained)),
        *((fact.label, fact.text) for fact in report.facts),
        ("Levering", d.id),
        ("Gemeente", f"{d.gemeente_naam} ({d.gemeente})"),
        ("Periode", dutch.period(d.period)),
        ("Volgnummer", Quantity(d.sequence)),
        ("Uitwisseling", d.title),
        ("Partner", opening(d.partner)),
        ("Bericht", f"{d.message} {d.message_version}".strip()),
        ("Manier van leveren" if sent else "Manier van ontvangen", d.method),
        ("Bestand", d.file_name or "Er is geen bestand"),
        ("sha256 van dit verslag", digest),
    ]
    return Sheet("Verslag", ("Onderdeel", "Waarde"), (36, 90), tuple(rows))


def _both_sides(report: Report) -> Iterator[tuple[Value, ...]]:
    """What was counted apart on two sides, and how much of it agrees."""
    s = report.summary
    if report.delivery.direction == "out":
        yield "Controletotalen", Quantity(s.totals)
        yield "Controletotalen die gelijk zijn", Quantity(s.totals_equal)
    else:
        yield "Controles", Quantity(len(report.controls))
        yield "Controles die kloppen", Quantity(sum(one.holds for one in report.controls))


def _waterfall(report: Report, title: str) -> Sheet:
    return Sheet(
        title,
        ("Onderdeel", "Soort", opening(report.delivery.many), "Toelichting"),
        (60, 14, 18, 60),
        tuple(
            (
                opening(row.label),
                _WATERFALL[row.kind],
                Quantity(row.value if row.kind == "total" else -row.value),
                opening(row.note),
            )
            for row in waterfall_rows(report)
        ),
        f"Er zijn geen {report.delivery.many} gelezen.",
    )


def _money(report: Report) -> Sheet:
    return Sheet(
        "Van betaling tot afdracht",
        ("Onderdeel", "Soort", "Eenheid", "Bedrag", "Verschil"),
        (60, 12, 12, 20, 16),
        tuple(
            (
                line.title,
                _LADDER[line.kind],
                UNITS[line.unit],
                Quantity(line.adds, line.unit),
                Quantity(line.gap, line.unit) if line.kind in ("stand", "rest") else None,
            )
            for line in report.money
        ),
    )


def _findings(report: Report) -> Iterator[Sheet]:
    many = opening(report.delivery.many)
    kinds = worst_first(report.findings)
    yield Sheet(
        "Bevindingen",
        (
            "Code",
            "Ernst",
            "Wat is er aan de hand",
            "Bevindingen",
            f"{many} afgekeurd",
            "Wat te doen",
            "Gaat over",
            "Element",
            "Regel uit",
            "Verschillende meldingen",
        ),
        (16, 16, 60, 14, 16, 50, 14, 50, 40, 16),
        tuple(
            (
                kind.code,
                severity(kind).title,
                kind.text,
                Quantity(kind.count),
                Quantity(kind.rejected),
                kind.action or "Niet bekend",
                "levering" if kind.scope == "delivery" else report.delivery.one,
                kind.element,
                kind.source,
                Quantity(kind.variants),
            )
            for kind in kinds
        ),
        "Er zijn geen bevindingen." if report.steps else "Er is nog niets gecontroleerd.",
    )
    yield Sheet(
        "Voorbeelden",
        ("Code", "Element", "Pseudoniem", "Regel in het bestand"),
        (16, 60, 30, 20),
        tuple(
            (kind.code, kind.element, one.record or "levering", quantity_or_none(one.line, "aantal"))
            for kind in kinds
            for one in kind.examples
        ),
    )
    yield Sheet(
        "Niet beoordeeld",
        ("Code", "Controle", "Waarom niet beoordeeld"),
        (16, 60, 60),
        tuple((one.code, one.text, one.reason) for one in report.not_assessed),
    )


def _balance(report: Report) -> Sheet:
    return Sheet(
        "Balans per stap",
        (
            "Stap",
            "Telling",
            "Eenheid",
            "In",
            "Uit",
            "Afgekeurd",
            "Buiten selectie",
            "Aangehouden",
            "Dubbel",
            "Sluit",
            "Verschil",
        ),
        (30, 36, 12, 16, 16, 16, 16, 16, 16, 10, 16),
        tuple(
            (
                f"{nr}. {opening(step.title)}",
                opening(m.title),
                UNITS[m.unit],
                *(Quantity(value, m.unit) for value in (m.into, m.out, m.rejected, m.excluded, m.held, m.duplicate)),
                m.closed,
                Quantity(m.gap, m.unit),
            )
            for nr, step in enumerate(report.steps, start=1)
            for m in step.measures
        ),
        "Er is geen stap uitgevoerd.",
    )
