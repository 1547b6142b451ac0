"""Approval in Airflow: the question, the answers as its API takes them, ``sluis approve`` beside it, and the town next
door."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from exchanges.core.approve import desk
from exchanges.core.approve.decisions import DECLINED, GIVEN, REFUSED, STARTED
from exchanges.core.awaiting.approval import NO, YES, ApprovalTask, Question, fields
from exchanges.core.awaiting.decided import DecisionTrigger
from exchanges.core.errors import AnswerDeclined, AwaitingApproval, TechnicalError
from exchanges.core.ledger import DeliveryState
from tests.servers.installation import Installation, installation

TASK = "levering.approve"
MONTH = {"periode": "2026-10"}
# By town, one after the other each time it is asked: who answers what, with which reason, where.
PAGE, LINE = "page", "line"
Said = tuple[str, str, str, str]
ROLES = '[rollen]\nbert = "consulent"\ncarla = "integratie"\naudit = "auditor"\ndag_test = "integratie"\n'


@pytest.fixture
def real(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Installation]:
    with installation(tmp_path, {"0153": 12, "0344": 12, "0363": 12}) as made:
        for name, value in made.environment.items():
            monkeypatch.setenv(name, value)
        monkeypatch.setenv("KETENSLUIS_APPROVAL", "vereist")
        config = made.home / "ketensluis.toml"
        config.write_text(ROLES + '[airflow]\n"Bert Bakker" = "bert"\n' + config.read_text())
        yield made


@pytest.fixture
def dag(metadata: None, repo: Path) -> Any:
    from airflow.dag_processing.dagbag import DagBag

    return DagBag(dag_folder=str(repo / "dags")).dags["dkd_reintegratie"]


@pytest.fixture
def people(monkeypatch: pytest.MonkeyPatch) -> Callable[[dict[str, list[Said]]], list[Any]]:
    """Stands in for scheduler and triggerer where ``dag.test`` has neither: a task that is deferred stays so, with what
    the execution API booked of it, until a person answers at the page or the trigger that was booked fires. What these
    do is done by Airflow's own functions, at once. Gives the questions as they were seen."""
    from airflow.sdk.definitions import dag as module

    once = module._run_task
    seen: list[Any] = []
    script: dict[str, list[Said]] = {}

    def run_task(*, ti: Any, task: Any, run_triggerer: bool = False) -> Any:
        done = once(ti=ti, task=task, run_triggerer=False)
        if ti.task_id == TASK and ti.state == "deferred":
            try:
                question = _question(ti)
                seen.append(question)
                _answer(question, script[town_of(question)].pop(0))
            except Exception as error:  # which ``dag.test`` would log, and wait on for ever
                pytest.fail(repr(error))
        return done

    def begin(said: dict[str, list[Said]]) -> list[Any]:
        seen.clear()
        script.clear()
        script.update({town: list(answers) for town, answers in said.items()})
        return seen

    monkeypatch.setattr(module, "_run_task", run_task)
    return begin


def _question(ti: Any) -> Any:
    from airflow.models.hitl import HITLDetail
    from airflow.utils.session import create_session
    from sqlalchemy import select
    from sqlalchemy.orm import joinedload

    with create_session() as session:
        query = select(HITLDetail).where(HITLDetail.ti_id == ti.id).options(joinedload(HITLDetail.task_instance))
        found = session.scalars(query).unique().one()
        session.expunge_all()
    return found


def _answer(question: Any, said: Said) -> None:
    who, choice, reason, where = said
    if where == PAGE:
        _respond(question, who, choice, reason)
        return
    id = question.subject.split()[-1]
    act = desk.give if choice == YES else desk.refuse
    act(id, actor=who, reason=reason, **desk.look(id).shown.as_dict())
    _fires(question)


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


def _fires(question: Any) -> None:
    """The trigger as the triggerer makes it from its row, and what that does with the event; one look is enough."""
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.trigger import Trigger
    from airflow.utils.session import create_session

    with create_session() as session:
        row = session.get(Trigger, session.get(TaskInstance, question.ti_id).trigger_id)
        assert row.classpath == f"{DecisionTrigger.__module__}.{DecisionTrigger.__qualname__}"
        event = asyncio.run(asyncio.wait_for(first(DecisionTrigger(**row.kwargs)), timeout=60))
        Trigger.submit_event(row.id, event, session=session)


async def first(trigger: DecisionTrigger) -> Any:
    return await anext(trigger.run())


