"""When a municipality may begin with a month of a backfill, by what Airflow says of the runs before it."""

from __future__ import annotations

from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import pytest

from exchanges.core.awaiting.turn import LAST, ORDERS, may_begin

JULY, AUGUST, SEPTEMBER = (f"backfill__2026-{month:02}-05T04:00:00+00:00_Ab{month}" for month in (8, 9, 10))
TOWNS = ["0153", "0344"]


@dataclass
class Ti:
    """What a task may ask of Airflow. ``runs``: state by id; ``towns``: which municipalities a run has, null before it
    knows; ``last``: the states of the last two tasks, by run and municipality."""

    runs: dict[str, str]
    towns: dict[str, list[str] | None] = field(default_factory=dict)
    last: dict[tuple[str, str], tuple[str | None, ...]] = field(default_factory=dict)

    def get_task_states(
        self, dag_id: str, map_index: int | None = None, task_ids: Any = None, run_ids: Any = None
    ) -> dict[str, Any]:
        if task_ids == [ORDERS]:
            return {id: {ORDERS: "success"} for id in self.runs}
        (run_id,) = run_ids
        assert task_ids == list(LAST) and map_index is not None
        states = self.last.get((run_id, (self.towns[run_id] or [])[map_index]), ())
        return {run_id: {f"{id}_{map_index}": state for id, state in zip(LAST, states, strict=False)}} if states else {}

    def get_dr_count(self, dag_id: str, run_ids: list[str], states: list[str]) -> int:
        return sum(self.runs[id] in states for id in run_ids)

    def get_dagrun_state(self, dag_id: str, run_id: str) -> str:
        return self.runs[run_id]

    def xcom_pull(self, task_ids: str, dag_id: str, run_id: str) -> list[dict[str, str]] | None:
        towns = self.towns.get(run_id, TOWNS)
        return None if towns is None else [{"gemeente": one} for one in towns]


def begins(ti: Ti, run_id: str, gemeente: str = "0153", run_type: str = "backfill") -> bool:
    ti.towns = {**dict.fromkeys(ti.runs, TOWNS), **ti.towns}
    run = SimpleNamespace(dag_id="proef", run_id=run_id, run_type=run_type)
    return may_begin({"dag_run": run, "ti": ti}, gemeente)


def side_by_side(**more: Any) -> Ti:
    return Ti({JULY: "running", AUGUST: "running", SEPTEMBER: "running"}, **more)


def test_the_first_month_begins_and_the_later_ones_wait():
    assert [begins(side_by_side(), id) for id in (JULY, AUGUST, SEPTEMBER)] == [True, False, False]


@pytest.mark.parametrize(("states", "then"), [
    (("success", "success"), True), (("success", "upstream_failed"), True), (("failed", "failed"), True),
    (("skipped", "upstream_failed"), True), (("running", "upstream_failed"), False), (("success", None), False),
    (("success",), False), ((None, None), False),
])  # fmt: skip
def test_a_month_is_through_when_its_last_tasks_are(states: tuple[str | None, ...], then: bool) -> None:
    assert begins(side_by_side(last={(JULY, "0153"): states}), AUGUST) is then


def test_every_earlier_month_counts():
    done = {(AUGUST, "0153"): ("success", "success")}
    assert not begins(side_by_side(last=done), SEPTEMBER)
    assert begins(side_by_side(last=done | {(JULY, "0153"): ("success", "success")}), SEPTEMBER)


def test_a_municipality_waits_for_itself_alone():
    """0344 waits for a person; 0153 goes on, also where it stands elsewhere in the map."""
    ti = side_by_side(last={(JULY, "0153"): ("success", "success")}, towns={JULY: ["0000", "0153", "0344"]})
    assert begins(ti, AUGUST, "0153") and not begins(ti, AUGUST, "0344")
    assert begins(ti, AUGUST, "0363")  # July was not asked for


def test_a_month_that_does_not_know_its_municipalities_is_waited_for():
    assert not begins(side_by_side(towns={JULY: None}), AUGUST)


@pytest.mark.parametrize(("state", "then"), [("failed", True), ("success", True), ("queued", True), ("running", False)])
def test_only_a_run_that_goes_on_holds_anything_up(state: str, then: bool) -> None:
    """Queued: with a limit of one and the months backwards, it waits for this one."""
    assert begins(Ti({JULY: state, AUGUST: "running"}), AUGUST) is then


def test_a_month_done_again_keeps_the_id_it_had_and_a_run_by_hand_is_of_no_month():
    scheduled = JULY.replace("backfill", "scheduled")
    assert not begins(Ti({scheduled: "running", AUGUST: "running"}), AUGUST)
    assert not begins(Ti({JULY: "running", AUGUST.replace("backfill", "scheduled"): "running"}),
                      AUGUST.replace("backfill", "scheduled"))
    assert begins(Ti({"manual__2026-01-01T00:00:00+00:00": "running", "zelf": "running", AUGUST: "running"}), AUGUST)


@pytest.mark.parametrize("run_type", ["scheduled", "manual"])
def test_what_is_no_backfill_does_not_wait(run_type: str) -> None:
    """The month of today has a date to meet, and does not wait for those of long ago."""
    assert begins(side_by_side(), SEPTEMBER, run_type=run_type)
