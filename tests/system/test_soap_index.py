"""The index of a small municipality told over SOAP, from the administration to the report: once as the partner sees it,
whatever breaks on the way, and every answer accounted for."""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from lxml import etree

from exchanges.core.errors import BusinessError, TransportError, UsageError
from exchanges.core.soap.errors import Refused
from exchanges.core.soap.kept import Kept
from exchanges.core.steps.over_soap import ANSWERS, SoapChannel
from exchanges.simulators.ib_soap import IbSoap, IndexFaults
from exchanges.simulators.soap_keys import Keys
from exchanges.simulators.uwv_responses import free_bsns
from tests.chain import EXCHANGE, GEMEENTE, Chain, chain
from tests.rows import write_csv

BSNS = list(islice(free_bsns(), 12))
GONE = BSNS[-1]  # stands in the index, and has no data any more


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys(datetime.now(UTC))


@pytest.fixture(scope="module")
def source(tmp_path_factory: pytest.TempPathFactory) -> Path:
    people = [{"persoon_id": f"P{n}", "bsn": bsn} for n, bsn in enumerate(BSNS)]
    active = people[:-1]
    return write_csv(tmp_path_factory.mktemp("bron"), {
        "persoon": people,
        "traject": [
            {"traject_id": f"T{n}", "persoon_id": one["persoon_id"], "doel": "1", "datum_begin": "2026-01-01"}
            for n, one in enumerate(active)
        ],
        "voorziening": [
            {"voorziening_id": f"V{n}", "traject_id": f"T{n}", "persoon_id": one["persoon_id"], "type": "23",
             "registratienummer": f"R{n}", "datum_begin": "20260101"}
            for n, one in enumerate(active)
        ],
        "verwijsindex": [{"bsn": GONE, "gewijzigd_op": "2026-10-20T12:00:00Z"}],
    })  # fmt: skip


@contextmanager
def partner(folder: Path, keys: Keys, **faults: Any) -> Iterator[IbSoap]:
    with IbSoap(folder / "ib", IndexFaults(**faults), keys=keys) as ib:
        yield ib


def town_of(folder: Path, source: Path, ib: IbSoap, *, own: str = "", **changes: Any) -> Chain:
    """A municipality that speaks SOAP to the partner; ``own`` is what it says more of itself."""
    town = chain(folder / "huis", source, kind="csv", method="webservice")
    path = town.home / "ketensluis.toml"
    values = ib.settings.model_copy(update={"tijdslimiet": 5.0, "pogingen": 1, "gelijktijdig": 1, **changes})
    said = values.model_dump(mode="json", exclude_none=True).items()
    lines = [f"{name} = {json.dumps(value)}" for name, value in said]
    more = f"[gemeente.{GEMEENTE}.gegevens"
    text = path.read_text(encoding="utf-8").replace('soort = "map"', 'soort = "soap"').replace(more, f"{own}\n{more}")
    path.write_text(text + "\n[partner.inlichtingenbureau.soap]\n" + "\n".join(lines), encoding="utf-8")
    return town


def answers(town: Chain, delivery: str) -> list[dict[str, Any]]:
    artefact = town.ledger.artefact(delivery, ANSWERS)
    assert artefact is not None
    with run_context(town, delivery) as context:
        return pq.read_table(context.file("deliver", ANSWERS)).to_pylist()


def run_context(town: Chain, delivery: str) -> Any:
    from exchanges.core.run import step_context

    return step_context(town.settings, town.delivery(delivery))