@pytest.fixture
def page(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What a trigger is told when it asks for the answer on the page: nothing, until a test puts one here."""
    told: dict[str, Any] = {"response_received": False, "chosen_options": None}
    monkeypatch.setattr(
        "airflow.sdk.execution_time.hitl.get_hitl_detail_content_detail", lambda ti_id: SimpleNamespace(**told)
    )
    return told


def states(run: Any) -> dict[tuple[str, str], str]:
    return {(ti.rendered_map_index, ti.task_id): str(ti.state) for ti in run.get_task_instances()}


def town_of(question: Any) -> str:
    return str(question.subject.split("/")[1])


def test_people_decide_at_the_page_and_at_the_command_line_and_each_municipality_goes_its_own_way(
    real: Installation, dag: Any, people: Any, page: Any
) -> None:
    seen = people({
        "0153": [
            ("dag_test", YES, "Mijn eigen werk.", PAGE), ("audit", YES, "Ziet er goed uit.", PAGE),
            ("bert", YES, " ", PAGE), ("Bert Bakker", YES, "Aantallen nagekeken.", PAGE),
        ],
        "0344": [("carla", YES, "Nagekeken.", LINE)],
        "0363": [("carla", NO, "Bron van vorig jaar.", LINE)],
    })  # fmt: skip
    run = dag.test(run_conf=MONTH)
    assert run.state == "failed" and [town_of(one) for one in seen].count("0153") == 4 and len(seen) == 6
    found = states(run)
    decided = {}
    for town in ("0153", "0344"):
        assert {state for (of, _), state in found.items() if of == town} == {"success"}
        (sent,) = real.deliveries(town)
        assert sent.state in (DeliveryState.accepted, DeliveryState.partly_accepted)
        decided[town] = desk.look(sent.id).decision
    assert (decided["0153"].actor, decided["0153"].reason) == ("bert", "Aantallen nagekeken.")
    assert decided["0344"].actor == "carla"
    (refused,) = real.deliveries("0363")
    assert (found["0363", TASK], found["0363", "levering.report"]) == ("failed", "success")
    assert refused.state is DeliveryState.blocked and "geweigerd door carla: Bron van vorig jaar" in refused.reason
    assert sorted(path.name.split("_")[2] for path in real.ib.inbox.glob("*.xml")) == ["0153", "0344"]
    # What does not count left the question where it was, and is in the books with the account it was.
    events = desk.open_ledger(real.settings).events(real.deliveries("0153")[0].id)
    assert [(event.action, event.actor) for event in events if event.action in (STARTED, DECLINED, GIVEN, REFUSED)] == [
        (STARTED, "dag_test"), (DECLINED, "dag_test"), (DECLINED, "audit"), (DECLINED, "bert"), (GIVEN, "bert"),
    ]  # fmt: skip
    # The page showed of what: the file and the summary that the approval is bound to.
    body = next(question.body for question in seen if town_of(question) == "0153")
    shown = decided["0153"].shown
    assert shown.sha256 in body and shown.summary in body and "eerste levering" in body


ID = "a/0153/2026-10/0001"
ASKED = Question(f"Akkoord voor {ID}", "sha256 van vandaag", "0" * 64, "1" * 64)


class Task:
    """The task by itself. ``waits``: whether somebody must still agree; ``decided``: what was booked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, stands: Any = ASKED) -> None:
        from airflow.sdk import DAG
        from airflow.sdk.execution_time import task_runner

        self.waits, self.decided, self.first = True, [], ""  # type: bool, list[Any], str
        comms = SimpleNamespace(send=lambda msg: stands)
        monkeypatch.setattr(task_runner, "SUPERVISOR_COMMS", comms, raising=False)
        with DAG("proef"):
            self.task = ApprovalTask(
                task_id="approve", delivery_id=ID, run=self._run, decide=self._decide, question=lambda id: ASKED,
                patience=timedelta(days=1), params=fields(),
            )  # fmt: skip
        self.context = {"task_instance": SimpleNamespace(id="018f4f2e-0000-7000-8000-000000000000")}

    def _run(self, delivery_id: str, step: str) -> dict[str, Any]:
        if self.waits:
            raise AwaitingApproval("wacht")
        return {"step": step}

    def _decide(self, delivery_id: str, answer: Any) -> None:
        if self.first:
            raise AnswerDeclined(f"{self.first} gaf al akkoord")
        self.decided.append(answer)
        self.waits = False

    def deferred(self) -> Any:
        from airflow.sdk.exceptions import TaskDeferred

        with pytest.raises(TaskDeferred) as raised:
            self.task.execute(self.context)
        return raised.value


def answered(**more: Any) -> dict[str, Any]:
    return {"chosen_options": [YES], "params_input": {"reden": "Goed."}, "responded_at": datetime.now(UTC),
            "responded_by_user": {"id": "7", "name": "bert"}, **more}  # fmt: skip


def test_what_needs_no_approval_asks_nobody(metadata: None, monkeypatch: pytest.MonkeyPatch) -> None:
    task = Task(monkeypatch)
    task.waits = False
    assert task.task.execute(task.context) == {"step": "approve"}


