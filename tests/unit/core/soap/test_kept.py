"""Answers that were put are there, whatever happens to the process."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys

from exchanges.core.soap.kept import Kept


def test_what_was_put_is_there_the_next_time(tmp_path):
    with Kept(tmp_path / "map" / "a.sqlite") as kept:
        assert kept.keys() == set() and kept.get("p:1") is None
        kept.put("p:1", b"<a/>")
        kept.put("p:2", b"x" * 100_000)
        kept.put("p:1", b"<b/>")
    with Kept(tmp_path / "map" / "a.sqlite") as kept:
        assert kept.keys() == {"p:1", "p:2"}
        assert (kept.get("p:1"), kept.get("p:2")) == (b"<b/>", b"x" * 100_000)


def test_only_its_owner_may_read_it(tmp_path):
    with Kept(tmp_path / "map" / "a.sqlite") as kept:
        kept.put("p:1", b"<a/>")
        modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "map").iterdir()}
        assert set(modes.values()) == {0o600}, modes
        assert stat.S_IMODE((tmp_path / "map").stat().st_mode) == 0o700


def test_a_kill_loses_nothing_that_was_put(tmp_path):
    program = (
        "import sys, time; from pathlib import Path; from exchanges.core.soap.kept import Kept\n"
        "with Kept(Path(sys.argv[1])) as kept:\n"
        "    for n in range(100_000):\n"
        "        kept.put(f'p:{n}', b'<a/>'); print(n, flush=True)\n"
    )
    path = tmp_path / "a.sqlite"
    with subprocess.Popen([sys.executable, "-c", program, str(path)], stdout=subprocess.PIPE, text=True) as writer:
        assert writer.stdout is not None
        told = [int(writer.stdout.readline()) for _ in range(50)]
        os.kill(writer.pid, signal.SIGKILL)
    with Kept(path) as kept:
        assert {f"p:{n}" for n in told} <= kept.keys()
        assert {kept.get(f"p:{n}") for n in told} == {b"<a/>"}
