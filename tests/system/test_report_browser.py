"""The report in a real browser: accessible, within the screen, on paper, alone.

With KETENSLUIS_PICTURES=DIR the pictures are kept there; docs/images/aansluitverslag.png is one of them.
"""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Browser

from exchanges.core.bundle.account import FileRow, MadeForm
from exchanges.core.bundle.contents import Entry
from exchanges.core.bundle.page import index
from exchanges.core.period import Period
from exchanges.core.reports import render_html
from exchanges.core.reports.forms import FORMS
from exchanges.core.retention.page import LISTED
from exchanges.core.retention.page import render_html as destroyed
from tests.servers.browser import chromium, page, violations
from tests.unit.core.bundle.test_page import account
from tests.unit.core.reports.documents import ALL
from tests.unit.core.retention.test_page import document as destruction

pytestmark = pytest.mark.system

A4 = {"width": 794, "height": 1123}
# WCAG 2.2, success criterion 1.4.12: nothing may be lost at this spacing.
SPACING = "* { line-height: 1.5 !important; letter-spacing: .12em !important; word-spacing: .16em !important; }"
OUTSIDE = """() => [...document.querySelectorAll('body *')]
  .filter(e => !e.closest('.rol, svg, .skip, .alleen-hoorbaar') && e.getBoundingClientRect().right > innerWidth + 1)
  .map(e => e.tagName + '.' + e.className)"""


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    folder = tmp_path_factory.mktemp("verslagen")
    result = {}
    for name, document in ALL.items():
        result[name] = folder / f"{name}.html"
        result[name].write_text(render_html(document()), "utf-8")
    return result


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = Path(os.environ.get("KETENSLUIS_PICTURES") or tmp_path_factory.mktemp("pictures"))
    folder.mkdir(parents=True, exist_ok=True)
    return folder


@pytest.mark.parametrize(("name", "width"), [
    ("example", 1280), ("example", 320), ("blocked", 1280), ("broken", 320), ("waiting", 1280), ("empty", 1280),
    ("forty", 1280),
])
def test_axe_finds_nothing(browser: Browser, files: dict[str, Path], name: str, width: int) -> None:
    with page(browser, files[name], width=width) as seen:
        assert violations(seen.page) == []


@pytest.mark.parametrize("width", [1280, 320])
def test_axe_finds_nothing_on_the_pages_beside_the_report(browser: Browser, tmp_path: Path, width: int) -> None:
    """The index of a bundle and the destruction report: the same frame, with links and tables of their own."""
    made = [replace(account(ALL[name](), number), forms=tuple(MadeForm(form, b"", kept=True) for form in FORMS),
                    files=(FileRow("antwoord", "verslag", "cd" * 32, 5, 1),))
            for number, name in enumerate(("accepted", "broken"), start=1)]  # fmt: skip
    entries = [Entry("leveringen/dkd_reintegratie/0001/verslag.json", b"x", "verslag")]
    gone = destruction(LISTED + 5)
    pages = {"bundel": index("0153", "Enschede", Period(2026, 10), made, entries, "Ketensluis 1"),
             "vernietiging": destroyed(gone, json.dumps(gone).encode())}  # fmt: skip
    for name, text in pages.items():
        path = tmp_path / f"{name}.html"
        path.write_text(text, "utf-8")
        with page(browser, path, width=width) as seen:
            assert violations(seen.page) == [], name
            assert seen.page.evaluate("document.documentElement.scrollWidth") <= width, name


def test_axe_would_find_something(browser: Browser, files: dict[str, Path]) -> None:
    with page(browser, files["example"]) as seen:
        seen.page.evaluate("""() => {
            document.documentElement.removeAttribute('lang');
            document.querySelector('.kop h1').style.color = '#2a5583';
            document.querySelector('svg[role=img]').removeAttribute('aria-labelledby');
            document.querySelector('svg[role=img] title').remove();
        }""")
        found = {line.split(" ")[0] for line in violations(seen.page, ("serious", "critical"))}
    assert {"html-has-lang", "color-contrast", "svg-img-alt"} <= found


@pytest.mark.parametrize("name", ALL)
def test_only_tables_scroll_sideways(browser: Browser, files: dict[str, Path], name: str) -> None:
    with page(browser, files[name]) as seen:
        for style in ("/* as it is */", SPACING):
            seen.page.add_style_tag(content=style)
            for width in (1280, 768, 320):
                seen.page.set_viewport_size({"width": width, "height": 900})
                assert seen.page.evaluate("document.documentElement.scrollWidth") <= width
                assert seen.page.evaluate(OUTSIDE) == []


@pytest.mark.parametrize("name", ALL)
def test_asks_for_nothing_and_runs_nothing(browser: Browser, files: dict[str, Path], name: str) -> None:
    context = browser.new_context()  # held to the policy in the page itself
    asked, said = [], []
    view = context.new_page()
    view.on("request", lambda request: asked.append(request.url))
    view.on("console", lambda message: said.append(message.text))
    view.on("dialog", lambda dialog: (said.append(dialog.message), dialog.dismiss()))
    view.goto(files[name].as_uri())
    # The policy lets the page's own style through.
    assert view.evaluate("getComputedStyle(document.querySelector('.kop')).backgroundColor") == "rgb(21, 66, 115)"
    context.close()
    assert (asked, said) == ([files[name].as_uri()], [])


