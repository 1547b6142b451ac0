"""The DAGs that watch over all exchanges together: the calendar and retention.

The calendar is a DAG of its own and no ``deadline=`` of the others: a delivery whose run never started has no deadline,
and is the one that must be noticed (decision 0014). Everything heavy is imported inside the tasks.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from airflow.sdk import DAG, CronTriggerTimetable, Param, get_current_context, task

from exchanges.core.dag_parts import RETRY_DELAY, default_args, label
from exchanges.core.errors import Blocked
from exchanges.core.guard import guarded

CALENDAR = "kalender"
WORKING_DAYS = "0 7 * * 1-5"
RETENTION = "bewaartermijn"
MONTHLY = "0 4 2 * *"  # at night, and not on the day that files are made
HOME_TIME = "Europe/Amsterdam"


@task(task_id="gemeenten", task_display_name="Gemeenten bepalen", show_return_value_in_logs=False)
def municipalities() -> list[str]:
    """All of the settings, sorted."""
    with guarded("gemeenten bepalen"):
        from exchanges.core.settings import Settings

        return sorted(Settings().municipalities().gemeente)


def _of_all(id: str, cron: str, description: str, told: str, retry_delay: timedelta, **more: Any) -> DAG:
    """A DAG of all exchanges together, one run at a time; ``told`` stands under its name in Airflow."""
    title = id.capitalize()
    return DAG(
        dag_id=id,
        dag_display_name=title,
        description=description,
        doc_md=f"# {title}\n\n{told}",
        schedule=CronTriggerTimetable(cron, timezone=HOME_TIME),
        start_date=datetime(2026, 1, 1, tzinfo=ZoneInfo(HOME_TIME)),
        catchup=False,
        max_active_runs=1,
        tags=["ketensluis", id],
        default_args=default_args("ketensluis", retry_delay),
        **more,
    )


def make_calendar_dag(*, retry_delay: timedelta = RETRY_DELAY) -> DAG:
    """The DAG ``kalender``: each working day every exchange against its calendar, for all municipalities.

    What nears its date is told once, in the ledger and in the log. What is late or unanswered makes the task of its
    exchange fail, every day until it is settled; so does a calendar without the present year. The same day the
    ledger is verified, and an anchor of the chain of events is made; and each municipality gets the bundle of last
    month, when that has ended or its day has come.
    """
    moment = Param(None, type=["null", "string"], title="Moment",
                   description="Kijk op dit moment, jjjj-mm-dd of met tijd. Leeg: nu.")  # fmt: skip
    with _of_all(
        CALENDAR,
        WORKING_DAYS,
        "Bewaakt uiterste data en uitblijvende antwoorden van alle uitwisselingen; verankert de keten.",
        "Rood: iets is te laat of een partner zwijgt. Wat, staat in het log van de taak, in het "
        "register van leveringen en in `sluis calendar`. Is het anker rood, dan is de keten van gebeurtenissen "
        "veranderd: `sluis ledger verify` zegt waar. Maandbundels liggen in `bundels`.",
        retry_delay,
        params={"moment": moment},
    ) as dag:

        @task(task_id="uitwisselingen", task_display_name="Uitwisselingen bepalen", show_return_value_in_logs=False)
        def exchanges() -> list[str]:
            with guarded("uitwisselingen bepalen"):
                from exchanges.core import registry, run

                return [id for id in registry.exchanges() if run.gemeenten(id)]

        @task(task_id="bewaken", task_display_name="Bewaken", show_return_value_in_logs=False,
              map_index_template="{{ stand }}")
        def watched(exchange_id: str) -> dict[str, int]:
            context: Any = get_current_context()
            context["stand"] = exchange_id
            with guarded(f"kalender van {exchange_id}"):
                from exchanges.core import watch
                from exchanges.core.calendar import parse_moment

                asked = context["params"].get("moment")
                seen = watch.watch(exchange_id, parse_moment(asked) if asked else datetime.now(UTC))
                context["stand"] = f"{exchange_id}: {watch.summary(seen.counts) or 'niets te doen'}"
                if seen.alarms:
                    raise Blocked(watch.complaint(seen.alarms))
            return {str(state): number for state, number in seen.counts.items()}

        @task(task_id="ankeren", task_display_name="Anker zetten", show_return_value_in_logs=False)
        def anchored() -> dict[str, int | None]:
            with guarded("anker zetten"):
                from exchanges.core.evidence.daily import verify_and_anchor
                from exchanges.core.settings import Settings

                made = verify_and_anchor(Settings())
            return {"anker": made.number if made else None}

        @task(task_id="maandbundel", task_display_name="Maandbundel", show_return_value_in_logs=False,
              map_index_template="{{ gemeente }}")
        def bundled(gemeente: str) -> dict[str, Any]:
            context: Any = get_current_context()
            label(gemeente)
            with guarded(f"maandbundel van {gemeente}"):
                from exchanges.core.bundle.monthly import monthly
                from exchanges.core.calendar import parse_moment

                asked = context["params"].get("moment")
                seen = monthly(gemeente, parse_moment(asked) if asked else datetime.now(UTC))
                context["gemeente"] = f"{gemeente}: {seen.period}, {seen.why}"
            return {"nummer": seen.number, "manifest": seen.made.manifest if seen.made else None}

        watched.expand(exchange_id=exchanges())
        bundled.expand(gemeente=municipalities())
        anchored()
    return dag


def make_retention_dag(*, retry_delay: timedelta = RETRY_DELAY) -> DAG:
    """The DAG ``bewaartermijn``: every month, per municipality, what has had its term is destroyed, with a report."""
    with _of_all(
        RETENTION,
        MONTHLY,
        "Vernietigt wat lang genoeg is bewaard, met een verslag per gemeente.",
        "Termijnen staan in `mappings/parameters/bewaren.csv`. Wat is vernietigd en volgens "
        "welke regel, staat in het register van leveringen en onder `verslagen`.",
        retry_delay,
    ) as dag:

        @task(task_id="vernietigen", task_display_name="Vernietigen", show_return_value_in_logs=False,
              map_index_template="{{ gemeente }}")
        def destroyed(gemeente: str) -> dict[str, Any]:
            label(gemeente)
            with guarded(f"bewaartermijn van {gemeente}"):
                from exchanges.core.retention.destroy import destroy

                done = destroy(gemeente, datetime.now(ZoneInfo(HOME_TIME)).date())
            return {"files": done.files, "report": done.report.name if done.report else None}

        destroyed.expand(gemeente=municipalities())
    return dag
