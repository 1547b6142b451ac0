"""The destruction report in its forms: the same numbers in each, and every file in the workbook."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from exchanges.core.dated import ParameterRow
from exchanges.core.ledger.destruction import Destroyed
from exchanges.core.period import Period
from exchanges.core.retention import report
from exchanges.core.retention import terms as terms_module
from exchanges.core.retention.page import LISTED, render_html, render_pdf, render_xlsx
from exchanges.core.retention.plan import Plan
from exchanges.core.settings import Settings
from exchanges.core.store import Artefact
from tests.unit.core.reports.forms_read import Book, Page, Paper, Row, agree, tight, unit

RULE = "bestand: 3 maanden"


def file(number: int, **other: Any) -> dict[str, Any]:
    return {
        "sha256": f"{number:064x}", "bytes": 1_000 + number, "rijen": 7 * number,
        "plaats": "artefact", "levering": f"ib_samenloop/0153/2026-10/{number:04}", "stap": "collect",
        "naam": f"bestand{number}", "vernietigd": "2026-11-29T09:30:00+01:00", **other,
    }  # fmt: skip


def document(files: int = 3, **other: Any) -> dict[str, Any]:
    first = [file(number) for number in range(files)]
    second = [file(9_999, levering=None, plaats="quarantaine", stap=None, rijen=None, vernietigd=None)]
    rules = [
        {"regel": name, "klasse": "x", "omschrijving": "wat <werd> ontvangen", "bron": "Archiefwet", "zekerheid": sure,
         "aantal": len(found), "bytes": sum(one["bytes"] for one in found), "bestanden": found}
        for name, sure, found in ((RULE, "assumed", first), ("geweigerd: 1 maand", "verified", second))
    ]  # fmt: skip
    return {
        "schema": 1, "gemeente": "0153", "naam": "’s-Gravenhage", "peildatum": "2026-11-29",
        "aantal": files + 1, "regels": rules,
        "blijft": [{"klasse": "stand", "reden": "is de nieuwste stand", "aantal": 12_345},
                   {"klasse": "compare", "reden": "nodig", "aantal": 8}],
        "overgeslagen": ["ib_oib/0153/2026-09/0001"], "code": {"version": "0.1.0", "commit": "abc"}, **other,
    }  # fmt: skip


def rows(parts: dict[str, Any]) -> Iterator[Row]:
    for one in parts["regels"]:
        numbers = [unit(one["aantal"], "aantal"), unit(one["bytes"], "aantal")]
        yield "Vernietigd,perregel", "Regels", one["regel"], numbers
        for item in one["bestanden"]:
            counts = [unit(item[name], "aantal") for name in ("bytes", "rijen") if item[name] is not None]
            label = item["levering"] or item["plaats"]
            yield tight(f"Vernietigd volgens {one['regel']}"), "Bestanden", label, [*counts, item["sha256"]]
    for one in parts["blijft"]:
        name = {"compare": "Vergelijking"}.get(one["klasse"], one["klasse"])
        yield "Watblijft,enwaarom", "Wat blijft", name, [unit(one["aantal"], "aantal")]


def read(parts: dict[str, Any]) -> tuple[Page, Paper, Book]:
    data = json.dumps(parts).encode()
    return Page(render_html(parts, data)), Paper(render_pdf(parts, data)), Book(render_xlsx(parts, data))


def test_all_forms_say_the_same() -> None:
    parts = document()
    page, paper, book = read(parts)
    assert agree(page, paper, book, rows(parts)) == 2 + 4 + 2
    told = report.told(parts)
    assert "Vergelijking: nodig" in told and "bestand0Ontvangst" in page.text
    assert "Ontvangst" in book.tables["Bestanden"][1]
    # Steps have a Dutch name for people.
    for text in (page.text, paper.text, told, str(book.tables)):
        assert "compare" not in text and "collect" not in text
    first = {row[0]: row[1] for row in book.tables["Verklaring"][1:]}
    assert first["Bestandenvernietigd"] == unit(4, "aantal") and "4bestandenvernietigd" in page.text
    assert first["sha256vandeJSON"] in page.text
    assert tight(parts["overgeslagen"][0]) in page.text and first["Overgeslagen,erwerdaangewerkt"]
    assert "aanname" in page.text
    assert tight("Gemeente ’s-Gravenhage (0153), 29 november 2026") in page.text
    assert first["Gemeente"] == tight("’s-Gravenhage (0153)")


def test_a_long_list_is_whole_in_the_workbook_and_said_to_be_cut_on_the_page() -> None:
    parts = document(LISTED + 5)
    page, paper, book = read(parts)
    assert len(book.tables["Bestanden"]) == 1 + LISTED + 5 + 1
    caption = tight(f"Vernietigd volgens {RULE}")
    assert len(page.tables[caption]) == len(paper.tables[caption]) == 1 + LISTED
    assert tight(f"de eerste {LISTED} bestanden hieronder; alle {LISTED + 5} staan") in page.text == paper.text


@pytest.mark.parametrize("printed", [True, False])
def test_they_lie_beside_the_json(tmp_path: Path, printed: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report, "document", lambda *_: document())
    settings = Settings(home=tmp_path, print_reports=printed)
    made = report.write(settings, Plan("0153", date(2026, 11, 29)), (), (), "")
    again = report.write(settings, Plan("0153", date(2026, 11, 29)), (), (), "")
    assert (made.name, again.name) == ("vernietiging_2026-11-29_001.json", "vernietiging_2026-11-29_002.json")
    forms = {"json", "txt", "html"} | ({"pdf", "xlsx"} if printed else set())
    assert {path.name for path in made.parent.iterdir()} == {
        f"{one.stem}.{form}" for one in (made, again) for form in forms
    }
    data = made.read_bytes()
    assert json.loads(data) == document()
    render = {"html": lambda: render_html(document(), data).encode(), "pdf": lambda: render_pdf(document(), data),
              "xlsx": lambda: render_xlsx(document(), data)}  # fmt: skip
    for form in forms & render.keys():
        assert made.with_suffix(f".{form}").read_bytes() == render[form]()


def gone(number: int, data_class: str, delivery: str | None) -> Destroyed:
    file = Artefact(f"{number:064x}", 10, "text/csv", None, "bestand")
    now = datetime(2026, 11, 29, 8, 30, tzinfo=UTC)
    return Destroyed(number, "0153", delivery, "artefact", "collect", "bestand", file, data_class, RULE, now, now)


def test_a_term_of_an_exchange_is_told_with_its_own_source(monkeypatch: pytest.MonkeyPatch) -> None:
    honest = terms_module.parameters

    def parameters(name: str, period: Period) -> dict[str, ParameterRow]:
        own = {"bestand_maanden": ParameterRow("bestand_maanden", 3, "verified", "Besluit B", "van deze uitwisseling")}
        return {**honest(name, period), **(own if name == "ib_samenloop" else {})}

    monkeypatch.setattr(terms_module, "parameters", parameters)
    went = [gone(1, "bestand", "ib_samenloop/0153/2026-06/0001"), gone(2, "bestand", "ib_oib/0153/2026-06/0001"),
            gone(3, "bestand", None)]  # fmt: skip
    made = report.document(Plan("0153", date(2026, 11, 29)), went, (), "Enschede")
    general = honest("bewaren", Period(2026, 11))["bestand_maanden"]
    assert sorted((one["zekerheid"], one["bron"], one["omschrijving"], one["aantal"]) for one in made["regels"]) == [
        ("assumed", general.source, general.remark, 2), ("verified", "Besluit B", "van deze uitwisseling", 1),
    ]  # fmt: skip
    assert made["aantal"] == sum(one["aantal"] for one in made["regels"])
