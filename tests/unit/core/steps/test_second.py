"""An answer that comes after the end: told, kept, and without effect; the delivery is what the first one made it."""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exchanges.core import overruled, run, watch
from exchanges.core.calendar import parse_moment
from exchanges.core.errors import InputRefused
from exchanges.core.steps.second import SECOND
from exchanges.core.transport import FolderChannel
from tests.chain import EXCHANGE, Chain, chain
from tests.rows import write_csv
from tests.stored import refused

ROWS = {
    "persoon": [{"persoon_id": "P1", "bsn": "999990007"}, {"persoon_id": "P2", "bsn": "999990019"}],
    "traject": [
        {"traject_id": f"T{at}", "persoon_id": f"P{at}", "doel": "1", "datum_begin": "2025-01-01"} for at in (1, 2)
    ],
}
NOW = parse_moment("2026-11-05")
HOUR = 3600


class Ended:
    """A delivery that was accepted, and the answer in its partner's folder, which may be another one for a while."""

    def __init__(self, folder: Path) -> None:
        self.town: Chain = chain(folder / "huis", write_csv(folder / "bron", ROWS), kind="csv")
        self.delivery = self.town.open()
        assert self.town.finish(self.delivery) is None
        (self.path,) = (self.town.partner / "uit").glob("*.verslag.xml")
        self.sidecar = self.path.with_name(f"{self.path.name}.sha256")
        self.first, self.said_first = self.path.read_bytes(), self.sidecar.read_bytes()
        self.sent = (self.town.ledger.step_result(self.delivery, "deliver") or pytest.fail()).finished.timestamp()

    def put(self, change: Callable[[str], str], hours: int = 0) -> bytes:
        """Another answer, made so many hours from the sending."""
        self.sidecar.unlink(missing_ok=True)
        self.path.write_text(change(self.first.decode()), "utf-8")
        os.utime(self.path, (self.sent + hours * HOUR,) * 2)
        return self.path.read_bytes()

    def back(self) -> None:
        self.path.write_bytes(self.first)
        self.sidecar.write_bytes(self.said_first)

    def books(self) -> list[object]:
        """All that is known of the delivery without how it was told."""
        ledger = self.town.ledger
        return [ledger.delivery(self.delivery), ledger.steps(self.delivery), ledger.receipt(self.delivery)]

    def told(self, sha256: str = "") -> list[str]:
        """Of every other answer, or the one with these bytes."""
        told = [event for event in self.town.ledger.events(self.delivery) if event.action == SECOND]
        return [event.result for event in told if sha256 in ("", event.details["sha256"])]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Ended:
    return Ended(tmp_path_factory.mktemp("tweede"))


@pytest.fixture
def ended(shared: Ended) -> Iterator[Ended]:
    yield shared
    shared.back()


def another_file(text: str) -> str:
    return re.sub(r"<Sha256>\w*", f"<Sha256>{'a' * 64}", text)


def earlier(text: str) -> str:
    return another_file(text.replace("_2026-10_20261015T120000_001", "_2026-09_20260915T120000_001"))


def another_town(text: str) -> str:
    return text.replace("_0153_", "_0344_")


def all_refused(text: str) -> str:
    text = re.sub(r"<AantalGeaccepteerd>\d+", "<AantalGeaccepteerd>0", text)
    text = re.sub(r"<AantalAfgewezen>\d+", "<AantalAfgewezen>2", text)
    text = re.sub(r"<Bestandsstatus>\w+", "<Bestandsstatus>deels_verwerkt", text)
    return re.sub(r"<Status>geaccepteerd</Status>", "<Status>afgewezen</Status><Code>X</Code>", text)


def other_words(text: str) -> str:
    return text.replace("<Bestandsstatus>", "<!-- nog eens --><Bestandsstatus>", 1)


