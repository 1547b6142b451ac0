"""The command line as a user has it: its answer, and what it cost."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from exchanges.core.store.privacy import holds_bsn

SLUIS = Path(sys.executable).with_name("sluis")
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
    """``peak_mb`` is the most memory the process had, nan unless it ran alone; ``seconds`` its processor time."""

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
    """No number that could be a person's in any of the texts; digests, which have nine digits by chance, aside."""
    return not any(holds_bsn(text) for text in texts)


def environment(home: Path, **more: str) -> dict[str, str]:
    """Nothing of a developer's own settings."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("KETENSLUIS_", "AIRFLOW"))}
    ours = {name: os.environ[name] for name in ("KETENSLUIS_APPROVAL", "KETENSLUIS_ACTORS", "KETENSLUIS_PRINT_REPORTS")}
    ours |= {"KETENSLUIS_HOME": str(home), "COVERAGE_PROCESS_START": ""}
    return {**kept, **ours, **more}


def sluis(
    home: Path, *args: object, stdin: str = "", env: Mapping[str, str] | None = None, cwd: Path | None = None,
    alone: bool = False,
) -> Done:
    """Run ``sluis ARGS`` with its home in ``home``: in a fork of a process that has imported it, one at a
    time; or ``alone``, as a user does, which takes a second longer, and is the only way to know its memory and to run
    two at once."""
    surroundings = environment(home, **(env or {}))
    run = _alone if alone else _forked
    with tempfile.TemporaryDirectory() as folder:
        done = run(Path(folder), [str(arg) for arg in args], stdin, surroundings, cwd or home)
    assert "Traceback" not in done.out + done.err, done.err
    return done


def _alone(folder: Path, args: list[str], stdin: str, env: dict[str, str], cwd: Path) -> Done:
    figures = folder / "figures.json"
    done = subprocess.run(
        [sys.executable, "-S", "-E", "-c", _MEASURE, str(figures), str(SLUIS), *args], input=stdin,
        capture_output=True, text=True, check=True, cwd=cwd, env=env,
    )  # fmt: skip
    code, peak, seconds = json.loads(figures.read_text())
    return Done(code, done.stdout, done.stderr, peak, seconds)


def _forked(folder: Path, args: list[str], stdin: str, env: dict[str, str], cwd: Path) -> Done:
    streams = {name: folder / name for name in ("stdin", "stdout", "stderr")}
    for name, path in streams.items():
        path.write_text(stdin if name == "stdin" else "", encoding="utf-8")
    zygote = _zygote()
    assert zygote.stdin is not None and zygote.stdout is not None
    asked = {"args": args, "env": env, "cwd": str(cwd), **{name: str(path) for name, path in streams.items()}}
    zygote.stdin.write(json.dumps(asked) + "\n")
    zygote.stdin.flush()
    code, seconds = json.loads(zygote.stdout.readline())
    out, err = (streams[name].read_text(encoding="utf-8") for name in ("stdout", "stderr"))
    return Done(code, out, err, float("nan"), seconds)


@cache
def _zygote() -> subprocess.Popen[str]:
    """One for each process of the tests; it ends with it."""
    return subprocess.Popen(
        [sys.executable, "-m", "tests.zygote"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        cwd=Path(__file__).parents[1], env=environment(Path("var")),
    )  # fmt: skip
