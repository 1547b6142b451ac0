"""What we send, read by the other reading of the profile: that of the simulator."""

from __future__ import annotations

import base64
import re
from datetime import timedelta

import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from exchanges.core.soap.names import ANONYMOUS, DS, ID, SOAP, WSA, WSSE, WSU, X509
from exchanges.core.soap.request import make_request
from exchanges.simulators.soap_keys import OIN_MUNICIPALITY
from exchanges.simulators.soap_message import NotAgreed, read_question
from tests.unit.core.soap.conftest import ACTION, TO, payload

NAMES = {"s": SOAP, "a": WSA, "d": DS, "w": WSSE, "u": WSU}


def test_the_partner_reads_it(request_, keys, now):
    question = read_question(request_.data, keys.authority, ACTION, now)
    assert (question.payload.findtext("Burgerservicenr"), question.signer) == ("900000012", OIN_MUNICIPALITY)
    assert (question.message_id, question.signature) == (request_.message_id, request_.signature)


def test_headers_are_those_of_the_profile_and_no_others(request_):
    root = etree.fromstring(request_.data)
    headers = root.xpath("/s:Envelope/s:Header/*", namespaces=NAMES)
    names = [etree.QName(one).localname for one in headers]
    assert names == ["To", "Action", "MessageID", "From", "ReplyTo", "Security"]
    assert [one.text for one in headers[:3]] == [TO, ACTION, request_.message_id]
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", request_.message_id)
    for header, address in ((headers[3], f"{ANONYMOUS}?oin={OIN_MUNICIPALITY}"), (headers[4], ANONYMOUS)):
        assert [(one.tag, one.text) for one in header] == [(f"{{{WSA}}}Address", address)]
    security = headers[5]
    assert security.get(f"{{{SOAP}}}mustUnderstand") == "1"
    assert [etree.QName(one).localname for one in security] == ["BinarySecurityToken", "Timestamp", "Signature"]


def test_every_part_has_a_reference_of_its_own_by_the_algorithms_of_the_profile(request_):
    root = etree.fromstring(request_.data)
    references = root.xpath("//d:SignedInfo/d:Reference", namespaces=NAMES)
    parts = {root.xpath("//*[@u:Id=$id]", id=one.get("URI")[1:], namespaces=NAMES)[0].tag for one in references}
    assert parts == {f"{{{WSA}}}{name}" for name in ("To", "Action", "MessageID", "From", "ReplyTo")} | {
        f"{{{WSU}}}Timestamp", f"{{{SOAP}}}Body"}  # fmt: skip
    assert len(references) == len(parts)
    used = sorted({one.get("Algorithm") for one in root.xpath("//d:SignedInfo//*[@Algorithm]", namespaces=NAMES)})
    assert used == [
        "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", "http://www.w3.org/2001/04/xmlenc#sha256",
        "http://www.w3.org/2001/10/xml-exc-c14n#",
    ]  # fmt: skip


def test_the_certificate_is_in_it_on_one_line_and_named_directly(request_, identity):
    root = etree.fromstring(request_.data)
    (token,) = root.xpath("//w:BinarySecurityToken", namespaces=NAMES)
    assert base64.b64decode(token.text, validate=True) == identity.certificate.public_bytes(Encoding.DER)
    (named,) = root.xpath("//d:KeyInfo/w:SecurityTokenReference/w:Reference", namespaces=NAMES)
    assert (named.get("URI"), named.get("ValueType")) == ("#" + token.get(ID), X509)


def test_the_timestamp_is_utc_and_has_five_minutes(request_, now):
    root = etree.fromstring(request_.data)
    created, expires = root.xpath("//u:Timestamp/*/text()", namespaces=NAMES)
    assert created == now.strftime("%Y-%m-%dT%H:%M:%S.123Z")
    assert expires == (now + timedelta(minutes=5)).strftime("%Y-%m-%dT%H:%M:%S.123Z")


def test_the_person_is_in_the_body_only(request_):
    head, _, body = request_.data.partition(b":Body")
    assert b"900000012" not in head and b"900000012" in body


def test_every_message_is_one_of_its_own(identity, now):
    made = [make_request(payload(), ACTION, TO, identity, now) for _ in range(2)]
    assert made[0].message_id != made[1].message_id and made[0].signature != made[1].signature


@pytest.mark.parametrize(
    "path", ["//a:To", "//a:Action", "//a:MessageID", "//a:From/a:Address", "//a:ReplyTo/a:Address", "//u:Created",
             "//u:Expires", "//s:Body//Burgerservicenr"],
)  # fmt: skip
def test_whatever_is_changed_on_the_way_is_seen(request_, keys, now, path):
    root = etree.fromstring(request_.data)
    (element,) = root.xpath(path, namespaces=NAMES)
    element.text = element.text[:-1] + ("1" if element.text[-1] != "1" else "2")
    with pytest.raises(NotAgreed):
        read_question(etree.tostring(root), keys.authority, ACTION, now)
