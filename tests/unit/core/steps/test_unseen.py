"""A sending that was cut off where nobody can see how it ended: not proven, told at once, and sent again when asked."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.core import watch
from exchanges.core.calendar import parse_moment
from exchanges.core.steps import deliver
from exchanges.core.steps.deliver import DONE, UNSEEN, unproven
from exchanges.core.transport import limits
from exchanges.core.transport.folder import _FolderFiles
from tests.chain import EXCHANGE, Chain, chain, once
from tests.rows import write_csv

ROWS = {
    "persoon": [{"persoon_id": "P1", "bsn": "999990007"}],
    "traject": [{"traject_id": "T1", "persoon_id": "P1", "doel": "1", "datum_begin": "2025-01-01"}],
}
NOW = parse_moment("2026-11-05")


class Killed(BaseException):
    """Nothing of ours catches it."""


def _built(chain: Chain) -> str:
    delivery = chain.open()
    assert chain.deliver(delivery, "approve") is None
    return delivery


class Town:
    def __init__(self, folder: Path) -> None:
        self.chain: Chain = chain(folder / "huis", write_csv(folder / "bron", ROWS), kind="csv")
        self.delivery = once(self.chain, "built", _built)
        self.inbox = self.chain.partner / "in"

    def cut_off(self, monkeypatch: pytest.MonkeyPatch, owner: type, name: str, nth: int = 1) -> None:
        """Sending stops before the ``nth`` call of that; all the partner has then is gone, but for the sidecar."""
        honest, count = getattr(owner, name), 0

        def stops(*given: object) -> object:
            nonlocal count
            count += 1
            if count == nth:
                raise Killed
            return honest(*given)

        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(owner, name, stops)
            self.chain.step(self.delivery, "deliver")
        for path in self.inbox.glob(".*"):
            path.unlink()

    def files(self) -> int:
        return len(list(self.inbox.glob("*.xml")))

    def sends(self) -> list[str]:
        return [event.result for event in self.chain.ledger.events(self.delivery) if event.action == DONE]

    def warned(self) -> bool:
        return UNSEEN in self.chain.ledger.findings(self.delivery)["code"].to_pylist()

    def alarms(self) -> list[str]:
        return [one for one in watch.watch(EXCHANGE, NOW, self.chain.settings).alarms if "niet zeker" in one]


@pytest.fixture
def town(tmp_path: Path) -> Town:
    return Town(tmp_path)


@pytest.mark.parametrize("sidecar", [True, False])
def test_not_proven_until_it_is_sent_again(town: Town, monkeypatch: pytest.MonkeyPatch, sidecar: bool) -> None:
    """Between being about to get its name and getting it; the partner took our temporary file away."""
    town.cut_off(monkeypatch, _FolderFiles, "rename", 2)
    for path in town.inbox.iterdir():
        if not sidecar:
            path.unlink()
    assert town.chain.deliver(town.delivery) is None
    assert town.files() == 0 and town.sends() == ["al weggehaald"], "it may have been taken: never twice by itself"
    assert town.warned() and unproven(town.chain.ledger, town.delivery) and len(town.alarms()) == 1
    assert "VERZ-NIET-GEZIEN" in (town.chain.home / "verslagen" / "0153").glob("*.html").__next__().read_text("utf-8")

    assert town.chain.resend(town.delivery) is True and town.files() == 1
    assert not unproven(town.chain.ledger, town.delivery) and town.alarms() == []
    town.chain.answer()
    assert town.chain.deliver(town.delivery, None) is None
    assert town.chain.delivery(town.delivery).state == "accepted"


def test_with_an_answer_ready_it_is_proven(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.cut_off(monkeypatch, _FolderFiles, "rename", 2)
    name = next(path.name for path in town.inbox.iterdir()).removesuffix(".xml.sha256")
    (town.chain.partner / "uit" / f"{name}.verslag.xml").write_text("<x/>")
    assert town.chain.deliver(town.delivery) is None
    assert town.sends() == ["al weggehaald"] and not town.warned() and town.alarms() == []


def test_what_was_not_about_to_get_its_name_is_sent(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever became of the temporary file, and though the sidecar is there."""
    town.cut_off(monkeypatch, deliver.Named, "begin")
    assert [path.suffix for path in town.inbox.iterdir()] == [".sha256"]
    assert town.chain.deliver(town.delivery) is None
    assert town.files() == 1 and town.sends() == ["verzonden"] and not town.warned()


@pytest.mark.parametrize("sidecar", [True, False])
def test_two_who_press_at_the_same_moment_ask_for_it_once(town: Town, sidecar: bool) -> None:
    """Also at a partner that takes the file as soon as it is there."""
    assert town.chain.deliver(town.delivery) is None
    taken = 0
    for _ in range(2):
        for path in town.inbox.glob("*.xml" if sidecar else "*"):
            taken += path.suffix == ".xml"
            path.unlink()
        town.chain.resend(town.delivery)
    assert taken + town.files() == 2, "the first time, and once for the two of them"


def test_a_channel_that_takes_less_by_now_does_not_make_another_file_of_it(
    town: Town, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was begun may be there: refused now, it would count as not underway, and be made anew."""
    monkeypatch.setattr(limits, "MEGABYTE", 100)
    town.cut_off(monkeypatch, _FolderFiles, "rename", 2)
    settings = town.chain.home / "ketensluis.toml"
    settings.write_text(settings.read_text("utf-8") + "grens_mb = 1\n", "utf-8")
    assert town.chain.deliver(town.delivery) is None and town.sends() == ["al weggehaald"]
