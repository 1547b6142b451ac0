"""kill -9 at places of note: whoever runs it again gets one whole file at the partner, and closed books.

At every write there is: test_ladder.py."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.system.reliability.cases import KILLS, Kill
from tests.system.reliability.conftest import Account
from tests.system.reliability.scene import FINE, Stage

pytestmark = pytest.mark.system


@pytest.mark.parametrize("case", KILLS, ids=lambda case: case.id)
def test_killed_and_run_again(stage: Stage, account: Account, tmp_path: Path, case: Kill) -> None:
    with stage.scene(tmp_path / "huis", until=case.until, partner=case.partner, faults=case.faults) as scene:
        assert scene.run(*case.acts, strike=case.strike).killed == signal.SIGKILL
        taken = scene.taken()
        assert scene.run() == FINE
        assert taken in (set(), scene.taken())
        seen = scene.seen()
        assert seen.wrong == []
        account(case, str(seen))