def test_everybody_is_told_once_and_the_report_closes(tmp_path: Path, source: Path, keys: Keys) -> None:
    with partner(tmp_path, keys) as ib:
        town = town_of(tmp_path, source, ib, gelijktijdig=4)
        delivery = town.open()
        assert town.deliver(delivery, None) is None
    assert town.delivery(delivery).state == "accepted"
    assert set(ib.registered.values()) == {1} and set(ib.registered) == set(BSNS) and ib.repeated == 0
    assert ib.index == {(bsn, "04"): "2" if bsn == GONE else "1" for bsn in BSNS}
    receipt = town.ledger.receipt(delivery)
    assert receipt is not None and (receipt.accepted, receipt.rejected) == (len(BSNS), 0)
    assert all(line.out + line.rejected + line.excluded == line.into
               for row in town.ledger.steps(delivery) for line in row.balances)  # fmt: skip
    rows = answers(town, delivery)
    assert len({row["kenmerk"] for row in rows}) == len(BSNS)
    # The proof is the partner's own: its signed answer, that confirms the signature of our message.
    for row in rows:
        confirmed = etree.fromstring(row["antwoord"]).find(".//{*}SignatureConfirmation").get("Value")
        assert row["bevestigd"] and confirmed == row["handtekening"]
    again = town.deliver(delivery, None)
    assert again is None and set(ib.registered.values()) == {1}
    assert not list((town.home / "verzending").glob("*"))


def test_who_is_refused_stands_in_the_report_and_the_balance_still_closes(
    tmp_path: Path, source: Path, keys: Keys
) -> None:
    with partner(tmp_path, keys, reject_every=4) as ib:
        town = town_of(tmp_path, source, ib)
        delivery = town.open()
        assert town.deliver(delivery, None) is None
    receipt = town.ledger.receipt(delivery)
    assert receipt is not None and (receipt.accepted, receipt.rejected) == (9, 3)
    assert town.delivery(delivery).state == "partly_accepted"
    found = town.ledger.findings(delivery)
    told = found.filter(pc.equal(found["code"], "IB-AFW-01")).to_pylist()
    assert len(told) == 3 and all(row["record"].startswith("p:") and row["line"] for row in told)
    assert sum(ib.registered.values()) == 9


