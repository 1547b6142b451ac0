"""The annual statement and the jaaropgaven in a real browser: accessible, within the screen, on paper, alone.

With KETENSLUIS_PICTURES=DIR the pictures are kept there.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from playwright.sync_api import Browser

from exchanges.loonaangifte.jaar_model import YearReport
from exchanges.loonaangifte.jaar_verslag import render_html
from exchanges.loonaangifte.jaaropgave import AMOUNTS
from exchanges.loonaangifte.jaaropgave_afdruk import write_pages
from tests.servers.browser import chromium, page, violations
from tests.system.test_report_browser import A4, OUTSIDE, SPACING
from tests.unit.loonaangifte.year_documents import ALL, example

pytestmark = pytest.mark.system

NAMES = [*ALL, "jaaropgaven"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("jaar")
    made = {}
    for name, document in ALL.items():
        made[name] = folder / f"{name}.html"
        made[name].write_text(render_html(YearReport.from_dict(document())), encoding="utf-8")
    made["jaaropgaven"] = folder / "jaaropgaven.html"
    opgaven(folder / "jaaropgaven.parquet")
    write_pages(folder / "jaaropgaven.parquet", made["jaaropgaven"], "Gemeente Enschede",
                YearReport.from_dict(example()))  # fmt: skip
    return made


def opgaven(path: Path) -> None:
    """Three clients: a plain year; everything there can be; and who is hardly known."""
    plain = {
        "bsn": "999990019", "klantnummer": "C00000362", "voorletters": "AB", "voorvoegsel": None,
        "achternaam": "Kovačević", "regeling": "Participatiewet", "dienstjaar": 2026, "van": date(2026, 1, 1),
        "tot": date(2026, 12, 31), "loonbelastingtabel": "250", "indicatie_zvw": True, "code_zvw": "K",
        **dict.fromkeys(AMOUNTS, 0), "fiscaal_loon": 21_345, "loonheffing": 4_512, "werkgeversheffing_zvw": 1_302,
        "premies_werknemersverzekeringen": 0, "verrekende_arbeidskorting": 0,
        "heffingskorting": [{"vanaf": date(2026, 1, 1), "toegepast": True}],
    }  # fmt: skip
    full = plain | {
        "bsn": "999990020", "voorvoegsel": "van der", "achternaam": "Dam-" + "Zonnebloem" * 6, "regeling": "IOAW",
        "ontvangsten_loon": -1_250, "ontvangsten_werkgeversheffing_zvw": -76, "belaste_alimentatie": 1_234,
        "ingehouden_zvw": 55, "heffingskorting": [
            {"vanaf": date(2026, 1, 1), "toegepast": False}, {"vanaf": date(2026, 7, 15), "toegepast": True},
        ],
    }  # fmt: skip
    bare = plain | {"bsn": None, "voorletters": None, "achternaam": None, "loonbelastingtabel": None,
                    "heffingskorting": None}  # fmt: skip
    pq.write_table(pa.Table.from_pylist([full, plain, bare]), path)


@pytest.mark.parametrize(("name", "width"), [
    ("example", 1280), ("example", 320), ("broken", 1280), ("broken", 320), ("empty", 1280), ("jaaropgaven", 1280),
    ("jaaropgaven", 320),
])  # fmt: skip
def test_axe_finds_nothing(browser: Browser, files: dict[str, Path], name: str, width: int) -> None:
    with page(browser, files[name], width=width) as seen:
        assert violations(seen.page) == []


@pytest.mark.parametrize("name", NAMES)
def test_only_tables_scroll_sideways(browser: Browser, files: dict[str, Path], name: str) -> None:
    with page(browser, files[name]) as seen:
        for style in ("/* as it is */", SPACING):
            seen.page.add_style_tag(content=style)
            for width in (1280, 768, 320):
                seen.page.set_viewport_size({"width": width, "height": 900})
                assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
                assert seen.page.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("name", NAMES)
def test_asks_for_nothing_and_runs_nothing(browser: Browser, files: dict[str, Path], name: str) -> None:
    context = browser.new_context()  # held to the policy in the page itself
    asked: list[str] = []
    said: list[str] = []
    view = context.new_page()
    view.on("request", lambda request: asked.append(request.url))
    view.on("console", lambda message: said.append(message.text))
    view.goto(files[name].as_uri())
    assert view.evaluate("getComputedStyle(document.querySelector('.kop')).backgroundColor") == "rgb(21, 66, 115)"
    context.close()
    assert (asked, said) == ([files[name].as_uri()], [])


def test_the_conclusion_is_seen_first(browser: Browser, files: dict[str, Path]) -> None:
    for width in (1280, 320):
        with page(browser, files["broken"], width=width, height=640) as seen:
            heading = seen.page.locator("#conclusie-kop").bounding_box()
            assert heading is not None and heading["y"] + heading["height"] < 640
            assert seen.page.locator("#conclusie-kop").inner_text().endswith("Dit jaar sluit niet")


def test_every_part_is_in_the_contents(browser: Browser, files: dict[str, Path]) -> None:
    with page(browser, files["example"]) as seen:
        targets = seen.page.evaluate("[...document.querySelectorAll('.inhoudsopgave a')].map(a => a.hash.slice(1))")
        found = seen.page.evaluate("[...document.querySelectorAll('section[id]')].map(s => s.id)")
    assert targets == found


@pytest.mark.parametrize("name", NAMES)
def test_on_paper(browser: Browser, files: dict[str, Path], tmp_path: Path, name: str) -> None:
    with page(browser, files[name], width=A4["width"], height=A4["height"]) as seen:
        seen.page.emulate_media(media="print")
        assert not seen.page.locator(".skip").is_visible()
        assert seen.page.evaluate("""() => [...document.querySelectorAll('tbody tr')]
            .every(e => getComputedStyle(e).breakInside === 'avoid')""")
        # What does not fit is lost on paper: 210 mm less the margins is 680 pixels, for a jaaropgave 642.
        room = 642 if name == "jaaropgaven" else 680
        seen.page.set_viewport_size({"width": room, "height": A4["height"]})
        assert seen.page.evaluate(f"""() => [...document.querySelectorAll('table')]
            .filter(e => e.getBoundingClientRect().width > {room + 1}).map(e => e.id)""") == []
        seen.page.emulate_media(media=None)
        paper = seen.page.pdf(path=tmp_path / f"{name}.pdf", prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", paper))
    assert re.search(rb"/MediaBox\s*\[0 0 59[45][.\d]* 84[12]", paper)
    # A client has a page of his own, however little is on it.
    assert pages == 3 if name == "jaaropgaven" else 6 <= pages <= 16, pages


def test_pictures(browser: Browser, files: dict[str, Path], tmp_path: Path) -> None:
    folder = Path(os.environ.get("KETENSLUIS_PICTURES") or tmp_path)
    folder.mkdir(parents=True, exist_ok=True)
    for name in NAMES:
        for width, shape in ((1280, "scherm"), (320, "telefoon")):
            with page(browser, files[name], width=width, height=1600) as seen:
                seen.page.screenshot(path=folder / f"jaar-{name}-{shape}.png")
    assert (folder / "jaar-example-scherm.png").stat().st_size > 20_000
