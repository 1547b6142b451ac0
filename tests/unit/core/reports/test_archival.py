"""Every kind of page of ours on paper, before the reference validator; and that it says so when one is not right."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from io import BytesIO
from typing import Any

import pytest
from pikepdf import Array, Dictionary, Name, Pdf

from exchanges.core.reports import render_pdf
from exchanges.core.reports.paper import set_on_paper
from exchanges.loonaangifte.jaar_model import YearReport
from exchanges.loonaangifte.jaar_verslag import render_pdf as render_year
from tests.unit.core.reports.documents import ALL, received
from tests.unit.loonaangifte.year_documents import broken
from tests.verapdf import verapdf

STANDARDS = ("PDFA-2A", "PDFUA-1")
PAGE = """<html><body><h1>Titel</h1><table><caption>Bijschrift</caption><thead><tr><th scope="col">Wat</th>
<th scope="col">Aantal</th></tr></thead><tbody><tr><th scope="row">Appels</th><td>3</td></tr></tbody></table>
<svg class="breed" viewBox="0 0 9 9"><title>Appels</title><desc>Drie.</desc><rect width="3" height="3"/></svg>
</body></html>"""
Judged = dict[tuple[str, str], dict[str, Any]]


def spoilt(data: bytes, how: Callable[[Pdf], object]) -> bytes:
    made = BytesIO()
    with Pdf.open(BytesIO(data)) as pdf:
        how(pdf)
        pdf.save(made)
    return made.getvalue()


def no_language(pdf: Pdf) -> None:
    del pdf.Root.Lang


def no_letters(pdf: Pdf) -> None:
    for one in pdf.objects:
        if isinstance(one, Dictionary) and one.get(Name.Type) == Name.FontDescriptor:
            for name in {Name.FontFile2, Name.FontFile3} & set(map(Name, one.keys())):
                del one[name]


def heads_without_scope(pdf: Pdf) -> None:
    """And without what refers to them: nobody can tell what a number is of."""
    for one in pdf.objects:
        if isinstance(one, Dictionary) and one.get(Name.S) in (Name.TH, Name.TD):
            for said in one.get(Name.A, Array()):
                for name in (Name.Scope, Name.Headers):
                    if name in said:
                        del said[name]


def says_nothing_of_the_drawing(pdf: Pdf) -> None:
    for one in pdf.objects:
        if isinstance(one, Dictionary) and one.get(Name.S) == Name.Figure:
            del one.Alt


def acts(pdf: Pdf) -> None:
    pdf.Root.OpenAction = Dictionary(S=Name.JavaScript, JS="1")


SPOILT = {
    "no_language": (no_language, "PDFUA-1", "7.2-"),
    "no_letters": (no_letters, "PDFA-2A", "6.2.11.4.1-"),
    "heads_without_scope": (heads_without_scope, "PDFUA-1", "7.5-1"),
    "says_nothing_of_the_drawing": (says_nothing_of_the_drawing, "PDFUA-1", "7.3-1"),
    "acts": (acts, "PDFA-2A", "6.5.1-"),
}


@pytest.fixture(scope="module")
def judged(tmp_path_factory: pytest.TempPathFactory) -> Judged:
    documents = {
        "delivery": render_pdf(ALL["example"]()),
        "received": render_pdf(received()),
        "year": render_year(YearReport.from_dict(broken())),
    }
    small = set_on_paper(PAGE, title="Proef", edge="rand", foot="voet", on=date(2026, 10, 1))
    documents |= {"small": small} | {name: spoilt(small, how) for name, (how, _, _) in SPOILT.items()}
    return verapdf(tmp_path_factory.mktemp("verapdf"), documents)


@pytest.mark.parametrize("name", ["delivery", "received", "year", "small"])
@pytest.mark.parametrize("standard", STANDARDS)
def test_it_keeps_the_standard(judged: Judged, name: str, standard: str) -> None:
    found = judged[name, standard]
    assert found["failed"] == [] and found["passed"]
    assert found["rules"] > 100 and found["checks"] > (400 if name == "small" else 20_000)


@pytest.mark.parametrize("name", SPOILT)
def test_the_validator_names_what_is_wrong(judged: Judged, name: str) -> None:
    _, standard, clause = SPOILT[name]
    found = judged[name, standard]
    assert not found["passed"]
    assert [one for one in found["failed"] if one.startswith(clause)], found["failed"][:5]
