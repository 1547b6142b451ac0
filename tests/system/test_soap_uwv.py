"""Asking UWV over SOAP: certificates on both sides, everything signed, and nothing used that cannot be trusted."""

from __future__ import annotations

import logging
import ssl
import threading
import time
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.request import urlopen

import pytest
import urllib3
from lxml import etree

from exchanges.core.data import data_dir
from exchanges.core.errors import UsageError
from exchanges.core.settings import SoapSettings
from exchanges.core.soap import wire as wire_module
from exchanges.core.soap.client import Patience, SoapClient
from exchanges.core.soap.errors import Declined, Refused, Unanswered
from exchanges.core.soap.tls import tls_context
from exchanges.core.soap.wire import Wire
from exchanges.simulators.soap_faults import SoapFaults
from exchanges.simulators.soap_keys import OIN_MUNICIPALITY, OIN_OTHER, Keys, write
from exchanges.simulators.uwv_responses import answers
from exchanges.simulators.uwv_soap import NOTHING_FOUND, UwvSoap, canned, serve
from tests.locked import PASSPHRASE, locked

SOME = next(answers(1))
PERIOD = {"DatBPeriode": "20260101", "DatEPeriode": "20260630"}
WSDL = data_dir("schemas") / "UWVDossierInkomstenGSD" / "v0200" / "dienst.wsdl"


@pytest.fixture(scope="module")
def keys() -> Keys:
    return Keys(datetime.now(UTC))


@contextmanager
def server(folder: Path, keys: Keys, **faults: Any) -> Iterator[UwvSoap]:
    with UwvSoap(folder, canned(3), SoapFaults(**faults), keys=keys) as uwv:
        yield uwv


def ask(uwv: UwvSoap, bsn: str = SOME.bsn, **changes: Any) -> tuple[bytes, list[str]]:
    settings: SoapSettings = uwv.settings.model_copy(update={"tijdslimiet": 2.0, **changes})
    quick = Patience(changes.get("pogingen", 3), sleep=lambda seconds: None)
    with SoapClient(settings, WSDL, "UWVPersoonsIkvInfo", patience=quick) as client:
        return client.ask(Burgerservicenr=bsn, PeriodeGegevensvraagIko=PERIOD), client.warnings


def test_an_answer_comes_back_as_it_was_given(tmp_path: Path, keys: Keys) -> None:
    with server(tmp_path, keys) as uwv:
        data, warnings = ask(uwv)
        nothing, _ = ask(uwv, next(a.bsn for a in answers(9) if a.number == 9))
    assert etree.canonicalize(data.decode()) == etree.canonicalize(SOME.xml.decode())
    assert etree.canonicalize(nothing.decode()) == etree.canonicalize(NOTHING_FOUND.decode())
    assert warnings == [] and uwv.asked.total() == 2


# Which protection refuses what. Each of these is its own branch: without it the answer would be used.
REFUSED = {
    "expired_server": "server", "revoked_server": "server", "strange_server": "server", "other_host": "server",
    "other_server": "server",
    "old_list": "server", "tls11": "tls", "forbidden": "toegang", "redirect": "http", "web_page": "vorm",
    "packed": "vorm", "two_bodies": "vorm", "security_fault": "toegang", "extra_header": "koppen",
    "doctype": "doctype", "tampered_body": "handtekening", "unsigned": "handtekening", "unsigned_body": "ondertekend",
    "unsigned_timestamp": "ondertekend", "unsigned_header": "ondertekend", "wrapped_body": "ondertekend",
    "sha1": "algoritme", "other_transform": "algoritme", "other_certificate": "oin", "strange_certificate": "keten",
    "expired_certificate": "geldigheid", "revoked_certificate": "intrekking", "no_confirmation": "bevestiging",
    "wrong_confirmation": "bevestiging", "wrong_relates_to": "kenmerk", "wrong_action": "actie",
    "stale_timestamp": "tijd",
}  # fmt: skip


