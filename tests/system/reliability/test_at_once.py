"""Two schedulers, two people, a double click: real processes at the same moment, and one file at the partner."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.system.reliability import cases
from tests.system.reliability.conftest import Account
from tests.system.reliability.forge import Ended
from tests.system.reliability.scene import BEFORE_DELIVER, FINE, Scene, Stage
from tests.system.reliability.strike import Strike

pytestmark = pytest.mark.system
ROUNDS = 2


def finish(scene: Scene) -> str:
    assert scene.run() == FINE
    seen = scene.seen()
    assert seen.wrong == []
    return str(seen)


def test_two_schedulers(stage: Stage, account: Account, tmp_path: Path) -> None:
    told = set()
    for number in range(ROUNDS):
        with stage.scene(tmp_path / f"huis{number}") as scene:
            ended = scene.forge.run(*[scene.process(("open", ""), ("run", "deliver")) for _ in range(2)])
            assert ended == [Ended(said=[None, None])] * 2
            told.add(finish(scene))
    account(cases.SCHEDULERS, told.pop())
    assert not told


def test_a_double_click_on_sending(stage: Stage, account: Account, tmp_path: Path) -> None:
    told = set()
    for number in range(ROUNDS):
        with stage.scene(tmp_path / f"huis{number}", until=BEFORE_DELIVER, partner="sftp") as scene:
            assert scene.forge.run(*[scene.process(("step", "deliver")) for _ in range(3)]) == [FINE] * 3
            told.add(finish(scene))
    account(cases.DOUBLE, told.pop())
    assert not told


def test_a_double_click_after_a_kill(stage: Stage, account: Account, tmp_path: Path) -> None:
    with stage.scene(tmp_path / "huis", until=BEFORE_DELIVER, partner="sftp") as scene:
        assert scene.run(strike=Strike("sftp.rename", 2, "after")).killed == signal.SIGKILL
        assert scene.forge.run(*[scene.process(("run", "deliver")) for _ in range(3)]) == [FINE] * 3
        account(cases.AFTER_KILL, finish(scene))


def test_one_of_two_is_killed_while_the_other_waits(stage: Stage, account: Account, tmp_path: Path) -> None:
    """Whoever has the delivery goes on for a while, so that the other is surely waiting when it dies."""
    with stage.scene(tmp_path / "huis", until=BEFORE_DELIVER, partner="sftp") as scene:
        slow = [Strike("piece", 50, act="pause"), Strike("piece", 60)]
        killed, other = scene.forge.run(
            scene.process(("step", "deliver"), strikes=slow),
            scene.process(("step", "deliver"), strike=Strike("booked", act="pause")),
        )
        assert killed.killed == signal.SIGKILL and other == FINE
        account(cases.WAITING, finish(scene))


def lost(scene: Scene) -> None:
    """The partner says that nothing came in, and has nothing."""
    for path in (scene.town.partner / "in").iterdir():
        path.unlink()


def test_two_people_press_resend(stage: Stage, account: Account, tmp_path: Path) -> None:
    told = set()
    for number in range(ROUNDS):
        with stage.scene(tmp_path / f"huis{number}", until="deliver", partner="sftp") as scene:
            lost(scene)
            assert scene.forge.run(*[scene.process(("resend", "")) for _ in range(2)]) == [FINE] * 2
            assert scene.run() == FINE
            seen = scene.seen()
            assert sorted(seen.sends) == ["al aanwezig", "opnieuw verzonden", "verzonden"]
            assert seen.wrong == ["3 verzendingen geboekt"]
            told.add(f"{seen.outcome}; geboekt: één keer opnieuw verzonden, één keer al aanwezig")
    account(cases.RESEND, told.pop())
    assert not told


def test_a_resend_during_a_run(stage: Stage, account: Account, tmp_path: Path) -> None:
    """The file is still there: nobody sends it again."""
    with stage.scene(tmp_path / "huis", until="deliver", partner="sftp") as scene:
        scene.run(("answer", ""))
        run, resend = scene.forge.run(scene.process(("run", "")), scene.process(("resend", "")))
        assert run == FINE
        assert "opnieuw verzonden" in resend.error and resend.code == 1
        account(cases.RUN_AND_RESEND, finish(scene))
