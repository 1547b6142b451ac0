"""Approval through Airflow: the question, the answers as its API takes them, and the municipality next door."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from exchanges.core.approve import desk
from exchanges.core.approve.decisions import DECLINED, GIVEN, STARTED
from exchanges.core.awaiting.approval import NO, YES
from exchanges.core.ledger import DeliveryState
from tests.servers.installation import Installation, installation

TASK = "levering.approve"
MONTH = {"periode": "2026-10"}


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    with installation(tmp_path, {"0153": 60, "0363": 40}) as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("KETENSLUIS_APPROVAL", "vereist")
        yield made


@pytest.fixture
def dag(metadata: None, repo: Path) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(repo / "dags")).dags["dkd_reintegratie"]


@contextmanager
def answering(answer: Callable[[Any], tuple[str, str, str] | None]) -> Iterator[list[Any]]:
    """People at the page of Airflow: for each question ``answer`` says who chooses what with which reason, through the
    function behind its API. Gives the questions as they were seen. ``None``: not now."""
    seen: list[Any] = []
    done = threading.Event()
    trouble: list[BaseException] = []

    def watch() -> None:
        try:
            while not done.is_set():
                for question in _open_questions():
                    chosen = answer(question)
                    if chosen is not None:
                        seen.append(question)
                        _respond(question, *chosen)
                time.sleep(0.2)
        except BaseException as error:
            trouble.append(error)

    thread = threading.Thread(target=watch)
    thread.start()
    try:
        yield seen
    finally:
        done.set()
        thread.join()
    assert trouble == []


def _open_questions() -> list[Any]:
    from airflow.models.hitl import HITLDetail
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select
    from sqlalchemy.orm import joinedload

    with create_session() as session:
        query = (
            select(HITLDetail).join(TaskInstance, TaskInstance.id == HITLDetail.ti_id)
            .where(TaskInstance.state == "awaiting_input", HITLDetail.responded_at.is_(None))
            .options(joinedload(HITLDetail.task_instance))
        )  # fmt: skip
        found = list(session.scalars(query))
        session.expunge_all()
    return found


def _respond(question: Any, who: str, choice: str, reason: str) -> None:
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from airflow.api_fastapi.core_api.datamodels.hitl import UpdateHITLDetailPayload
    from airflow.api_fastapi.core_api.routes.public.hitl import update_hitl_detail
    from airflow.utils.session import create_session

    ti = question.task_instance
    with create_session() as session:
        update_hitl_detail(
            ti.dag_id, ti.run_id, ti.task_id,
            UpdateHITLDetailPayload(chosen_options=[choice], params_input={"reden": reason}),
            user=SimpleAuthManagerUser(username=who, role="op"), session=session, map_index=ti.map_index,
        )  # fmt: skip


def states(run: Any) -> dict[tuple[str, str], str]:
    return {(ti.rendered_map_index, ti.task_id): str(ti.state) for ti in run.get_task_instances()}


def town_of(question: Any) -> str:
    return question.subject.split("/")[1]


def test_a_person_agrees_another_refuses_and_each_municipality_goes_its_own_way(real: Installation, dag: Any) -> None:
    def answer(question: Any) -> tuple[str, str, str]:
        return ("bert", YES, "Aantallen nagekeken.") if town_of(question) == "0153" else ("carla", NO, "Te weinig.")

    with answering(answer) as seen:
        run = dag.test(run_conf=MONTH)
    assert run.state == "failed" and len(seen) == 2
    found = states(run)
    assert {state for (of, _), state in found.items() if of == "0153"} == {"success"}
    (sent,), (refused,) = real.deliveries("0153"), real.deliveries("0363")
    assert sent.state in (DeliveryState.accepted, DeliveryState.partly_accepted)
    assert (found["0363", TASK], found["0363", "levering.report"]) == ("failed", "success")
    assert refused.state is DeliveryState.blocked and "geweigerd door carla: Te weinig" in refused.reason
    assert [path.name.split("_")[2] for path in real.ib.inbox.glob("*.xml")] == ["0153"]
    decided = desk.look(sent.id, real.settings).decision
    assert decided is not None and (decided.actor, decided.reason) == ("bert", "Aantallen nagekeken.")
    # The page showed of what: the file and the summary that the approval is bound to.
    body = next(question.body for question in seen if town_of(question) == "0153")
    assert decided.shown.sha256 in body and decided.shown.summary in body and "eerste levering" in body


def test_answers_that_do_not_count_leave_the_question_where_it_was(real: Installation, dag: Any) -> None:
    """Who started it, nobody's reason, and then somebody else with a reason."""
    answers = iter([("dag_test", YES, "Mijn eigen werk."), ("bert", YES, " "), ("bert", YES, "Nagekeken.")])
    with answering(lambda question: next(answers)) as seen:
        run = dag.test(run_conf={**MONTH, "gemeenten": ["0363"]})
    assert run.state == "success" and len(seen) == 3
    (delivery,) = real.deliveries("0363")
    events = [(event.action, event.actor) for event in desk.open_ledger(real.settings).events(delivery.id)
              if event.action in (STARTED, DECLINED, GIVEN)]
    assert events == [(STARTED, "dag_test"), (DECLINED, "dag_test"), (DECLINED, "bert"), (GIVEN, "bert")]


