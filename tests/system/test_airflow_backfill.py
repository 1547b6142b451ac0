"""Three months asked for at once from a real scheduler: three deliveries, in order, and no number left behind."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from exchanges.core.ledger import DeliveryState
from tests.servers.airflow import Airflow
from tests.servers.installation import Installation, installation

# Two minutes on a machine of its own; a busy one may take its time.
pytestmark = [pytest.mark.system, pytest.mark.timeout(1200)]

DAG = "dkd_reintegratie"
MONTHS = ["2026-07", "2026-08", "2026-09"]
ENDED = {"success", "failed"}
# The DAG as it is in dags/, but that it looks more often whether it is its turn: there a wait doubles up to minutes.
HASTY = """# airflow dag
from datetime import timedelta

from exchanges.core.dag_factory import make_dag
from exchanges.dkd_reintegratie.exchange import EXCHANGE

dag = make_dag(EXCHANGE, first_poke=timedelta(seconds=5), longest_poke=timedelta(seconds=5))
"""


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("installatie"), {"0153": 60, "0344": None}, "2026-09") as made:
        yield made


@pytest.fixture(scope="module")
def airflow(made: Installation) -> Iterator[Airflow]:
    dags = made.home.parent / "dags"
    dags.mkdir()
    (dags / "haastig.py").write_text(HASTY, encoding="utf-8")
    with Airflow(made.home.parent, dags, made.environment) as airflow:
        yield airflow


@pytest.fixture(scope="module")
def runs(airflow: Airflow) -> list[dict[str, Any]]:
    """The DAG runs of a backfill from July to September, two at a time, after they ended."""
    airflow.wait(lambda: any(dag["dag_id"] == DAG for dag in airflow.call("GET", "dags")["dags"]), "no DAG")
    airflow.call("PATCH", f"dags/{DAG}", {"is_paused": False})
    airflow.call("POST", "backfills", {
        "dag_id": DAG, "from_date": "2026-07-01T00:00:00Z", "to_date": "2026-09-30T00:00:00Z",
        "reprocess_behavior": "none", "run_backwards": False, "dag_run_conf": {}, "max_active_runs": 2,
    })

    def backfilled() -> list[dict[str, Any]]:
        found = airflow.call("GET", f"dags/{DAG}/dagRuns?order_by=start_date")["dag_runs"]
        return [run for run in found if run["run_type"] == "backfill"]

    airflow.wait(lambda: len(backfilled()) == 3 and all(run["state"] in ENDED for run in backfilled()),
                 "the backfill does not end", seconds=900)
    return backfilled()


def test_a_municipality_has_its_months_one_after_the_other(runs, airflow):
    """The runs go side by side. A month begins when the one before it is through, also where that failed."""
    assert [run["partition_key"] for run in runs] == MONTHS
    assert all(later["start_date"] < before["end_date"] for before, later in pairwise(runs[:2]))
    ends: dict[str, dict[str, tuple[str, str]]] = {}
    for run in sorted(runs, key=lambda run: run["partition_key"]):
        tasks = airflow.call("GET", f"dags/{DAG}/dagRuns/{run['dag_run_id']}/taskInstances?limit=100")["task_instances"]
        at = {(one["rendered_map_index"], one["task_id"].split(".")[-1]): one for one in tasks}
        for gemeente in ("0153", "0344"):
            told = at[gemeente, "select"]["start_date"], at[gemeente, "report"]["end_date"]
            ends.setdefault(gemeente, {})[run["partition_key"]] = told
    for months in ends.values():
        for (_, before), (after, _) in pairwise(months[month] for month in MONTHS):
            assert before <= after


def test_every_month_is_a_delivery_of_its_own_in_order(runs, made):
    deliveries = made.deliveries("0153")
    assert [str(delivery.period) for delivery in deliveries] == MONTHS
    assert {delivery.state for delivery in deliveries} <= {DeliveryState.accepted, DeliveryState.partly_accepted}
    assert [delivery.sequence for delivery in deliveries] == [1, 1, 1]
    assert len(list(made.ib.inbox.glob("*.xml"))) == 3


def test_the_municipality_without_a_source_stops_at_its_own_door(runs, made, airflow):
    assert {run["state"] for run in runs} == {"failed"}
    assert {delivery.state for delivery in made.deliveries("0344")} == {DeliveryState.blocked}
    for run in runs:
        tasks = airflow.call("GET", f"dags/{DAG}/dagRuns/{run['dag_run_id']}/taskInstances?limit=100")["task_instances"]
        state = {(task["rendered_map_index"], task["task_id"].split(".")[-1]): task["state"] for task in tasks}
        assert {step for (of, step), how in state.items() if of == "0153" and how == "success"} >= {
            "open", "select", "map", "build", "check", "reconcile", "deliver", "receipt", "report", "gereed"}
        assert state["0344", "select"] == "failed"
        assert state["0344", "report"] == "success"


def test_no_number_and_no_name_of_a_person_is_left_in_airflow(runs, made, airflow):
    """Logs of tasks and processes, at their fullest, the metadata database with its XComs and rendered fields, byte by
    byte."""
    messages = [path.read_bytes() for path in made.ib.inbox.glob("*.xml")]
    sent = {number for message in messages for number in re.findall(rb"<Burgerservicenr>([0-9]{9})<", message)}
    surname = rb"<SignificantDeelVanDeAchternaam>([^<]{5,})<"
    names = {name for message in messages for name in re.findall(surname, message)}
    assert len(sent) > 10 and len(names) > 10
    files = [path for folder in (airflow.home, airflow.logs) for path in folder.rglob("*") if path.is_file()]
    assert any(path.suffix == ".db" for path in files) and any(path.suffix == ".log" for path in files)
    found = {}
    for path in files:
        data = path.read_bytes()
        words = set(re.findall(rb"(?<![0-9])[0-9]{9}(?![0-9])", data)) | set(re.findall(rb"[^\W\d_]{5,}", data))
        if here := (sent | names) & words:
            found[path.name] = len(here)
    assert found == {}


def test_every_line_of_ours_says_of_which_delivery_it_is(runs, airflow):
    lines = [
        json.loads(line)
        for path in (airflow.home / "logs").rglob("*.log") if "levering." in str(path)
        for line in path.read_text(encoding="utf-8").splitlines() if line.startswith("{")
    ]  # fmt: skip
    ours = [line for line in lines if line.get("logger", "") == "exchanges.core.run"]
    assert len(ours) > 30
    assert all(re.fullmatch(r"dkd_reintegratie/0(153|344)/2026-0[789]/0001", line["levering"]) for line in ours)
    assert {line["stap"] for line in ours} >= {"select", "check", "deliver", "report"}


def test_what_airflow_shows_of_a_failure_quotes_nothing(runs, airflow):
    """The log as its screens and API give it, of the task that failed."""
    run = runs[0]["dag_run_id"]
    tasks = airflow.call("GET", f"dags/{DAG}/dagRuns/{run}/taskInstances?limit=100")["task_instances"]
    failed = next(task for task in tasks if task["state"] == "failed" and task["task_id"].endswith("select"))
    shown = airflow.call(
        "GET", f"dags/{DAG}/dagRuns/{run}/taskInstances/{failed['task_id']}/logs/{failed['try_number']}"
        f"?map_index={failed['map_index']}&full_content=true"
    )  # fmt: skip
    # An id of Airflow or of a trace is hexadecimal, and now and then has nine digits in a row.
    ids = r"\b(?:[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|[0-9a-f]{32}-[0-9a-f]{16})\b"
    text = re.sub(ids, "", json.dumps(shown, ensure_ascii=False))
    assert "0344" in text and not re.findall(r"(?<![0-9])[0-9]{9}(?![0-9])", text)
