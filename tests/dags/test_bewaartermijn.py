"""Retention under Airflow: a municipality per task, and one that fails leaves the others be."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from exchanges.core.errors import BusinessError
from exchanges.core.retention import destroy as module
from exchanges.core.store import Store


@pytest.fixture
def dag(metadata: None, repo: Path) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(repo / "dags")).dags["bewaartermijn"]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("KETENSLUIS_HOME", str(tmp_path))
    (tmp_path / "ketensluis.toml").write_text(
        "".join(f'[gemeente.{code}]\nnaam = "{code}"\nbron = {{ soort = "csv", locatie = "x" }}\n'
                for code in ("0153", "0344")), encoding="utf-8")  # fmt: skip
    return tmp_path


def quarantined(home: Path, gemeente: str) -> Store:
    """A refused file of long ago."""
    store = Store(home / "artefacten")
    path = home / "fout.csv"
    path.write_text(gemeente)
    kept = store.quarantine(gemeente, path, "geweigerd")
    note = home / "artefacten" / gemeente / "quarantaine" / f"{kept.sha256}.reason.json"
    text = note.read_text()
    note.chmod(0o600)
    note.write_text(text.replace(f'"moment": "{store.quarantined(gemeente)[0].moment:%Y}', '"moment": "2019'))
    return store


def run(dag: Any) -> tuple[str, dict[str, str]]:
    done = dag.test()
    return str(done.state), {
        ti.rendered_map_index: str(ti.state) for ti in done.get_task_instances() if ti.task_id == "vernietigen"
    }


def test_what_has_had_its_term_goes_with_a_report(dag: Any, home: Path) -> None:
    store = quarantined(home, "0153")
    assert run(dag) == ("success", {"0153": "success", "0344": "success"})
    assert store.quarantined("0153") == []
    assert len(list((home / "verslagen" / "0153").glob("vernietiging_*.json"))) == 1
    assert not (home / "verslagen" / "0344").exists()


def test_one_municipality_leaves_the_others_be(dag: Any, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = quarantined(home, "0344")
    honest = module.plan

    def broken(settings: Any, ledger: Any, given: Any, gemeente: str, *rest: Any) -> Any:
        if gemeente == "0153":
            raise BusinessError("Een artefact is veranderd.")
        return honest(settings, ledger, given, gemeente, *rest)

    monkeypatch.setattr(module, "plan", broken)
    assert run(dag) == ("failed", {"0153": "failed", "0344": "success"})
    assert store.quarantined("0344") == []


def test_it_runs_every_month(dag: Any) -> None:
    assert (type(dag.timetable).__name__, dag.timetable.expression) == ("CronTriggerTimetable", "0 4 2 * *")
    assert dag.max_active_runs == 1 and dag.catchup is False and dag.timezone.name == "Europe/Amsterdam"
