"""On paper: archival (PDF/A-2a), accessible (PDF/UA-1), the same bytes everywhere, and nothing falls off a sheet."""

from __future__ import annotations

import hashlib
import os
import re
import subprocess
import sys
import unicodedata
from collections import defaultdict
from datetime import date
from io import BytesIO
from itertools import pairwise
from pathlib import Path
from typing import Any

import pdfplumber
import pypdfium2
import pytest
from lxml import etree, html
from pdfminer.pdftypes import resolve1
from pdfminer.psparser import literal_name

from exchanges.core.reports import render_html, render_json, render_pdf, render_xlsx
from exchanges.core.reports.columns import LINE, Cell, widths
from exchanges.core.reports.glyphs import printable
from exchanges.core.reports.headings import with_row_headings
from exchanges.core.reports.outline import outline
from exchanges.core.reports.paper import set_on_paper
from tests.unit.core.reports.documents import ALL, received
from tests.unit.core.reports.forms_read import Element, Paper, tight

REPO = Path(__file__).resolve().parents[4]
_A, _UA = "http://www.aiim.org/pdfa/ns/id/", "http://www.aiim.org/pdfua/ns/id/"


@pytest.fixture(scope="module")
def example() -> bytes:
    return render_pdf(ALL["example"]())


def paper(body: str) -> bytes:
    page = f"<html><body><header><h1>Titel</h1></header>{body}</body></html>"
    return set_on_paper(page, title="Proef", edge="rand", foot="voet", on=date(2026, 10, 1))


def test_it_says_which_standards_it_keeps(example: bytes) -> None:
    with pdfplumber.open(BytesIO(example)) as document:
        catalog, version = document.doc.catalog, example[:8]
        metadata = etree.fromstring(resolve1(catalog["Metadata"]).get_data())
        info = document.metadata
        intent = resolve1(resolve1(catalog["OutputIntents"])[0])
    assert version == b"%PDF-1.7"
    assert [metadata.findtext(f".//{{{_A}}}{name}") for name in ("part", "conformance")] == ["2", "A"]
    assert metadata.findtext(f".//{{{_UA}}}part") == "1"
    assert resolve1(catalog["Lang"]) == b"nl-NL" and resolve1(catalog["MarkInfo"])["Marked"] is True
    assert resolve1(catalog["ViewerPreferences"])["DisplayDocTitle"] is True
    assert literal_name(intent["S"]) == "GTS_PDFA1" and "DestOutputProfile" in intent
    assert info["Title"] == "Aansluitverslag DKD Re-integratie, gemeente Enschede, oktober 2026"
    # The period, not the clock.
    assert info["CreationDate"] == info["ModDate"] == "D:20261001000000Z"


def test_every_letter_is_in_the_file_and_nothing_that_acts_is(example: bytes) -> None:
    with pdfplumber.open(BytesIO(example)) as document:
        objects = [document.doc.getobj(number) for xref in document.doc.xrefs for number in set(xref.get_objids())]
    dictionaries = [one if isinstance(one, dict) else getattr(one, "attrs", None) for one in objects]
    found = [one for one in dictionaries if one]
    described = [one for one in found if literal_name(one.get("Type")) == "FontDescriptor"]
    assert len(described) >= 3
    assert all({"FontFile2", "FontFile3"} & one.keys() for one in described)
    names = {key for one in found for key in one}
    assert not names & {"JavaScript", "JS", "AA", "OpenAction", "EmbeddedFiles", "URI", "Encrypt", "Launch"}


def test_it_is_tagged_as_what_it_is(example: bytes) -> None:
    read = Paper(example)
    kinds = {kind: list(read.root.find(kind)) for kind in ("H1", "H2", "Table", "Figure", "Caption", "TH", "Link", "L")}
    assert [tight(one.text) for one in kinds["H1"]] == ["DKDRe-integratie,oktober2026"]
    assert tight(kinds["H2"][0].text) == "Conclusie:Deleveringsluit".replace("Dele", "Dezele")
    assert len(kinds["Table"]) == len(kinds["Caption"]) == len(read.tables) > 10
    # The drawing is told in words, with its numbers.
    drawing, = kinds["Figure"]
    said = drawing.about["Alt"].decode("utf-16") if isinstance(drawing.about["Alt"], bytes) else ""
    assert said.startswith("Waterval van personen") and "Geselecteerd: 1.475" in said
    assert kinds["TH"] and kinds["Link"] and kinds["L"]


