"""The forms a report has, each with how it is made and what it is called."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from exchanges.core.reports.model import Report
from exchanges.core.reports.render import render_html, render_json, render_pdf, render_xlsx


@dataclass(frozen=True)
class Form:
    """``name`` is also the extension of its files and the end of the name of its artefact, ``verslag/<name>``."""

    name: str
    media: str
    title: str
    render: Callable[[Report], bytes]

    @property
    def artefact(self) -> str:
        return f"verslag/{self.name}"


SCREEN = (
    Form("json", "application/json", "cijfers voor een programma", render_json),
    Form("html", "text/html", "om te lezen op een scherm", lambda report: render_html(report).encode()),
)
PRINT = (
    Form("pdf", "application/pdf", "om af te drukken en te bewaren", render_pdf),
    Form(
        "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "om mee te rekenen", render_xlsx
    ),
)
FORMS = (*SCREEN, *PRINT)
