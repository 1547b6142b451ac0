"""The messages of the simulator: what it demands of a question, and how it makes an answer.

Written with lxml and cryptography, by the same rules as ``core/soap`` and without a line of it: two readings of the WUS
profile that must agree, so that a mistake in one does not hide itself.
"""

from __future__ import annotations

import base64
import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha1, sha256
from typing import Any
from uuid import uuid4

from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import NameOID
from lxml import etree

from exchanges.simulators.soap_keys import OIN_PARTNER, Authority, Holder

SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
WSA = "http://www.w3.org/2005/08/addressing"
DS = "http://www.w3.org/2000/09/xmldsig#"
WSSE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-secext-1.0.xsd"
WSU = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"
WSSE11 = "http://docs.oasis-open.org/wss/oasis-wss-wssecurity-secext-1.1.xsd"
C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
_PROFILE = "http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-x509-token-profile-1.0#X509v3"
_RSA256 = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
_SHA256 = "http://www.w3.org/2001/04/xmlenc#sha256"
_ID = f"{{{WSU}}}Id"
_HEADERS = ["To", "Action", "MessageID", "From", "ReplyTo"]
_NAMES = {"s": SOAP, "a": WSA, "d": DS, "w": WSSE, "u": WSU}


class NotAgreed(Exception):
    """The question is not as the profile says; the text says why, without content."""


@dataclass(frozen=True)
class Question:
    """``payload`` is the element in its Body, ``signature`` the value of its signature, ``signer`` the OIN of who made
    it."""

    payload: Any
    message_id: str
    signature: str
    signer: str


def read_question(data: bytes, authority: Authority, action: str, now: datetime) -> Question:
    """Raises NotAgreed: other headers, something not signed, another algorithm, a signer we do not know, not of now."""
    root = etree.fromstring(data, etree.XMLParser(resolve_entities=False, no_network=True))
    headers = root.xpath("/s:Envelope/s:Header/*", namespaces=_NAMES)
    (body,) = root.xpath("/s:Envelope/s:Body", namespaces=_NAMES)
    expected = [*(f"{{{WSA}}}{name}" for name in _HEADERS), f"{{{WSSE}}}Security"]
    _demand(sorted(one.tag for one in headers) == sorted(expected), "andere koppen dan afgesproken")
    by_name = {etree.QName(one).localname: one for one in headers}
    security = by_name["Security"]
    _demand(security.get(f"{{{SOAP}}}mustUnderstand") == "1", "Security is niet verplicht gesteld")
    _demand(
        [etree.QName(one).localname for one in security] == ["BinarySecurityToken", "Timestamp", "Signature"],
        "de delen van Security",
    )
    token, timestamp, signature = security
    _demand(len(body) == 1, "meer dan een element in Body")
    verify(root, signature, token, [body, timestamp, *(by_name[name] for name in _HEADERS)])
    certificate = x509.load_der_x509_certificate(base64.b64decode(token.text))
    try:
        certificate.verify_directly_issued_by(authority.issuer.certificate)
    except (InvalidSignature, ValueError, TypeError):
        raise NotAgreed("een certificaat van een ander") from None
    (oin,) = (str(one.value) for one in certificate.subject.get_attributes_for_oid(NameOID.SERIAL_NUMBER))
    _demand(by_name["Action"].text == action, "een andere actie")
    _demand(by_name["From"][0].text == f"{WSA}/anonymous?oin={oin}", "From is een ander dan wie ondertekent")
    _demand(by_name["To"].text.endswith(f"?oin={OIN_PARTNER}"), "To is een ander dan wij")
    _demand(by_name["ReplyTo"][0].text == f"{WSA}/anonymous", "ReplyTo is niet anoniem")
    created = datetime.fromisoformat(timestamp.findtext(f"{{{WSU}}}Created"))
    _demand(created.tzinfo == UTC and abs(now - created) < timedelta(minutes=5), "niet van nu")
    return Question(body[0], by_name["MessageID"].text, compact(signature.findtext(f"{{{DS}}}SignatureValue")), oin)


def verify(root: Any, signature: Any, token: Any, parts: list[Any]) -> None:
    info = signature.find(f"{{{DS}}}SignedInfo")
    used = {one.get("Algorithm") for one in info.iter() if one.get("Algorithm")}
    _demand(used == {C14N, _RSA256, _SHA256}, "andere algoritmen")
    (named,) = signature.xpath("d:KeyInfo/w:SecurityTokenReference/w:Reference/@URI", namespaces=_NAMES)
    _demand(named == "#" + token.get(_ID) and re.fullmatch(r"[A-Za-z0-9+/=]+", token.text) is not None, "het token")
    digests = {
        one.get("URI"): base64.b64decode(one.findtext(f"{{{DS}}}DigestValue"))
        for one in info.iterfind(f"{{{DS}}}Reference")
    }
    ids = root.xpath("//*/@u:Id", namespaces=_NAMES)
    _demand(len(ids) == len(set(ids)), "een Id dubbel")
    _demand(digests == {"#" + one.get(_ID): sha256(c14n(one)).digest() for one in parts}, "niet alles ondertekend")
    key = x509.load_der_x509_certificate(base64.b64decode(token.text)).public_key()
    value = base64.b64decode(compact(signature.findtext(f"{{{DS}}}SignatureValue")))
    assert isinstance(key, rsa.RSAPublicKey)
    try:
        key.verify(value, c14n(info), padding.PKCS1v15(), hashes.SHA256())
    except InvalidSignature:
        raise NotAgreed("een valse handtekening") from None


