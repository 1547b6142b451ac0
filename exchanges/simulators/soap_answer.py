"""An answer of the simulator, with what is wrong with it: before it is signed, or after."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import Any

from lxml import etree

from exchanges.simulators.soap_faults import ServerFaults
from exchanges.simulators.soap_keys import OIN_OTHER, Holder, Keys
from exchanges.simulators.soap_message import C14N, DS, WSU, Answer, Question

_FALSE = (
    "<f:FWI xmlns:f='http://bkwi.nl/SuwiML/FWI/v0205'><Informatie><Code>x</Code><Tekst>x</Tekst>"
    "<Bron><DN>CN=x</DN></Bron></Informatie></f:FWI>"
)
_XPATH = "http://www.w3.org/TR/1999/REC-xpath-19991116"


def made(payload: Any, question: Question, signer: Holder, keys: Keys, faults: ServerFaults, action: str,
         now: datetime) -> bytes:
    """The bytes of the answer."""
    created = now - timedelta(hours=1) if faults.stale_timestamp else now
    answer = Answer(payload, question, action, created)
    _before(answer, faults)
    unsigned = {
        id(part)
        for part, told in (
            (answer.body, faults.unsigned_body), (answer.timestamp, faults.unsigned_timestamp),
            (answer.addressing["RelatesTo"], faults.unsigned_header),
        )
        if told
    }  # fmt: skip
    parts = [one for one in answer.parts if id(one) not in unsigned and one.getparent() is not None]
    if faults.other_certificate:
        signer = keys.authority.issue("ander.voorbeeld.invalid", OIN_OTHER)
    if not faults.unsigned:
        answer.sign(signer, parts, sha_1=faults.sha1, transform=_XPATH if faults.other_transform else C14N)
    _after(answer, faults)
    data = answer.data()
    if faults.doctype:
        data = data.replace(b"?>", b'?><!DOCTYPE S:Envelope [<!ENTITY x "y">]>', 1)
    return data


def _before(answer: Answer, faults: ServerFaults) -> None:
    if faults.extra_header:
        etree.SubElement(answer.header, "{urn:voorbeeld:eigen}Kenmerk").text = "1"
    if faults.two_bodies:
        answer.body.append(copy.deepcopy(answer.body[0]))
    if faults.wrong_relates_to:
        answer.addressing["RelatesTo"].text = "urn:uuid:00000000-0000-4000-8000-000000000000"
    if faults.wrong_action:
        answer.addressing["Action"].text = "urn:voorbeeld:iets-anders"
    if faults.no_confirmation:
        answer.security.remove(answer.confirmation)
    if faults.wrong_confirmation:
        answer.confirmation.set("Value", "QUFBQQ==")


def _after(answer: Answer, faults: ServerFaults) -> None:
    if faults.tampered_body:
        _falsify(answer.body)
    if faults.wrapped_body:
        # The signed Body goes where the signature may hold anything; in its place another, with an id of its own.
        false = copy.deepcopy(answer.body)
        false.set(f"{{{WSU}}}Id", "id-vals")
        _falsify(false)
        signature = answer.security.find(f"{{{DS}}}Signature")
        answer.root.replace(answer.body, false)
        etree.SubElement(signature, f"{{{DS}}}Object").append(answer.body)


def _falsify(body: Any) -> None:
    payload = body[0]
    for child in list(payload):
        payload.remove(child)
    payload.append(etree.fromstring(_FALSE))