OTHERS = [
    pytest.param(earlier, 0, "gaat over een ander bestand", id="of an earlier delivery"),
    pytest.param(another_town, 0, "gaat over een ander bestand", id="of another municipality"),
    pytest.param(another_file, -48, "gaat over een ander bestand", id="from before the send"),
    pytest.param(all_refused, 0, "andere uitslag", id="another verdict"),
    pytest.param(all_refused, -1, "andere uitslag", id="another verdict, an hour early"),
    pytest.param(all_refused, 1, "andere uitslag", id="another verdict, an hour late"),
    pytest.param(other_words, 0, "zegt iets anders", id="the same verdict in other bytes"),
    pytest.param(lambda text: text[: len(text) // 2], 0, "past niet in schema", id="half"),
]


@pytest.mark.parametrize(("change", "hours", "why"), OTHERS)
def test_another_answer_is_refused_and_changes_nothing(ended: Ended, change: Callable[[str], str], hours: int,
                                                        why: str) -> None:  # fmt: skip
    before, data = ended.books(), ended.put(change, hours)
    for _ in range(2):
        with pytest.raises(InputRefused) as caught:
            run.run_step(ended.delivery, "receipt", ended.town.settings)
        text = str(caught.value)
        assert ended.delivery in text and ended.path.name in text and why in text and "\n" not in text
    assert ended.books() == before
    assert data in refused(ended.town.home, "0153")
    (told,) = ended.told(hashlib.sha256(data).hexdigest())  # once, however often it was looked at
    assert why in told and ".." not in told


def test_it_is_told_once_in_the_books_and_every_day_to_who_watches(ended: Ended) -> None:
    before, known = ended.books(), len(ended.told())
    ended.put(lambda text: all_refused(text).replace(">X<", ">Y<"))
    for _ in range(2):
        (alarm,) = watch.watch(EXCHANGE, NOW, ended.town.settings).alarms
        assert ended.delivery in alarm and "andere uitslag" in alarm
    assert len(ended.told()) == known + 1 and ended.books() == before
    ended.back()
    assert watch.watch(EXCHANGE, NOW, ended.town.settings).alarms == ()


@pytest.mark.parametrize("hours", [-48, -1, 0, 1])
def test_the_same_bytes_are_the_answer_that_was_booked(ended: Ended, hours: int) -> None:
    """Whenever they say they were made."""
    ended.put(lambda text: text, hours)
    before, known = ended.books(), ended.told()
    told = run.run_step(ended.delivery, "receipt", ended.town.settings)
    assert told["delivery_state"] == "accepted" and watch.watch(EXCHANGE, NOW, ended.town.settings).alarms == ()
    assert ended.books() == before and ended.told() == known


def test_a_whole_run_says_so_too_and_makes_its_report(ended: Ended) -> None:
    ended.put(all_refused)
    stopped = ended.town.deliver(ended.delivery, None)
    assert isinstance(stopped, InputRefused) and ended.town.delivery(ended.delivery).state == "accepted"
    assert ended.town.report(ended.delivery)["verdict"]["closed"]


def test_a_partner_that_is_not_there_keeps_nobody_from_what_has_ended(ended: Ended) -> None:
    away = ended.town.partner.rename(ended.town.partner.with_name("weg"))
    try:
        assert run.run_step(ended.delivery, "receipt", ended.town.settings)["delivery_state"] == "accepted"
    finally:
        away.rename(ended.town.partner)


def test_the_partner_is_opened_once_for_all_who_are_looked_at(ended: Ended, monkeypatch: pytest.MonkeyPatch) -> None:
    opened, honest = [], FolderChannel.__enter__
    monkeypatch.setattr(FolderChannel, "__enter__", lambda self: opened.append(self) or honest(self))
    monkeypatch.setattr(overruled, "_recent", lambda *_: [ended.town.delivery(ended.delivery)] * 3)
    ended.put(all_refused)
    (told,) = overruled.overruled(EXCHANGE, ended.town.settings)
    assert "andere uitslag" in told and len(opened) == 1
    ended.path.unlink()
    assert overruled.overruled(EXCHANGE, ended.town.settings) == [] and len(opened) == 2


def test_of_who_has_left_the_settings_nothing_is_looked_for(ended: Ended) -> None:
    """Not every day an alarm that no one can settle."""
    path = ended.town.home / "ketensluis.toml"
    text = path.read_text("utf-8")
    path.write_text(text.replace("0153", "0344"), "utf-8")
    try:
        assert overruled.overruled(EXCHANGE, ended.town.settings) == []
    finally:
        path.write_text(text, "utf-8")
