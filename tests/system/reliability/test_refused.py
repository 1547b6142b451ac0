"""What is not what it should be: refused by name, with nothing changed and nothing lost, and no harm afterwards."""

from __future__ import annotations

import os
import re
import signal
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from exchanges.core.evidence.verify import verify_ledger
from exchanges.core.ledger import Ledger
from exchanges.core.ledger.labels import state_label
from exchanges.core.store.opening import open_store
from exchanges.simulators.keys import new_key, pin
from tests.system.reliability import cases
from tests.system.reliability.cases import Altered, Case
from tests.system.reliability.conftest import Account
from tests.system.reliability.scene import BEFORE_DELIVER, FINE, OUT, Scene, Stage
from tests.system.reliability.strike import Strike

pytestmark = pytest.mark.system


def outcome(scene: Scene) -> str:
    assert scene.run() == FINE
    seen = scene.seen()
    assert seen.wrong == []
    return str(seen)


def answer_of(scene: Scene) -> Path:
    """The right answer, in the partner's folder."""
    scene.run(("answer", ""))
    (path,) = (scene.town.partner / "uit").glob("*.verslag.xml")
    path.with_name(f"{path.name}.sha256").unlink()
    return path


def changed(path: Path, change: Callable[[str], str]) -> bytes:
    """The file as it was."""
    before = path.read_text("utf-8")
    path.write_text(change(before), "utf-8")
    assert path.read_text("utf-8") != before
    return before.encode()


def earlier(text: str) -> str:
    return other_bytes(text.replace("_2026-10_20261015T120000_001", "_2026-09_20260915T120000_001"))


def another(text: str) -> str:
    return other_bytes(text.replace("_0153_", "_0344_"))


def other_bytes(text: str) -> str:
    return re.sub(r"<Sha256>\w*", f"<Sha256>{'a' * 64}", text)


def all_refused(text: str) -> str:
    text = re.sub(r"<AantalGeaccepteerd>\d+", "<AantalGeaccepteerd>1", text)
    text = re.sub(r"<AantalAfgewezen>\d+", "<AantalAfgewezen>1", text)
    text = text.replace("<Bestandsstatus>geaccepteerd", "<Bestandsstatus>deels geaccepteerd")
    return text.replace("<Status>geaccepteerd</Status>", "<Status>afgewezen</Status><Code>X</Code>", 1)


def quarantined(scene: Scene) -> int:
    return len(open_store(scene.town.settings).quarantined("0153"))


@pytest.mark.parametrize(("case", "change"), [(cases.REPLAYED, earlier), (cases.OF_ANOTHER, another)])
def test_a_receipt_of_something_else(stage: Stage, account: Account, tmp_path: Path, case: Case,
                                     change: Callable[[str], str]) -> None:  # fmt: skip
    with stage.scene(tmp_path / "huis", until="deliver") as scene:
        path = answer_of(scene)
        right = changed(path, change)
        ended = scene.run(("run", ""))
        assert ended.code == 1 and scene.seen().state == "delivered" and quarantined(scene) == 1
        path.write_bytes(right)
        account(case, f"«{scene.said(ended)}»; verzonden; daarna: {outcome(scene)}")


def test_a_receipt_from_before_the_send(stage: Stage, account: Account, tmp_path: Path) -> None:
    """Who wrote it could not know the bytes."""
    with stage.scene(tmp_path / "ander", until="deliver") as other:
        answer = answer_of(other)
    with stage.scene(tmp_path / "huis", until=BEFORE_DELIVER) as scene:
        early = scene.town.partner / "uit" / answer.name
        early.write_text(other_bytes(answer.read_text("utf-8")), "utf-8")
        ended = scene.run(("run", ""))
        assert ended.code == 1 and scene.seen().state == "delivered" and quarantined(scene) == 1
        early.unlink()
        account(cases.TOO_EARLY, f"«{scene.said(ended)}»; verzonden; daarna: {outcome(scene)}")


def test_a_receipt_is_not_asked_for_before_the_send(stage: Stage, account: Account, tmp_path: Path) -> None:
    with stage.scene(tmp_path / "huis", until=BEFORE_DELIVER) as scene:
        ended = scene.run(("step", "receipt"))
        assert ended.code == 2 and scene.seen().state == "built" and scene.inbox() == {}
        account(cases.NOT_SENT, f"«{scene.said(ended)}»; daarna: {outcome(scene)}")