@pytest.mark.parametrize("name", ["example", "money", "received"])
def test_who_hears_a_number_hears_its_row_and_its_column(name: str) -> None:
    """What is a heading on the page is one in the tags, and a cell refers to those that it stands under and beside."""
    document = received() if name == "received" else ALL[name]()
    tables = html.fromstring(render_html(document).replace("<wbr>", "")).iter("table")
    beside = 0
    for table, tagged in zip(tables, Paper(render_pdf(document)).root.find("Table"), strict=True):
        ids = {said["ID"]: one for one in tagged.find("TH") if (said := one.about).get("ID")}
        for row, told in zip(table.iter("tr"), tagged.find("TR"), strict=True):
            cells = [part for part in told.parts if isinstance(part, Element)]
            assert [one.kind for one in cells] == [one.tag.upper() for one in row], etree.tostring(row)
            heads = [one for one, on_page in zip(cells, row, strict=True) if on_page.get("scope") == "row"]
            assert [literal_name(_of_table(one)["Scope"]) for one in heads] == ["Row"] * len(heads)
            for cell in cells:
                if cell.kind == "TD" and cell.text:
                    known = [ids[name] for name in resolve1(_of_table(cell)["Headers"])]
                    assert {id(one) for one in heads} <= {id(one) for one in known}
                    scopes = {literal_name(_of_table(one)["Scope"]) for one in known}
                    assert scopes == ({"Column", "Row"} if heads else {"Column"})
                    beside += len(heads)
    assert beside > 20


def _of_table(cell: Element) -> dict[str, Any]:
    found = [resolve1(one) for one in resolve1(cell.about["A"])]
    return next(one for one in found if literal_name(one["O"]) == "Table")


def test_a_list_is_a_list() -> None:
    """Why approval is needed, say: one reason each, and not one sentence run into the next."""
    document = ALL["awaiting"]()
    document["approval"]["required"].append({"code": "AKK-TOTAAL", "text": "Som: 12, was 10 (+20,00 %)."})
    data = render_pdf(document)
    items = {tight(one.text) for one in Paper(data).root.find("LBody")}
    assert {tight(reason["text"]) for reason in document["approval"]["required"]} <= items
    # Boxes with a finding each, which have no dots on the page either, have none here.
    dots = sum(page.get_textpage().get_text_bounded().count("•") for page in pypdfium2.PdfDocument(data))
    assert document["findings"] and dots == len(document["approval"]["required"])


@pytest.mark.parametrize("after", ["<h3>Vervolg</h3><p>Tekst.</p>", "<p class='melding goed'>Vervolg</p>"])
def test_a_heading_and_its_sentence_are_not_left_alone_at_the_foot_of_a_sheet(after: str) -> None:
    apart = set()
    for lines in range(38, 50):
        filling = "<p>Regel.</p>" * lines
        read = pypdfium2.PdfDocument(paper(f"<section>{filling}<h2>Hoofdstuk</h2><p>Inleiding.</p>{after}</section>"))
        sheets = [page.get_textpage().get_text_bounded() for page in read]
        at = {word: next(nr for nr, text in enumerate(sheets) if word in text)
              for word in ("Hoofdstuk", "Inleiding", "Vervolg")}  # fmt: skip
        assert len(set(at.values())) == 1, (lines, at)
        apart.add(at["Hoofdstuk"])
    assert len(apart) == 2


