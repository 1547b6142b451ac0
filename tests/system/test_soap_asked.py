"""The webservice method's other half: the Inlichtingenbureau asks about one person, and the municipality answers
itself, from what its newest index was made of, to nobody else, and with every question in the books."""

from __future__ import annotations

import json
import logging
import ssl
from collections.abc import Callable, Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from exchanges.core import correct
from exchanges.core.data import data_dir
from exchanges.core.errors import PartnerSilent, UsageError
from exchanges.core.ledger import Ledger
from exchanges.core.soap import host
from exchanges.core.soap.answering import Said
from exchanges.core.soap.desk import ANSWERED, REFUSED
from exchanges.core.soap.host import hosted
from exchanges.core.soap.serving import MOST_BYTES, SoapService
from exchanges.dkd_reintegratie.dossiers import Dossiers
from exchanges.simulators.ib_question import ANSWER, NAMESPACE, IbAsking, Replied
from exchanges.simulators.soap_keys import OIN_OTHER, OIN_PARTNER, Keys, write
from exchanges.simulators.soap_message import Draft
from tests.asked import (
    CHANGED,
    DEAD,
    FWI,
    GONE,
    KNOWN,
    PATH,
    STRANGER,
    SUBSIDISED,
    WRONG,
    administration,
    asked_town,
    created,
    header,
    own_town,
)
from tests.chain import EXCHANGE, GEMEENTE, Chain, chain


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys(datetime.now(UTC))


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory, keys: Keys) -> Chain:
    return asked_town(tmp_path_factory.mktemp("gemeente"), keys)


@pytest.fixture(scope="module")
def service(town: Chain) -> Iterator[SoapService]:
    with hosted(EXCHANGE, GEMEENTE, town.settings) as listening:
        yield listening


def url(service: SoapService) -> str:
    return f"https://127.0.0.1:{service.port}{PATH}"


@pytest.fixture
def ib(tmp_path: Path, keys: Keys, service: SoapService) -> IbAsking:
    return IbAsking(tmp_path, url(service), keys)


@pytest.fixture
def refusals(town: Chain) -> Callable[[], list[str]]:
    """In a word each, what was refused since the test began."""
    before = len(events(town, REFUSED))
    return lambda: [one.object for one in events(town, REFUSED)[before:]]


def events(town: Chain, action: str) -> list[Any]:
    (delivery,) = town.ledger.deliveries(EXCHANGE)
    return [one for one in town.ledger.events(delivery.id) if one.action == action]


def test_the_dossier_is_what_a_file_would_hold(town: Chain, ib: IbAsking) -> None:
    before = len(events(town, ANSWERED))
    answered = ib.ask(SUBSIDISED)
    assert answered.status == 200 and answered.payload is not None
    client = answered.payload.find("ClientSuwi")
    assert client.findtext("Burgerservicenr") == SUBSIDISED
    subsidy = client.find("AtlRelatie/ReIntegratievoorziening/Loonkostensubsidie")
    assert subsidy.findtext("PercLoonwaardeTovWml/Percentage") == "06250"
    assert client.findtext("AtlRelatie/Bron/CdPartijSuwi") == GEMEENTE
    (booked,) = events(town, ANSWERED)[before:]
    assert booked.object.startswith("p:") and booked.actor == f"oin:{OIN_PARTNER}"
    assert booked.result == "gegevens gegeven" and booked.details["kenmerk"].startswith("urn:uuid:")


def test_who_stands_in_the_index_with_data_has_an_answer_that_is_not_nothing(town: Chain, ib: IbAsking) -> None:
    """And the other way round: else the partner asks for what there is not, or does not ask for what there is."""
    (delivery,) = town.ledger.deliveries(EXCHANGE)
    index = etree.fromstring(town.message(delivery.id))
    people = index.findall("{*}IBVerwijsindex")
    told = {one.findtext("Burgerservicenr"): one.findtext("ClusteringIb/IndDkd") for one in people}
    nothing = {bsn: ib.ask(bsn).payload.find(f"{{{FWI}}}NietsGevonden") is not None for bsn in told}
    assert told == {KNOWN: "1", SUBSIDISED: "1", WRONG: "1", DEAD: "2", GONE: "2"}
    assert nothing == {bsn: said == "2" for bsn, said in told.items()}


