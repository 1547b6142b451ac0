"""The annual statement in four forms, one set of numbers: each is read by a reader of its own kind, as all reports."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from exchanges.loonaangifte.jaar_model import YearReport
from exchanges.loonaangifte.jaar_verslag import render_html, render_json, render_pdf, render_xlsx
from tests.unit.core.reports.forms_read import Book, Page, Paper, Row, agree, has, unit
from tests.unit.loonaangifte.year_documents import ALL, broken, example

MONTHS = ("januari", "februari", "maart", "april", "mei", "juni", "juli", "augustus", "september", "oktober",
          "november", "december")  # fmt: skip


def month(text: str) -> str:
    return MONTHS[int(text[5:]) - 1]


def cents(*values: int | None) -> list[str]:
    return [unit(value, "cent") for value in values if value is not None]


def whole(*values: int | None) -> list[str]:
    return [unit(value, "aantal") for value in values if value is not None]


def rows(document: dict[str, Any]) -> Iterator[Row]:
    """Every number of every table but those of rounding, which share a cell on the page."""
    for line in document["lines"]:
        sides = cents(*(line[name] for name in ("received", "jaaropgaven", "payments", "computed", "difference")))
        if line["month"]:
            numbers = [*sides, *whole(line["relations"])]
            yield "Dedriekantenpermaand", "Per maand", month(line["month"]), numbers
        else:
            yield "Dedriekantenoverhetjaar", "Het jaar", line["title"], sides
    for one in document["counts"]:
        numbers = whole(one["received"], one["jaaropgaven"], one["payments"])
        yield "Inkomstenverhoudingenpermaand", "Inkomstenverhoudingen", month(one["month"]), numbers
    for one in document["deviations"]:
        numbers = cents(one["received"], one["jaaropgaven"], one["payments"])
        yield "Inkomstenverhoudingendieineenmaand", "Wie afwijkt", one["record"], numbers
    yield from collective(document["collective"])
    for one in (document["bank"] or {"lines": ()})["lines"]:
        label = month(one["month"]) if one["month"] else "geen aangifte"
        numbers = cents(one["expected"], one["paid"], one["difference"])
        yield "Totaalgeneraalpermaand", "Bank", label, numbers
    for name, label in (("years", "Jaaropgaven per klant"), ("months", "Betalingen per klant")):
        if document["gws"] and (part := document["gws"][name]):
            numbers = whole(*(part[side] for side in ("ours", "theirs", "equal", "different")))
            yield "VergelekenmetGWS", "GWS", label, numbers
    for one in (document["gws"] or {"differences": ()})["differences"]:
        numbers = (cents if one["month"] else whole)(one["ours"], one["theirs"])
        yield "VerschillenmetGWS", "Verschillen met GWS", one["record"], numbers
    for one in document["provenance"]["inputs"]:
        yield "Ingelezentabellen", "Ingelezen", one["table"], whole(one["rows"])
    for one in document["provenance"]["deliveries"]:
        yield "Leveringenwaar", "Leveringen", one["id"], []


def collective(document: dict[str, Any]) -> Iterator[Row]:
    asked = document["asked"] + document["separate"]
    yield "Permaandvan", "Afdracht per maand", "Het jaar", whole(asked, document["due"])
    for one in document["months"]:
        if one["declared"] is not None:
            numbers = whole(*(one[name] for name in ("declared", "saldi", "general", "due")))
            yield "Permaandvan", "Afdracht per maand", month(one["month"]), numbers
    for one in document["corrected_in"]:
        label = "losse correctie" if one["by"] == "los" else month(one["by"])
        numbers = whole(*(one[name] for name in ("months", "relations", "withdrawn", "saldo")))
        yield "Correctiesperaangifte", "Correcties per aangifte", label, numbers
    for one in document["corrections"]:
        numbers = whole(*(one[name] for name in ("relations", "withdrawn", "saldo", "difference")))
        yield "Elkegecorrigeerdemaand", "Correcties per maand", month(one["month"]), numbers


@pytest.mark.parametrize("name", ALL)
def test_all_forms_say_the_same(name: str) -> None:
    report = YearReport.from_dict(ALL[name]())
    written = json.loads(render_json(report))
    page, paper, book = Page(render_html(report)), Paper(render_pdf(report)), Book(render_xlsx(report))
    assert agree(page, paper, book, rows(written)) > len(written["lines"]) + len(MONTHS)
    for one in written["collective"]["rounding"]:
        euros, left_out = unit(one["euros"], "euro"), unit(one["rounding"], "cent")
        for table in (page.tables, paper.tables):
            (found,) = (table[caption] for caption in table if caption.startswith("Totalenpermaand"))
            assert has(found, month(one["month"]), [euros + left_out])
        assert [
            row for row in book.tables["Afronding"]
            if has([row], month(one["month"]), [euros, unit(one["cents"], "cent"), left_out]) and row[1] == one["total"]
        ]  # fmt: skip
    # What stands by itself on the page is on the first sheet.
    first = {row[0]: row[1] for row in book.tables["Verslag"] if len(row) == 2}
    for label, value in (("Jaaropgaven", written["jaaropgaven"]["count"]),
                         ("Klantenmeteenjaaropgave", written["jaaropgaven"]["clients"]),
                         ("Klantenenregelingenzonderbetaling", written["jaaropgaven"]["none"]),
                         ("Gevraagdindeaangiften", written["collective"]["asked"]),
                         ("Gevraagdnalossecorrecties", written["collective"]["separate"]),
                         ("Verschuldigdoverdemaanden", written["collective"]["due"]),
                         ("Keereenmaandgecorrigeerd", len(written["collective"]["corrections"])),
                         ("Gebruteerdeinkomstenverhoudingen", written["computed"]["gebruteerd"]),
                         ("Overdecemberherrekend", written["computed"]["herrekend"])):  # fmt: skip
        assert first[label] == unit(value, "aantal") and first[label] in page.text, label
    for label, name in (("Loonheffingdaarvan", "gebruteerd_heffing"), ("Daardoorerbij", "herrekend_bij"),
                        ("Daardooreraf", "herrekend_af")):  # fmt: skip
        assert first[label] == unit(written["computed"][name], "cent") and first[label] in page.text, label


def test_what_was_not_given_is_said_in_the_workbook_too() -> None:
    document = ALL["empty"]()
    book = Book(render_xlsx(YearReport.from_dict(document)))
    assert "Erzijngeenrekeningafschriftengeleverd" in book.tables["Bank"][1][0]
    assert "ErzijngeenantwoordenvanGWSgeleverd" in book.tables["GWS"][1][0]
    assert "Wie afwijkt" not in book.tables  # so many that none is listed; never that nobody is
    assert "aanallekantengelijk" in Book(render_xlsx(YearReport.from_dict(example()))).tables["Wie afwijkt"][1][0]


def test_one_cent_more_is_another_file_in_every_form() -> None:
    one, two = example(), example()
    for old in [old for old in two["lines"] if old["line"] == "loon" and old["month"] in ("", "2026-04")]:
        for side in ("received", "jaaropgaven", "payments"):
            old[side] += 1
    for render in (render_json, render_html, render_pdf, render_xlsx):
        assert render(YearReport.from_dict(one)) != render(YearReport.from_dict(two))
        assert render(YearReport.from_dict(one)) == render(YearReport.from_dict(example()))


def test_findings_of_bank_and_gws_are_in_every_form() -> None:
    report = YearReport.from_dict(broken())
    book, text = Book(render_xlsx(report)), Paper(render_pdf(report)).text
    codes = [row[0] for row in book.tables["Bank, opgevallen"][1:]]
    assert codes == ["LA-BANK-ONTBREEKT", "LA-BANK-ONBEKEND"] and all(code in text for code in codes)
    assert [row[1] for row in book.tables["Verslag"] if row[0] == "Watnietsluit"]
