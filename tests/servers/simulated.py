"""A partner as ``sluis simulate`` makes it: a process of its own, over real SFTP."""

from __future__ import annotations

import re
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.sluis import SLUIS, environment, nobody_in


@contextmanager
def simulated(home: Path, partner: str, root: Path, *faults: str) -> Iterator[str]:
    """Gives the lines of the settings that lead to it. At the end it has told nothing personal and not complained."""
    command = [str(SLUIS), "simulate", partner, "--root", str(root), *(f"--storing={fault}" for fault in faults)]
    with (home / "partner.err").open("wb") as complaints:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=complaints, cwd=home, env=environment(home))
        try:
            assert process.stdout is not None
            ready, _, _ = select.select([process.stdout], [], [], 60)
            assert ready, "the simulator does not say where it listens"
            first = process.stdout.readline().decode()
            found = re.fullmatch(
                r"\w+-simulator luistert op (\S+):(\d+), gebruiker (\S+), sleutel (\S+), known_hosts (\S+)\n", first
            )
            assert found, first
            host, port, user, key, known = found.groups()
            yield (
                f'soort = "sftp"\nhost = "{host}"\npoort = {port}\ngebruiker = "{user}"\nsleutel = "{home / key}"\n'
                f'known_hosts = "{home / known}"\n'
            )
        finally:
            process.send_signal(signal.SIGTERM)
            rest, _ = process.communicate(timeout=30)
            (home / "partner.out").write_bytes(rest)
    assert process.returncode == 0 and (home / "partner.err").read_bytes() == b""
    assert nobody_in((home / "partner.out").read_text())