@pytest.mark.parametrize("fault", REFUSED)
def test_what_cannot_be_trusted_is_refused_by_its_own_protection(tmp_path: Path, keys: Keys, fault: str) -> None:
    with server(tmp_path, keys, **{fault: True}) as uwv, pytest.raises(Refused) as refused:
        ask(uwv)
    told = str(refused.value)
    assert refused.value.what == REFUSED[fault], told
    assert SOME.bsn not in told and "\n" not in told and "127.0.0.1" in told
    # Nobody was asked about where the connection itself was refused, and nobody is asked again.
    assert uwv.requests == (0 if REFUSED[fault] in ("server", "tls") else 1)


def test_an_answer_that_is_too_large_is_refused(tmp_path: Path, keys: Keys) -> None:
    with server(tmp_path, keys, huge=3) as uwv, pytest.raises(Refused) as refused:
        ask(uwv, grens_mb=2)
    assert refused.value.what == "omvang"


@pytest.mark.parametrize(
    ("fault", "times", "requests"),
    [("http_500", 2, 3), ("http_503", 1, 2), ("break_off", 1, 2), ("break_after", 1, 2)],
)
def test_technical_trouble_is_met_by_asking_again(
    tmp_path: Path, keys: Keys, fault: str, times: int, requests: int
) -> None:
    with server(tmp_path, keys, **{fault: times}) as uwv:
        data, _ = ask(uwv)
    assert data and uwv.requests == requests


@pytest.mark.parametrize("faults", [{"http_500": 9}, {"server_fault": True}])
def test_and_given_up_after_so_many_times(tmp_path: Path, keys: Keys, faults: dict[str, Any]) -> None:
    with server(tmp_path, keys, **faults) as uwv, pytest.raises(Unanswered):
        ask(uwv)
    assert uwv.requests == 3


@pytest.mark.parametrize("fault", [{"slow": 3}, {"drip": 400}], ids=["silent", "a little every second"])
def test_who_is_slow_is_not_waited_for(tmp_path: Path, keys: Keys, fault: dict[str, int]) -> None:
    """The limit is on the whole answer: one that comes in drops would hold a connection for as long as it likes."""
    with server(tmp_path, keys, **fault) as uwv, pytest.raises(Unanswered, match=r"binnen 1\.2 seconden"):
        ask(uwv, tijdslimiet=1.2, pogingen=1)


@pytest.mark.parametrize(("fault", "code"), [("client_fault", "Client"), ("declared_fault", "FWI0009")])
def test_a_question_that_is_declined_is_not_asked_again(tmp_path: Path, keys: Keys, fault: str, code: str) -> None:
    with server(tmp_path, keys, **{fault: True}) as uwv, pytest.raises(Declined) as declined:
        ask(uwv)
    assert declined.value.code == code and uwv.requests == 1


def test_certificates_that_expire_are_told_thirty_days_ahead(tmp_path: Path, keys: Keys) -> None:
    with server(tmp_path, keys, soon_expired=True) as uwv:
        _, warnings = ask(uwv)
    assert len(warnings) >= 2
    assert all("verloopt over" in one and "vraag of er op tijd een nieuw is" in one for one in warnings)


def test_another_organisation_may_take_the_connection_where_that_is_agreed(tmp_path: Path, keys: Keys) -> None:
    """A broker, for one: its OIN in the settings, or the name of the host alone."""
    with server(tmp_path, keys, other_server=True) as uwv:
        assert ask(uwv, oin_server=OIN_OTHER)[0] and ask(uwv, oin_server="")[0]
    with server(tmp_path, keys) as uwv, pytest.raises(Refused, match="andere organisatie"):
        ask(uwv, oin_server=OIN_OTHER)


def test_a_redirect_is_not_followed_whatever_the_library_would_do(tmp_path: Path, keys: Keys) -> None:
    """A message with personal data goes to no address that a partner names."""
    with server(tmp_path, keys, redirect=True) as uwv:
        context = tls_context(uwv.settings.certificaat, uwv.settings.sleutel, uwv.settings.ca, uwv.settings.crl)
        with Wire(uwv.url, context, connections=1, seconds=5, most_bytes=1000, seen=lambda shown: None) as wire:
            wire._pool.retries = urllib3.Retry(3)
            with pytest.raises(Refused) as refused:
                wire.post(b"<a/>")
    assert refused.value.what == "http" and uwv.requests == 1


