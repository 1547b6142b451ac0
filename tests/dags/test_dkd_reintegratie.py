"""The real chain under Airflow: three municipalities, one of which has no source."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exchanges.core.ledger import DeliveryState
from tests.servers.installation import Installation, installation


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    with installation(tmp_path, {"0153": 60, "0344": None, "0363": 40}) as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        yield made


@pytest.fixture
def dag(metadata: None, repo: Path) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(repo / "dags")).dags["dkd_reintegratie"]


def test_two_deliver_and_the_broken_one_is_reported(real: Installation, dag: Any) -> None:
    run = dag.test(run_conf={"periode": "2026-10"})

    states = {(ti.rendered_map_index or ti.map_index, ti.task_id): ti.state for ti in run.get_task_instances()}
    assert run.state == "failed"
    for gemeente in ("0153", "0363"):
        assert {state for (of, _), state in states.items() if of == gemeente} == {"success"}
        (delivery,) = real.deliveries(gemeente)
        assert delivery.state in (DeliveryState.accepted, DeliveryState.partly_accepted)
        assert str(delivery.period) == "2026-10"
    assert states["0344", "levering.select"] == "failed"
    assert states["0344", "levering.report"] == "success"
    (broken,) = real.deliveries("0344")
    assert broken.state == DeliveryState.blocked
    assert sorted(path.name.split("_")[2] for path in real.ib.inbox.glob("*.xml")) == ["0153", "0363"]


def test_running_the_same_month_again_sends_nothing_twice(real: Installation, dag: Any) -> None:
    for _ in range(2):
        assert dag.test(run_conf={"periode": "2026-10", "gemeenten": ["0363"]}).state == "success"

    assert len(real.deliveries("0363")) == 1
    assert len(list(real.ib.inbox.glob("*.xml"))) == 1
