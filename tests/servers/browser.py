"""A real Chromium for the tests, with axe-core: what a reader sees, on a screen, a telephone and paper.

``page`` loads a file and keeps what the browser asked for and complained about; ``violations`` asks axe-core.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, sync_playwright

from tests.needs import need

# No start screens, no services of its own that look for the internet; no sandbox, because CI runs as root.
FLAGS = ("--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage")
PATIENCE = 120_000  # milliseconds; a busy machine is no finding about the page
WCAG = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@contextmanager
def chromium() -> Iterator[Browser]:
    """Headless Chromium with a new, empty profile, ended at the end. Skips (in CI: fails) where there is none."""
    program = need("chromium")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=program, args=list(FLAGS), timeout=PATIENCE)
        try:
            yield browser
        finally:
            browser.close()


@dataclass
class Seen:
    """A loaded page with the addresses it asked for and what it said on the console."""

    page: Page
    requests: list[str] = field(default_factory=list)
    console: list[str] = field(default_factory=list)


@contextmanager
def page(browser: Browser, file: Path, *, width: int = 1280, height: int = 900) -> Iterator[Seen]:
    """Load ``file`` in a window of that size in CSS pixels."""
    # Bypassing the page's own content security policy is for what a test puts in; the page is held to it elsewhere.
    context = browser.new_context(viewport={"width": width, "height": height}, locale="nl-NL", bypass_csp=True)
    context.set_default_timeout(PATIENCE)
    try:
        seen = Seen(context.new_page())
        seen.page.on("request", lambda request: seen.requests.append(request.url))
        seen.page.on("console", lambda message: seen.console.append(message.text))
        seen.page.on("pageerror", lambda error: seen.console.append(str(error)))
        seen.page.goto(file.as_uri())
        yield seen
    finally:
        context.close()


def violations(seen: Page, impacts: tuple[str, ...] = ("minor", "moderate", "serious", "critical")) -> list[str]:
    """What axe-core finds against WCAG 2.2 AA and its best practices: ``rule (impact): element``, one each."""
    results = Axe().run(seen, options={"runOnly": {"type": "tag", "values": list(WCAG)}}).response
    return [
        f"{found['id']} ({found['impact']}): {node['html'][:200]}"
        for found in results["violations"] if found["impact"] in impacts
        for node in found["nodes"]
    ]
