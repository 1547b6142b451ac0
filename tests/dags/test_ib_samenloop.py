"""Signals under Airflow: the run waits for the file without a worker, and goes on when it is there."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from exchanges.core.ledger import DeliveryState
from tests.signals import EXCHANGE, Town, town

FIRST = "ib_samenloop/0153/2026-10/0001"


@pytest.fixture(scope="module")
def bag(metadata: None, repo: Path) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(repo / "dags"))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    made = town(tmp_path / "huis", ("999990019", "999990020"))
    monkeypatch.setenv("KETENSLUIS_HOME", str(made.chain.home))
    return made


def test_the_file_is_awaited_by_a_trigger_and_published(
    bag: Any, place: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    from exchanges.core.awaiting.trigger import ArrivalTrigger

    made, awaited = ArrivalTrigger.__init__, threading.Event()

    def begun(*given: Any, **named: Any) -> None:
        made(*given, **named)
        awaited.set()

    def later() -> None:
        if awaited.wait(60):
            place.put("2026-10", place.month("2026-10", 12))

    monkeypatch.setattr(ArrivalTrigger, "__init__", begun)
    monkeypatch.setattr(bag.dags[EXCHANGE].get_task("levering.collect"), "first_poke", timedelta(seconds=0.2))
    partner = threading.Thread(target=later)
    partner.start()
    try:
        done = bag.dags[EXCHANGE].test(run_conf={"periode": "2026-10"})
    finally:
        partner.join()
    assert awaited.is_set()
    tasks = {ti.task_id: str(ti.state) for ti in done.get_task_instances()}
    assert str(done.state) == "success" and set(tasks.values()) == {"success"}
    collect = next(ti for ti in done.get_task_instances() if ti.task_id == "levering.collect")
    assert collect.map_index == 0
    assert place.chain.delivery(FIRST).state is DeliveryState.published
    assert "ib_samenloop_0153_2026-10_001.xlsx" in place.lists()


def test_a_file_that_is_there_is_not_awaited(bag: Any, place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    from exchanges.core.awaiting.trigger import ArrivalTrigger

    monkeypatch.setattr(ArrivalTrigger, "__init__", lambda *given: pytest.fail("awaited"))
    place.put("2026-10", place.month("2026-10", 12))
    assert str(bag.dags[EXCHANGE].test(run_conf={"periode": "2026-10"}).state) == "success"


def test_a_refused_file_makes_the_run_red_and_is_accounted_for(bag: Any, place: Town) -> None:
    path = place.put("2026-10", place.month("2026-10", 3))
    path.write_text(path.read_text(encoding="utf-8").replace("0153", "0344"), encoding="utf-8")
    done = bag.dags[EXCHANGE].test(run_conf={"periode": "2026-10"})
    tasks = {ti.task_id.removeprefix("levering."): str(ti.state) for ti in done.get_task_instances()}
    assert str(done.state) == "failed" and tasks["read"] == "failed" and tasks["report"] == "success"
    assert tasks["publish"] == "upstream_failed" and not place.lists()
