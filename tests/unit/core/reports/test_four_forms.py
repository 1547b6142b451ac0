"""Four forms, one set of numbers: each is read by a reader of its own kind and must say the same at the same place."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from exchanges.core.reports import render_html, render_json, render_pdf, render_xlsx
from tests.unit.core.reports.documents import ALL, Document, empty, received
from tests.unit.core.reports.forms_read import Book, Page, Paper, Row, agree, tight, unit

# Those that differ in their parts.
DOCUMENTS = {"received": received} | {
    name: ALL[name] for name in ("example", "broken", "awaiting", "money", "empty", "huge", "hostile")
}
BALANCE = ("into", "out", "rejected", "excluded", "held", "duplicate")
MINUS, PLUS = "−", "+"


def rows(document: Document) -> Iterator[Row]:
    """Every number of balances, totals, findings, exclusions, differences, waterfall, money, proof and answer."""
    many = document["delivery"]["many"]
    for step in document["steps"]:
        for line in step["measures"]:
            numbers = [unit(line[name], line["unit"]) for name in BALANCE]
            yield "Balansperstap", "Balans per stap", line["title"], numbers
    for total in document["totals"]:
        numbers = [unit(side, total["unit"]) for side in (total["source"], total["file"]) if side is not None]
        yield "Controletotalenaanbeidekanten", "Controletotalen", total["title"], numbers
    for kind in document["findings"]:
        yield "Overzichtvandebevindingen", "Bevindingen", kind["code"], [
            unit(kind["count"], "aantal"), unit(kind["rejected"], "aantal")]
    for rule in document["excluded"]:
        yield "Buitendeselectie,perregel", "Buiten selectie", rule["code"], [unit(rule["count"], "aantal")]
    for table in document["difference"]["tables"]:
        numbers = [unit(table[name], "aantal") for name in ("new", "gone", "changed", "same")]
        yield "Nieuw,vervallenengewijzigd", "Verschil met vorige", table["title"], numbers
    for field in document["difference"]["fields"]:
        yield "Wijzigingenperveld", "Verschil per veld", field["field"], [unit(field["count"], "aantal")]
    for item in document["waterfall"]:
        number = unit(item["value"], "aantal")
        minus = item["kind"] == "minus" and item["value"]
        sheet = "Van bron tot antwoord" if document["delivery"]["direction"] == "out" else "Van bestand tot lijst"
        yield tight(f"Dezelfdecijfers:{many}"), sheet, item["label"], [MINUS + number if minus else number]
    for line in document["money"]:
        # What it does to the level above it: taking off less than nothing is adding.
        does = -line["value"] if line["kind"] in ("min", "rest") else line["value"]
        sign = PLUS if line["kind"] not in ("begin", "stand") and does > 0 else ""
        yield "Degeldstroom", "Van betaling tot afdracht", line["title"], [sign + unit(does, line["unit"])]
    for control in document["controls"]:
        name = "cent" if control["unit"] == "cent" else "aantal"
        yield "Controlesmetbeidekanten", "Controles", control["text"], [
            unit(control["left"], name), unit(control["right"], name)]
    for one_list in document["lists"]:
        yield "Gepubliceerdebestanden", "Lijsten", one_list["name"], [unit(one_list["records"], "aantal")]
    if document["proof"]:
        for field in document["proof"]["fields"]:
            yield "Verschillenpervergelekenveld", "Bewijs per veld", field["field"], [unit(field["changed"], "aantal")]
        for table in document["proof"]["unlike_source"]:
            yield "Deselectie,opnieuwvergeleken", "Bewijs met de bron", table["table"], [unit(table["rows"], "aantal")]
    for reason in (document["receipt"] or {"reasons": ()})["reasons"]:
        yield "Redenenvanafwijzing", "Antwoord van de partner", reason["code"], [unit(reason["count"], "aantal")]
    for part in document["provenance"]["inputs"]:
        yield "Ingelezentabellen", "Ingelezen", part["table"], [unit(part["rows"], "aantal")]


def prove(document: Document) -> None:
    written = json.loads(render_json(document))
    page, paper, book = Page(render_html(document)), Paper(render_pdf(document)), Book(render_xlsx(document))
    count = agree(page, paper, book, rows(written), unsigned="Van betaling tot afdracht")
    for fact in written["facts"]:
        label, text = tight(fact["label"]), tight(fact["text"])
        assert label + text in page.text and label + text in paper.text and [label, text] in book.tables["Verslag"]
    assert count >= sum(len(step["measures"]) for step in written["steps"]) + len(written["findings"])


@pytest.mark.parametrize("name", DOCUMENTS)
def test_all_forms_say_the_same(name: str) -> None:
    prove(DOCUMENTS[name]())


NUMBERS = st.integers(0, 10**9) | st.integers(10**9, 10**14)
UNITS = st.sampled_from(["aantal", "cent", "euro", "procent"])


@st.composite
def measures(draw: Any) -> dict[str, Any]:
    line = {name: draw(NUMBERS) for name in BALANCE}
    if draw(st.booleans()):
        line["into"] = sum(line[name] for name in BALANCE[1:])
    closed = line["into"] == sum(line[name] for name in BALANCE[1:])
    title = draw(st.sampled_from(["personen", "bedrag <samen> & meer", "Œuvre, ’s-Gravenhage"]))
    return {"measure": "m", "title": title, "unit": draw(UNITS), "closed": closed, **line}


@st.composite
def totals(draw: Any) -> dict[str, Any]:
    source, file = draw(st.none() | NUMBERS), draw(st.none() | NUMBERS)
    return {"id": "t", "title": "som", "unit": draw(UNITS), "source": source, "file": file,
            "equal": source is not None and source == file}


# Not made smaller when it fails: a draw takes long, and the message says where.
@settings(max_examples=10, phases=(Phase.explicit, Phase.reuse, Phase.generate))
@given(st.data())
def test_any_numbers(data: st.DataObject) -> None:
    document = empty()
    document["verdict"]["closed"] = False
    step = {"step": "select", "title": "Selecteren"}
    document["steps"] = [{**step, "measures": data.draw(st.lists(measures(), min_size=1, max_size=4))}]
    document["totals"] = data.draw(st.lists(totals(), max_size=3))
    document["difference"] = {
        "previous": "dkd_reintegratie/0153/2026-09/0001", "fields": [],
        "tables": [{"table": "t", "title": "personen",
                    **{name: data.draw(NUMBERS) for name in ("new", "gone", "changed", "same")}}],
    }  # fmt: skip
    document["excluded"] = [{"code": "A-1", "table": "persoon", "text": "Waarom.", "count": data.draw(NUMBERS),
                             "source": "bron", "certainty": "assumed"}]
    prove(document)


@pytest.mark.parametrize("at", ["Balans per stap", "Controletotalen", "Verschil met vorige"])
def test_numbers_in_the_workbook_are_numbers(at: str) -> None:
    sheet = Book(render_xlsx(ALL["example"]())).book[at]
    kinds = {type(cell.value) for row in sheet.iter_rows(min_row=2, min_col=4) for cell in row}
    assert int in kinds and sheet.freeze_panes == "A2"


def test_amounts_percentages_and_days_in_the_workbook() -> None:
    book = Book(render_xlsx(ALL["example"]())).book
    totals = {row[0].value: row[2] for row in book["Controletotalen"].iter_rows(min_row=2)}
    assert totals["Subsidie in de maand"].value == 312864.75
    assert totals["Subsidie in de maand"].number_format.endswith("#,##0.00")
    assert totals["Som van de loonwaarden"].value == 216.305 and "%" in totals["Som van de loonwaarden"].number_format
    begin = book["Versies"]["D2"]
    assert begin.is_date and begin.value.isoformat().startswith("2019-01-01")


def test_a_number_that_a_spreadsheet_cannot_hold_is_a_text() -> None:
    book = Book(render_xlsx(ALL["huge"]()))
    first = book.book["Balans per stap"]["D2"]
    assert first.value == "5.000.000.000.000.000.000" and first.data_type == "s"
