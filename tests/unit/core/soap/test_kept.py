"""Answers that were put are there, whatever happens to the process; and sealed, whoever gets hold of the file."""

from __future__ import annotations

import os
import signal
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.settings import Settings
from exchanges.core.soap.kept import Kept
from exchanges.core.store.opening import open_store
from exchanges.core.store.sealing import Safe

ANSWER = b"<Burgerservicenr>999990019</Burgerservicenr>" * 50


def safe(home: Path, gemeente: str = "0153", purpose: str = "bevraging", **settings: str) -> Safe:
    return open_store(Settings(home=home, **settings)).safe(gemeente, purpose)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "map" / "a.sqlite"


def test_what_was_put_is_there_the_next_time(tmp_path, path):
    with Kept(path, safe(tmp_path)) as kept:
        assert kept.keys() == set() and kept.get("p:1") is None
        kept.put("p:1", b"<a/>")
        kept.put("p:2", b"x" * 100_000)
        kept.put("p:1", b"<b/>")
    with Kept(path, safe(tmp_path)) as kept:
        assert kept.keys() == {"p:1", "p:2"}
        assert (kept.get("p:1"), kept.get("p:2")) == (b"<b/>", b"x" * 100_000)


def test_only_its_owner_may_read_it(tmp_path, path):
    with Kept(path, safe(tmp_path)) as kept:
        kept.put("p:1", b"<a/>")
        modes = {one.name: stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()}
        assert set(modes.values()) == {0o600}, modes
        assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_it_is_kept_small(tmp_path, path):
    with Kept(path, safe(tmp_path)) as kept:
        kept.put("p:1", ANSWER)
    [[raw]] = sqlite3.connect(path).execute("SELECT inhoud FROM antwoord")
    assert len(raw) < len(ANSWER) / 5


@pytest.mark.parametrize("hand", [
    "UPDATE antwoord SET inhoud = substr(inhoud, 1, length(inhoud) - 1)",
    "UPDATE antwoord SET inhoud = (SELECT inhoud FROM antwoord WHERE vraag = 'p:2')",
    "UPDATE antwoord SET inhoud = x'00'",
])  # fmt: skip
def test_an_answer_that_was_altered_or_swapped_is_not_used(tmp_path, path, hand):
    with Kept(path, safe(tmp_path)) as kept:
        kept.put("p:1", ANSWER)
        kept.put("p:2", ANSWER)
    with sqlite3.connect(path) as file:
        file.execute(hand)
    with Kept(path, safe(tmp_path)) as kept, pytest.raises(BusinessError, match="veranderd"):
        kept.get("p:1")


def test_it_opens_for_its_own_municipality_and_purpose_only(tmp_path, path):
    with Kept(path, safe(tmp_path)) as kept:
        kept.put("p:1", ANSWER)
    for other in (safe(tmp_path, "0344"), safe(tmp_path, purpose="verzending")):
        with Kept(path, other) as kept, pytest.raises(BusinessError):
            kept.get("p:1")
    (tmp_path / "sleutels" / "0153.sleutel").unlink()
    with Kept(path, safe(tmp_path)) as kept, pytest.raises(UsageError, match="Gemeente 0153 heeft geen sleutel"):
        kept.get("p:1")


def test_a_kill_loses_nothing_that_was_put(tmp_path, path):
    program = (
        "import sys, time; from pathlib import Path; from exchanges.core.soap.kept import Kept\n"
        "from tests.unit.core.soap.test_kept import safe\n"
        "with Kept(Path(sys.argv[1]), safe(Path(sys.argv[2]))) as kept:\n"
        "    for n in range(100_000):\n"
        "        kept.put(f'p:{n}', b'<a/>'); print(n, flush=True)\n"
    )
    with subprocess.Popen([sys.executable, "-c", program, str(path), str(tmp_path)], stdout=subprocess.PIPE, text=True,
                          cwd=Path(__file__).resolve().parents[4]) as writer:  # fmt: skip
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(50)]
        os.kill(writer.pid, signal.SIGKILL)
    with Kept(path, safe(tmp_path)) as kept:
        assert {f"p:{n}" for n in told} <= kept.keys()
        assert {kept.get(f"p:{n}") for n in told} == {b"<a/>"}