def test_who_does_not_answer_in_time_holds_up_nobody_else(real: Installation, dag: Any) -> None:
    """The scheduler's sweep tells the task that time is up; the delivery still waits, and the command line decides."""

    def answer(question: Any) -> tuple[str, str, str] | None:
        if town_of(question) == "0153":
            return "bert", YES, "Nagekeken."
        _time_is_up(question)
        return None

    with answering(answer):
        run = dag.test(run_conf=MONTH)
    found = states(run)
    assert run.state == "failed" and found["0363", TASK] == "failed" and found["0153", "levering.gereed"] == "success"
    (late,) = real.deliveries("0363")
    assert late.state is DeliveryState.awaiting
    asked = desk.look(late.id)
    desk.give(late.id, actor="bert", reason="Alsnog.", **asked.shown.as_dict())
    again = dag.test(run_conf={**MONTH, "gemeenten": ["0363"]})
    assert again.state == "success"
    assert real.deliveries("0363")[0].state in (DeliveryState.accepted, DeliveryState.partly_accepted)


def _time_is_up(question: Any) -> None:
    """What ``SchedulerJobRunner.check_awaiting_input_timeouts`` does with a question without defaults."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.trigger import handle_event_submit
    from airflow.triggers.base import TriggerEvent
    from airflow.utils.session import create_session

    with create_session() as session:
        instance = session.get(TaskInstance, question.ti_id)
        event = TriggerEvent({"error": "timeout", "error_type": "timeout"})
        handle_event_submit(event, task_instance=instance, session=session)


def test_what_needs_no_approval_asks_nobody(real: Installation, dag: Any) -> None:
    with answering(lambda question: ("bert", YES, "Nagekeken.")) as seen:
        for month in ("2026-09", "2026-10"):
            assert dag.test(run_conf={"periode": month, "gemeenten": ["0363"]}).state == "success"
    assert len(seen) == 1


def test_a_page_that_shows_an_earlier_file_is_not_agreed_to(metadata: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow keeps the first text of a question: a task that is cleared would show the old one beside the new file."""
    from datetime import timedelta
    from types import SimpleNamespace

    from airflow.sdk import DAG
    from airflow.sdk.execution_time import task_runner

    from exchanges.core.awaiting.approval import ApprovalTask, Question, fields
    from exchanges.core.errors import AwaitingApproval

    def waits(delivery_id: str, step: str) -> dict[str, Any]:
        raise AwaitingApproval("wacht")

    stands = SimpleNamespace(subject="Akkoord voor a/0153/2026-10/0001", body="sha256 van gisteren")
    comms = SimpleNamespace(send=lambda msg: stands)
    monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", comms, raising=False)
    with DAG("proef"):
        task = ApprovalTask(
            task_id="approve", delivery_id="a/0153/2026-10/0001", run=waits, decide=lambda id, answer: None,
            question=lambda id: Question(stands.subject, "sha256 van vandaag", "0" * 64, "1" * 64),
            patience=timedelta(days=1), params=fields(),
        )  # fmt: skip
    context = {"task_instance": SimpleNamespace(id="018f4f2e-0000-7000-8000-000000000000")}
    with pytest.raises(AwaitingApproval, match="eerder bestand"):
        task.execute(context)