@pytest.mark.parametrize("bsn", [GONE, DEAD, STRANGER, "123456789"], ids=["no data", "died", "unknown", "no BSN"])
def test_of_whom_there_is_nothing_nothing_is_found(ib: IbAsking, bsn: str) -> None:
    answered = ib.ask(bsn)
    assert answered.payload is not None and [one.tag for one in answered.payload] == [f"{{{FWI}}}NietsGevonden"]


def test_of_whom_our_rules_reject_it_is_said_that_there_is_a_fault(ib: IbAsking) -> None:
    """Nothing found would be untrue: the index says that there is data."""
    answered = ib.ask(WRONG)
    assert answered.payload is not None
    assert answered.payload.findtext(f"{{{FWI}}}FWI/Fout/Code") == "KS-NIET-IN-ORDE"


def test_a_question_that_is_repeated_is_answered_and_one_that_was_kept_is_not(ib: IbAsking) -> None:
    def same(draft: Draft) -> None:
        draft.addressing["MessageID"].text = "urn:uuid:11111111-1111-4111-8111-111111111111"

    assert [ib.ask(KNOWN, same).status for _ in range(2)] == [200, 200]
    assert ib.ask(SUBSIDISED, same).status == 500, "another question under the same id"
    draft = ib.draft(KNOWN)
    draft.sign(ib.signer, draft.parts)
    assert [ib.post(draft.data()).status for _ in range(2)] == [200, 500]


@pytest.mark.parametrize("what", CHANGED)
def test_a_question_that_is_not_as_agreed_is_refused_and_booked(
    town: Chain, ib: IbAsking, refusals: Callable[[], list[str]], what: str
) -> None:
    change, word = CHANGED[what]
    before = len(events(town, ANSWERED))
    answered = ib.ask(KNOWN, change)
    assert answered.status == 500 and answered.payload is None and KNOWN.encode() not in answered.data
    assert refusals() == [word] and len(events(town, ANSWERED)) == before


def _whose(keys: Keys) -> dict[str, tuple[Any, str]]:
    authority = keys.authority
    return {
        "another OIN": (authority.issue("ander", OIN_OTHER), "oin"),
        "another root": (keys.stranger.issue("ib", OIN_PARTNER), "keten"),
        "expired": (authority.issue("ib", OIN_PARTNER, since=40, days=30), "geldigheid"),
    }


@pytest.mark.parametrize("who", ["another OIN", "another root", "expired"])
def test_a_question_signed_by_another_is_refused(
    tmp_path: Path, keys: Keys, service: SoapService, refusals: Callable[[], list[str]], who: str
) -> None:
    signer, word = _whose(keys)[who]
    answered = IbAsking(tmp_path, url(service), keys, signer=signer).ask(KNOWN)
    assert answered.status == 500 and b"FailedCheck" in answered.data and refusals() == [word]


def test_a_signature_over_something_else_is_refused(ib: IbAsking, refusals: Callable[[], list[str]]) -> None:
    draft = ib.draft(STRANGER)
    draft.sign(ib.signer, draft.parts)
    draft.body[0].find("Burgerservicenr").text = KNOWN
    assert ib.post(draft.data()).status == 500 and refusals() == ["handtekening"]
    draft = ib.draft(KNOWN)
    draft.sign(ib.signer, [part for part in draft.parts if part is not draft.addressing["From"]])
    assert ib.post(draft.data()).status == 500 and refusals() == ["handtekening", "ondertekend"]


@pytest.mark.parametrize("who", ["another OIN", "another root", "expired"])
def test_who_is_not_the_partner_gets_no_further_than_the_door(
    tmp_path: Path, town: Chain, keys: Keys, service: SoapService, who: str
) -> None:
    """Certificates on both sides; and of all that are valid only the partner's (GB009)."""
    asking = IbAsking(tmp_path, url(service), keys, client=_whose(keys)[who][0])
    booked = len(events(town, ANSWERED))
    if who == "another OIN":
        assert asking.ask(KNOWN).status == 403
    else:
        with pytest.raises(OSError):
            asking.ask(KNOWN)
    assert len(events(town, ANSWERED)) == booked


def test_nobody_without_a_certificate_and_no_old_tls(
    tmp_path: Path, keys: Keys, service: SoapService, recwarn: pytest.WarningsRecorder
) -> None:
    old = IbAsking(tmp_path, url(service), keys, oldest_tls=True)
    with pytest.raises(OSError):
        old.ask(KNOWN)
    bare = ssl.create_default_context(cafile=str(service.settings.ca))
    asking = IbAsking(tmp_path, url(service), keys)
    asking._context = bare
    with pytest.raises(OSError):
        asking.ask(KNOWN)