def test_a_connection_that_was_given_up_half_way_an_answer_is_not_used_again(tmp_path: Path, keys: Keys) -> None:
    with server(tmp_path, keys, drip=60) as uwv:
        context = tls_context(uwv.settings.certificaat, uwv.settings.sleutel, uwv.settings.ca, uwv.settings.crl)
        with Wire(uwv.url, context, connections=1, seconds=1.2, most_bytes=9000, seen=lambda shown: None) as wire:
            with pytest.raises(Unanswered, match="binnen"):
                wire.post(b"<a/>")
            uwv.faults = SoapFaults()
            assert wire.post(b"<a/>").data.startswith(b"<?xml")


def test_every_switch_of_the_simulator_is_tried() -> None:
    tried = {*REFUSED, "huge", "http_500", "http_503", "break_off", "break_after", "server_fault", "slow", "drip",
             "client_fault", "declared_fault", "soon_expired"}  # fmt: skip
    # An answer about somebody else is the reader's: it is found in the archive, by the question.
    assert {one.name for one in fields(SoapFaults)} == tried | {"other_person"}


@pytest.mark.parametrize("whose", ["stranger", "nobody", "expired"])
def test_who_is_not_let_in_by_tls_is_told_so(tmp_path: Path, keys: Keys, whose: str) -> None:
    """The other half of certificates on both sides: the partner does not take ours."""
    with server(tmp_path, keys) as uwv:
        if whose == "nobody":
            context = ssl.create_default_context(cafile=str(uwv.settings.ca))
            with pytest.raises(OSError), urlopen(uwv.url, b"<a/>", timeout=5, context=context):
                pass
        else:
            days = {"since": 40, "days": 30} if whose == "expired" else {}
            by = keys.authority if whose == "expired" else keys.stranger
            other = by.issue("gemeente", OIN_MUNICIPALITY, key_of=keys.municipality, **days)
            shown = write(tmp_path / "ander.pem", other.pem, by.issuer.pem)
            context = tls_context(shown, uwv.settings.sleutel, uwv.settings.ca, uwv.settings.crl)
            wire = Wire(uwv.url, context, connections=1, seconds=5, most_bytes=1000, seen=lambda shown: None)
            with wire, pytest.raises(Refused) as refused:
                wire.post(b"<a/>")
            assert refused.value.what == "toegang"
        assert uwv.requests == 0


def test_another_certificate_may_sign_than_makes_the_connection(tmp_path: Path, keys: Keys) -> None:
    """G4: one purpose per certificate. The answer confirms the signature, whoever's key it was."""
    signing = keys.authority.issue("ondertekening", OIN_MUNICIPALITY)
    with server(tmp_path, keys) as uwv:
        data, _ = ask(uwv, certificaat_ondertekening=write(tmp_path / "o.pem", signing.pem),
                      sleutel_ondertekening=write(tmp_path / "o.key", signing.key_pem))  # fmt: skip
    assert data


@pytest.mark.parametrize("own", [False, True])
def test_keys_with_a_passphrase(tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch, own: bool) -> None:
    """Of the connection and of signing: the same place in the settings, or one of its own."""
    signing = keys.authority.issue("ondertekening", OIN_MUNICIPALITY)
    monkeypatch.setenv("EEN", PASSPHRASE.decode())
    monkeypatch.setenv("TWEE", "het geheim van de ander")
    said = {
        "sleutel": write(tmp_path / "k.key", locked(keys.municipality)), "wachtzin": "env:EEN",
        "certificaat_ondertekening": write(tmp_path / "o.pem", signing.pem),
        "sleutel_ondertekening": write(
            tmp_path / "o.key", locked(signing, b"het geheim van de ander") if own else locked(signing)),
    } | ({"wachtzin_ondertekening": "env:TWEE"} if own else {})
    with server(tmp_path, keys) as uwv:
        assert ask(uwv, **said)[0]
        monkeypatch.delenv("EEN")
        with pytest.raises(UsageError, match=r"De wachtzin van sleutel .*k\.key is er niet: .* EEN ontbreekt"):
            ask(uwv, **said)


