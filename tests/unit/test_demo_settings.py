"""The settings that the demos write are read back as they were meant, wherever the demo stands."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from exchanges import demo, demo_year
from exchanges.core.settings import Settings

PLACES = ["gewoon", 'map "van" mij', "back\\slash", "Jan's map"]


@pytest.mark.parametrize("name", PLACES)
def test_a_home_with_any_name(tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    home.mkdir()
    files = {part: home / part for part in ("client_key", "known_hosts")}
    partner = SimpleNamespace(host="127.0.0.1", port=2222, username="ib", inbox_name="in", outbox_name="uit", **files)
    demo._settings(home, {"inlichtingenbureau": partner}, "")
    known = Settings(home=home).municipalities()
    assert {code: town.bron.locatie for code, town in known.gemeente.items()} == {
        code: str(home / "bron" / code) for code, _, _ in demo.GEMEENTEN
    }
    assert str(known.partner["inlichtingenbureau"].sleutel) == str(files["client_key"])


@pytest.mark.parametrize("name", PLACES)
def test_a_year_with_any_name(tmp_path: Path, name: str) -> None:
    home = tmp_path / name
    source, partner = home / "bron", home / "partner"
    known = demo_year._settings(home, source, partner).municipalities()
    assert known.gemeente[demo_year.GEMEENTE].bron.locatie == str(source)
    assert str(known.partner["belastingdienst"].map) == str(partner)
