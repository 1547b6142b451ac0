"""The declaration as a municipality sends it: ``sluis run`` in a process of its own, to ``sluis simulate`` over SFTP.

What each answer does is in ``tests/unit/loonaangifte/test_answers.py``; here it is what a user sees, and what two
processes, a broken line and a kill do.
"""

from __future__ import annotations

import json
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.servers.simulated import simulated
from tests.sluis import SLUIS, Done, environment, nobody_in, sluis
from tests.wage_town import EXCHANGE, PEOPLE, UNTAXED, WageTown, wage_town

pytestmark = pytest.mark.system
FIRST = "loonaangifte/0153/2026-01/0001"


@pytest.fixture
def town(tmp_path: Path) -> WageTown:
    made = wage_town(tmp_path)
    made.pay(1)
    made.write()
    return made


@contextmanager
def partner(town: WageTown, *faults: str) -> Iterator[None]:
    """The Belastingdienst, and the settings that lead to it."""
    settings = town.chain.home / "ketensluis.toml"
    before, _, _ = settings.read_text().partition("[partner.")
    with simulated(town.chain.home, "belastingdienst", town.chain.partner, *faults) as lines:
        settings.write_text(f'{before}[partner.belastingdienst]\n{lines}in = "aanlever"\nuit = "status"\n')
        yield


def run(town: WageTown, *more: object, month: str = "2026-01", alone: bool = False) -> Done:
    return sluis(town.chain.home, "run", EXCHANGE, "--periode", month, "--json", *more, alone=alone)


def ask(town: WageTown, *args: object, stdin: str = "") -> Done:
    return sluis(town.chain.home, *args, stdin=stdin)


def calendar(town: WageTown, at: str) -> tuple[int, dict[str, str]]:
    done = ask(town, "calendar", "--exchange", EXCHANGE, "--at", at, "--json")
    return done.code, {line["period"]: line["state"] for line in done.lines}


def wait_for(there: Callable[[], bool], what: str) -> None:
    until = time.monotonic() + 60
    while not there():
        assert time.monotonic() < until, f"{what} never came"
        time.sleep(0.05)


def test_a_month_from_source_to_acceptance(town: WageTown) -> None:
    code, states = calendar(town, "2026-03-01")
    assert code == 1 and states["2026-01"] == "late"
    with partner(town, "report-count=1", "compare-count=1"):
        done = run(town)
        assert (done.code, done.json["state"], done.json["accepted"]) == (0, "accepted", 4)
        assert run(town).json["delivery"] == FIRST and len(town.inbox) == 1
        assert calendar(town, "2026-03-01")[1]["2026-01"] == "done"
    assert town.verdicts() == [("01-0001", "akkoord", True)] and town.received(1) == town.due(1)
    report = json.loads(Path(done.json["report_json"]).read_text(encoding="utf-8"))
    assert {line["code"] for line in report["receipt"]["work"]} == {"BD-W-9001", "BD-V-9001"}
    told = [ask(town, "why", FIRST, stdin=f"{bsn}\n") for bsn in (PEOPLE[1], UNTAXED)]
    assert [one.code for one in told] == [0, 0] and nobody_in(*(one.out + one.err for one in told), done.out)
    assert ["geaccepteerd" in one.out for one in told] == [True, False]
    assert "De betaling is onbelast" in told[1].out
    # Nobody's number stands anywhere but in the data themselves.
    home, data = town.chain.home, ("bron", "partner")
    kept = [path for path in home.rglob("*") if path.is_file() and path.relative_to(home).parts[0] not in data]
    assert len(kept) > 4 and not [path for path in kept if any(bsn.encode() in path.read_bytes() for bsn in PEOPLE)]


def test_a_refused_one_is_mended_and_sent_anew_and_two_at_once_are_one(town: WageTown) -> None:
    with partner(town, "refuse-consistency"):
        refused = run(town)
        assert (refused.code, refused.json["state"]) == (1, "rejected") and town.received(1) is None
    assert calendar(town, "2026-03-01")[1]["2026-01"] == "late"
    town.pay(1, 0, net=5_000, kind="nabetaling")
    town.write()
    with partner(town):
        again = run(town)
        assert (again.code, again.json["delivery"], len(town.inbox)) == (1, FIRST, 1), "only when asked"
        with ThreadPoolExecutor(2) as pool:
            both = [one.result() for one in [pool.submit(run, town, "--nieuw", alone=True) for _ in range(2)]]
    assert {one.json["delivery"] for one in both} == {FIRST.replace("/0001", "/0002")}
    assert [(one.code, one.json["state"]) for one in both] == [(0, "accepted")] * 2, [one.out + one.err for one in both]
    assert town.verdicts() == [("01-0001", "C", True), ("01-0002", "akkoord", True)]
    assert town.received(1) == town.due(1) and len(town.inbox) == 2


def test_a_broken_line_and_a_failing_gate_and_still_one_file(town: WageTown) -> None:
    with partner(town, "drop-after=2000", "transport-errors=1", "move-on-arrival", "answer-twice", "late-seconds=1"):
        first = run(town)
        assert (first.code, first.json["state"]) == (3, "built") and not [name for name in town.inbox if name[0] != "."]
        second = run(town)
        assert (second.code, second.json["state"]) == (0, "accepted"), second.out
    assert town.verdicts() == [("01-0001", "akkoord", True)]


def test_killed_while_it_waits_and_run_again(town: WageTown) -> None:
    """First between deliver and receipt, then between two phases."""
    home, status = town.chain.home, town.chain.partner / "status"
    command = [str(SLUIS), "run", EXCHANGE, "--periode", "2026-01", "--wacht", "600"]

    def killed_when(there: Callable[[], bool], what: str) -> None:
        process = subprocess.Popen(command, cwd=home, env=environment(home), stderr=subprocess.DEVNULL)
        try:
            wait_for(there, what)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert town.state(FIRST) == "delivered"

    with partner(town, "never-answer"):
        killed_when(lambda: bool(town.chain.ledger.finished("deliver", EXCHANGE)), "the file")
    # The administration goes on; what was sent stays what was sent.
    town.pay(1, 0, net=5_000, kind="nabetaling")
    town.write()
    with partner(town, "late-seconds=600"):
        killed_when(lambda: any(status.glob("*.fase2.xml")), "the answer")
    with partner(town):
        done = run(town)
        assert (done.code, done.json["state"]) == (0, "accepted"), done.out
    assert town.verdicts() == [("01-0001", "akkoord", True)] and len(town.chain.inbox) == 2
    assert town.received(1) < town.due(1)


def test_a_separate_correction_is_asked_for_by_its_method(tmp_path: Path) -> None:
    town = wage_town(tmp_path, year=2022)
    town.pay(10)
    town.write()
    loose = ("--methode", "losse_correctie")
    with partner(town):
        assert run(town, month="2022-10").code == 0
        nothing = run(town, *loose, month="2022-10")
        assert (nothing.code, nothing.json["state"]) == (0, "nothing")
        assert nothing.json["error"].startswith("Er is niets te corrigeren") and len(town.inbox) == 1
        town.pay(10, 2, net=30_000, kind="nabetaling")
        town.write()
        sent = run(town, *loose, month="2022-10")
        assert (sent.code, sent.json["state"], sent.json["method"]) == (0, "accepted", "losse_correctie")
    assert [id_ber for id_ber, _, _ in town.verdicts()] == ["10-0001", "10-0002"] and town.received(10) == town.due(10)
