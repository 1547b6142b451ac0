"""Run a piece of code in several processes at the same moment, again and again: reads on standard input one JSON object
a line, ``code``, ``url``, ``processes`` and ``periods``, and ends with its input.

One interpreter loads everything and forks, which is what Airflow does too. The code sees ``ledger`` and ``periods`` and
leaves its result in ``answer``; all answers are printed as one JSON list, or null when a process did not end well.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from typing import Any

import alembic.command  # noqa: F401  what makes the tables: once, and not in each process

from exchanges.core.balance import Balance
from exchanges.core.errors import BusinessError
from exchanges.core.ledger import DeliveryState, Ledger
from exchanges.core.period import Period

_PATIENCE = 300  # seconds


def run(code: str, url: str, periods: int, barrier: Any, answers: Any) -> None:
    names = {
        "ledger": Ledger(url), "periods": [Period(2026, 1).shift(n) for n in range(periods)],
        "Balance": Balance, "BusinessError": BusinessError, "DeliveryState": DeliveryState,
    }
    barrier.wait()
    exec(code, names)
    answers.put(names["answer"])


def at_once(code: str, url: str, processes: int, periods: int) -> list[Any] | None:
    fork = multiprocessing.get_context("fork")
    barrier, answers = fork.Barrier(processes), fork.SimpleQueue()
    running = [fork.Process(target=run, args=(code, url, periods, barrier, answers)) for _ in range(processes)]
    for process in running:
        process.start()
    for process in running:
        process.join(_PATIENCE)
        if process.exitcode is None:
            process.kill()
            process.join()
    return None if any(process.exitcode for process in running) else [answers.get() for _ in running]


if __name__ == "__main__":
    for line in sys.stdin:
        print(json.dumps(at_once(**json.loads(line))), flush=True)
