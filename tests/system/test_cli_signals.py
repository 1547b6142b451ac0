"""Signals from the command line: received, worked on by people, opened by the municipality."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pyrage import x25519

from tests.signals import Town, town
from tests.sluis import sluis

BSNS = ("999990019", "999990020", "999990032")
pytestmark = pytest.mark.system


@pytest.fixture
def place(tmp_path: Path) -> Town:
    key = x25519.Identity.generate()
    (tmp_path / "sleutel.txt").write_text(f"# van de gemeente\n{key}\n")
    made = town(tmp_path / "huis", BSNS, f'sleutel = "{key.to_public()}"')
    made.put("2026-10", made.month("2026-10", 28))
    return made


def test_a_month_of_signals_from_file_to_a_handled_signal(place: Town, tmp_path: Path) -> None:
    home = place.chain.home
    done = sluis(home, "run", "ib_samenloop", "--periode", "2026-10", "--json")
    assert done.code == 0, done.err
    assert (done.json["state"], done.json["read"], done.json["new"]) == ("published", 28, 28)
    sealed = next(Path(name) for name in done.json["lists"] if name.endswith("001.zip.age"))

    opened = sluis(home, "unseal", sealed, "--sleutel", tmp_path / "sleutel.txt", "--naar", tmp_path / "open", "--json")
    assert opened.code == 0 and "ib_samenloop_0153_2026-10_001.xlsx" in opened.json["files"]
    again = sluis(home, "unseal", sealed, "--sleutel", tmp_path / "sleutel.txt", "--naar", tmp_path / "open")
    assert again.code == 2 and "staat" in again.err

    def status() -> list[dict[str, int]]:
        said = sluis(home, "signals", "status", "--gemeente", "0153", "--json").out
        return [json.loads(line) for line in said.splitlines()]

    counts = status()
    assert sum(one["received"] for one in counts) == 28 and not any(one["assigned"] for one in counts)
    listed = json.loads((tmp_path / "open" / "ib_samenloop_0153_2026-10_001.json").read_text())
    number = next(row["signaalnummer"] for row in _rows(listed))

    def move(to: str, *more: str) -> int:
        return sluis(home, "signals", "move", number, to, "--gemeente", "0153", "--door", "J. Jansen", *more).code

    assert move("afgehandeld", "--uitkomst", "bekend", "--besluit", "B-1") == 2  # nobody looked into it yet
    assert move("toegewezen") == move("in_onderzoek") == 0
    assert move("afgehandeld") == 2  # without an outcome
    assert move("weg") == 2
    assert move("afgehandeld", "--uitkomst", "bekend", "--besluit", "B-1") == 0
    counts = status()
    assert sum(one["handled"] for one in counts) == sum(one["assigned"] for one in counts) == 1


def _rows(found: object) -> list[dict[str, str]]:
    """Every object with a number of a signal, wherever it stands."""
    if isinstance(found, dict):
        here = [found] if "signaalnummer" in found else []
        return here + [row for value in found.values() for row in _rows(value)]
    return [row for value in found for row in _rows(value)] if isinstance(found, list) else []