def test_a_second_receipt_with_other_content(stage: Stage, account: Account, tmp_path: Path) -> None:
    with stage.scene(tmp_path / "huis", until="deliver") as scene:
        path = answer_of(scene)
        assert scene.run(("step", "receipt"), strike=Strike("receipt saved", when="after")).killed == signal.SIGKILL
        right = changed(path, all_refused)
        ended = scene.run(("run", ""))
        assert ended.code == 1 and scene.seen().state == "delivered"
        path.write_bytes(right)
        account(cases.SECOND, f"«{scene.said(ended)}»; verzonden; daarna: {outcome(scene)}")


def half(text: str) -> str:
    return text[: len(text) // 2]


def test_a_second_receipt_afterwards(stage: Stage, account: Account, tmp_path: Path) -> None:
    """One delivery that has ended, and one answer after another; a rerun of all of it, as somebody would do."""
    changes = [all_refused, half, another, earlier]
    with stage.scene(tmp_path / "huis", until="deliver") as scene:
        path = answer_of(scene)
        assert scene.run(("run", "")) == FINE
        ended_well = scene.seen()
        assert ended_well.wrong == []
        for number, (case, change) in enumerate(zip(cases.AFTERWARDS_OTHER, changes, strict=True), 1):
            right = changed(path, change)
            ended = scene.run(("run", ""))
            assert ended.code == 1 and scene.seen().wrong == [] and quarantined(scene) == number
            account(case, f"«{scene.said(ended)}»; daarna: {scene.seen()}")
            path.write_bytes(right)
        for hours in (-1, 1):
            os.utime(path, (path.stat().st_mtime + hours * 3600,) * 2)
            clock = Strike("clock", data=str(hours * 3600))
            assert scene.run(("run", ""), strike=clock) == FINE and scene.seen().wrong == []
        assert quarantined(scene) == len(changes)
        account(cases.SAME_AFTERWARDS, str(scene.seen()))


@pytest.mark.parametrize("case", cases.ALTERED, ids=lambda case: case.id)
def test_an_altered_artefact(stage: Stage, account: Account, tmp_path: Path, case: Altered) -> None:
    with stage.scene(tmp_path / "huis", until=OUT[OUT.index(case.used) - 1]) as scene:
        path = scene.artefact(case.made, case.name)
        right = path.read_bytes()
        path.chmod(0o600)
        middle = len(right) // 2
        path.write_bytes(right[:middle] + bytes([right[middle] ^ 1]) + right[middle + 1 :])
        ended = scene.run(("step", case.used))
        assert ended.code == 1 and scene.inbox() == {}
        said, state = scene.said(ended), scene.seen().state
        path.write_bytes(right)
        path.chmod(0o444)
        account(case, f"«{said}»; {state_label(state)}; daarna: {outcome(scene)}")


def test_another_host_key(stage: Stage, account: Account, tmp_path: Path) -> None:
    with stage.scene(tmp_path / "huis", until=BEFORE_DELIVER, partner="sftp") as scene:
        known = scene.town.partner / ".ib" / "known_hosts"
        right = known.read_text("utf-8")
        host, _, port = right.split(" ")[0].strip("[]").partition("]:")
        pin(known, host, int(port), new_key(tmp_path / "vreemd"))
        ended = scene.run(("run", "deliver"))
        assert ended.code == 3 and scene.inbox() == {} and scene.seen().state == "built"
        said = re.sub(r"SHA256:[\w+/]+", "…", scene.said(ended))
        known.write_text(right, "utf-8")
        account(cases.HOST_KEY, f"«{said}»; daarna: {outcome(scene)}")


@pytest.mark.parametrize(("case", "seconds"), [(cases.AHEAD, 3600), (cases.BEHIND, -3600)])
def test_a_clock_an_hour_off(stage: Stage, account: Account, tmp_path: Path, case: Case, seconds: int) -> None:
    with stage.scene(tmp_path / "huis") as scene:
        assert scene.run(("run", "deliver"), strike=Strike("clock", data=str(seconds))) == FINE
        account(case, outcome(scene))


def test_an_altered_row_of_the_register(stage: Stage, account: Account, tmp_path: Path) -> None:
    with stage.scene(tmp_path / "huis", until="deliver") as scene:
        with sqlite3.connect(scene.town.home / "ledger.sqlite") as con:
            for (trigger,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
                con.execute(f"DROP TRIGGER {trigger}")
            changes = con.execute("UPDATE event SET result = 'niet verzonden' WHERE action = 'deliver.done'").rowcount
        con.close()
        assert changes == 1
        (breach, *_) = verify_ledger(Ledger(scene.town.settings.ledger_url), [], {}).breaches
        assert "deliver.done" in breach.sentence
        # How many events there are before it is not what this is about.
        account(cases.LEDGER_ROW, f"«{re.sub('Plaats [0-9]+', 'Plaats …', breach.sentence)}»")
