"""Processes that run a delivery and may be killed: one interpreter loads everything, and forks for every order.

``Forge`` is the side of the tests. What is forked has loaded all libraries and used none: no thread, no connection.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from tests.system.reliability.strike import Strike

_SECONDS = 300  # for a whole ladder, on a machine that does more


@dataclass(frozen=True)
class Order:
    """What one process does with the delivery: the ``acts`` in turn, each ``(name, argument)``, see ``deeds.py``.

    ``without`` are protections that are taken out of the product in that process, ``limit`` is the largest file it may
    write, in bytes.
    """

    home: Path
    delivery: str
    acts: Sequence[tuple[str, str]] = (("run", ""),)
    strikes: Sequence[Strike] = ()
    without: Sequence[str] = ()
    limit: int = 0


@dataclass(frozen=True)
class Ended:
    """``killed`` by a signal, or what the acts gave: ``None`` or ``[class, exit code, message]`` each."""

    killed: int = 0
    said: list[Any] = field(default_factory=list)

    @property
    def error(self) -> str:
        """The message of the first act that failed; empty when none did."""
        return next((one[2] for one in self.said if one), "")

    @property
    def code(self) -> int:
        return next((one[1] for one in self.said if one), 0)


class Forge:
    """``with Forge() as forge``: gives processes until the end of the block. ``preload`` is in front of their C
    library, and does nothing until it is told to."""

    def __init__(self, preload: Path | None = None) -> None:
        self._preload = {"LD_PRELOAD": str(preload)} if preload else {}

    def __enter__(self) -> Forge:
        self._server = subprocess.Popen(
            [sys.executable, "-m", __name__], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
            cwd=Path(__file__).resolve().parents[3], env={**os.environ, "COVERAGE_PROCESS_START": "", **self._preload},
        )  # fmt: skip
        return self

    def __exit__(self, *_: object) -> None:
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.close()
        self._server.wait()
        self._server.stdout.close()

    def run(self, *orders: Order) -> list[Ended]:
        """The orders, each in a process of its own, at the same moment."""
        assert self._server.stdin is not None and self._server.stdout is not None
        self._server.stdin.write(json.dumps([asdict(order) for order in orders], default=str) + "\n")
        self._server.stdin.flush()
        answer = self._server.stdout.readline()
        assert answer, "the forge is gone"
        return [Ended(**one) for one in json.loads(answer)]


def _serve() -> None:
    from tests.system.reliability import deeds

    deeds.load()
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what a step prints is not an answer
    for line in sys.stdin:
        orders = json.loads(line)
        ready, go = os.pipe()
        children = [_start(order, ready, go, deeds) for order in orders]
        os.close(ready)
        os.close(go)  # nobody holds it now: all children read its end at the same moment
        answers.write(json.dumps([_ended(*child) for child in children]) + "\n")
        answers.flush()


def _start(order: dict[str, Any], ready: int, go: int, deeds: Any) -> tuple[int, int]:
    out, into = os.pipe()
    pid = os.fork()
    if pid:
        os.close(into)
        return pid, out
    code = 1
    with suppress(BaseException):
        os.close(go)
        os.close(out)
        os.read(ready, 1)
        signal.alarm(_SECONDS)
        said = deeds.obey(order)
        os.write(into, json.dumps(said).encode())
        code = 0
    os._exit(code)


def _ended(pid: int, out: int) -> dict[str, Any]:
    with os.fdopen(out, "rb") as pipe:
        said = pipe.read()
    _, status = os.waitpid(pid, 0)
    if os.WIFSIGNALED(status):
        return {"killed": os.WTERMSIG(status), "said": []}
    return {"killed": 0, "said": json.loads(said) if said else [["process", -1, "the child gave no answer"]]}


if __name__ == "__main__":
    _serve()
