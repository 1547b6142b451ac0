"""The months of a backfill in order, whatever its limit: a municipality waits for its own earlier months, and for
nobody else's.

Airflow gives a backfill a limit of its own, ten runs at once, and that of the DAG does not hold for it; depends_on_past
looks for an earlier logical date, which a run of a partition does not have (spec airflow3, trap 1). So the task that
opens a delivery asks Airflow how far the earlier months are. A month that waits holds up the later ones of that
municipality as long as its run lasts, and every wait of a run has an end; one that failed holds up nothing.
"""

from __future__ import annotations

from typing import Any

ORDERS = "gemeenten"  # the task that tells which municipalities a run has, in the order of the map
LAST = ("levering.report", "levering.gereed")
_DUE = ("backfill", "scheduled")  # runs with the moment they were due in their id
_ENDED = {"success", "failed", "upstream_failed", "skipped", "removed"}


def may_begin(context: Any, gemeente: str) -> bool:
    """Whether no earlier month of this municipality is under way, for a run of a backfill; any other run goes first.

    Of what has not started yet nothing is waited for: Airflow starts the months in the order that was asked for, and
    a run that holds the only place would wait for ever for one that is to come.
    """
    run, ti = context["dag_run"], context["ti"]
    if run.run_type != "backfill":
        return True
    known = ti.get_task_states(run.dag_id, task_ids=[ORDERS])
    before = sorted(id for id in known if _due(id) and _due(id) < _due(run.run_id))
    if not before or not ti.get_dr_count(run.dag_id, run_ids=before, states=["running"]):
        return True
    under_way = [id for id in before if ti.get_dagrun_state(run.dag_id, id) == "running"]
    return all(_is_through(ti, run.dag_id, id, gemeente) for id in under_way)


def _due(run_id: str) -> str:
    """``backfill__2026-07-05T04:00:00+00:00_Ab3x`` -> what follows its kind, which sorts by month; else empty."""
    kind, _, due = run_id.partition("__")
    return due if kind in _DUE else ""


def _is_through(ti: Any, dag_id: str, run_id: str, gemeente: str) -> bool:
    orders = ti.xcom_pull(task_ids=ORDERS, dag_id=dag_id, run_id=run_id)
    if orders is None:  # it does not know its municipalities yet
        return False
    places = [place for place, order in enumerate(orders) if order["gemeente"] == gemeente]
    if not places:
        return True
    states = ti.get_task_states(dag_id, map_index=places[0], task_ids=list(LAST), run_ids=[run_id]).get(run_id, {})
    return len(states) == len(LAST) and set(states.values()) <= _ENDED
