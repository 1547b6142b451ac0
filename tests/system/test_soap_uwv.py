"""Asking UWV over SOAP: certificates on both sides, everything signed, and nothing used that cannot be trusted."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from exchanges.core.data import data_dir
from exchanges.core.errors import UsageError
from exchanges.core.settings import SoapSettings
from exchanges.core.soap.client import Patience, SoapClient
from exchanges.core.soap.errors import Declined, Refused, Unanswered
from exchanges.simulators.uwv_responses import answers
from exchanges.simulators.uwv_soap import NOTHING_FOUND, UwvSoap, canned
from exchanges.simulators.uwv_soap_faults import SoapFaults
from exchanges.simulators.uwv_soap_keys import Keys

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
    quick = Patience(3, sleep=lambda seconds: None)
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


@pytest.mark.parametrize(("fault", "times", "requests"), [("http_500", 2, 3), ("http_503", 1, 2), ("break_off", 1, 2)])
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


def test_who_is_slow_is_not_waited_for(tmp_path: Path, keys: Keys) -> None:
    with server(tmp_path, keys, slow=3) as uwv, pytest.raises(Unanswered):
        ask(uwv, tijdslimiet=0.3)


@pytest.mark.parametrize(("fault", "code"), [("client_fault", "Client"), ("declared_fault", "FWI0009")])
def test_a_question_that_is_declined_is_not_asked_again(tmp_path: Path, keys: Keys, fault: str, code: str) -> None:
    with server(tmp_path, keys, **{fault: True}) as uwv, pytest.raises(Declined) as declined:
        ask(uwv)
    assert declined.value.code == code and uwv.requests == 1


def test_certificates_that_expire_are_told_thirty_days_ahead(tmp_path: Path, keys: Keys) -> None:
    with server(tmp_path, keys, soon_expired=True) as uwv:
        _, warnings = ask(uwv)
    assert len(warnings) >= 2 and all("verloopt over" in text for text in warnings)


def test_no_settings_for_another_oin_than_ours(tmp_path: Path, keys: Keys) -> None:
    with server(tmp_path, keys) as uwv, pytest.raises(UsageError):
        ask(uwv, oin="00000001999999999000")
    assert uwv.requests == 0


def test_our_service_description_is_that_of_the_partner(official: Path) -> None:
    """Operations, messages and what is bound to what, over both parts of it; the official one is not copied."""
    folder = next((official / "suwiml").glob("UWVDossierInkomstenGSD-v0200*/**/UWVDossierInkomstenGSD.wsdl")).parent
    theirs = _described(folder / "UWVDossierInkomstenGSD.wsdl") | _described(folder / "Impl" / "BKWI.wsdl")
    assert theirs and _described(WSDL) == theirs


def _described(path: Path) -> set[tuple[str, str | None, str | None]]:
    tree = etree.parse(path)
    names = {"w": "http://schemas.xmlsoap.org/wsdl/", "s": "http://schemas.xmlsoap.org/wsdl/soap/"}
    found: set[tuple[str, str | None, str | None]] = set()
    for one in tree.iterfind(".//w:portType/w:operation", names):
        found.add(("operatie", one.get("name"), None))
        found |= {(etree.QName(part).localname, one.get("name"), (part.get("message") or "").rpartition(":")[2])
                  for part in one if isinstance(part.tag, str) and part.get("message")}  # fmt: skip
    for one in tree.iterfind(".//w:binding/w:operation", names):
        action = one.find("s:operation", names)
        if action is not None:
            found.add(("actie", one.get("name"), action.get("soapAction")))
    for body in tree.iterfind(".//w:binding//s:body", names):
        found.add(("inhoud", body.get("use"), None))
    return found
