"""An envelope of ours: addressing and security headers around one element, and nothing else (WS007), all of it signed.

The order in Security is token, timestamp, signature: a strict receiver wants a token before it is used (spec
transport, section 4).
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import xmlsec
from cryptography.hazmat.primitives.serialization import Encoding
from lxml import etree

from exchanges.core.soap.certificates import Identity
from exchanges.core.soap.names import BASE64, DS, ID, SOAP, WSA, WSSE, WSSE11, WSU, X509

LIFETIME = timedelta(minutes=5)
_PREFIXES = {"soap": SOAP, "wsa": WSA, "wsse": WSSE, "wsu": WSU}
_REFERENCES = ("From", "ReplyTo")  # their value is in an Address


@dataclass(frozen=True)
class Made:
    """``data`` are the bytes to send, and no others: writing the tree again could break the ``signature`` (base64 as in
    the message)."""

    data: bytes
    signature: str


def fresh_id() -> str:
    return f"urn:uuid:{uuid4()}"


def make(payload: Any, addressing: Mapping[str, str], identity: Identity, now: datetime, confirms: str = "") -> Made:
    """``payload`` is the one child of the Body (WW003); it is moved. ``addressing`` are the addressing headers by name,
    in their order; ``confirms`` the signature of the question that this answers (WB014).

    Every addressing header, the Timestamp, the confirmation and the Body are signed, each by a reference of its own
    (WB004), exclusive c14n, SHA-256; the certificate is in the message, by direct reference (WB010)."""
    envelope = etree.Element(f"{{{SOAP}}}Envelope", nsmap=_PREFIXES)
    header = etree.SubElement(envelope, f"{{{SOAP}}}Header")
    body = etree.SubElement(envelope, f"{{{SOAP}}}Body")
    body.append(payload)
    # Not by cleanup_namespaces: a prefix that only occurs in a value (xsi:type) would go.
    for name, value in addressing.items():
        if name in _REFERENCES:
            _text(etree.SubElement(header, f"{{{WSA}}}{name}"), WSA, "Address", value)
        else:
            _text(header, WSA, name, value)
    parts = list(header)

    security = etree.SubElement(header, f"{{{WSSE}}}Security", {f"{{{SOAP}}}mustUnderstand": "1"})
    token = _text(security, WSSE, "BinarySecurityToken",
                  base64.b64encode(identity.certificate.public_bytes(Encoding.DER)).decode())  # fmt: skip
    token.set("EncodingType", BASE64)
    token.set("ValueType", X509)
    token.set(ID, f"X509-{uuid4()}")
    timestamp = etree.SubElement(security, f"{{{WSU}}}Timestamp")
    _text(timestamp, WSU, "Created", _utc(now))
    _text(timestamp, WSU, "Expires", _utc(now + LIFETIME))
    parts += [timestamp, body]
    if confirms:
        parts.append(etree.SubElement(security, f"{{{WSSE11}}}SignatureConfirmation", {"Value": confirms},
                                      nsmap={"wsse11": WSSE11}))  # fmt: skip
    signature = _sign(security, parts, token.get(ID), identity)
    return Made(etree.tostring(envelope, xml_declaration=True, encoding="UTF-8"), signature)


def _sign(security: Any, parts: list[Any], token: str, identity: Identity) -> str:
    """The signature as last child of ``security``; its value."""
    template = xmlsec.template.create(security, xmlsec.Transform.EXCL_C14N, xmlsec.Transform.RSA_SHA256, ns="ds")
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(identity.key_pem, xmlsec.KeyFormat.PEM)
    for part in parts:
        name = f"id-{uuid4()}"
        part.set(ID, name)
        reference = xmlsec.template.add_reference(template, xmlsec.Transform.SHA256, uri=f"#{name}")
        xmlsec.template.add_transform(reference, xmlsec.Transform.EXCL_C14N)
        context.register_id(part, "Id", WSU)
    key_info = xmlsec.template.ensure_key_info(template)
    named = etree.SubElement(key_info, f"{{{WSSE}}}SecurityTokenReference")
    etree.SubElement(named, f"{{{WSSE}}}Reference", {"URI": f"#{token}", "ValueType": X509})
    security.append(template)
    context.sign(template)
    value: str = template.findtext(f"{{{DS}}}SignatureValue")
    return "".join(value.split())


def _text(parent: Any, namespace: str, name: str, text: str) -> Any:
    element = etree.SubElement(parent, f"{{{namespace}}}{name}")
    element.text = text
    return element


def _utc(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}Z"
