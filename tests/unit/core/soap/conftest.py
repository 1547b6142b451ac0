"""One set of certificates for all tests here: making keys takes longer than anything else."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from lxml import etree

from exchanges.core.soap.certificates import Identity
from exchanges.core.soap.request import Request, make_request
from exchanges.core.soap.trust import Trust
from exchanges.core.soap.verify import Verifier
from exchanges.simulators.soap_keys import OIN_MUNICIPALITY, OIN_PARTNER, Keys
from exchanges.simulators.soap_message import Answer, Question

ACTION, ANSWER_ACTION, TO = "urn:voorbeeld:vraag", "urn:voorbeeld:antwoord", f"https://partner.voorbeeld.invalid/dienst?oin={OIN_PARTNER}"


@pytest.fixture(scope="session")
def now() -> datetime:
    return datetime.now(UTC).replace(microsecond=123_000)


@pytest.fixture(scope="session")
def keys(now: datetime) -> Keys:
    return Keys(now)


@pytest.fixture(scope="session")
def identity(keys: Keys) -> Identity:
    return Identity(keys.municipality.certificate, keys.municipality.key_pem, OIN_MUNICIPALITY)


def payload(bsn: str = "900000012") -> Any:
    return etree.fromstring(
        f'<v:Vraag xmlns:v="urn:voorbeeld" xmlns:i="http://www.w3.org/2001/XMLSchema-instance">'
        f"<Burgerservicenr>{bsn}</Burgerservicenr></v:Vraag>"
    )


@pytest.fixture
def request_(identity: Identity, now: datetime) -> Request:
    return make_request(payload(), ACTION, TO, identity, now)


@pytest.fixture
def answer(request_: Request, now: datetime) -> Answer:
    """An answer to ``request_``, not signed yet."""
    question = Question(None, request_.message_id, request_.signature, "")
    said = '<v:Antwoord xmlns:v="urn:voorbeeld"><Bedrag>1234</Bedrag><Naam>De Sluis</Naam></v:Antwoord>'
    return Answer(etree.fromstring(said), question, ANSWER_ACTION, now + timedelta(seconds=1))


@pytest.fixture
def verifier(keys: Keys) -> Verifier:
    trust = Trust([keys.authority.root.certificate, keys.authority.issuer.certificate], OIN_PARTNER)
    return Verifier(trust, ANSWER_ACTION, timedelta(seconds=60), "partner.voorbeeld.invalid:443")
