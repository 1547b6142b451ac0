"""What every DAG of ours must be, and what reading it may cost."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

CALENDAR, RETENTION = "kalender", "bewaartermijn"  # the DAGs that are no exchange
HEAVY = ["duckdb", "pandas", "paramiko", "pyarrow", "xmlschema", "zeep"]

PARSE = """
import json, sys, time
from airflow.dag_processing.dagbag import DagBag
import airflow.sdk
before = set(sys.modules)
start = time.process_time()
bag = DagBag(dag_folder=sys.argv[1])
print(json.dumps({
    "dags": sorted(bag.dags), "errors": bag.import_errors, "seconds": time.process_time() - start,
    "heavy": sorted(name for name in sys.argv[2:] if name in sys.modules and name not in before),
}))
"""


@pytest.fixture(scope="module")
def exchanges(repo: Path) -> list[str]:
    return sorted(path.parent.name for path in repo.glob("exchanges/*/exchange.py"))


@pytest.fixture(scope="module")
def bag(metadata: None, repo: Path) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(repo / "dags"))


def test_every_exchange_has_its_dag_and_none_is_broken(bag, exchanges, repo):
    assert bag.import_errors == {}
    assert exchanges
    assert sorted(bag.dags) == sorted([*exchanges, CALENDAR, RETENTION])
    assert sorted(path.stem for path in (repo / "dags").glob("*.py")) == sorted(bag.dags)


@pytest.fixture
def dags(bag: Any, toy: Any) -> list[Any]:
    return [*(dag for id, dag in bag.dags.items() if id not in (CALENDAR, RETENTION)), toy]


def test_the_calendar_is_looked_at_each_working_day(bag):
    dag = bag.dags[CALENDAR]
    assert dag.max_active_runs == 1
    assert dag.catchup is False
    assert dag.start_date.tzinfo is not None and dag.timezone.name == "Europe/Amsterdam"
    assert (type(dag.timetable).__name__, dag.timetable.expression) == ("CronTriggerTimetable", "0 7 * * 1-5")
    assert "ketensluis" in dag.tags and dag.doc_md
    assert dag.params["moment"] is None


def test_the_deliveries_are_monthly_partitions_one_at_a_time(dags):
    for dag in dags:
        assert dag.max_active_runs == 1
        assert dag.catchup is False
        assert dag.start_date.tzinfo is not None and dag.timezone.name == "Europe/Amsterdam"
        assert type(dag.timetable).__name__ == "CronPartitionTimetable"
        assert dag.timetable.key_format == "%Y-%m"
        assert "ketensluis" in dag.tags and dag.tags & {"out", "in", "ask"}
        assert "Grondslag" in dag.doc_md
        assert dag.params["periode"] is None and dag.params["gemeenten"] is None


def test_every_task_keeps_its_result_out_of_the_log_and_is_owned(dags, bag):
    for dag in [*dags, bag.dags[CALENDAR]]:
        assert len(dag.tasks) > (1 if dag.dag_id == CALENDAR else 3)
        for task in dag.tasks:
            mapped = getattr(task, "partial_kwargs", {})
            assert task.owner not in ("", "airflow")
            assert task.retries > 0 and task.retry_policy is not None
            if "Sensor" not in task.task_type:  # a sensor does not print what it returns
                shown = getattr(task, "show_return_value_in_logs", mapped.get("show_return_value_in_logs"))
                assert shown is False, task.task_id


def test_a_thin_file_says_what_airflow_looks_for(repo):
    """Discovery safe mode skips a file without these words, and says nothing (spec airflow3, trap 15)."""
    for path in (repo / "dags").glob("*.py"):
        text = path.read_text()
        assert "# airflow dag" in text
        assert len(text.splitlines()) < 15, f"{path.name} has logic"


def test_reading_the_dags_is_quick_and_imports_nothing_heavy(repo, exchanges):
    """A second of our own code is the bar of the issue; it takes a few hundredths, in CPU time, so a busy machine
    does not matter."""
    done = subprocess.run([sys.executable, "-c", PARSE, str(repo / "dags"), *HEAVY], capture_output=True, text=True,
                          check=True, timeout=120)
    said = json.loads(done.stdout.splitlines()[-1])
    assert said["errors"] == {}
    assert said["dags"] == sorted([*exchanges, CALENDAR, RETENTION])
    assert said["heavy"] == []
    assert said["seconds"] < 1


@pytest.mark.parametrize("cron", ["0 6 * * *", "0 6 5 1,4,7,10 *", "0 6 31 * *", "0 6 5 * 1", "@monthly"])
def test_a_calendar_that_is_not_monthly_is_refused(cron):
    from exchanges.core.dag_factory import _timetable
    from exchanges.core.declare import Calendar
    from exchanges.core.errors import UsageError

    with pytest.raises(UsageError, match="niet maandelijks"):
        _timetable(Calendar(cron=cron))


def test_the_partition_of_a_tick_is_the_month_before_in_local_time():
    """Also around the clock change, and for a tick that in UTC lies in the month before."""
    from airflow.sdk import timezone
    from airflow.serialization.encoders import coerce_to_core_timetable

    from exchanges.core.dag_factory import _timetable
    from exchanges.core.declare import Calendar

    timetable = coerce_to_core_timetable(_timetable(Calendar(cron="30 0 1 * *", offset=-1)))
    keys = [timetable._get_partition_info(timezone.parse(tick))[1]
            for tick in ("2026-10-31T23:30:00Z", "2026-03-31T22:30:00Z", "2026-12-31T23:30:00Z")]
    assert keys == ["2026-10", "2026-03", "2026-12"]
