"""The workbook as somebody finds it: cover first, one sheet per kind, headings that stay, nothing that runs."""

from __future__ import annotations

import re
from datetime import datetime
from zipfile import ZipFile

import openpyxl
import pytest

from exchanges.core.lists.cover import Cover, cover_page
from exchanges.core.lists.declare import Column, Sheet, SignalList
from exchanges.core.lists.publish import publish
from exchanges.core.period import Period
from tests.unit.core.lists.sample import COLUMNS, KEY, ROW, SIGNALS, cover, from_csv, from_xlsx, published, tables


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    row = ("111222333", "=HYPERLINK(1)", "0042", *ROW[3:])
    return published(tmp_path_factory.mktemp("lijst"), INK=[ROW, row])


@pytest.fixture(scope="module")
def book(made):
    return openpyxl.load_workbook(made.files[0])


def test_the_cover_comes_first_and_then_every_kind_also_without_signals(book):
    assert book.sheetnames == ["Voorblad", "Start inkomsten", "Vermogen"]
    assert book["Vermogen"]["A2"].value == "Geen signalen deze maand"
    assert [cell.value for cell in book["Vermogen"][1]] == ["BSN (pseudoniem)", *(c.heading for c in COLUMNS[1:6])]


def test_the_cover_says_whose_it_is_what_it_is_and_how_many(book):
    rows = [[cell.value for cell in row] for row in book["Voorblad"].iter_rows()]
    assert rows[0][0] == "Signalen van de proef"
    said = {row[0]: row[1] for row in rows if row[0]}
    assert said["Gemeente"] == "Enschede (0153)"
    assert said["Maand"] == "oktober 2026"
    assert said["Bewaren"] == "15 maanden"
    assert "geen bewijs" in said["Wat dit is"]
    assert said["Aanname"] == "De indeling van deze kolommen is niet openbaar. Wij hebben haar zelf gekozen."
    assert said["Aanname op elk blad"] == "Dossiernummer, Einde dienstverband"
    assert [row for row in rows if row[0] in ("Start inkomsten", "Vermogen", "Totaal")] == [
        ["Start inkomsten", 2, "Start inkomsten"], ["Vermogen", 0, "Vermogen"], ["Totaal", 2, None],
    ]


@pytest.mark.parametrize(("assumed", "lines"), [
    (((), ()), []),
    ((("Naam",), ()), ["Aanname", "Aanname bij Een: Naam"]),
    ((("BSN", "Naam"), ("BSN",)), ["Aanname", "Aanname op elk blad: BSN", "Aanname bij Een: Naam"]),
    ((("BSN", "Naam"),), ["Aanname", "Aanname bij Een: BSN, Naam"]),
])
def test_the_cover_says_in_words_what_is_assumed(assumed, lines):
    sheets = tuple(
        Sheet(title, title, tuple(Column(h.lower(), h, certainty="assumed" if h in headings else "verified")
                                  for h in ("BSN", "Naam")))
        for title, headings in zip(("Een", "Twee"), assumed, strict=False)
    )
    page = cover_page(SignalList("Lijst", sheets), cover(), {s.id: 0 for s in sheets}, apart=False, pseudonyms=False)
    said = [label if label == "Aanname" else f"{label}: {text}" for label, text in page.lines if "Aanname" in label]
    assert said == lines


def test_a_number_that_can_be_a_bsn_is_not_on_the_cover():
    made = Cover("ib_proef", "0153", "Enschede", Period(2026, 10), 1, {}, notes=("zie 123456782",))
    page = cover_page(SIGNALS, made, {"INK": 0, "VRM": 0}, apart=False, pseudonyms=False)
    assert ("Let op", "zie [bsn]") in page.lines


def test_headings_stay_in_sight_and_can_be_filtered(book):
    sheet = book["Start inkomsten"]
    assert sheet.freeze_panes == "A2"
    assert sheet.auto_filter.ref == "A1:J3"
    assert book["Vermogen"].auto_filter.ref == "A1:F2"
    assert all(cell.font.bold for cell in sheet[1])
    widths = [round(sheet.column_dimensions[letter].width) for letter in "ABC"]
    assert widths == [13, 31, 17]


