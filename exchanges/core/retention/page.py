"""The destruction report on a page, on paper and as workbook: the same numbers as its JSON (SEC-16, decision 0033)."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

from exchanges.core.ledger import step_label
from exchanges.core.reports import dutch
from exchanges.core.reports.page import environment, opening, policy_hash, styles
from exchanges.core.reports.sheet import CERTAINTIES, Quantity, Sheet, quantity_or_none

_TEMPLATES = Path(__file__).resolve().parent / "templates"
_SECTIONS = (("regels", "Volgens welke regel"), ("bestanden", "Welke bestanden"), ("blijft", "Wat blijft"))
LISTED = 200  # files of one rule on the page; all of them are in the workbook and in the JSON


def named(parts: Mapping[str, Any]) -> str:
    """The municipality for a reader: its name and its code."""
    return f"{parts['naam']} ({parts['gemeente']})" if parts["naam"] else str(parts["gemeente"])


def render_html(parts: Mapping[str, Any], data: bytes) -> str:
    """``parts`` is the document of :func:`.report.document`, ``data`` the JSON file that is made of it."""
    digest = hashlib.sha256(data).hexdigest()
    css = styles(_title(parts), _edge(parts), f"sha256 {digest}")
    return environment(_TEMPLATES).get_template("vernietiging.html.j2").render(
        r=parts, town=named(parts), title=_title(parts), css=css, css_hash=policy_hash(css), report_hash=digest,
        sections=_SECTIONS, listed=LISTED, label=step_label,
    )  # fmt: skip


def render_pdf(parts: Mapping[str, Any], data: bytes) -> bytes:
    """The page of :func:`render_html` on paper."""
    from exchanges.core.reports.paper import set_on_paper

    foot = f"sha256 {hashlib.sha256(data).hexdigest()}"
    return set_on_paper(
        render_html(parts, data), title=_title(parts), edge=_edge(parts), foot=foot, on=_day(parts)
    )  # fmt: skip


def render_xlsx(parts: Mapping[str, Any], data: bytes) -> bytes:
    """A sheet for each table of the page, every file on it."""
    from exchanges.core.reports.workbook import workbook

    return workbook(_sheets(parts, data), title=_title(parts), on=_day(parts))


def _sheets(parts: Mapping[str, Any], data: bytes) -> list[Sheet]:
    rules = parts["regels"]
    about = (
        ("Gemeente", named(parts)),
        ("Peildatum", _day(parts)),
        ("Bestanden vernietigd", Quantity(parts["aantal"])),
        ("Bytes", Quantity(sum(one["bytes"] for one in rules))),
        *(("Overgeslagen, er werd aan gewerkt", id) for id in parts["overgeslagen"]),
        ("Programma", f"Ketensluis {parts['code']['version']}"),
        ("Versie van het programma", parts["code"]["commit"]),
        ("sha256 van de JSON", hashlib.sha256(data).hexdigest()),
    )
    return [
        Sheet("Verklaring", ("Onderdeel", "Waarde"), (36, 90), about),
        Sheet(
            "Regels",
            ("Regel", "Wat het is", "Waarom die termijn", "Zekerheid", "Bestanden", "Bytes"),
            (40, 50, 50, 16, 14, 18),
            tuple(
                (one["regel"], opening(one["omschrijving"]), one["bron"], CERTAINTIES[one["zekerheid"]],
                 Quantity(one["aantal"]), Quantity(one["bytes"]))
                for one in rules
            ),
        ),
        Sheet(
            "Bestanden",
            ("Regel", "Van", "Stap", "Bestand", "Bytes", "Rijen", "Vernietigd", "Tijd", "sha256"),
            (40, 44, 14, 44, 14, 12, 22, 8, 70),
            tuple(
                (one["regel"], file["levering"] or file["plaats"], step_label(file["stap"] or ""), file["naam"],
                 Quantity(file["bytes"]), quantity_or_none(file["rijen"], "aantal"), *_moment(file["vernietigd"]),
                 file["sha256"])
                for one in rules for file in one["bestanden"]
            ),
        ),
        Sheet(
            "Wat blijft",
            ("Wat", "Waarom", "Aantal"),
            (24, 70, 14),
            tuple(
                (opening(step_label(one["klasse"])), opening(one["reden"]), Quantity(one["aantal"]))
                for one in parts["blijft"]
            ),
            "Er blijft niets van wat een termijn heeft.",
        ),
    ]  # fmt: skip


def _moment(iso: str | None) -> tuple[date | None, str]:
    if iso is None:
        return None, ""
    at = datetime.fromisoformat(iso)
    return at.date(), f"{at:%H:%M}"


def _title(parts: Mapping[str, Any]) -> str:
    return f"Verklaring van vernietiging, gemeente {named(parts)}, {dutch.day(parts['peildatum'])}"


def _edge(parts: Mapping[str, Any]) -> str:
    return f"{parts['gemeente']}, {parts['peildatum']}"


def _day(parts: Mapping[str, Any]) -> date:
    return date.fromisoformat(parts["peildatum"])