def test_a_certificate_that_was_revoked_opens_no_door(
    tmp_path: Path, town: Chain, keys: Keys, monkeypatch: pytest.MonkeyPatch, refusals: Callable[[], list[str]]
) -> None:
    revoked = keys.authority.issue("ib", OIN_PARTNER)
    own = town.settings.municipalities().gemeente[GEMEENTE].dienst[EXCHANGE]
    lists = write(tmp_path / "crl.pem", keys.authority.revocations(revoked))
    monkeypatch.setattr(host, "_settings", lambda *_: own.model_copy(update={"crl": lists}))
    with hosted(EXCHANGE, GEMEENTE, town.settings) as listening:
        with pytest.raises(OSError):
            IbAsking(tmp_path, url(listening), keys, client=revoked).ask(KNOWN)
        assert IbAsking(tmp_path, url(listening), keys, signer=revoked).ask(KNOWN).status == 500
        assert refusals() == ["intrekking"]
        assert IbAsking(tmp_path, url(listening), keys).ask(KNOWN).status == 200


@pytest.mark.parametrize(
    ("data", "path", "headers", "status"),
    [
        (b"<a/>", "/elders", {}, 404), (b"<a/>", "", {"Content-Type": "application/xml"}, 415),
        (b"x" * (MOST_BYTES + 1), "", {}, 413), (b"geen xml", "", {}, 500),
        (b'<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>', "", {}, 500), (b"<a/>", "", {}, 500),
    ],
)  # fmt: skip
def test_what_is_no_question_is_no_more_than_that(
    ib: IbAsking, data: bytes, path: str, headers: dict[str, str], status: int
) -> None:
    try:
        assert ib.post(data, path, **headers).status == status
    except OSError:
        assert status == 413, "it hangs up before all of it has come"


def test_what_cannot_be_booked_is_not_given(
    ib: IbAsking, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"no room for {KNOWN}")

    with monkeypatch.context() as patch:
        patch.setattr(Ledger, "event", broken)
        answered = ib.ask(KNOWN)
    assert answered.status == 500 and b"Server" in answered.data and KNOWN.encode() not in answered.data
    assert ib.ask(KNOWN).status == 200


