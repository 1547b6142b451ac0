"""kill -9, anywhere: whoever runs it again gets one whole file at the partner, the same bytes, and closed books."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.system.reliability.cases import KILLS, LADDER, Kill
from tests.system.reliability.conftest import Account
from tests.system.reliability.scene import FINE, OUT, Stage
from tests.system.reliability.strike import Strike

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


# Where something becomes lasting: the register, a file in the store, what the disk has confirmed.
LASTING = ("commit", "os.link", "os.fsync")


def test_killed_at_every_write_of_every_step(stage: Stage, account: Account, tmp_path: Path) -> None:
    """One delivery that is killed at the first write of a step, run again and killed at the second, the fourth, and so
    on."""
    kills = dict.fromkeys(LASTING, 0)
    with stage.scene(tmp_path / "huis") as scene:
        for step in OUT:
            if step == "receipt":
                scene.run(("answer", ""))
            for place in LASTING:
                nth = 1
                while scene.run(("step", step), strike=Strike(place, nth)).killed:
                    kills, nth = {**kills, place: kills[place] + 1}, nth * 2
        assert list(scene.town.home.glob("artefacten/*/tijdelijk/*"))
        scene.a_day_later()
        assert scene.run() == FINE
        seen = scene.seen()
        assert seen.wrong == []
    assert kills["commit"] >= 2 * len(OUT) and min(kills.values()) >= len(OUT)
    account(LADDER, str(seen))