def test_the_conclusion_is_seen_first(browser: Browser, files: dict[str, Path]) -> None:
    for width in (1280, 320):
        with page(browser, files["broken"], width=width, height=640) as seen:
            heading = seen.page.locator("#conclusie-kop").bounding_box()
            assert heading is not None
            assert heading["y"] + heading["height"] < 640
            assert seen.page.locator("#conclusie-kop").inner_text().endswith("sluit niet en is tegengehouden")


def test_the_keyboard_reaches_everything_and_shows_where_it_is(browser: Browser, files: dict[str, Path]) -> None:
    with page(browser, files["example"], width=320) as seen:
        seen.page.keyboard.press("Tab")
        assert seen.page.evaluate("document.activeElement.className") == "skip"
        assert seen.page.locator(".skip").bounding_box()["y"] >= 0
        seen.page.keyboard.press("Enter")
        seen.page.keyboard.press("Tab")
        reached = []
        for _ in range(200):
            shown = seen.page.evaluate("""() => { const e = document.activeElement, s = getComputedStyle(e);
                return e === document.body ? null : [e.tagName, parseFloat(s.outlineWidth), s.outlineStyle] }""")
            if shown is None:
                break
            reached.append(shown)
            seen.page.keyboard.press("Tab")
        wanted = seen.page.locator("main a[href], main [tabindex='0']").count()
    assert len(reached) == wanted
    assert all(width >= 2 and style != "none" for _, width, style in reached)


def test_the_drawing_fits_its_window(browser: Browser, files: dict[str, Path]) -> None:
    for name in ("example", "huge", "forty"):
        for width, drawn in ((1280, "breed"), (320, "smal")):
            with page(browser, files[name], width=width) as seen:
                assert seen.page.locator("svg.waterval:visible").count() == 1
                assert seen.page.locator(f"svg.waterval.{drawn}").is_visible()
                overlap = seen.page.evaluate("""() => {
                    const box = e => e.getBoundingClientRect();
                    const svg = [...document.querySelectorAll('svg.waterval')].find(e => box(e).width);
                    const out = [...svg.querySelectorAll('text')]
                        .filter(t => box(t).left < box(svg).left - 1 || box(t).right > box(svg).right + 1);
                    const over = [...svg.querySelectorAll('text')].filter(t => [...svg.querySelectorAll('rect')]
                        .some(r => box(r).width && !r.closest('defs') && box(t).right > box(r).left + 1
                            && box(t).left < box(r).right - 1
                            && box(t).bottom > box(r).top + 3 && box(t).top < box(r).bottom - 3));
                    return [...out, ...over].map(t => t.textContent);
                }""")
                assert overlap == []


@pytest.mark.parametrize("name", ["example", "blocked", "empty", "forty"])
def test_on_paper(browser: Browser, files: dict[str, Path], pictures: Path, name: str) -> None:
    with page(browser, files[name], width=A4["width"], height=A4["height"]) as seen:
        seen.page.emulate_media(media="print")
        assert not seen.page.locator(".inhoudsopgave").is_visible()
        assert not seen.page.locator(".skip").is_visible()
        if name != "empty":
            assert seen.page.locator("svg.waterval.breed").is_visible()
        kept = seen.page.evaluate("""() => [...document.querySelectorAll('tbody tr, .bevinding')]
            .every(e => getComputedStyle(e).breakInside === 'avoid')""")
        assert kept
        assert seen.page.evaluate("""() => [...document.querySelectorAll('thead')]
            .every(e => getComputedStyle(e).display === 'table-header-group')""")
        seen.page.emulate_media(media=None)
        paper = seen.page.pdf(path=pictures / f"{name}.pdf", prefer_css_page_size=True)
    pages = len(re.findall(rb"/Type\s*/Page\b", paper))
    assert re.search(rb"/MediaBox\s*\[0 0 59[45][.\d]* 84[12]", paper)
    assert {"example": 8 <= pages <= 12, "blocked": 5 <= pages <= 9, "empty": 2 <= pages <= 4,
            "forty": 14 <= pages <= 24}[name], pages


def test_pictures(browser: Browser, files: dict[str, Path], pictures: Path) -> None:
    for name in ("example", "blocked", "waiting", "empty"):
        for width, shape in ((1280, "scherm"), (320, "telefoon")):
            with page(browser, files[name], width=width, height=1600) as seen:
                seen.page.screenshot(path=pictures / f"{name}-{shape}.png")
    with page(browser, files["example"]) as seen:
        seen.page.screenshot(path=pictures / "aansluitverslag.png", full_page=True,
                             clip={"x": 0, "y": 0, "width": 1280, "height": 1430})
    assert (pictures / "aansluitverslag.png").stat().st_size > 20_000