class Draft:
    """An envelope in the making: change ``root``, then ``sign``. ``addressing`` are the headers by name; From holds an
    Address."""

    def __init__(self, payload: Any, addressing: dict[str, str], created: datetime, confirms: str = "") -> None:
        self.root = etree.Element(f"{{{SOAP}}}Envelope", nsmap={"S": SOAP, "wsa": WSA, "wsse": WSSE, "wsu": WSU})
        self.header = etree.SubElement(self.root, f"{{{SOAP}}}Header")
        self.body = etree.SubElement(self.root, f"{{{SOAP}}}Body")
        self.body.append(payload)
        self.addressing = {name: self.put(name, text) for name, text in addressing.items()}
        self.security = etree.SubElement(self.header, f"{{{WSSE}}}Security", {f"{{{SOAP}}}mustUnderstand": "1"})
        self.timestamp = etree.SubElement(self.security, f"{{{WSU}}}Timestamp")
        _text(self.timestamp, WSU, "Created", created.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))
        self.confirmation = None if not confirms else etree.SubElement(
            self.security, f"{{{WSSE11}}}SignatureConfirmation", {"Value": confirms}, nsmap={"wsse11": WSSE11}
        )  # fmt: skip

    def put(self, name: str, text: str) -> Any:
        if name not in ("From", "ReplyTo"):
            return _text(self.header, WSA, name, text)
        header = etree.SubElement(self.header, f"{{{WSA}}}{name}")
        _text(header, WSA, "Address", text)
        return header

    @property
    def parts(self) -> list[Any]:
        confirmation = [] if self.confirmation is None else [self.confirmation]
        return [self.body, self.timestamp, *confirmation, *self.addressing.values()]

    def sign(self, holder: Holder, parts: list[Any], *, sha_1: bool = False, transform: str = C14N) -> None:
        """A token and a signature in ``security`` over ``parts``, which get an id where they have none."""
        token = etree.SubElement(self.security, f"{{{WSSE}}}BinarySecurityToken")
        token.set("ValueType", _PROFILE)
        token.set(_ID, f"X509-{uuid4()}")
        token.text = base64.b64encode(holder.certificate.public_bytes(Encoding.DER)).decode()
        signature = etree.SubElement(self.security, f"{{{DS}}}Signature", nsmap={"ds": DS})
        info = etree.SubElement(signature, f"{{{DS}}}SignedInfo")
        etree.SubElement(info, f"{{{DS}}}CanonicalizationMethod", Algorithm=C14N)
        method = "http://www.w3.org/2000/09/xmldsig#rsa-sha1" if sha_1 else _RSA256
        etree.SubElement(info, f"{{{DS}}}SignatureMethod", Algorithm=method)
        digest = "http://www.w3.org/2000/09/xmldsig#sha1" if sha_1 else _SHA256
        for part in parts:
            name = part.get(_ID) or f"id-{uuid4()}"
            part.set(_ID, name)
            reference = etree.SubElement(info, f"{{{DS}}}Reference", URI=f"#{name}")
            etree.SubElement(etree.SubElement(reference, f"{{{DS}}}Transforms"), f"{{{DS}}}Transform",
                             Algorithm=transform)  # fmt: skip
            etree.SubElement(reference, f"{{{DS}}}DigestMethod", Algorithm=digest)
            hashed = (sha1 if sha_1 else sha256)(c14n(part)).digest()
            _text(reference, DS, "DigestValue", base64.b64encode(hashed).decode())
        value = holder.key.sign(c14n(info), padding.PKCS1v15(), hashes.SHA1() if sha_1 else hashes.SHA256())
        _text(signature, DS, "SignatureValue", base64.b64encode(value).decode())
        named = etree.SubElement(etree.SubElement(signature, f"{{{DS}}}KeyInfo"), f"{{{WSSE}}}SecurityTokenReference")
        etree.SubElement(named, f"{{{WSSE}}}Reference", URI="#" + token.get(_ID), ValueType=_PROFILE)

    def data(self) -> bytes:
        return etree.tostring(self.root, xml_declaration=True, encoding="UTF-8")


class Answer(Draft):
    """An answer to a question."""

    confirmation: Any

    def __init__(self, payload: Any, question: Question, action: str, created: datetime) -> None:
        addressing = {
            "To": f"{WSA}/anonymous", "Action": action, "MessageID": f"urn:uuid:{uuid4()}",
            "RelatesTo": question.message_id,
        }  # fmt: skip
        super().__init__(payload, addressing, created, question.signature)


def fault(code: str, namespace: str = SOAP, detail: bytes = b"") -> bytes:
    """A SOAP fault, unsigned, with a text that nobody may repeat: it quotes a number."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<S:Envelope xmlns:S="{SOAP}" xmlns:c="{namespace}"><S:Body><S:Fault>'
        f"<faultcode>c:{code}</faultcode><faultstring>Fout bij de vraag over 900000012</faultstring>"
    ).encode() + (b"<detail>" + detail + b"</detail>" if detail else b"") + b"</S:Fault></S:Body></S:Envelope>"


def c14n(element: Any) -> bytes:
    data: bytes = etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    return data


def _text(parent: Any, namespace: str, name: str, text: str) -> Any:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    element.text = text
    return element


def compact(text: str | None) -> str:
    return "".join((text or "").split())


def _demand(holds: bool, why: str) -> None:
    if not holds:
        raise NotAgreed(why)
