"""The shape of a run: municipalities apart, errors retried by kind, the period in one place, nothing personal told."""

from __future__ import annotations

import logging
import sqlite3
from typing import Any

import pytest

from exchanges.core.chain import STEPS
from exchanges.core.errors import Blocked, SourceError, TransportError, UsageError

OUT = list(STEPS["out"])
TEST_BSN = "999990019"


def run(dag: Any, **conf: Any) -> Any:
    return dag.test(run_conf={"periode": "2026-10", **conf})


def states(dag_run: Any) -> dict[tuple[str, int], str]:
    return {(ti.task_id.removeprefix("levering."), ti.map_index): str(ti.state)
            for ti in dag_run.get_task_instances()}


def of(dag_run: Any, index: int) -> dict[str, str]:
    return {task: state for (task, at), state in states(dag_run).items() if at == index}


def failing(error: Exception, times: int = 99):
    def step(attempt: int) -> None:
        if attempt <= times:
            raise error

    return step


def test_every_municipality_passes_every_chamber_in_order(toy, chain):
    result = run(toy)

    assert result.state == "success"
    for gemeente in ("0153", "0344", "0363"):
        assert chain.steps_of(gemeente) == ["open", *OUT]
    assert set(chain.periods) == {"2026-10"}
    assert set(states(result).values()) == {"success"}


def test_the_map_index_is_readable(toy, chain):
    result = run(toy)

    names = {(ti.task_id, ti.rendered_map_index) for ti in result.get_task_instances() if ti.map_index >= 0}
    assert {name for task, name in names if task == "levering.deliver"} == {"0153", "0344", "0363"}
    assert {name for task, name in names if task == "levering.receipt"} == {"0153", "0344", "0363"}


def test_a_broken_source_leaves_the_other_municipalities_untouched(toy, chain):
    chain.broken["0344", "select"] = failing(SourceError("Tabel client ontbreekt in de bron van 0344."))

    result = run(toy)

    assert result.state == "failed"
    assert set(of(result, 0).values()) == {"success"}
    assert set(of(result, 2).values()) == {"success"}
    expected = dict.fromkeys(OUT, "upstream_failed") | {
        "open": "success", "select": "failed", "report": "success", "gereed": "upstream_failed"}
    assert of(result, 1) == expected
    assert chain.steps_of("0344") == ["open", "select", "report"]


def test_a_blocked_delivery_is_reported_and_the_run_stays_red(toy, chain):
    chain.broken["0153", "reconcile"] = failing(Blocked("Het controletotaal loonwaarde verschilt; zie het verslag."))

    result = run(toy, gemeenten=["0153"])

    assert result.state == "failed"
    assert of(result, 0)["report"] == "success"
    assert of(result, 0)["deliver"] == "upstream_failed"
    assert "deliver" not in chain.steps_of("0153")


def test_a_failing_report_makes_the_run_fail(toy, chain):
    chain.broken["0153", "report"] = failing(SourceError("Het verslag kan niet worden gemaakt."))

    assert run(toy, gemeenten=["0153"]).state == "failed"


def test_a_delivery_that_was_not_opened_has_nothing_to_report(toy, chain):
    chain.broken["0153", "open"] = failing(UsageError("Gemeente 0153 heeft geen instellingen."))

    result = run(toy, gemeenten=["0153"])

    assert result.state == "failed"
    assert chain.steps_of("0153") == ["open"]
    assert of(result, 0)["report"] == "skipped"
    assert of(result, 0)["gereed"] == "upstream_failed"


def test_wrong_content_wrong_settings_and_faults_are_not_retried(toy, chain):
    chain.municipalities = ["0001", "0002", "0003", "0004"]
    errors = SourceError("bron"), Blocked("bevindingen"), UsageError("instelling"), KeyError("kolom")
    for gemeente, error in zip(chain.municipalities, errors, strict=True):
        chain.broken[gemeente, "map"] = failing(error)

    result = run(toy)

    assert result.state == "failed"
    for index, gemeente in enumerate(chain.municipalities):
        assert chain.steps_of(gemeente).count("map") == 1
        assert of(result, index)["map"] == "failed"


def test_a_technical_error_is_retried_and_then_fine(toy, chain):
    errors = TransportError("verbinding verbroken"), ConnectionResetError("reset"), sqlite3.OperationalError("locked")
    for gemeente, error in zip(chain.municipalities, errors, strict=True):
        chain.broken[gemeente, "deliver"] = failing(error, times=2)

    result = run(toy)

    assert result.state == "success"
    for gemeente in chain.municipalities:
        assert chain.steps_of(gemeente).count("deliver") == 3


