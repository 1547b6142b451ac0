from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

from exchanges.core.balance import Balance
from exchanges.core.errors import UsageError
from exchanges.core.findings import finding, findings_table
from exchanges.core.ledger import Delivery, DeliveryState, Ledger, StepState
from exchanges.core.period import Period
from exchanges.core.store import Artefact

PERSONS = Balance("personen", "aantal", 12, 10, rejected=1, excluded=1)
CENTS = Balance("loonwaarde", "cent", 9_000_000_000_000, 9_000_000_000_000)


def test_a_step_runs_and_ends(ledger: Ledger, delivery: Delivery, file: Artefact) -> None:
    before = datetime.now(UTC)
    assert ledger.start_step(delivery.id, "build") == 1
    [running] = ledger.steps(delivery.id)
    assert (running.state, running.finished, running.balances, running.artefacts) == (StepState.running, None, (), {})
    ledger.finish_step(delivery.id, "build", "done", [PERSONS, CENTS], {"bericht": file}, {"invoer": "abc"})
    [done] = ledger.steps(delivery.id)
    assert done.done and done.started == running.started
    assert done.finished is not None and before <= done.started <= done.finished <= datetime.now(UTC)
    assert done.balances == (PERSONS, CENTS)
    assert done.artefacts == {"bericht": file}
    assert done.details == {"invoer": "abc"}
    assert ledger.step_result(delivery.id, "build") == done
    assert ledger.step_result(delivery.id, "check") is None


def test_a_rerun_replaces_what_the_former_run_left(ledger: Ledger, delivery: Delivery, file: Artefact) -> None:
    ledger.finish_step(delivery.id, "build", "done", [PERSONS, CENTS], {"bericht": file, "oud": file}, {"a": 1})
    ledger.finish_step(delivery.id, "check", "done", [PERSONS], {})
    assert ledger.start_step(delivery.id, "build") == 2
    during = ledger.step_result(delivery.id, "build")
    assert during is not None and during.state is StepState.running and during.balances == (PERSONS, CENTS)
    other = replace(file, sha256="cd" * 32)
    ledger.finish_step(delivery.id, "build", StepState.done, [PERSONS], {"bericht": other}, {"b": 2})
    build, check = ledger.steps(delivery.id)
    assert (build.balances, build.artefacts) == ((PERSONS,), {"bericht": other})
    assert (build.details, build.attempt) == ({"b": 2}, 2)
    assert check.balances == (PERSONS,)
    assert ledger.artefact(delivery.id, "oud") is None


def test_finishing_twice_is_finishing_once(ledger: Ledger, delivery: Delivery, file: Artefact) -> None:
    for _ in range(2):
        ledger.finish_step(delivery.id, "build", "done", [PERSONS], {"bericht": file})
    [row] = ledger.steps(delivery.id)
    assert (row.balances, row.artefacts, row.attempt) == ((PERSONS,), {"bericht": file}, 1)


def test_when_the_end_cannot_be_written_the_former_rows_stay(
    ledger: Ledger, delivery: Delivery, file: Artefact
) -> None:
    ledger.finish_step(delivery.id, "build", "done", [PERSONS], {"bericht": file}, {"a": 1})
    former = ledger.steps(delivery.id)
    unwritable: Any = replace(file, size=None)
    with pytest.raises(UsageError, match="onvolledige"):
        ledger.finish_step(delivery.id, "build", "failed", [CENTS], {"bericht": unwritable}, {"b": 2})
    assert ledger.steps(delivery.id) == former


def test_a_balance_that_does_not_close_is_kept_for_the_report(ledger: Ledger, delivery: Delivery) -> None:
    lost = Balance("personen", "aantal", 12, 10)
    ledger.finish_step(delivery.id, "map", "blocked", [lost], {})
    [row] = ledger.steps(delivery.id)
    assert (row.state, row.balances, row.balances[0].closed) == (StepState.blocked, (lost,), False)


def test_steps_keep_the_order_of_their_first_start(ledger: Ledger, delivery: Delivery) -> None:
    for name in ("select", "map", "build", "check"):
        ledger.finish_step(delivery.id, name, "done", [], {})
    ledger.start_step(delivery.id, "map")
    assert [row.step for row in ledger.steps(delivery.id)] == ["select", "map", "build", "check"]


def test_the_newest_artefact_with_a_name(ledger: Ledger, delivery: Delivery, file: Artefact) -> None:
    second = replace(file, sha256="cd" * 32, rows=None)
    ledger.finish_step(delivery.id, "map", "done", [], {"tabel": file})
    ledger.finish_step(delivery.id, "build", "done", [], {"tabel": second})
    assert ledger.artefact(delivery.id, "tabel") == second
    ledger.finish_step(delivery.id, "map", "done", [], {"tabel": file})
    assert ledger.artefact(delivery.id, "tabel") == file
    assert ledger.artefact(delivery.id, "niets") is None


