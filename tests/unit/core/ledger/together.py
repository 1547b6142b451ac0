"""Run a piece of code in several processes at the same moment: ``together.py URL PROCESSES PERIODS``, code on input.

One interpreter loads everything and forks, which is what Airflow does too. The code sees ``ledger`` and ``periods`` and
leaves its result in ``answer``; all answers are printed as one JSON list.
"""

from __future__ import annotations

import json
import multiprocessing
import sys
from typing import Any

from exchanges.core.balance import Balance
from exchanges.core.errors import BusinessError
from exchanges.core.ledger import DeliveryState, Ledger
from exchanges.core.period import Period


def run(code: str, url: str, periods: int, barrier: Any, answers: Any) -> None:
    names = {
        "ledger": Ledger(url), "periods": [Period(2026, 1).shift(n) for n in range(periods)],
        "Balance": Balance, "BusinessError": BusinessError, "DeliveryState": DeliveryState,
    }
    barrier.wait()
    exec(code, names)
    answers.put(names["answer"])


def main() -> None:
    url, count, periods = sys.argv[1], int(sys.argv[2]), int(sys.argv[3])
    code = sys.stdin.read()
    fork = multiprocessing.get_context("fork")
    barrier, answers = fork.Barrier(count), fork.SimpleQueue()
    processes = [fork.Process(target=run, args=(code, url, periods, barrier, answers)) for _ in range(count)]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    if any(process.exitcode for process in processes):
        sys.exit(1)
    print(json.dumps([answers.get() for _ in processes]))


if __name__ == "__main__":
    main()
