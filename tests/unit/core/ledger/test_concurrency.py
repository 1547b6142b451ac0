"""Real processes at the same moment; a barrier sees to it that none has a head start."""

from __future__ import annotations

import atexit
import json
import signal
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from exchanges.core.errors import TechnicalError
from exchanges.core.ledger import DeliveryState, Ledger
from exchanges.core.period import Period

PROCESSES = 4
PERIODS = 12


@cache
def _server() -> subprocess.Popen[str]:
    """Loads everything once; gone after the tests."""
    script = Path(__file__).with_name("together.py")
    server = subprocess.Popen([sys.executable, script], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(server.communicate)
    return server


def together(url: str, code: str) -> list[Any]:
    """What each process left in ``answer``."""
    server = _server()
    assert server.stdin is not None and server.stdout is not None
    asked = {"code": code, "url": url, "processes": PROCESSES, "periods": PERIODS}
    print(json.dumps(asked), file=server.stdin, flush=True)
    answers: list[Any] | None = json.loads(server.stdout.readline())
    assert answers is not None, "a process failed; see standard error"
    return answers


OPEN = "answer = [ledger.open_delivery('proef', '0153', p, 'bestand', new=True).id for p in periods]"


def test_making_the_tables_and_opening_at_once_gives_one_of_each(url: str) -> None:
    answers = together(url, "ledger.create()\n" + OPEN)
    expected = [f"proef/0153/2026-{month:02d}/0001" for month in range(1, PERIODS + 1)]
    assert answers == [expected] * PROCESSES
    assert [d.id for d in Ledger(url).deliveries()] == expected


def test_opening_the_next_at_once_gives_one(ledger: Ledger, url: str) -> None:
    for month in range(1, PERIODS + 1):
        first = ledger.open_delivery("proef", "0153", Period(2026, month), "bestand")
        ledger.set_state(first.id, DeliveryState.rejected)
    answers = together(url, OPEN)
    assert answers == [[f"proef/0153/2026-{month:02d}/0002" for month in range(1, PERIODS + 1)]] * PROCESSES
    assert len(ledger.deliveries()) == 2 * PERIODS


def test_one_step_run_by_all_at_once_has_the_rows_of_one_run(ledger: Ledger, url: str) -> None:
    opened = ledger.open_delivery("proef", "0153", Period(2026, 1), "bestand")
    together(url, """
import os
answer = []
for n in range(10):
    ledger.start_step('proef/0153/2026-01/0001', 'map')
    lines = [Balance(f'meting_{m}', 'aantal', os.getpid(), os.getpid()) for m in range(5)]
    ledger.finish_step('proef/0153/2026-01/0001', 'map', 'done', lines, {}, {'wie': os.getpid()})
    ledger.event('proef/0153/2026-01/0001', 'proces', 'klaar', 'map', str(n))
""")
    [row] = ledger.steps(opened.id)
    assert row.attempt == 10 * PROCESSES
    assert [line.measure for line in row.balances] == [f"meting_{m}" for m in range(5)]
    assert {line.into for line in row.balances} == {row.details["wie"]}
    assert len([e for e in ledger.events(opened.id) if e.actor == "proces"]) == 10 * PROCESSES


def test_only_one_answer_of_the_partner_is_kept(ledger: Ledger, url: str) -> None:
    opened = ledger.open_delivery("proef", "0153", Period(2026, 1), "bestand")
    answers = together(url, """
import os
answer = []
for state in sorted(['accepted', 'rejected', 'failed', 'partly_accepted'], key=lambda s: hash((s, os.getpid()))):
    try:
        ledger.set_state('proef/0153/2026-01/0001', DeliveryState(state))
        answer.append(state)
    except BusinessError:
        pass
""")
    kept = ledger.delivery(opened.id).state
    assert kept.ended
    said = [state for answer in answers for state in answer if DeliveryState(state).ended]
    assert set(said) == {kept.value}
    assert [e.result for e in ledger.events(opened.id)].count(kept.value) == 1


def test_one_at_a_time_works_on_a_delivery(ledger: Ledger, url: str, tmp_path: Path) -> None:
    counter = tmp_path / "teller"
    counter.write_text("0")
    code = f"""
import pathlib, time
counter = pathlib.Path({str(counter)!r})
for _ in range(5):
    with ledger.alone('proef/0153/2026-01/0001'):
        seen = int(counter.read_text())
        time.sleep(0.005)
        counter.write_text(str(seen + 1))
answer = 0
"""
    together(url, code)
    assert counter.read_text() == str(5 * PROCESSES)
    assert not list(tmp_path.rglob("*.bezig/*"))


def test_who_dies_lets_go_and_another_delivery_does_not_wait(ledger: Ledger, url: str) -> None:
    with ledger.alone("proef/0153/2026-01/0001"):
        with ledger.alone("proef/0153/2026-02/0001", 0):
            pass
        waiting = Ledger(url).alone("proef/0153/2026-01/0001", 0.1)
        with pytest.raises(TechnicalError, match="ander proces werkt al aan proef/0153/2026-01/0001"), waiting:
            pytest.fail("held by two")
    code = f"""
import os, signal
from exchanges.core.ledger import Ledger
with Ledger({url!r}).alone("proef/0153/2026-01/0001"):
    os.kill(os.getpid(), signal.SIGKILL)
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == -signal.SIGKILL
    with ledger.alone("proef/0153/2026-01/0001", 5):
        pass