def test_findings_of_a_former_run_go_also_when_the_next_finds_nothing(ledger: Ledger, delivery: Delivery) -> None:
    wrong = findings_table([finding("X", "error", "fout")])
    ledger.start_step(delivery.id, "check")
    ledger.finish_step(delivery.id, "check", "blocked", [], {}, findings=wrong)
    assert ledger.findings(delivery.id).num_rows == 1
    ledger.start_step(delivery.id, "check")
    assert ledger.findings(delivery.id).num_rows == 1
    ledger.finish_step(delivery.id, "check", "done", [], {})
    assert ledger.findings(delivery.id).num_rows == 0


def test_details_are_what_json_can_hold(ledger: Ledger, delivery: Delivery) -> None:
    details = {"periode": Period(2026, 10), "dag": date(2026, 10, 1), "pad": Path("a/b"), "naam": "Zoë", "n": [1, None]}
    ledger.finish_step(delivery.id, "select", "done", [], {}, details)
    [row] = ledger.steps(delivery.id)
    assert row.details == {"periode": "2026-10", "dag": "2026-10-01", "pad": "a/b", "naam": "Zoë", "n": [1, None]}
    for unfit in ({"x": object()}, {"x": float("nan")}, {"x": "a\0b"}, {"x": "\udcff"}):
        with pytest.raises(UsageError):
            ledger.finish_step(delivery.id, "select", "done", [], {}, unfit)


def test_what_makes_no_sense_is_refused(ledger: Ledger, delivery: Delivery) -> None:
    with pytest.raises(UsageError, match="running"):
        ledger.finish_step(delivery.id, "map", "running", [], {})
    with pytest.raises(UsageError, match="dubbel"):
        ledger.finish_step(delivery.id, "map", "done", [PERSONS, PERSONS], {})
    with pytest.raises(UsageError, match="stap"):
        ledger.start_step(delivery.id, "Map 1")
    assert ledger.steps(delivery.id) == []


def test_when_a_step_ended_well_by_delivery(ledger: Ledger, delivery: Delivery) -> None:
    """A step that runs, failed or is of another exchange has not ended well."""
    other = ledger.open_delivery("anders", "0153", delivery.period, "bestand")
    second = ledger.open_delivery("proef", "0344", delivery.period, "bestand")
    for one in (delivery, other):
        ledger.start_step(one.id, "deliver")
    assert ledger.finished("deliver", "proef") == {}
    before = datetime.now(UTC)
    ledger.finish_step(second.id, "deliver", StepState.failed, [], {})
    ledger.finish_step(delivery.id, "build", StepState.done, [], {})
    ledger.finish_step(delivery.id, "deliver", StepState.done, [], {})
    ledger.finish_step(other.id, "deliver", StepState.done, [], {})
    found = ledger.finished("deliver", "proef")
    assert list(found) == [delivery.id]
    assert before <= found[delivery.id] <= datetime.now(UTC)
    ledger.finish_step(second.id, "deliver", StepState.done, [], {})
    assert ledger.finished("deliver", "proef").keys() == {delivery.id, second.id}
    assert ledger.finished("deliver", "proef", "0344").keys() == {second.id}


def test_the_state_of_the_delivery_goes_with_the_step(ledger: Ledger, delivery: Delivery, file: Artefact) -> None:
    assert ledger.finish_step(delivery.id, "select", "done", [], {}) is DeliveryState.open
    assert ledger.finish_step(delivery.id, "build", "done", [], {}, becomes=DeliveryState.built) is DeliveryState.built
    told = ledger.finish_step(delivery.id, "check", "blocked", [], {}, becomes=DeliveryState.blocked, reason="Fout.")
    assert told is DeliveryState.blocked and ledger.delivery(delivery.id).reason == "Fout."
    unwritable: Any = replace(file, size=None)
    with pytest.raises(UsageError):
        ledger.finish_step(delivery.id, "build", "done", [], {"x": unwritable}, becomes=DeliveryState.built)
    assert ledger.delivery(delivery.id).state is DeliveryState.blocked


@pytest.mark.parametrize("late", [DeliveryState.built, DeliveryState.blocked, DeliveryState.failed])
def test_what_has_left_is_not_taken_back_by_a_late_step(
    ledger: Ledger, delivery: Delivery, late: DeliveryState
) -> None:
    ledger.finish_step(delivery.id, "deliver", "done", [], {}, becomes=DeliveryState.delivered)
    assert ledger.finish_step(delivery.id, "check", "blocked", [], {}, becomes=late) is DeliveryState.delivered
    assert ledger.delivery(delivery.id).state is DeliveryState.delivered
    answered = ledger.finish_step(delivery.id, "receipt", "done", [], {}, becomes=DeliveryState.rejected)
    assert answered is ledger.delivery(delivery.id).state is DeliveryState.rejected


def test_a_delivery_and_its_steps_at_one_moment(ledger: Ledger, delivery: Delivery, file: Artefact) -> None:
    ledger.finish_step(delivery.id, "select", "done", [PERSONS], {"bericht": file})
    ledger.start_step(delivery.id, "map")
    known, steps = ledger.progress(delivery.id)
    assert known == ledger.delivery(delivery.id) and list(steps) == ["select", "map"]
    assert steps == {row.step: row for row in ledger.steps(delivery.id)}
