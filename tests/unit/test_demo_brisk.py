"""The pauses of ``dag.test`` are short in the demo, and those of nobody else."""

from __future__ import annotations

import time

import pytest

from exchanges.demo_brisk import brisk


def test_only_who_looks_again_for_a_task_waits_less(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(time, "sleep", waited.append)
    before = time.sleep
    with brisk():
        for name in ("airflow.sdk.definitions.dag", "exchanges.core.run"):
            exec("import time; time.sleep(1)", {"__name__": name})
    assert len(waited) == 2 and waited[0] < 0.1 and waited[1] == 1
    assert time.sleep is before