def test_no_cells_are_merged_so_that_every_cell_has_one_heading(book):
    assert [sheet.title for sheet in book if sheet.merged_cells.ranges] == []
    assert [None for sheet in book.worksheets[1:] for cell in sheet[1] if not cell.value] == []


def test_values_have_the_type_of_their_kind(book):
    cells = {column.name: cell for column, cell in zip(COLUMNS, book["Start inkomsten"][2], strict=True)}
    assert cells["dossier"].value == "0042" and cells["dossier"].data_type == "s"
    assert cells["datum"].value == datetime(2026, 10, 3) and cells["datum"].number_format == "[$-413]d mmmm yyyy"
    assert cells["einde"].value == "november 2026"
    assert cells["loon"].value == 1234.56 and cells["loon"].number_format == "[$-413]#,##0.00"
    assert cells["jaar"].value == 2025 and cells["jaar"].number_format == "0"
    assert cells["waarde"].value == 0.625 and cells["waarde"].number_format == "[$-413]0.00%"


def test_amounts_are_exact_decimals_in_the_file_itself(made):
    with ZipFile(made.files[0]) as archive:
        sheet = archive.read("xl/worksheets/sheet2.xml").decode()
    assert re.findall(r'<c r="F[0-9]+" s="[0-9]+"><v>([^<]*)</v>', sheet) == ["1234.56", "1234.56"]


def test_no_cell_is_a_formula_and_none_becomes_one_when_edited(made, book):
    found = [cell for sheet in book for row in sheet.iter_rows() for cell in row if cell.data_type == "f"]
    assert found == []
    names = {row[1].value: row[1] for row in book["Start inkomsten"].iter_rows(min_row=2)}
    assert names["=HYPERLINK(1)"].quotePrefix
    with ZipFile(made.files[0]) as archive:
        assert [name for name in archive.namelist() if re.search(rb"<f[ >/]", archive.read(name))] == []


def test_every_part_is_well_formed_and_the_file_has_no_clock(made):
    from lxml import etree

    with ZipFile(made.files[0]) as archive:
        assert {info.date_time for info in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        for name in archive.namelist():
            etree.fromstring(archive.read(name))
        core = archive.read("docProps/core.xml").decode()
    assert set(re.findall(r">(\d{4}-\d\d-\d\dT[^<]*)<", core)) == {"2026-10-01T00:00:00Z"}


def test_more_rows_than_a_sheet_holds_go_on_on_the_next(tmp_path):
    rows = [("111222333", f"naam {i}", "1", *ROW[3:]) for i in range(7)]
    paths = tables(tmp_path, INK=rows)
    made = publish(SIGNALS, paths, cover(INK=7), tmp_path / "uit", pseudonym_key=KEY, sheet_rows=3)
    book = openpyxl.load_workbook(made.files[0])
    assert book.sheetnames == ["Voorblad", "Start inkomsten", "Start inkomsten (2)", "Start inkomsten (3)", "Vermogen"]
    parts = [from_xlsx(made.files[0], title) for title in book.sheetnames[1:4]]
    assert [len(part) for part in parts] == [3, 3, 1]
    csv = from_csv(next(path for path in made.files if path.name.endswith("_INK.csv")))
    assert [row[:3] for part in parts for row in part] == [row[:3] for row in csv]
    assert [book[title].auto_filter.ref for title in book.sheetnames[1:4]] == ["A1:J4", "A1:J4", "A1:J2"]
    told = [row[2].value for row in book["Voorblad"].iter_rows() if row[0].value == "Start inkomsten"]
    assert told == ["Start inkomsten, Start inkomsten (2), Start inkomsten (3)"]


def test_a_sheet_that_is_just_full_has_no_empty_next_one(tmp_path):
    paths = tables(tmp_path, INK=[ROW] * 6)
    made = publish(SIGNALS, paths, cover(INK=6), tmp_path / "uit", pseudonym_key=KEY, sheet_rows=3)
    assert openpyxl.load_workbook(made.files[0]).sheetnames == [
        "Voorblad", "Start inkomsten", "Start inkomsten (2)", "Vermogen",
    ]
