"""The calendar under Airflow: told once, red while something is late or unanswered, one exchange beside the other."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any

import pytest

from exchanges.core import calendar, registry, watch
from exchanges.core.ledger import DeliveryState, Ledger, StepState
from exchanges.core.period import Period
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings
from tests.unit.core.dated_exchange import ID, toy, write_calendar, year_lines
from tests.unit.core.ledger.filled import altered

OCTOBER = Period(2026, 10)


@pytest.fixture
def dag(metadata: None, repo: Path) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(repo / "dags")).dags["kalender"]


@pytest.fixture
def ledger(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ledger:
    """An installation with three exchanges, of which nobody takes part in the third."""
    monkeypatch.setenv("KETENSLUIS_HOME", str(tmp_path))
    known = {id: toy(id, due) for id, due in ((ID, "levering"), ("proef_los", None), ("proef_niemand", None))}
    monkeypatch.setattr(registry, "exchanges", lambda: known)
    folder = write_calendar(tmp_path / "mappings" / "kalender", *year_lines(2026, 2027)).parent
    monkeypatch.setattr(calendar, "data_dir", lambda kind: folder)
    # These deliveries are rows in the books: no partner has another answer (tests/unit/core/steps/test_second.py).
    monkeypatch.setattr(watch, "overruled", lambda exchange, settings: [])
    (tmp_path / "ketensluis.toml").write_text(
        "".join(
            f'[gemeente.{code}]\nnaam = "Gemeente {code}"\nbron = {{ soort = "csv", locatie = "x" }}\n'
            f'uitwisselingen = ["{ID}", "proef_los"]\nvanaf = {{ {ID} = "2026-10" }}\n'
            for code in ("0153", "0344")
        ),
        encoding="utf-8",
    )
    return open_ledger(Settings(home=tmp_path))


def run(dag: Any, moment: str) -> tuple[str, dict[str, str]]:
    """The state of the run, and of the task of each exchange by its label."""
    done = dag.test(run_conf={"moment": moment})
    return str(done.state), {
        ti.rendered_map_index: str(ti.state) for ti in done.get_task_instances() if ti.task_id == "bewaken"
    }


def send(ledger: Ledger, exchange: str, gemeente: str, state: DeliveryState) -> str:
    delivery = ledger.open_delivery(exchange, gemeente, OCTOBER, "proef")
    ledger.finish_step(delivery.id, "deliver", StepState.done, [], {})
    ledger.set_state(delivery.id, state)
    return delivery.id


def told(ledger: Ledger) -> list[tuple[str, str]]:
    return [(event.action, event.object) for event in ledger.events(None) if event.action.startswith("kalender.")]


def test_what_nears_is_told_once_and_the_run_is_green(dag, ledger, caplog):
    for moment in ("2026-11-23", "2026-11-24"):
        caplog.clear()
        with caplog.at_level(logging.WARNING):
            state, tasks = run(dag, moment)
        assert state == "success"
        assert tasks == {f"{ID}: 2 nadert, 4 ver weg": "success", "proef_los: niets te doen": "success"}
        assert f"{ID}/0153/2026-10: nadert: uiterlijk 30 november 2026" in caplog.text
    assert told(ledger) == [("kalender.nadert", f"{ID}/0153/2026-10"), ("kalender.nadert", f"{ID}/0344/2026-10")]


def test_what_is_late_stays_red_until_it_is_done(dag, ledger, caplog):
    send(ledger, ID, "0344", DeliveryState.accepted)
    for _ in range(2):
        caplog.clear()
        state, tasks = run(dag, "2026-12-01")
        assert state == "failed"
        assert tasks == {f"{ID}: 1 te laat, 4 ver weg, 1 gedaan": "failed", "proef_los: niets te doen": "success"}
        assert f"{ID}/0153/2026-10: te laat: uiterlijk 30 november 2026; 1 dag geleden" in caplog.text
    assert told(ledger) == [("kalender.te_laat", f"{ID}/0153/2026-10")]
    send(ledger, ID, "0153", DeliveryState.accepted)
    assert run(dag, "2026-12-01")[0] == "success"


def test_a_silent_partner_is_heard_of_without_a_date(dag, ledger):
    id = send(ledger, "proef_los", "0153", DeliveryState.delivered)
    for _ in range(2):
        state, tasks = run(dag, "2099-01-01")
        assert state == "failed"
        assert tasks["proef_los: 1 stilte"] == "failed"
    assert [event.object for event in ledger.events(id) if event.action == "kalender.stilte"] == [id]


def test_a_calendar_without_this_year_fails_and_names_its_file(dag, ledger, capfd):
    send(ledger, ID, "0153", DeliveryState.accepted)
    state, tasks = run(dag, "2028-01-03")
    assert state == "failed"
    assert "Kalender mappings/kalender/proef_levering.csv heeft geen data voor 2028" in "".join(capfd.readouterr())
    assert tasks["proef_los: niets te doen"] == "success"


def test_without_a_moment_it_is_now(dag, ledger):
    """Whenever that is: the run ends, and the undated exchange has nothing to do."""
    done = dag.test()
    labels = {ti.rendered_map_index: str(ti.state) for ti in done.get_task_instances() if ti.map_index >= 0}
    assert labels["proef_los: niets te doen"] == "success"


def test_a_moment_that_is_none_fails_without_a_retry(dag, ledger):
    state, tasks = run(dag, "morgen")
    assert (state, set(tasks.values())) == ("failed", {"failed"})


def anchoring(done: Any) -> list[str]:
    return [str(ti.state) for ti in done.get_task_instances() if ti.task_id == "ankeren"]


def test_the_ledger_is_verified_and_anchored_and_a_change_makes_it_red(dag, ledger, tmp_path, capfd):
    id = send(ledger, "proef_los", "0153", DeliveryState.accepted)
    assert anchoring(dag.test(run_conf={"moment": "2026-11-23"})) == ["success"]
    assert [path.name for path in (tmp_path / "ankers").iterdir()] == ["anker-000001.json"]
    with altered(ledger, "UPDATE delivery SET state = 'rejected'", stays=True):
        pass
    done = dag.test(run_conf={"moment": "2026-11-24"})
    assert anchoring(done) == ["failed"]
    assert f"Levering {id}: de regel van de levering is veranderd" in "".join(capfd.readouterr())
    assert len(list((tmp_path / "ankers").iterdir())) == 1


def test_each_municipality_gets_its_bundle_of_last_month_and_one_that_cannot_stops_no_other(
    dag, ledger, monkeypatch, capfd
):
    """What is in it, and when it is time, is in tests/unit/core/bundle."""
    from types import SimpleNamespace

    from exchanges.core.bundle import monthly as module

    asked: list[tuple[str, str]] = []

    def monthly(gemeente: str, moment: Any) -> Any:
        asked.append((gemeente, moment.date().isoformat()))
        if gemeente == "0344":
            raise ValueError("regel van 999990019")
        made = SimpleNamespace(manifest="a" * 64)
        return module.Monthly(OCTOBER, 2, made, "bundel 2 gemaakt")  # type: ignore[arg-type]

    monkeypatch.setattr(module, "monthly", monthly)
    done = dag.test(run_conf={"moment": "2026-11-23"})
    found = {ti.rendered_map_index: (str(ti.state), ti.xcom_pull(task_ids="maandbundel", map_indexes=ti.map_index))
             for ti in done.get_task_instances() if ti.task_id == "maandbundel"}  # fmt: skip
    assert found["0153: 2026-10, bundel 2 gemaakt"] == ("success", {"nummer": 2, "manifest": "a" * 64})
    assert found["0344"][0] == "failed"
    told = "".join(capfd.readouterr())
    assert "maandbundel van 0344" in told and "999990019" not in told
    assert sorted(asked) == [("0153", "2026-11-23"), ("0344", "2026-11-23")]
