"""The DAG of an exchange, made from its declaration.

One DAG per exchange, one mapped task group over the municipalities: a municipality is one map index, so a failure in
one leaves the others alone. Inside the group the chambers follow each other; ``report`` runs whatever happened once a
delivery was opened, and ``gereed`` is the leaf that decides the state of the run (a report that came out well must not
turn a blocked delivery green). Between tasks go delivery ids and counts, never data.

Everything heavy is imported inside the tasks: this module is read at every DAG parse.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import (
    DAG,
    CronPartitionTimetable,
    Param,
    PokeReturnValue,
    TriggerRule,
    get_current_context,
    task,
    task_group,
)
from airflow.sdk.exceptions import AirflowSkipException

from exchanges.core.awaiting.approval import RULES, Answer, ApprovalTask, Question, fields
from exchanges.core.awaiting.task import ArrivalSensor
from exchanges.core.awaiting.turn import ORDERS, may_begin
from exchanges.core.chain import REPORT, STEPS, TITLES, WAITING
from exchanges.core.dag_parts import RETRY_DELAY, default_args, label
from exchanges.core.declare import Calendar, Exchange
from exchanges.core.errors import Blocked, NothingToSend, PartnerSilent, UsageError
from exchanges.core.guard import guarded
from exchanges.core.period import resolve_period

FIRST_POKE = timedelta(seconds=5)  # a simulator answers at once, a partner after hours: the wait doubles
LONGEST_POKE = timedelta(minutes=10)
LONGEST_TURN = timedelta(days=366)  # of a month of a backfill; what it waits for has ends of its own, long before
PATIENCE = timedelta(days=25)  # for a file that comes every month, or a person; the next run waits for the next one


def make_dag(
    exchange: Exchange,
    *,
    retry_delay: timedelta = RETRY_DELAY,
    first_poke: timedelta = FIRST_POKE,
    longest_poke: timedelta = LONGEST_POKE,
) -> DAG:
    """The DAG of an exchange; its id is the exchange's id.

    Raises UsageError when the calendar cannot be a monthly partition.
    """
    with DAG(
        dag_id=exchange.id,
        dag_display_name=exchange.title,
        description=exchange.purpose.goal,
        doc_md=_doc(exchange),
        schedule=_timetable(exchange.calendar),
        start_date=_start(exchange.calendar),
        # A month that passed before the installation existed is a choice (a backfill), not a consequence of unpausing.
        catchup=False,
        # Deliveries of one exchange are compared with the previous one: never two periods at once. A backfill has a
        # limit of its own; there every municipality keeps the order (`exchanges.core.awaiting.turn`).
        max_active_runs=1,
        tags=["ketensluis", exchange.partner, exchange.direction],
        params={
            "periode": Param(
                None, type=["null", "string"], pattern="^[0-9]{4}-(0[1-9]|1[0-2])$", title="Periode",
                description="Maand van de levering, jjjj-mm. Leeg: de periode van de geplande run.",
            ),
            "gemeenten": Param(
                None, type=["null", "array"], items={"type": "string", "pattern": "^[0-9]{4}$"}, title="Gemeenten",
                description="Gemeentecodes. Leeg: alle gemeenten uit de instellingen.",
            ),
            "methode": Param(
                None, enum=[None, *exchange.flows], title="Methode",
                description="Leeg: die uit de instellingen van de gemeente, of de gewone.",
            ),
        },
        default_args=default_args(exchange.partner, retry_delay),
    ) as dag:
        _deliveries(exchange, first_poke, longest_poke)
    return dag


def _deliveries(exchange: Exchange, first_poke: timedelta, longest_poke: timedelta) -> None:
    @task(task_id=ORDERS, task_display_name="Gemeenten bepalen", show_return_value_in_logs=False)
    def gemeenten() -> list[dict[str, Any]]:
        with guarded("gemeenten bepalen"):
            from exchanges.core import run

            context = get_current_context()
            period = resolve_period(context["params"], context["dag_run"].partition_key)
            chosen = _chosen(run.gemeenten(exchange.id), context["params"].get("gemeenten"))
            method = context["params"].get("methode")
            return [{"gemeente": gemeente, "periode": str(period), "methode": method} for gemeente in chosen]

    @task.sensor(task_id="open", task_display_name="Levering openen", map_index_template="{{ gemeente }}",
                 mode="reschedule", poke_interval=first_poke.total_seconds(), exponential_backoff=True,
                 max_wait=longest_poke, timeout=LONGEST_TURN)
    def open_delivery(order: dict[str, Any]) -> PokeReturnValue:
        label(order["gemeente"])
        context = get_current_context()
        if not may_begin(context, order["gemeente"]):
            return PokeReturnValue(is_done=False)
        with guarded("levering openen"):
            from exchanges.core import run
            from exchanges.core.access.acting import logged_in

            started_by = logged_in(context["dag_run"].triggering_user_name)
            opened = run.open_run(
                exchange.id, order["gemeente"], order["periode"], method=order["methode"], actor=started_by or None
            )
        return PokeReturnValue(is_done=True, xcom_value=opened)

    @task_group(group_id="levering")
    def delivery(order: dict[str, Any]) -> None:
        delivery_id = open_delivery(order)
        chain = [delivery_id]
        answered = None
        for step in STEPS[exchange.direction]:
            made = _step_task(exchange, step, first_poke, longest_poke)(delivery_id)
            answered = made if step == "receipt" else answered
            if step == REPORT:
                made.operator.set_upstream([before.operator for before in chain])
            else:
                made.operator.set_upstream(chain[-1].operator)
            chain.append(made)
        closed = _closing_task()(delivery_id, answered)
        closed.operator.set_upstream([before.operator for before in chain])

    delivery.expand(order=gemeenten())


def _step_task(exchange: Exchange, step: str, first_poke: timedelta, longest_poke: timedelta) -> Any:
    """What makes the task of one step. The partner's answer is waited for without holding a worker, its files by a
    trigger."""
    common: dict[str, Any] = {
        "task_id": step,
        "task_display_name": TITLES[step],
        "map_index_template": "{{ gemeente }}",
    }
    if step == "collect":
        return lambda delivery_id: ArrivalSensor(
            delivery_id=delivery_id, step=step, run=_run, first_poke=first_poke, patience=PATIENCE, **common
        ).output

    if step == "approve":
        return lambda delivery_id: ApprovalTask(
            delivery_id=delivery_id, run=_run, question=_question, decide=_decide, patience=PATIENCE, params=fields(),
            **common,
        ).output

    if step in WAITING:

        @task.sensor(
            mode="reschedule", poke_interval=first_poke.total_seconds(), exponential_backoff=True,
            max_wait=longest_poke, timeout=exchange.receipt.answer_within_seconds, **common,
        )
        def waiting(delivery_id: str) -> PokeReturnValue:
            try:
                return PokeReturnValue(is_done=True, xcom_value=_run(delivery_id, step))
            except PartnerSilent:
                return PokeReturnValue(is_done=False)

        return waiting

    if step == REPORT:
        # Once a delivery is open it is accounted for, whichever chamber stayed shut. Not ALL_DONE_MIN_ONE_SUCCESS:
        # Airflow 3.3.2 marks such a task upstream_failed before a mapped group is expanded.
        common["trigger_rule"] = TriggerRule.ALL_DONE

    # One row in Airflow's database for what a step says, not one more for every word in it.
    @task(show_return_value_in_logs=False, multiple_outputs=False, **common)
    def working(delivery_id: str | None) -> dict[str, Any]:
        if delivery_id is None:  # only the report gets here when `open` failed
            raise AirflowSkipException("Er is geen levering geopend, dus niets te verantwoorden.")
        return _run(delivery_id, step)

    return working


def _closing_task() -> Any:
    @task(task_id="gereed", task_display_name="Gereed", map_index_template="{{ gemeente }}",
          show_return_value_in_logs=False)
    def closed(delivery_id: str, answered: dict[str, Any] | None) -> None:
        """Green only when every chamber was passed, and the partner did not send it back."""
        label(_gemeente(delivery_id))
        if (answered or {}).get("state") == "rejected":
            raise Blocked(f"De partner heeft levering {delivery_id} afgekeurd; zie het verslag.")

    return closed


def _run(delivery_id: str, step: str) -> dict[str, Any]:
    label(_gemeente(delivery_id))
    try:
        with guarded(f"stap {step} van {delivery_id}"):
            from exchanges.core import run

            return run.run_step(delivery_id, step)
    except NothingToSend as nothing:
        raise AirflowSkipException(str(nothing)) from None


def _question(delivery_id: str) -> Question:
    """What is shown to who must agree."""
    with guarded(f"akkoord over {delivery_id}"):
        from exchanges.core.approve import desk
        from exchanges.core.approve.summary import markdown

        asked = desk.look(delivery_id)
        body = f"{markdown(asked.summary, asked.shown.sha256)}\n\n{RULES}"
        return Question(f"Akkoord voor {delivery_id}", body, asked.shown.sha256, asked.shown.summary)


def _decide(delivery_id: str, answer: Answer) -> None:
    """Book what somebody answered."""
    with guarded(f"akkoord over {delivery_id}"):
        from exchanges.core.access.acting import logged_in
        from exchanges.core.approve import desk

        (desk.give if answer.given else desk.refuse)(
            delivery_id, actor=logged_in(answer.actor), reason=answer.reason,
            sha256=answer.sha256, summary=answer.summary,
        )


def _gemeente(delivery_id: str) -> str:
    return delivery_id.split("/")[1]


def _chosen(known: list[str], asked: list[str] | None) -> list[str]:
    """The municipalities of a run, sorted. Raises UsageError for an unknown one and for none at all."""
    unknown = sorted(set(asked or ()) - set(known))
    if unknown:
        raise UsageError(f"Gemeente {', '.join(unknown)} staat niet in de instellingen; ingesteld: "
                         f"{', '.join(sorted(known)) or 'geen'}.")
    chosen = sorted(set(asked or known))
    if not chosen:
        raise UsageError("Er is geen gemeente ingesteld voor deze uitwisseling; vul de instellingen aan.")
    return chosen


def _start(calendar: Calendar) -> datetime:
    return datetime.combine(date.fromisoformat(calendar.start), datetime.min.time(), ZoneInfo(calendar.timezone))


def _timetable(calendar: Calendar) -> CronPartitionTimetable:
    """The cron tick as a partition ``jjjj-mm``.

    Airflow counts the offset in ticks, a declaration in months: they agree when there is exactly one tick a month.
    """
    fields = calendar.cron.split()
    if len(fields) != 5 or not fields[2].isdigit() or int(fields[2]) > 28 or fields[3:] != ["*", "*"]:
        raise UsageError(f"Kalender {calendar.cron!r} is niet maandelijks: geef één dag (1 t/m 28) per maand.")
    return CronPartitionTimetable(calendar.cron, timezone=calendar.timezone, run_offset=calendar.offset,
                                  key_format="%Y-%m")


def _doc(exchange: Exchange) -> str:
    lines = [
        f"# {exchange.title}",
        exchange.purpose.goal,
        f"- Partner: {exchange.partner}",
        f"- Grondslag: {exchange.purpose.legal_basis}",
        f"- Bewaartermijn: {exchange.purpose.retention}",
        *(f"- {remark}" for remark in exchange.remarks),
        "",
        "De status van een run is geen bewijs; het aansluitverslag van de levering is dat wel.",
    ]
    return "\n\n".join(lines[:2]) + "\n\n" + "\n".join(lines[2:])
