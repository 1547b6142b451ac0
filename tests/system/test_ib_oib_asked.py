"""UWV is asked about everybody who was delivered, over SOAP, and what changed becomes a list."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from exchanges.administration.demo import generate
from exchanges.core.errors import Blocked, TransportError, UsageError
from exchanges.core.ledger import DeliveryState
from exchanges.core.period import Period
from exchanges.core.run import run_delivery
from exchanges.simulators.soap_faults import SoapFaults
from exchanges.simulators.uwv_polis import Polis
from exchanges.simulators.uwv_soap import UwvSoap
from tests.chain import GEMEENTE, Chain, chain
from tests.oib import Town, answer, bsns

PERIOD = Period(2026, 10)


@pytest.fixture
def delivered(tmp_path: Path) -> tuple[Town, list[str]]:
    """A municipality whose dossiers of October were accepted, and whom they are about."""
    generate(tmp_path / "bron", GEMEENTE, 60, 3, errors=False, period=str(PERIOD))
    sender = chain(tmp_path / "huis", tmp_path / "bron", exchange="ib_rechtmatigheid")
    delivery = sender.open(str(PERIOD))
    assert sender.finish(delivery) is None
    lines = etree.fromstring(sender.message(delivery)).iter("Regel")
    people = {line.findtext("Burgerservicenr") or "" for line in lines}
    return Town(Chain(sender.home, sender.source, sender.partner, sender.gemeente, "ib_oib")), sorted(people)


def settle(place: Town, uwv: UwvSoap) -> None:
    said = uwv.settings.model_dump(mode="json", exclude_none=True) | {"pogingen": 1}
    lines = "".join(f"{name} = {_toml(value)}\n" for name, value in said.items())
    path = place.chain.home / "ketensluis.toml"
    text = path.read_text(encoding="utf-8").split("\n[partner.uwv]")[0]
    path.write_text(f'{text}\n[partner.uwv]\nsoort = "soap"\n[partner.uwv.soap]\n{lines}', encoding="utf-8")


def _toml(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else f'"{value}"' if isinstance(value, str) else str(value)


def receive(place: Town) -> tuple[str, Exception | None]:
    delivery = place.chain.open(str(PERIOD), method="bevraging")
    return delivery, place.chain.deliver(delivery, None)


def test_everybody_who_was_delivered_is_asked_about_once(tmp_path: Path, delivered: tuple[Town, list[str]]) -> None:
    place, people = delivered
    polis = Polis(4)
    month = polis.month(PERIOD, people)
    with UwvSoap(tmp_path / "uwv", lambda bsn, begin, end: _given(month, bsn)) as uwv:
        settle(place, uwv)
        delivery, stopped = receive(place)
    assert stopped is None and place.chain.delivery(delivery).state is DeliveryState.published
    assert sorted(uwv.asked) == people and set(uwv.asked.values()) == {1}
    told = {row["bsn"] for row in place.rows(delivery)}
    assert told and told <= set(people)
    proofs = {(proof["code"], proof["text"]): proof for proof in place.proofs(delivery)}
    assert all(proof["holds"] for proof in proofs.values())
    assert any("niets is gevraagd" in text for _, text in proofs)
    assert not list((place.chain.home / "bevraging").glob("*"))


def test_after_an_interruption_only_who_has_no_answer_is_asked(
    tmp_path: Path, delivered: tuple[Town, list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    place, people = delivered
    month = Polis(4).month(PERIOD, people)
    with UwvSoap(tmp_path / "uwv", lambda bsn, begin, end: _given(month, bsn)) as uwv:
        settle(place, uwv)
        import exchanges.ib_oib.asking as asking

        whole = asking._write

        def power_cut(*arguments: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr(asking, "_write", power_cut)
        delivery = place.chain.open(str(PERIOD), method="bevraging")
        with pytest.raises(KeyboardInterrupt):
            run_delivery(delivery, place.chain.settings)
        monkeypatch.setattr(asking, "_write", whole)
        assert place.chain.deliver(delivery, None) is None
    assert set(uwv.asked.values()) == {1} and sorted(uwv.asked) == people


def test_a_partner_that_does_not_answer_is_tried_later(tmp_path: Path, delivered: tuple[Town, list[str]]) -> None:
    place, people = delivered
    with UwvSoap(tmp_path / "uwv", lambda *_: b"", SoapFaults(server_fault=True)) as uwv:
        settle(place, uwv)
        delivery, stopped = receive(place)
    assert isinstance(stopped, TransportError) and not any(bsn in str(stopped) for bsn in people)
    assert place.chain.delivery(delivery).state is DeliveryState.open


def test_answers_about_people_of_another_municipality_stop_the_delivery(delivered: tuple[Town, list[str]]) -> None:
    """Up to five in a hundred may be unknown to us; more is somebody else's file (SEC-24)."""
    place, people = delivered
    strangers = [bsn for bsn in bsns(40) if bsn not in people]
    few, many = strangers[: len(people) // 25], strangers[: len(people) // 10]
    place.put(str(PERIOD), {bsn: answer(bsn) for bsn in [*people, *few]})
    delivery = place.chain.open(str(PERIOD), method="antwoorden")
    assert place.chain.deliver(delivery, None) is None
    place.put(str(PERIOD), {bsn: answer(bsn) for bsn in [*people, *many]}, "2")
    delivery = place.chain.open(str(PERIOD), method="antwoorden", new=True)
    stopped = place.chain.deliver(delivery, None)
    assert isinstance(stopped, Blocked) and "R-OIB 1" in str(stopped)
    assert place.chain.delivery(delivery).state is DeliveryState.blocked


def test_nothing_is_asked_when_nobody_was_delivered(tmp_path: Path) -> None:
    from tests.oib import town

    place = town(tmp_path / "huis")
    _, stopped = receive(place)
    assert isinstance(stopped, UsageError) and "ib_rechtmatigheid" in str(stopped)


def _given(month: object, bsn: str) -> bytes:
    from exchanges.simulators.uwv_soap import NOTHING_FOUND

    found = {one.bsn: one.answer for one in month.questions}  # type: ignore[attr-defined]
    return found.get(bsn) or NOTHING_FOUND
