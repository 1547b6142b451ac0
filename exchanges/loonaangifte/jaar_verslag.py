"""The annual statement as JSON, as self-contained HTML, as PDF and as workbook, and its hash: with the frame, styles
and forms of all reports."""

from __future__ import annotations

import hashlib
from dataclasses import asdict
from datetime import date
from pathlib import Path

from exchanges.core.reports.codec import canonical
from exchanges.core.reports.page import environment, policy_hash, styles
from exchanges.loonaangifte.jaar_model import YearReport

TEMPLATES = Path(__file__).resolve().parent / "templates"
SECTIONS = (
    ("conclusie", "Conclusie"),
    ("jaar", "Het jaar op een rij"),
    ("maanden", "Per maand"),
    ("afwijkingen", "Wie afwijkt"),
    ("afdracht", "Gevraagd en verschuldigd"),
    ("correcties", "Correcties"),
    ("afronding", "Afronding"),
    ("bank", "Bank"),
    ("gws", "GWS"),
    ("aannames", "Aannames"),
    ("herkomst", "Herkomst"),
    ("woorden", "Uitleg van woorden"),
)
SHORT = {
    "loon": "loon", "loonheffing": "loonheffing", "bijdrage_zvw": "ingehouden bijdrage Zvw",
    "werkgeversheffing_zvw": "werkgeversheffing Zvw", "netto": "netto", "alimentatie": "alimentatie in de uitkering",
    "alimentatie_rechtstreeks": "alimentatie rechtstreeks",
}  # fmt: skip
OUTCOMES = {
    "gevonden": "betaald", "in_delen": "betaald in delen", "niets": "niets te betalen",
    "nog_te_betalen": "nog te betalen", "ontbreekt": "niet betaald",
    "ander_bedrag": "ander bedrag betaald", "dubbel": "dubbel betaald", "onbekend": "hoort bij geen aangifte",
}  # fmt: skip
AMOUNTS = {
    "fiscaal_loon": "fiscaal loon", "loonheffing": "loonheffing", "ingehouden_zvw": "ingehouden bijdrage Zvw",
    "werkgeversheffing_zvw": "werkgeversheffing Zvw", "ontvangsten_loon": "ontvangsten: loon",
    "ontvangsten_ingehouden_zvw": "ontvangsten: ingehouden bijdrage Zvw",
    "ontvangsten_werkgeversheffing_zvw": "ontvangsten: werkgeversheffing Zvw",
    "belaste_alimentatie": "belaste alimentatie", "uitbetaald": "uitbetaald",
}  # fmt: skip


def render_json(report: YearReport) -> bytes:
    """Canonical JSON of the whole statement."""
    return canonical(report.to_dict())


def report_hash(report: YearReport) -> str:
    """Sha256 (hex) of the canonical JSON without ``provenance.run``."""
    document = report.to_dict()
    del document["provenance"]["run"]
    return hashlib.sha256(canonical(document)).hexdigest()


def render_html(report: YearReport) -> str:
    """One HTML file that asks for nothing from outside."""
    checked = YearReport.from_dict(report.to_dict())
    statement, digest, title = checked.statement, report_hash(checked), _title(checked)
    css = styles(title, _edge(checked), f"sha256 {digest}")
    return environment(TEMPLATES).get_template("jaar.html.j2").render(
        report=checked,
        d=statement,
        p=checked.provenance,
        title=title,
        css=css,
        css_hash=policy_hash(css),
        report_hash=digest,
        sections=SECTIONS,
        tone="goed" if checked.closes else "fout",
        headline=headline(checked),
        lines=[(line, [one for one in checked.lines if one.line == line.line and one.month])
               for line in checked.year_lines],
        short=SHORT,
        outcomes=OUTCOMES,
        amounts=AMOUNTS,
        assumptions=[{**asdict(a), "nr": nr} for nr, a in enumerate(checked.assumptions, start=1)],
    )  # fmt: skip


def render_pdf(report: YearReport) -> bytes:
    """The page of :func:`render_html` on paper, see :mod:`exchanges.core.reports.paper`."""
    from exchanges.core.reports.paper import set_on_paper

    checked = YearReport.from_dict(report.to_dict())
    return set_on_paper(
        render_html(checked), title=_title(checked), edge=_edge(checked), foot=f"sha256 {report_hash(checked)}",
        on=_first_day(checked),
    )  # fmt: skip


def render_xlsx(report: YearReport) -> bytes:
    """A workbook with a sheet per table of the page, see :mod:`.jaar_bladen`. Numbers are numbers."""
    from exchanges.core.reports.workbook import workbook
    from exchanges.loonaangifte.jaar_bladen import sheets

    checked = YearReport.from_dict(report.to_dict())
    return workbook(sheets(checked, report_hash(checked)), title=_title(checked), on=_first_day(checked))


def headline(report: YearReport) -> str:
    return "Dit jaar sluit" if report.closes else "Dit jaar sluit niet"


def _title(report: YearReport) -> str:
    statement = report.statement
    return f"Jaaraansluiting {statement.title}, gemeente {statement.gemeente_naam}, {statement.year}"


def _edge(report: YearReport) -> str:
    statement = report.statement
    return f"{statement.exchange}/{statement.gemeente}/{statement.year}"


def _first_day(report: YearReport) -> date:
    return date(report.statement.year, 1, 1)