@pytest.mark.parametrize("code", ["AKK-PARAMETERS", "OIB-GEEN-ANTWOORD", "WWWWW-MMMMM", "IB-001", "vgl-venster-korter"])
def test_a_code_is_not_broken(code: str) -> None:
    """Capitals are wider than other letters, and a line may end after a hyphen."""
    head = "<thead><tr><th scope='col'>Code</th><th scope='col'>Wat</th></tr></thead>"
    row = f"<tr><th scope='row' class='code'>{code}</th><td>{'Een lange tekst. ' * 20}</td></tr>"
    data = paper(f"<table><caption>Tabel</caption>{head}<tbody>{row}</tbody></table>")
    with pdfplumber.open(BytesIO(data)) as document:
        assert code in {word["text"] for word in document.pages[0].extract_words()}


def test_a_remark_stands_on_a_line_of_its_own_with_nothing_between() -> None:
    """Also where nothing comes before it in its cell."""
    cells = "<th scope='row'>Kop<span class='klein'>eronder</span></th><td><span class='klein'>naast</span></td>"
    data = paper(f"<table><caption>Tabel</caption><tbody><tr>{cells}</tr></tbody></table>")
    with pdfplumber.open(BytesIO(data)) as document:
        at = {word["text"]: word["bottom"] for word in document.pages[0].extract_words()}
    assert abs(at["Kop"] - at["naast"]) < 3 and 8 < at["eronder"] - at["Kop"] < 13
    for document in (received(), ALL["example"]()):
        page = html.fromstring(render_html(document))
        assert page.xpath("//td//span[@class='klein'] | //th//span[@class='klein']")
        assert not page.xpath("//table//br[following-sibling::*[1][@class='klein']]")


def test_tags_that_are_not_those_of_the_page_are_not_changed_on_the_guess(example: bytes) -> None:
    body = outline(render_html(ALL["example"]()))
    assert with_row_headings(example, body) == example  # done already: nothing is left to do
    with pytest.raises(ValueError):
        with_row_headings(example, outline(render_html(received())))


@pytest.mark.parametrize("name", ["example", "huge", "hostile"])
def test_nothing_falls_off_a_sheet(name: str) -> None:
    for page in pypdfium2.PdfDocument(render_pdf(ALL[name]())):
        width, height = page.get_size()
        text = page.get_textpage()
        for index in range(text.count_chars()):
            left, bottom, right, top = text.get_charbox(index)
            inside = left >= 30 and right <= width - 30 and bottom >= 20 and top <= height - 20
            assert inside, text.get_text_range(index, 1)


@pytest.mark.parametrize(("name", "what"), [("example", "dkd_reintegratie/"), ("huge", "Balans per stap")])
def test_no_text_runs_into_another(name: str, what: str) -> None:
    """A long name beside another; numbers of a length that no municipality has, eight in a row."""
    with pdfplumber.open(BytesIO(render_pdf(ALL[name]()))) as opened:
        page = next(page for page in opened.pages if what in page.extract_text())
        rows: dict[int, list[dict[str, Any]]] = defaultdict(list)
        for char in page.chars:
            if char["text"].strip() and char["mcid"] is not None:
                rows[round(char["matrix"][5] / 2)].append(char)
        for row in rows.values():
            row.sort(key=lambda char: char["x0"])
            for one, two in pairwise(row):
                assert one["mcid"] == two["mcid"] or two["x0"] > one["x1"] - 0.5, "".join(char["text"] for char in row)


def test_the_same_bytes_in_another_process_and_place(tmp_path: Path, example: bytes) -> None:
    """All four forms; also with other hashes of texts, another home for temporary files, another time zone and
    language."""
    script = (
        "import hashlib; from exchanges.core.reports import *; from tests.unit.core.reports.documents import *;"
        "made = [render_pdf(example()), render_xlsx(example())];"
        "made += [form for make in ALL.values() for form in (render_html(make()).encode(), render_json(make()))];"
        "print(*(hashlib.sha256(data).hexdigest() for data in made))"
    )
    environment = os.environ | {"PYTHONHASHSEED": "7", "TMPDIR": str(tmp_path), "TZ": "Asia/Tokyo", "LC_ALL": "C"}
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPO, env=environment, capture_output=True, text=True, check=True
    )
    made = [example, render_xlsx(ALL["example"]())]
    made += [form for make in ALL.values() for form in (render_html(make()).encode(), render_json(make()))]
    assert done.stdout.split() == [hashlib.sha256(data).hexdigest() for data in made]
    assert list(tmp_path.iterdir()) == []


