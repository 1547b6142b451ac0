"""LKS signals under Airflow: from the file to the lists; a refused file makes the run red and is accounted for."""

from __future__ import annotations

from itertools import islice
from pathlib import Path
from typing import Any

import pytest

from exchanges.core.ledger import DeliveryState
from exchanges.core.period import Period
from exchanges.simulators.ib_lks import Known, Office
from exchanges.simulators.uwv_responses import free_bsns
from tests.lks import EXCHANGE, Town, town
from tests.rows import write_parquet

FIRST = "ib_lks/0153/2026-10/0001"
BSNS = tuple(islice(free_bsns(), 6))


@pytest.fixture(scope="module")
def bag(metadata: None, repo: Path) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(repo / "dags"))


@pytest.fixture
def place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Town:
    people = [{"persoon_id": f"P{n}", "bsn": bsn} for n, bsn in enumerate(BSNS)]
    made = town(tmp_path / "huis", write_parquet(tmp_path / "bron", {"persoon": people}))
    monkeypatch.setenv("KETENSLUIS_HOME", str(made.chain.home))
    return made


def sent(place: Town) -> Path:
    office = Office(1, "0153", {bsn: Known("3") for bsn in BSNS})
    return place.put(office, "2026-10", office.month(Period(2026, 10), 9))


def test_a_file_that_is_there_is_published(bag: Any, place: Town) -> None:
    sent(place)
    done = bag.dags[EXCHANGE].test(run_conf={"periode": "2026-10"})
    assert str(done.state) == "success"
    assert place.chain.delivery(FIRST).state is DeliveryState.published
    assert len(place.listed(FIRST)["einde_zw"]) == 6


def test_a_refused_file_makes_the_run_red_and_is_accounted_for(bag: Any, place: Town) -> None:
    path = sent(place)
    path.write_text(path.read_text(encoding="utf-8").replace(";0153;", ";0344;"), encoding="utf-8")
    done = bag.dags[EXCHANGE].test(run_conf={"periode": "2026-10"})
    tasks = {ti.task_id.removeprefix("levering."): str(ti.state) for ti in done.get_task_instances()}
    assert str(done.state) == "failed" and tasks["read"] == "failed" and tasks["report"] == "success"
    assert tasks["publish"] == "upstream_failed"
