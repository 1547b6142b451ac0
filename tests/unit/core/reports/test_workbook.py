"""The workbook of a report: what it says of itself on paper, and texts that would do or lose something."""

from __future__ import annotations

from datetime import date

import pytest

from exchanges.core.reports import render_xlsx
from exchanges.core.reports.parts import WORK_LINES
from exchanges.core.reports.sheet import Quantity, Sheet
from exchanges.core.reports.workbook import LONGEST, workbook
from tests.unit.core.reports.documents import example, received
from tests.unit.core.reports.forms_read import Book


def book(*rows: tuple[str | Quantity, ...], title: str = "Titel") -> Book:
    return Book(workbook([Sheet("Blad", ("A", "B"), (20, 20), rows)], title=title, on=date(2026, 10, 1)))


def test_every_printed_page_says_of_what_it_is_and_how_many_there_are() -> None:
    made = Book(render_xlsx(example())).book
    assert len(made.worksheets) > 10
    for sheet in made.worksheets:
        assert sheet.oddHeader.left.text == "Aansluitverslag DKD Re-integratie, gemeente Enschede, oktober 2026"
        assert sheet.oddHeader.right.text == sheet.title
        assert int(sheet.page_setup.paperSize) == 9  # A4
        assert sheet.oddFooter.right.text == "Pagina &P van &N"


def test_a_title_is_no_command_to_the_printer() -> None:
    head = book(("a", "b"), title="Werk &P & Inkomen " + "&x" * 300).book["Blad"].oddHeader
    assert head.left.text.startswith("Werk &&P && Inkomen &&x&&x") and head.right.text == "Blad"
    assert len(head.left.text) > 170 and head.left.text.replace("&&", "").count("&") == 0


@pytest.mark.parametrize(
    "text", ["=1+1", "+31 6", "-1", "@SUM(A1)", "\t=1+1", "{=1+1}", "https://example.org", "1.234,56"]
)
def test_a_text_is_a_text_whatever_it_begins_with(text: str) -> None:
    cell = book((text, "b")).book["Blad"]["A2"]
    assert (cell.data_type, cell.value, cell.hyperlink) == ("s", text, None)


def test_a_text_longer_than_a_cell_holds_says_that_it_goes_on() -> None:
    """A spreadsheet takes 32.767 characters, and the rest would be gone without a word."""
    made = book(("x" * LONGEST, "y" * (LONGEST + 1))).book["Blad"]
    assert made["A2"].value == "x" * LONGEST
    assert len(made["B2"].value) == LONGEST
    assert made["B2"].value.endswith("yyy… (afgebroken; de hele tekst staat in de JSON)")


def test_a_work_list_that_is_cut_says_so() -> None:
    document = example()
    del document["summary"]
    line = {"record": "p:" + "0" * 20, "line": 1, "code": "A", "text": "Afgewezen.", "source": "verslag"}
    document["receipt"] |= {"work": [line] * WORK_LINES, "work_total": 12_345}
    told = Book(render_xlsx(document)).tables
    assert ["Meldingenperrecord", "12.345"] in told["Antwoord van de partner"]
    assert ["Waarvanindewerklijst", "1.000"] in told["Antwoord van de partner"]
    assert len(told["Werklijst"]) == 1 + WORK_LINES


def test_the_first_sheet_tells_what_the_report_has() -> None:
    """What came in has controls, and no totals and no selection; what went out the other way round."""
    came, went = (dict(Book(render_xlsx(one)).tables["Verslag"]) for one in (received(), example()))
    assert (came["Controles"], came["Controlesdiekloppen"]) == ("2", "1")
    assert not {"Controletotalen", "Controletotalendiegelijkzijn", "Buitenselectie"} & came.keys()
    assert {"Controletotalen", "Controletotalendiegelijkzijn", "Buitenselectie"} <= went.keys()
    assert "Controles" not in went
