"""No room, as the system itself or the partner says it: one line, nothing half gone out, and afterwards all is well.

At every write there is: test_ladder.py."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.system.reliability.cases import FULL, PARTNER_FULL, Full
from tests.system.reliability.conftest import Account
from tests.system.reliability.forge import Ended
from tests.system.reliability.scene import BEFORE_DELIVER, FINE, Scene, Stage

pytestmark = pytest.mark.system
UNSTOPPED = {"open", "built", "delivered", "accepted"}


def refused(scene: Scene, ended: Ended) -> str:
    """What it said. The delivery is where it was, or further; the partner has nothing or all of it."""
    assert ended.code == 3
    assert scene.seen().state in UNSTOPPED
    assert [data for name, data in scene.inbox().items() if name.endswith(".xml")] in ([], [scene.right])
    said = scene.said(ended)
    assert any(word in said for word in ("schijf", "groter dan de opslag toelaat")), said
    return said


@pytest.mark.parametrize("case", FULL, ids=lambda case: case.id)
def test_no_room(stage: Stage, account: Account, tmp_path: Path, case: Full) -> None:
    with stage.scene(tmp_path / "huis", until=case.until) as scene:
        said = refused(scene, scene.run(*case.acts, strike=case.strike))
        assert scene.run() == FINE
        seen = scene.seen()
        assert seen.wrong == []
        account(case, f"«{said}»; daarna: {seen}")


def test_no_room_at_the_partner(stage: Stage, account: Account, tmp_path: Path) -> None:
    home = tmp_path / "huis"
    with stage.scene(home, until=BEFORE_DELIVER, partner="sftp", faults="disk-full-after=500") as scene:
        said = refused(scene, scene.run(("run", "deliver")))
        assert scene.inbox() == {}
    with stage.again(scene) as scene:
        assert scene.run() == FINE
        seen = scene.seen()
        assert seen.wrong == []
        account(PARTNER_FULL, f"«{said}»; daarna: {seen}")
