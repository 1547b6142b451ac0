"""After full deliveries, out and in, the burgerservicenummer of nobody is in any file under the home; nor after a kill
in the middle of a step and whatever is done next (SEC-09)."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest

from exchanges.administration.demo import generate
from exchanges.core import run
from exchanges.core.keys.manage import destroy, rotate
from exchanges.core.settings import Settings
from exchanges.simulators.ib_signals import with_unknown_column
from tests import signals
from tests.chain import Chain, chain
from tests.oib import bsns

pytestmark = pytest.mark.system
OUT = "dkd_reintegratie/0153/2026-10/0001"
# What is no copy of ours: the partner's own side, and the administration itself.
THEIRS = ("partner", "bron")


def files(home: Path) -> Iterator[Path]:
    for path in home.rglob("*"):
        if path.is_file() and path.relative_to(home).parts[0] not in THEIRS:
            yield path


def numbers_in(folder: Path) -> list[str]:
    """Every burgerservicenummer in the tables of an administration."""
    found: set[str] = set()
    for path in folder.glob("*.parquet"):
        for name in {"bsn", "bsn_partner"} & set(pq.read_schema(path).names):
            found |= {bsn for bsn in pq.read_table(path)[name].to_pylist() if bsn}
    # Some have errors in them: too short, or with letters.
    return sorted(bsn for bsn in found if bsn.isdigit() and len(bsn) == 9)


def holds(data: bytes, persons: list[str]) -> bool:
    """As text, as an integer of eight bytes, or as a column of integers of four: one of those alone is in any large
    file by chance, two after each other are not."""
    if any(bsn.encode() in data or int(bsn).to_bytes(8, "little") in data for bsn in persons):
        return True
    wanted = np.array([int(bsn) for bsn in persons], np.uint32)
    for shift in range(4):
        part = data[shift:]
        hit = np.isin(np.frombuffer(part[: len(part) // 4 * 4], np.uint32), wanted)
        if (hit[1:] & hit[:-1]).any():
            return True
    return False


def found_in(home: Path, persons: list[str]) -> list[str]:
    return [str(path.relative_to(home)) for path in files(home) if holds(path.read_bytes(), persons)]


def delivered(folder: Path, monkeypatch: pytest.MonkeyPatch, keys: str) -> tuple[Chain, list[str]]:
    """A delivery that went out and was answered; and whose numbers are in it."""
    monkeypatch.setenv("KETENSLUIS_KEYS", keys)
    generate(folder / "bron", "0153", 60, 1)
    town = chain(folder / "huis", folder / "bron")
    assert town.finish(town.open(), ["reject-count=2"]) is None
    persons = numbers_in(folder / "bron")
    sent = b"".join(path.read_bytes() for path in (town.partner / "in").glob("*.xml"))
    assert len(persons) > 50 and sum(bsn.encode() in sent for bsn in persons) > 20
    return town, persons


def received(folder: Path, monkeypatch: pytest.MonkeyPatch, keys: str) -> tuple[Path, list[str]]:
    """A file that was worked through, and one that was refused."""
    monkeypatch.setenv("KETENSLUIS_KEYS", keys)
    persons = bsns(16)
    town = signals.town(folder / "huis", persons)
    town.put("2026-10", town.month("2026-10", 24))
    assert town.receive()[1] is None and town.lists()
    bad = town.put("2026-11", town.month("2026-11", 8), delivery="L2026000002")
    with_unknown_column(bad)
    assert town.receive("2026-11")[1] is not None
    return town.chain.home, persons


def test_nobody_is_in_any_file_after_a_delivery_went_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town, persons = delivered(tmp_path, monkeypatch, "")
    assert found_in(town.home, persons) == []
    assert len(list(files(town.home))) > 30
    # Another key, and a delivery after it: still nobody, and all that was stored is there.
    rotate(town.settings, town.ledger, "0153")
    assert run.run_step(OUT, "report", town.settings) and town.message(OUT)
    assert town.deliver(town.open("2026-11"), "reconcile") is None
    assert found_in(town.home, persons) == []
    # Without the key nothing can be had of it, and what is not about persons still can.
    destroy(town.settings, town.ledger, "0153", actor="J. Jansen", reason="gemeente is vertrokken")
    stopped = town.deliver(town.open("2026-12"), "reconcile")
    assert stopped is not None and "Gemeente 0153 heeft geen sleutel" in str(stopped)
    assert found_in(town.home, persons) == []


def test_nobody_is_in_any_file_after_a_file_came_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home, persons = received(tmp_path, monkeypatch, "")
    assert found_in(home, persons) == [] and list(home.glob("artefacten/0153/quarantaine/*"))


def test_without_keys_they_would_have_been_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    town, persons = delivered(tmp_path / "uit", monkeypatch, "geen")
    assert any(place.startswith("artefacten/0153/") for place in found_in(town.home, persons))
    home, persons = received(tmp_path / "in", monkeypatch, "geen")
    places = found_in(home, persons)
    assert any("/quarantaine/" in place for place in places) and len(places) > 1
    for width in (4, 8):
        assert holds(b"x" + b"".join(int(bsn).to_bytes(width, "little") for bsn in persons), persons)


MID_STEP = """
import sys, time
from pathlib import Path
from exchanges.core import run
from exchanges.core.settings import Settings
home, delivery, step = Path(sys.argv[1]), sys.argv[2], sys.argv[3]
settings = Settings(home=home, pseudonym_key="sleutel van de tests")
honest = run.FUNCTIONS["out"][step]
def halfway(context):
    result = honest(context)
    print("halverwege", flush=True)
    time.sleep(600)
run.FUNCTIONS["out"][step] = halfway
run.run_step(delivery, step, settings)
"""


@pytest.mark.parametrize("step", ["build"])
def test_nobody_is_in_any_file_after_a_kill_and_the_next_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    monkeypatch.delenv("KETENSLUIS_KEYS", raising=False)
    generate(tmp_path / "bron", "0153", 60, 1)
    persons = numbers_in(tmp_path / "bron")
    town = chain(tmp_path / "huis", tmp_path / "bron")
    delivery = town.open()
    town.step(delivery, "select", "map")
    with subprocess.Popen([sys.executable, "-c", MID_STEP, str(town.home), delivery, step], stdout=subprocess.PIPE,
                          text=True) as working:  # fmt: skip
        assert working.stdout is not None and working.stdout.readline() == "halverwege\n"
        os.kill(working.pid, signal.SIGKILL)
    left = found_in(town.home, persons)
    assert left and all(place.startswith("werk/") for place in left), "there was something to take away"
    run.open_ledger(Settings(home=town.home))
    assert found_in(town.home, persons) == [] and list((town.home / "werk").iterdir()) == []
    # And it goes on where it was.
    assert town.finish(delivery) is None and found_in(town.home, persons) == []
