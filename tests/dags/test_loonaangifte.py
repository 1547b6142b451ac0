"""The declaration under Airflow: the real DAG, the Belastingdienst over SFTP, and the calendar after it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from exchanges.simulators.belastingdienst import BelastingdienstSimulator
from exchanges.simulators.faults import PhaseFaults
from tests.wage_town import EXCHANGE, WageTown, wage_town

FIRST = "loonaangifte/0153/2026-01/0001"


@pytest.fixture(scope="module")
def bag(metadata: None, repo: Path) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(repo / "dags"))


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> WageTown:
    made = wage_town(tmp_path)
    made.pay(1)
    monkeypatch.setenv("KETENSLUIS_HOME", str(made.chain.home))
    return made


@pytest.fixture
def partner(town: WageTown) -> Iterator[Callable[..., None]]:
    """Another partner every time it is called, on the same memory."""
    running: list[BelastingdienstSimulator] = []

    def stop() -> None:
        while running:
            running.pop().stop()

    def start(**faults: Any) -> None:
        stop()
        one = BelastingdienstSimulator(town.chain.partner, faults=PhaseFaults(**faults))
        one.start()
        running.append(one)
        settings = town.chain.home / "ketensluis.toml"
        before, _, _ = settings.read_text().partition("[partner.")
        settings.write_text(
            f'{before}[partner.belastingdienst]\nsoort = "sftp"\nin = "aanlever"\nuit = "status"\n'
            f'host = "{one.host}"\npoort = {one.port}\ngebruiker = "{one.username}"\nsleutel = "{one.client_key}"\n'
            f'known_hosts = "{one.known_hosts}"\n'
        )

    yield start
    stop()


def run(bag: Any, town: WageTown, month: str = "2026-01", **conf: Any) -> tuple[str, dict[str, str]]:
    """The state of the run, and of every task of the municipality."""
    town.write()
    done = bag.dags[EXCHANGE].test(run_conf={"periode": month, **conf})
    return str(done.state), {
        ti.task_id.removeprefix("levering."): str(ti.state) for ti in done.get_task_instances() if ti.map_index == 0
    }


def test_a_month_is_declared_once_and_what_comes_afterwards_is_told(bag, town, partner, caplog):
    partner(transport_errors=1, report_count=1, compare_count=1)
    for _ in range(2):
        state, tasks = run(bag, town)
        assert state == "success" and set(tasks.values()) == {"success"}
    assert town.state(FIRST) == "accepted" and town.verdicts() == [("01-0001", "akkoord", True)]
    assert {line["code"] for line in town.chain.report(FIRST)["receipt"]["work"]} == {"BD-W-9001"}
    with caplog.at_level(logging.WARNING):
        assert bag.dags["kalender"].test(run_conf={"moment": "2026-02-10"}).state == "success"
    assert f"{FIRST}: nagekomen antwoord" in caplog.text
    assert {line["code"] for line in town.chain.report(FIRST)["receipt"]["work"]} == {"BD-W-9001", "BD-V-9001"}
    assert town.state(FIRST) == "accepted"


def test_a_refused_declaration_is_red_and_its_repair_green(bag, town, partner):
    partner(refuse_consistency=True)
    state, tasks = run(bag, town)
    assert (state, tasks["receipt"], tasks["report"], tasks["gereed"]) == ("failed", "success", "success", "failed")
    assert town.state(FIRST) == "rejected" and len(town.inbox) == 1
    assert bag.dags["kalender"].test(run_conf={"moment": "2026-03-01"}).state == "failed"
    partner()
    town.pay(1, 0, net=5_000, kind="nabetaling")
    assert town.open(1, new=True) == FIRST.replace("/0001", "/0002")
    state, tasks = run(bag, town)
    assert state == "success" and set(tasks.values()) == {"success"}
    assert town.verdicts() == [("01-0001", "C", True), ("01-0002", "akkoord", True)]
    assert town.received(1) == town.due(1)


def test_a_separate_correction_by_its_method_and_nothing_to_correct_is_no_failure(bag, town, partner):
    partner()
    town.year, town.paid = 2022, []
    town.pay(10)
    assert run(bag, town, "2022-10")[0] == "success"
    state, tasks = run(bag, town, "2022-10", methode="losse_correctie")
    assert state == "success" and (tasks["map"], tasks["deliver"], tasks["report"]) == ("skipped", "skipped", "success")
    assert town.state("loonaangifte/0153/2022-10/0002") == "nothing" and len(town.inbox) == 1