def test_a_delivery_is_opened_when_its_turn_has_come(toy, chain, monkeypatch):
    """Of one municipality; the other does not wait with it."""
    from exchanges.core import dag_factory

    asked: list[str] = []

    def third_time(context: Any, gemeente: str) -> bool:
        assert context["dag_run"].dag_id == "proef_levering"
        asked.append(gemeente)
        return gemeente != "0153" or asked.count("0153") == 3

    monkeypatch.setattr(dag_factory, "may_begin", third_time)

    assert run(toy, gemeenten=["0153", "0344"]).state == "success"
    assert asked.count("0153") == 3 and asked.count("0344") == 1
    assert chain.steps_of("0153") == chain.steps_of("0344") == ["open", *OUT]


def test_the_answer_of_the_partner_is_waited_for(toy, chain):
    from tests.dags.conftest import silent_until

    chain.broken["0153", "receipt"] = silent_until(3)

    assert run(toy, gemeenten=["0153"]).state == "success"
    assert chain.steps_of("0153")[-4:] == ["receipt", "receipt", "receipt", "report"]


def test_a_partner_that_never_answers_fails_the_run_after_the_time_agreed(toy, chain):
    from tests.dags.conftest import silent_until

    chain.broken["0153", "receipt"] = silent_until(10_000)

    result = run(toy, gemeenten=["0153"])

    assert result.state == "failed"
    assert of(result, 0)["receipt"] == "failed"
    assert of(result, 0)["report"] == "success"


def test_one_municipality_can_be_asked_for(toy, chain):
    run(toy, gemeenten=["0363"])

    assert {gemeente for gemeente, _ in chain.calls} == {"0363"}


def test_an_unknown_municipality_is_refused_before_anything_starts(toy, chain):
    assert run(toy, gemeenten=["0153", "9999"]).state == "failed"
    assert chain.calls == []


def test_without_a_period_nothing_starts(toy, chain):
    assert toy.test().state == "failed"
    assert chain.calls == []


def test_a_period_that_is_not_a_month_is_refused(toy, chain):
    with pytest.raises(Exception, match="periode"):
        toy.test(run_conf={"periode": "2026-13"})
    assert chain.calls == []


def test_another_method_is_asked_for_by_name(toy, chain):
    assert run(toy, gemeenten=["0153"]).state == "success"
    assert run(toy, gemeenten=["0153"], methode="bijzonder").state == "success"
    assert chain.methods == [None, "bijzonder"]
    with pytest.raises(Exception, match="methode"):
        run(toy, methode="onbekend")


def test_the_partition_key_is_the_period_of_a_scheduled_run(toy, chain, monkeypatch):
    """dag.test() cannot set a partition key, so the body of the task is called."""
    from types import SimpleNamespace

    from exchanges.core import dag_factory

    context = {"params": {}, "dag_run": SimpleNamespace(partition_key="2026-09")}
    monkeypatch.setattr(dag_factory, "get_current_context", lambda: context)

    assert toy.get_task("gemeenten").python_callable() == [
        {"gemeente": gemeente, "periode": "2026-09", "methode": None} for gemeente in ("0153", "0344", "0363")]
    context["params"]["periode"] = "2026-07"
    assert {order["periode"] for order in toy.get_task("gemeenten").python_callable()} == {"2026-07"}


def test_no_personal_datum_of_any_error_reaches_the_log(toy, chain, capfd, caplog):
    """Neither the text of a foreign exception, nor the chain behind one of ours (spec airflow3, trap 6)."""

    def chained(attempt: int) -> None:
        try:
            raise ValueError(f"Could not convert {TEST_BSN!r}")
        except ValueError as error:
            raise SourceError("Kolom bsn is niet leesbaar.") from error

    chain.broken["0153", "select"] = failing(ValueError(f"Could not convert {TEST_BSN!r}"))
    chain.broken["0344", "select"] = chained
    chain.broken["0363", "select"] = failing(OSError(f"/tmp/{TEST_BSN}.xml"), times=1)

    with caplog.at_level(logging.DEBUG):
        result = run(toy)

    told = caplog.text + "".join(capfd.readouterr())
    assert result.state == "failed"
    assert of(result, 2)["gereed"] == "success"
    assert "Kolom bsn is niet leesbaar" in told
    assert "ValueError in" in told
    assert TEST_BSN not in told


def test_who_started_the_run_is_told_with_every_delivery(toy, chain):
    run(toy)

    assert chain.actors == ["dag_test"] * 3


def test_only_ids_and_counts_travel_between_tasks(toy, chain):
    result = run(toy, gemeenten=["0153"])

    assert result.get_task_instance("levering.open", map_index=0).xcom_pull(
        task_ids="levering.open", map_indexes=0) == "proef_levering/0153/2026-10/0001"
    assert result.get_task_instance("levering.check", map_index=0).xcom_pull(
        task_ids="levering.check", map_indexes=0) == {"step": "check", "records": 3}
    # One row for all a step says, not another for each word of it.
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        asked = select(XComModel.key).where(
            XComModel.run_id == result.run_id, XComModel.dag_id == result.dag_id,
            XComModel.task_id == "levering.check",
        )  # fmt: skip
        assert list(session.scalars(asked)) == ["return_value"]