def test_another_number_is_another_file(example: bytes) -> None:
    document = ALL["example"]()
    del document["summary"]
    document["findings"][0]["count"] += 1
    assert render_pdf(document) != example


def test_every_character_that_is_printable_has_a_letter() -> None:
    """PDF/A refuses a character without one, so that the report would not be made."""
    known = [chr(code) for code in range(0x20, 0xFFFE) if printable(chr(code)) == chr(code)]
    assert len(known) > 1800
    lines = _escaped(known)
    svg = "".join(f"<text y='{number}'>{line}</text>" for number, line in enumerate(lines))
    text = "".join(f"<p>{line} <b>{line}</b> <em>{line}</em> <code>{line}</code></p>" for line in lines)
    read = Paper(paper(f"{text}<svg class='breed' viewBox='0 0 9 9'><title>t</title><desc>d</desc>{svg}</svg>"))
    # A ligature is read as its letters, and a letter with an accent may be read as two characters.
    lost = _parts(tight("".join(known))) - _parts(read.text)
    assert lost <= set("\ufb00\ufb01\ufb02\ufb03\ufb04\ufb05\ufb06")


def _parts(text: str) -> set[str]:
    return set(unicodedata.normalize("NFD", text))


def _escaped(known: list[str]) -> list[str]:
    texts = ["".join(known[start : start + 60]) for start in range(0, len(known), 60)]
    return [text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;") for text in texts]


@pytest.mark.parametrize("text", ["汉字", "😀", "\ue000", "عربي", "\U0010fffd"])
def test_a_character_without_a_letter_is_shown_as_such(text: str) -> None:
    assert "a\ufffd" in Paper(paper(f"<p>a{text}b</p>")).text


def test_a_letter_and_its_accent_are_one_character() -> None:
    assert "Zoë" in Paper(paper("<p>Zoe\u0308</p>")).text


def test_text_of_a_page_is_never_a_program() -> None:
    attack = "#panic() #read(\"/etc/passwd\") $x$ *a* _b_ = c @d ‹e› \\ ` ~ [f] // g"
    assert Paper(paper(f"<p>{attack}</p>")).text.endswith(tight(attack))


def test_what_is_only_for_a_screen_is_left_out() -> None:
    text = str(outline(render_html(received())))
    assert "Naar de inhoud" not in text and "'In dit verslag'" not in text and "Signalen in lijst" in text


def test_white_space_as_a_browser_shows_it() -> None:
    page = "<html><body><p> een  <b> twee</b>\n drie <span> </span>vier </p></body></html>"
    paragraph, = outline(page)
    assert isinstance(paragraph, dict)

    def joined(node: Any) -> str:
        return node if isinstance(node, str) else "".join(map(joined, node["k"]))

    assert joined(paragraph) == "een twee drie vier"


def test_a_link_leads_where_it_did() -> None:
    data = paper('<p><a href="#er">heen</a> <a href="#weg">nergens</a></p><p id="er">hier</p>')
    assert [one.text for one in Paper(data).root.find("Link")] == ["heen"]


def test_columns_share_the_line() -> None:
    short, long = Cell(("ja",)), Cell(("woord " * 60,))
    shares, scale = widths([[short, long, Cell(("1.234.567",), whole=True)]])
    assert scale == 100 and sum(shares) <= LINE and shares[1] > 4 * shares[0] and shares[2] >= 9
    # Nine numbers of a metre: smaller letters, and every number still whole.
    shares, scale = widths([[Cell(("9" * 25,), whole=True)] * 9])
    assert scale < 60 and min(shares) >= 25


def test_no_number_that_can_be_a_bsn_comes_on_paper() -> None:
    document = ALL["example"]()
    del document["summary"]
    document["findings"][0]["text"] = "Persoon 999990019 ontbreekt."
    document["receipt"]["work"][0]["text"] = "BSN 999990007"
    text = Paper(render_pdf(document)).text
    assert not re.search("99999001|99999000", text)