@pytest.mark.parametrize(("fault", "code"), [("unconfirmed", "VWI-BEV-01"), ("declared_fault", "FWI0009")])
def test_what_is_not_confirmed_is_not_accepted(
    tmp_path: Path, source: Path, keys: Keys, fault: str, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("exchanges.core.soap.many.IN_A_ROW", 99)
    with partner(tmp_path, keys, **{fault: True}) as ib:
        town = town_of(tmp_path, source, ib)
        delivery = town.open()
        assert town.deliver(delivery, None) is None
    receipt = town.ledger.receipt(delivery)
    assert receipt is not None and (receipt.accepted, receipt.rejected) == (0, len(BSNS))
    assert {row["code"] for row in town.ledger.findings(delivery).to_pylist()} >= {code}


def test_a_remark_does_not_refuse(tmp_path: Path, source: Path, keys: Keys) -> None:
    with partner(tmp_path, keys, remark=True) as ib:
        town = town_of(tmp_path, source, ib)
        delivery = town.open()
        assert town.deliver(delivery, None) is None
    assert town.delivery(delivery).state == "accepted"
    assert {row["code"] for row in answers(town, delivery)} == {"IB-OPM-01"}
    # It does not get lost: who reads the report hears it, per person.
    told = [row for row in town.ledger.findings(delivery).to_pylist() if row["code"] == "IB-OPM-01"]
    assert len(told) == len(BSNS) and {row["severity"] for row in told} == {"warning"}
    assert "is geaccepteerd" in told[0]["action"] and town.report(delivery)["verdict"]["closed"]


@pytest.mark.parametrize("fault", ["break_off", "break_after", "http_503"])
def test_what_broke_is_told_again_under_the_same_id(tmp_path: Path, source: Path, keys: Keys, fault: str) -> None:
    """``break_after`` is the one that matters: it arrived, and we do not know."""
    with partner(tmp_path, keys, **{fault: 3}) as ib:
        town = town_of(tmp_path, source, ib)
        delivery = town.open()
        stopped = town.deliver(delivery)
        assert isinstance(stopped, TransportError) and "zelfde kenmerk" in str(stopped)
        built = town.message(delivery)
        assert town.deliver(delivery, None) is None
    assert town.message(delivery) == built, "the same file goes on"
    assert set(ib.registered.values()) == {1} and len(ib.registered) == len(BSNS)
    assert ib.repeated == (3 if fault == "break_after" else 0)
    assert town.delivery(delivery).state == "accepted"


def test_the_same_id_is_what_prevents_a_second_registration(tmp_path: Path, source: Path, keys: Keys) -> None:
    """A partner that forgets what it has seen shows what would happen without: the test above sees it."""
    with partner(tmp_path, keys, break_after=3, lost_memory=True) as ib:
        town = town_of(tmp_path, source, ib)
        delivery = town.open()
        town.deliver(delivery)
        assert town.deliver(delivery, None) is None
    assert sorted(ib.registered.values())[-3:] == [2, 2, 2]


class Killed(BaseException):
    """As hard as a signal, for all that Python catches."""


@pytest.mark.parametrize("when", [1, 5, 12])
@pytest.mark.parametrize("lost", [False, True], ids=["kept", "another machine"])
def test_killed_between_two_messages_nobody_is_told_twice(
    tmp_path: Path, source: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch, when: int, lost: bool
) -> None:
    honest, seen = Kept.put, []

    def deadly(self: Kept, key: str, answer: bytes) -> None:
        seen.append(key)
        if len(seen) == when:
            raise Killed  # answered, and not kept
        honest(self, key, answer)

    with partner(tmp_path, keys) as ib:
        town = town_of(tmp_path, source, ib)
        delivery = town.open()
        town.deliver(delivery, "reconcile")
        with monkeypatch.context() as patch:
            patch.setattr(Kept, "put", deadly)
            with pytest.raises(Killed):
                town.step(delivery, "deliver")
        if lost:
            for path in (town.home / "verzending").glob("*/*"):
                path.unlink()
        assert town.deliver(delivery, None) is None
    assert set(ib.registered.values()) == {1} and len(ib.registered) == len(BSNS)
    assert ib.repeated >= 1 and town.delivery(delivery).state == "accepted"


HALFWAY = {
    "tampered_body": "handtekening", "wrapped_body": "ondertekend", "no_confirmation": "bevestiging",
    "other_certificate": "oin", "stale_timestamp": "tijd", "wrong_relates_to": "kenmerk", "off_schema": "schema",
    "security_fault": "toegang", "sha1": "algoritme",
}  # fmt: skip


@pytest.mark.parametrize("fault", HALFWAY)
def test_an_answer_that_cannot_be_trusted_confirms_nothing(
    tmp_path: Path, source: Path, keys: Keys, fault: str
) -> None:
    """And stops it there: what is known stays known, and the same file goes on when it is trusted again."""
    with partner(tmp_path, keys, **{fault: True}) as ib:
        town = town_of(tmp_path, source, ib)
        delivery = town.open()
        stopped = town.deliver(delivery)
        assert isinstance(stopped, TransportError) and "0 beantwoord" in str(stopped)
        assert ib.requests == 1 and town.ledger.receipt(delivery) is None
        assert not any(bsn in str(stopped) for bsn in BSNS)
        built = town.message(delivery)
        ib.faults = IndexFaults()
        assert town.deliver(delivery, None) is None
        assert town.message(delivery) == built and set(ib.registered.values()) == {1}


@pytest.mark.parametrize("fault", ["other_server", "revoked_server", "expired_server", "old_list", "tls11"])
def test_nothing_leaves_for_a_server_that_is_not_the_partner(
    tmp_path: Path, source: Path, keys: Keys, fault: str
) -> None:
    with partner(tmp_path, keys, **{fault: True}) as ib:
        town = town_of(tmp_path, source, ib)
        delivery = town.open()
        stopped = town.deliver(delivery)
    assert isinstance(stopped, Refused) and ib.requests == 0
    assert town.delivery(delivery).state == "blocked"


def test_many_in_a_row_without_an_answer_end_it(tmp_path: Path, source: Path, keys: Keys) -> None:
    with partner(tmp_path, keys, declared_fault=True) as ib:
        town = town_of(tmp_path, source, ib)
        delivery = town.open()
        stopped = town.deliver(delivery)
        assert isinstance(stopped, TransportError) and "0 beantwoord" in str(stopped) and ib.requests == 10
        ib.faults = IndexFaults()
        assert town.deliver(delivery, None) is None
    assert len(ib.registered) == len(BSNS), "the fault was not about them, so they are told all the same"


def test_another_message_under_the_same_id_is_refused_by_the_partner(
    tmp_path: Path, source: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The strictness that the simulator must have for the tests above to mean anything."""
    monkeypatch.setattr("exchanges.core.steps.over_soap.message_id", lambda *_: "urn:uuid:" + "0" * 32)
    with partner(tmp_path, keys) as ib:
        town = town_of(tmp_path, source, ib)
        stopped = town.deliver(town.open())
    assert isinstance(stopped, TransportError) and "FailedCheck" in str(stopped) and ib.requests == 2


def test_another_file_than_was_checked_is_not_told(tmp_path: Path, source: Path, keys: Keys) -> None:
    with partner(tmp_path, keys) as ib:
        town = town_of(tmp_path, source, ib)
        delivery = town.open()
        town.deliver(delivery, "reconcile")
        with run_context(town, delivery) as context:
            other = tmp_path / "ander.xml"
            other.write_bytes(context.file("build", "bericht").read_bytes().replace(b">1<", b">2<"))
            sha256 = str(context.done("build").details["sha256"])
            with pytest.raises(BusinessError, match="veranderd na de controle"):
                SoapChannel(context).deliver(other, "in", "naam.xml", sha256)
    assert ib.requests == 0


def test_the_channel_is_a_setting_of_the_municipality_too(tmp_path: Path, source: Path, keys: Keys) -> None:
    """The partner takes files; this municipality tells this exchange over SOAP, under an OIN of its own."""
    with partner(tmp_path, keys) as ib:
        known = ib.settings
        own = (
            f'kanaal = {{ {EXCHANGE} = "soap" }}\n[gemeente.{GEMEENTE}.soap]\noin = "{known.oin}"\n'
            f"certificaat = {json.dumps(str(known.certificaat))}\nsleutel = {json.dumps(str(known.sleutel))}"
        )
        town = town_of(tmp_path, source, ib, own=own, oin="00000099000000099000", certificaat="/nergens.pem")
        path = town.home / "ketensluis.toml"
        path.write_text(path.read_text(encoding="utf-8").replace('soort = "soap"', 'soort = "map"'), encoding="utf-8")
        assert town.deliver(town.open(), None) is None
        assert len(ib.registered) == len(BSNS) and town.inbox == []
        path.write_text(path.read_text(encoding="utf-8").replace(f'{EXCHANGE} = "soap"', f'{EXCHANGE} = "map"'),
                        encoding="utf-8")  # fmt: skip
        second = town.open("2026-11")
        assert town.deliver(second) is None
        assert len(town.inbox) == 2 and sum(ib.registered.values()) == len(BSNS), "a file and its hash, no message"


@pytest.mark.parametrize("wrong", ["method", "settings"])
def test_a_way_that_does_not_go_is_used_wrongly(tmp_path: Path, source: Path, keys: Keys, wrong: str) -> None:
    with partner(tmp_path, keys) as ib:
        town = town_of(tmp_path, source, ib)
        if wrong == "settings":
            path = town.home / "ketensluis.toml"
            path.write_text(path.read_text(encoding="utf-8").partition("[partner.inlichtingenbureau.soap]")[0])
        delivery = town.open(method="verzamelbestand" if wrong == "method" else None)
        stopped = town.deliver(delivery)
    assert isinstance(stopped, UsageError) and ib.requests == 0
    assert ("gaat niet over SOAP" if wrong == "method" else "[partner.inlichtingenbureau.soap]") in str(stopped)


def test_nobody_is_named_on_the_way(
    tmp_path: Path, source: Path, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), partner(tmp_path, keys, reject_every=3) as ib:
        town = town_of(tmp_path, source, ib)
        delivery = town.open()
        town.deliver(delivery, None)
    events = json.dumps([[one.object, one.result, dict(one.details)] for one in town.ledger.events(delivery)])
    names = [str(path) for path in town.home.rglob("*")]
    assert not any(bsn in text for bsn in BSNS for text in (caplog.text, events, *names))