def test_an_answer_at_the_page_comes_back_with_what_was_shown(metadata: None, monkeypatch: pytest.MonkeyPatch) -> None:
    task = Task(monkeypatch)
    asked = task.deferred()
    assert asked.method_name == "execute_complete"
    assert task.task.execute_complete(task.context, answered(), **asked.kwargs) == {"step": "approve"}
    task.task.execute_complete(task.context, answered(chosen_options=[NO], responded_by_user=None), **asked.kwargs)
    said = [(answer.given, answer.actor, answer.sha256, answer.summary) for answer in task.decided]
    assert said == [(True, "bert", ASKED.sha256, ASKED.summary), (False, "", ASKED.sha256, ASKED.summary)]


def test_an_answer_that_is_none_of_those_asked_decides_nothing(metadata, monkeypatch: pytest.MonkeyPatch) -> None:
    from airflow.sdk.exceptions import TaskDeferred

    task = Task(monkeypatch)
    asked = task.deferred()
    for chosen in (["iets"], [], [YES, NO], None):
        with pytest.raises(TaskDeferred):
            task.task.execute_complete(task.context, answered(chosen_options=chosen), **asked.kwargs)
    assert task.decided == []


def test_who_answers_the_page_second_changes_nothing_and_the_run_goes_on(
    metadata: None, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """Agreed at the command line between the question and the answer at the page."""
    task = Task(monkeypatch)
    asked = task.deferred()
    task.waits, task.first = False, "carla"
    said: list[str] = []
    monkeypatch.setattr(task.task.log, "warning", lambda text, *values: said.append(text % values))
    assert task.task.execute_complete(task.context, answered(), **asked.kwargs) == {"step": "approve"}
    assert said == ["Dit antwoord telt niet: carla gaf al akkoord"] and task.decided == []


def test_time_that_is_up_fails_the_task_and_settles_nothing(metadata, monkeypatch, page) -> None:
    task = Task(monkeypatch)
    trigger = task.deferred().trigger
    assert datetime.fromisoformat(trigger.until) - datetime.now(UTC) > timedelta(hours=23)
    monkeypatch.setattr(desk, "settled", lambda id, shown: False)
    trigger.until = datetime.now(UTC).isoformat()
    event = asyncio.run(asyncio.wait_for(first(trigger), timeout=60)).payload
    with pytest.raises(AwaitingApproval):
        task.task.execute_complete(task.context, event, shown={})
    assert task.decided == []


def test_a_decision_elsewhere_is_seen_at_the_next_look(metadata, monkeypatch, page) -> None:
    """Whatever the books say meanwhile, also when they cannot be read for a while; a trigger is made again from what it
    says of itself, as the triggerer does."""
    looks: list[Any] = []

    def settled(id: str, shown: Any) -> bool:
        looks.append((id, shown.sha256, shown.summary))
        if len(looks) == 2:
            raise TechnicalError("Het register is even weg.")
        return len(looks) > 2

    monkeypatch.setattr(desk, "settled", settled)
    task = Task(monkeypatch)
    trigger = task.deferred().trigger
    trigger.seconds = 0.01
    path, named = trigger.serialize()
    assert path == f"{DecisionTrigger.__module__}.DecisionTrigger"
    event = asyncio.run(asyncio.wait_for(first(DecisionTrigger(**named)), timeout=60)).payload
    assert looks == [(ID, ASKED.sha256, ASKED.summary)] * 3
    task.waits = False
    assert task.task.execute_complete(task.context, event, shown={}) == {"step": "approve"}
    assert task.decided == []


def test_an_answer_that_came_before_the_task_was_deferred_is_not_lost(metadata, monkeypatch, page) -> None:
    monkeypatch.setattr(desk, "settled", lambda id, shown: False)
    task = Task(monkeypatch)
    asked = task.deferred()
    page.update(response_received=True, **answered(responded_by_user=SimpleNamespace(id="7", name="bert")))
    event = asyncio.run(asyncio.wait_for(first(asked.trigger), timeout=60)).payload
    assert task.task.execute_complete(task.context, event, **asked.kwargs) == {"step": "approve"}
    assert [answer.actor for answer in task.decided] == ["bert"]


def test_a_page_that_shows_an_earlier_file_is_not_agreed_to(metadata: None, monkeypatch: pytest.MonkeyPatch) -> None:
    """Airflow keeps the first text of a question: a task that is cleared would show the old one beside the new file."""
    task = Task(monkeypatch, SimpleNamespace(subject=ASKED.subject, body="sha256 van gisteren"))
    with pytest.raises(AwaitingApproval, match="eerder bestand"):
        task.task.execute(task.context)