def test_the_environment_changes_nothing(tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch) -> None:
    """requests would take its roots from here, and send it all to a proxy (spec transport, section 2.3)."""
    other = write(tmp_path / "vreemd.pem", keys.stranger.pem)
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE"):
        monkeypatch.setenv(name, str(other))
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with server(tmp_path, keys) as uwv:
        assert ask(uwv)[0]
    with server(tmp_path, keys, strange_server=True) as uwv, pytest.raises(Refused):
        ask(uwv)


def test_a_connection_is_used_again_but_not_for_ever(
    tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    """WT007, WT008. Counted by the certificate of the server, that is seen at every new connection."""
    with server(tmp_path, keys) as uwv:
        context = tls_context(uwv.settings.certificaat, uwv.settings.sleutel, uwv.settings.ca, uwv.settings.crl)
        seen: list[Any] = []
        with Wire(uwv.url, context, connections=1, seconds=5, most_bytes=10_000, seen=seen.append) as wire:
            for _ in range(3):
                wire.post(b"<a/>")
            assert len(seen) == 1
            monkeypatch.setattr(wire_module, "SESSION_SECONDS", -1.0)
            wire.post(b"<a/>")
            assert len(seen) == 2 and uwv.requests == 4


def test_no_answer_is_taken_for_that_to_another_question(tmp_path: Path, keys: Keys) -> None:
    """After a refusal half-way an answer, the rest of it must not stand ready as the next answer."""
    with server(tmp_path, keys, huge=3) as uwv:
        context = tls_context(uwv.settings.certificaat, uwv.settings.sleutel, uwv.settings.ca, uwv.settings.crl)
        seen: list[Any] = []
        with Wire(uwv.url, context, connections=1, seconds=5, most_bytes=1000, seen=seen.append) as wire:
            for _ in range(2):
                with pytest.raises(Refused, match="groter"):
                    wire.post(b"<a/>")
        assert len(seen) == 2


def test_no_log_holds_what_is_asked_or_answered(
    tmp_path: Path, keys: Keys, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG), server(tmp_path, keys) as uwv:
        ask(uwv)
    assert "POST" in caplog.text and SOME.bsn not in caplog.text and "<Burgerservicenr>" not in caplog.text


def test_as_a_program_it_tells_what_to_put_in_the_settings(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str] = []
    monkeypatch.chdir(tmp_path)
    stop = threading.Event()
    running = threading.Thread(target=serve, args=(Path("uwv"), 0, SoapFaults(), told.append, stop))
    running.start()
    try:
        while running.is_alive() and not (told and told[-1].startswith("oin_partner")):
            time.sleep(0.02)
        said = tomllib.loads("\n".join(told).partition("\n")[2])
        settings = SoapSettings.model_validate(said["partner"]["uwv"]["soap"])
        with SoapClient(settings, WSDL, "UWVPersoonsIkvInfo") as client:
            assert client.ask(Burgerservicenr=SOME.bsn, PeriodeGegevensvraagIko=PERIOD)
    finally:
        stop.set()
        running.join()
    assert told[-1] == "vraag beantwoord" and not any(SOME.bsn in line for line in told)


@pytest.mark.parametrize("said", [b"<UWVPersoonsIkvInfoResponse/>", b'<u:Iets xmlns:u="urn:voorbeeld"/>'])
def test_another_message_than_the_answer_is_refused_although_it_is_signed(
    tmp_path: Path, keys: Keys, said: bytes
) -> None:
    with UwvSoap(tmp_path, lambda *_: said, keys=keys) as uwv, pytest.raises(Refused) as refused:
        ask(uwv)
    assert refused.value.what == "vorm"


def test_no_settings_for_another_oin_than_ours(tmp_path: Path, keys: Keys) -> None:
    with server(tmp_path, keys) as uwv, pytest.raises(UsageError):
        ask(uwv, oin="00000001999999999000")
    assert uwv.requests == 0
