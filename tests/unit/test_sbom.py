"""The bill of materials: everything that is pinned and installed, at that version, and nothing of this machine."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture(scope="module")
def written(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sbom") / "deep" / "ketensluis.cdx.json"
    # Its own validation takes fifteen times as long, and is what `make sbom` does.
    made = [ROOT / "scripts" / "sbom", Path(sys.prefix), path, "--no-validate"]
    subprocess.run(made, check=True, capture_output=True)
    return path


@pytest.fixture(scope="module")
def sbom(written: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(written.read_text(encoding="utf-8"))
    return found


def plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_it_is_of_this_program(sbom):
    assert sbom["bomFormat"] == "CycloneDX" and sbom["specVersion"] >= "1.6"
    main = sbom["metadata"]["component"]
    assert (main["name"], main["type"]) == ("ketensluis", "application")
    assert main["licenses"][0]["license"]["id"] == "EUPL-1.2"


def test_everything_that_is_pinned_and_installed_is_in_it_at_that_version(sbom):
    listed = {plain(one["name"]): one["version"] for one in sbom["components"]}
    pinned = dict(line.split("==") for line in (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines())
    packages = [path for path in sys.path if "site-packages" in path]
    installed = {plain(one.metadata["Name"]) for one in distributions(path=packages)}
    there = {name: version for name, version in pinned.items() if plain(name) in installed}
    assert len(there) > 100
    assert {name: listed.get(plain(name)) for name in there} == there
    assert all(one["purl"].startswith("pkg:pypi/") for one in sbom["components"])


def test_it_says_what_needs_what_and_nothing_of_this_machine(sbom, written):
    needs = {one["ref"]: one.get("dependsOn", []) for one in sbom["dependencies"]}
    assert any(ref.startswith("pyarrow==") for ref in needs["root-component"])
    text = written.read_text(encoding="utf-8")
    assert str(ROOT) not in text and "file:" not in text and "timestamp" not in sbom["metadata"]
