"""The outside of the project: what a newcomer, a catalogue of public software and CI find at the door."""

from __future__ import annotations

import os
import re
import subprocess
import tomllib
from datetime import date
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
PINNED = re.compile(r"[a-z0-9][a-z0-9._-]*==\S+")
LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def project() -> dict:
    return tomllib.loads(read("pyproject.toml"))["project"]


def names(requirements: list[str]) -> set[str]:
    return {re.split(r"[\[<>=!~; ]", requirement, maxsplit=1)[0].lower() for requirement in requirements}


def test_the_licence_is_the_whole_eupl():
    text = read("LICENSE")
    assert text.startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")
    articles = re.findall(r"^(\d+)\.[A-Z]", text, flags=re.MULTILINE)
    assert articles == [str(number) for number in range(1, 16)]
    assert "Compatible Licences" in text and "European Union Public Licence (EUPL) v. 1.1, v. 1.2" in text
    assert len(text.split()) == 2212


def test_everything_declared_is_pinned_without_addresses(project):
    lines = read("constraints.txt").splitlines()
    assert [line for line in lines if not PINNED.fullmatch(line)] == []
    pinned = {line.split("==")[0] for line in lines}
    wanted = names(project["dependencies"])
    for extra in project["optional-dependencies"].values():
        wanted |= names(extra)
    assert wanted - pinned == set()
    assert names(tomllib.loads(read("pyproject.toml"))["build-system"]["requires"]) - pinned == set()


def test_make_help_lists_every_target():
    makefile = read("Makefile")
    targets = set(re.findall(r"^\.PHONY: (\S+)$", makefile, flags=re.MULTILINE))
    shown = subprocess.run(["make", "--no-print-directory", "help"], cwd=ROOT, capture_output=True, text=True,
                           check=True).stdout
    assert {line.split()[1] for line in shown.splitlines()} == targets
    assert {"help", "install", "install-test", "demo", "test", "lint", "bench", "schemas-verify", "clean"} <= targets


def test_ci_runs_make_test_with_nothing_skipped():
    run = ROOT / ".ci" / "run"
    assert os.access(run, os.X_OK)
    done = subprocess.run(["bash", "-n", run], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lines = [line for line in run.read_text().splitlines() if line and not line.startswith("#")]
    assert "set -euo pipefail" in lines
    assert "export CI=true" in lines
    assert lines[-1].startswith("exec make ") and " test " in lines[-1]


@pytest.mark.parametrize("name", ["install", "test-deps"])
def test_the_scripts_are_bash_that_parses(name):
    script = ROOT / "scripts" / name
    assert os.access(script, os.X_OK)
    assert subprocess.run(["bash", "-n", script]).returncode == 0


def test_publiccode_says_what_the_standard_asks(project):
    """The mandatory keys of publiccode.yml 0.4, and its limits on the texts."""
    said = yaml.safe_load(read("publiccode.yml"))
    assert said["publiccodeYmlVersion"] == "0.4"
    for key in ("name", "url", "softwareVersion", "releaseDate", "platforms", "categories"):
        assert said[key], key
    date.fromisoformat(said["releaseDate"])
    assert said["softwareVersion"] == project["version"]
    assert said["developmentStatus"] in {"concept", "development", "beta", "stable", "obsolete"}
    assert said["softwareType"] == "standalone/backend"
    assert set(said["description"]) == {"nl", "en"}
    for text in said["description"].values():
        assert 0 < len(text["shortDescription"]) <= 150
        assert 150 <= len(text["longDescription"]) <= 10_000
        assert text["features"] and all(len(feature) <= 100 for feature in text["features"])
    assert said["legal"]["license"] == project["license"] == "EUPL-1.2"
    assert said["maintenance"]["type"] == "internal" and said["maintenance"]["contacts"][0]["name"]
    assert said["localisation"]["availableLanguages"] == ["nl"]
    assert isinstance(said["localisation"]["localisationReady"], bool)


def test_the_changelog_keeps_its_headings_in_order():
    order = ["Breaking", "Contract changes", "Added", "Fixed"]
    for release in read("CHANGELOG.md").split("\n## ")[1:]:
        headings = re.findall(r"^### (.+)$", release, flags=re.MULTILINE)
        assert headings == [heading for heading in order if heading in headings]
        assert headings


def test_decisions_are_numbered_listed_and_complete():
    pages = sorted(path for path in (ROOT / "docs/decisions").glob("*.md") if path.name != "README.md")
    assert [int(page.name[:4]) for page in pages] == list(range(1, len(pages) + 1))
    index = read("docs/decisions/README.md")
    for page in pages:
        text = page.read_text()
        assert f"]({page.name})" in index
        assert text.startswith(f"# {page.name[:4]} ")
        assert "**Status**: " in text
        assert re.findall(r"^## (.+)$", text, flags=re.MULTILINE) == ["Context", "Decision", "Consequences"]
        assert len(text.splitlines()) <= 60, "a decision is one page"


def pages() -> list[Path]:
    said = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True,
                          text=True, check=True)
    return [ROOT / name for name in said.stdout.splitlines()]


@pytest.mark.parametrize("page", pages(), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_between_pages_lead_somewhere(page):
    gone = [target for target in LINK.findall(page.read_text(encoding="utf-8"))
            if not (page.parent / target).resolve().exists()]
    assert gone == []


def test_a_backfill_as_told_goes_forwards():
    """Every other limit keeps the order of a municipality (decision 0002); backwards, one at a time, nothing does."""
    told = re.findall(r"`(airflow backfill create [^`]*)`", read("docs/operations.md"))
    assert told and not any("--run-backwards" in command for command in told)