def test_an_answer_that_does_not_fit_its_schema_is_not_given(
    tmp_path: Path, town: Chain, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = len(events(town, ANSWERED))
    other = Said(f'<g:{ANSWER} xmlns:g="{NAMESPACE}"><Iets/></g:{ANSWER}>'.encode(), "p:" + "0" * 20, "gegeven")
    monkeypatch.setattr(Dossiers, "answer", lambda *_: other)
    with hosted(EXCHANGE, GEMEENTE, town.settings) as listening:
        answered = IbAsking(tmp_path, url(listening), keys).ask(KNOWN)
    assert answered.status == 500 and b"Iets" not in answered.data and len(events(town, ANSWERED)) == before


def test_what_is_not_registered_to_be_given_is_not_given(tmp_path: Path, town: Chain) -> None:
    """SEC-31: the register of purposes has this message to this partner, or there is no service."""
    other = own_town(tmp_path, town)
    known = (data_dir("mappings") / "doelbinding" / f"{EXCHANGE}.toml").read_text(encoding="utf-8")
    own = other.home / "doelbinding" / f"{EXCHANGE}.toml"
    own.parent.mkdir()
    own.write_text(known.replace('bericht = "GSDDossierReintegratie"', 'bericht = "Iets"'), encoding="utf-8")
    with pytest.raises(UsageError, match="mag verstrekken"), hosted(EXCHANGE, GEMEENTE, other.settings):
        pass


def test_nobody_is_named_in_a_log_or_in_the_books(
    town: Chain, ib: IbAsking, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with caplog.at_level(logging.DEBUG):
        ib.ask(KNOWN)
        ib.ask(KNOWN, created(hours=1))
        assert ib.ask(KNOWN, header("MessageID", f"urn:voorbeeld:{KNOWN}")).status == 200
    booked = [[one.actor, one.object, one.result, dict(one.details)] for one in events(town, ANSWERED)]
    shown = caplog.text + json.dumps(booked) + "".join(capfd.readouterr())
    assert KNOWN not in shown


def test_a_newer_index_is_answered_from(
    tmp_path: Path, town: Chain, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(host, "LOOK_SECONDS", -1.0)
    told: list[str] = []

    def number(answered: Replied) -> str:
        assert answered.payload is not None
        return str(answered.payload.findtext(".//RegistratienrRvGsd"))

    other = own_town(tmp_path, town)
    with hosted(EXCHANGE, GEMEENTE, other.settings, told.append) as listening:
        ib = IbAsking(tmp_path, url(listening), keys)
        assert number(ib.ask(KNOWN)) == "R0"
        administration(other.source, provision="R9")
        assert number(ib.ask(KNOWN)) == "R0", "not before it was delivered"
        assert other.deliver(other.open("2026-11")) is None
        with monkeypatch.context() as broken:
            broken.setattr(host, "Answerer", _cannot)
            assert number(ib.ask(KNOWN)) == "R0" and told[-2] == "Niet vernieuwd: kapot", "all of it, or nothing"
        assert number(ib.ask(KNOWN)) == "R9"
    assert len([line for line in told if line.startswith("Antwoorden uit levering")]) == 2


def _cannot(*_: object, **__: object) -> None:
    raise UsageError("kapot")


def test_an_addition_tells_of_one_and_all_are_answered_until_it_is_taken_back(
    tmp_path: Path, town: Chain, keys: Keys
) -> None:
    other, told = own_town(tmp_path, town), list[str]()
    first = other.open()
    other.answer(["reject-count=1"])
    assert other.deliver(first, None) is None and other.delivery(first).state == "partly_accepted"
    who = {"actor": "a.jansen", "settings": other.settings}
    with suppress(PartnerSilent):
        correct.add(first, reason="hersteld", unchanged=True, **who)
    added = first.replace("/0001", "/0002")
    assert len(etree.fromstring(other.message(added)).findall("{*}IBVerwijsindex")) == 1
    with hosted(EXCHANGE, GEMEENTE, other.settings, told.append) as listening:
        ib = IbAsking(tmp_path, url(listening), keys)
        given = [ib.ask(bsn).payload for bsn in (KNOWN, SUBSIDISED)]
        assert all(one is not None and one.find("ClientSuwi") is not None for one in given)
    other.answer()
    assert other.deliver(added, None) is None
    correct.withdraw(added, reason="per abuis", **who)
    correct.confirm(added, actor="b.bakker", settings=other.settings)
    with hosted(EXCHANGE, GEMEENTE, other.settings, told.append):
        assert told[0].endswith(f"{added}.") and told[-1].endswith(f"{first}.")


def test_a_list_that_was_renewed_is_read_again_and_one_that_cannot_be_read_is_not(
    tmp_path: Path, town: Chain, keys: Keys, monkeypatch: pytest.MonkeyPatch, refusals: Callable[[], list[str]]
) -> None:
    monkeypatch.setattr(host, "LOOK_SECONDS", -1.0)
    own = town.settings.municipalities().gemeente[GEMEENTE].dienst[EXCHANGE]
    partner = keys.authority.issue("ib", OIN_PARTNER)
    lists = write(tmp_path / "crl.pem", keys.authority.revocations())
    monkeypatch.setattr(host, "_settings", lambda *_: own.model_copy(update={"crl": lists}))
    told: list[str] = []
    with hosted(EXCHANGE, GEMEENTE, town.settings, told.append) as listening:
        ib = IbAsking(tmp_path, url(listening), keys, signer=partner)
        draft = ib.draft(KNOWN)
        draft.sign(partner, draft.parts)
        assert ib.post(draft.data()).status == 200
        lists.write_text("onzin")
        assert ib.ask(KNOWN).status == 200 and told[-2].startswith("Niet vernieuwd")
        write(lists, keys.authority.revocations(partner))
        assert ib.ask(KNOWN).status == 500 and refusals() == ["intrekking"]
        with pytest.raises(OSError):
            IbAsking(tmp_path, url(listening), keys, client=partner).ask(KNOWN)
        write(lists, keys.authority.revocations(days=30))
        assert ib.ask(KNOWN).status == 200
        assert ib.post(draft.data()).status == 500, "what was asked before is not forgotten"


def test_without_an_index_or_settings_there_is_nothing_to_host(tmp_path: Path) -> None:
    town = chain(tmp_path / "huis", administration(tmp_path / "bron"), kind="csv", method="webservice")
    for exchange, gemeente, why in (
        (EXCHANGE, GEMEENTE, "dienst"), (EXCHANGE, "0344", "staat niet in de instellingen"),
        ("loonaangifte", GEMEENTE, "wordt niet bevraagd"),
    ):  # fmt: skip
        with pytest.raises(UsageError, match=why), hosted(exchange, gemeente, town.settings):
            pass
