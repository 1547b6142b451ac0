"""The command line as a user has it: a process of its own, and what it cost."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from exchanges.core.bsn import passes

SLUIS = Path(sys.executable).with_name("sluis")
_NINE = re.compile(r"(?<![0-9])[0-9]{9}(?![0-9])")
# Between the test and the command, for a process starts with the memory peak of the one it was forked from.
_MEASURE = (
    "import json, os, sys\n"
    "pid = os.fork()\n"
    "if not pid: os.execv(sys.argv[2], sys.argv[2:])\n"
    "_, status, used = os.wait4(pid, 0)\n"
    "with open(sys.argv[1], 'w') as file:\n"
    "    json.dump([os.waitstatus_to_exitcode(status), used.ru_maxrss / 1024, used.ru_utime + used.ru_stime], file)\n"
)


@dataclass(frozen=True)
class Done:
    """``peak_mb`` is the most memory the process had, ``seconds`` the processor time it took."""

    code: int
    out: str
    err: str
    peak_mb: float
    seconds: float

    @property
    def lines(self) -> list[dict[str, Any]]:
        """Standard output as JSON, one object a line."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def json(self) -> dict[str, Any]:
        (one,) = self.lines
        return one


def nobody_in(*texts: str) -> bool:
    """No number that could be a person's in any of the texts."""
    return not any(passes(number) for text in texts for number in _NINE.findall(text))


def environment(home: Path, **more: str) -> dict[str, str]:
    """Nothing of a developer's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KETENSLUIS_", "AIRFLOW"))}
    approval = os.environ["KETENSLUIS_APPROVAL"]
    ours = {"KETENSLUIS_HOME": str(home), "KETENSLUIS_APPROVAL": approval, "COVERAGE_PROCESS_START": ""}
    return {**kept, **ours, **more}


def sluis(
    home: Path, *args: object, stdin: str = "", env: Mapping[str, str] | None = None, cwd: Path | None = None
) -> Done:
    """Run ``sluis ARGS`` with its home in ``home``."""
    with tempfile.TemporaryDirectory() as folder:
        figures = Path(folder) / "figures.json"
        done = subprocess.run(
            [sys.executable, "-S", "-E", "-c", _MEASURE, str(figures), str(SLUIS), *map(str, args)], input=stdin,
            capture_output=True, text=True, check=True, cwd=cwd or home, env=environment(home, **(env or {})),
        )  # fmt: skip
        code, peak, seconds = json.loads(figures.read_text())
    assert "Traceback" not in done.stdout + done.stderr, done.stderr
    return Done(code, done.stdout, done.stderr, peak, seconds)
