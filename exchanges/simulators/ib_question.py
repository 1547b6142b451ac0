"""The Inlichtingenbureau asking a municipality about one person (GSDReintegratieInfo; dkd-gsd.md, sections 1 to 3).

It makes and signs the question and judges the answer without a line of ``core/soap``: a second reading of the profile.
"""

from __future__ import annotations

import http.client
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from lxml import etree

from exchanges.core.data import data_dir
from exchanges.simulators.reading import compile_schema
from exchanges.simulators.soap_keys import OIN_MUNICIPALITY, OIN_PARTNER, Holder, Keys, write
from exchanges.simulators.soap_message import DS, SOAP, WSA, WSSE, WSSE11, WSU, Draft, NotAgreed, compact, verify

NAMESPACE = "http://bkwi.nl/SuwiML/Diensten/GSDDossierReintegratie/v0200"
SERVICE = "http://bkwi.nl/SuwiML/Diensten/GSDDossierReintegratie-v0200"
QUESTION, ANSWER = "GSDReintegratieInfo", "GSDReintegratieInfoResponse"
_HEADERS = ["To", "Action", "MessageID", "RelatesTo", "From"]


@dataclass(frozen=True)
class Replied:
    """HTTP status, the body as it came, and its element when it is an answer that can be trusted, else None."""

    status: int
    data: bytes
    payload: Any | None


class IbAsking:
    """``ask`` asks over a connection of its own. ``client`` is who makes the connection, ``signer`` who signs."""

    def __init__(self, root: Path, url: str, keys: Keys, *, signer: Holder | None = None, client: Holder | None = None,
                 oldest_tls: bool = False) -> None:
        self.keys, self.signer = keys, signer or keys.signer
        self._url = urlsplit(url)
        folder = root / ".sleutels-ib"
        folder.mkdir(parents=True, exist_ok=True)
        shown = client or keys.signer
        self._context = ssl.create_default_context(cafile=str(write(folder / "ca.pem", keys.authority.pem)))
        if oldest_tls:
            self._context.maximum_version = self._context.minimum_version = ssl.TLSVersion.TLSv1_1
            self._context.set_ciphers("ALL:@SECLEVEL=0")
        certificate = write(folder / "ib.pem", shown.pem, keys.authority.issuer.pem)
        self._context.load_cert_chain(certificate, write(folder / "ib.key", shown.key_pem))
        schemas = data_dir("schemas") / "GSDDossierReintegratie" / "v0200"
        self._schema = compile_schema(schemas, f"{{{NAMESPACE}}}{ANSWER}")

    def draft(self, bsn: str, **addressing: str) -> Draft:
        """The question about somebody, not signed yet; ``addressing`` instead of what it should be."""
        payload = etree.Element(f"{{{NAMESPACE}}}{QUESTION}", nsmap={"g": NAMESPACE})
        etree.SubElement(payload, "Burgerservicenr").text = bsn
        url = self._url
        headers = {
            "To": f"https://{url.netloc}{url.path}?oin={OIN_MUNICIPALITY}", "Action": f"{SERVICE}/{QUESTION}",
            "MessageID": f"urn:uuid:{uuid4()}", "From": f"{WSA}/anonymous?oin={OIN_PARTNER}",
        }  # fmt: skip
        return Draft(payload, headers | addressing, datetime.now(UTC))

    def ask(self, bsn: str, change: Callable[[Draft], None] = lambda draft: None) -> Replied:
        """Ask, and judge what comes back. ``change`` gets the question before it is signed."""
        draft = self.draft(bsn)
        change(draft)
        draft.sign(self.signer, draft.parts)
        return self.post(draft.data())

    def post(self, data: bytes, path: str = "", **headers: str) -> Replied:
        """Raises NotAgreed when the answer is not as the profile says."""
        connection = http.client.HTTPSConnection(
            str(self._url.hostname), self._url.port, context=self._context, timeout=20
        )
        try:
            sent = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '""'} | headers
            connection.request("POST", path or self._url.path, body=data, headers=sent)
            response = connection.getresponse()
            status, got = response.status, response.read()
        finally:
            connection.close()
        return Replied(status, got, self._judged(data, got) if status == 200 else None)

    def _judged(self, asked: bytes, got: bytes) -> Any:
        question, root = etree.fromstring(asked), etree.fromstring(got)
        headers = root.findall(f"{{{SOAP}}}Header/*")
        (body,) = root.findall(f"{{{SOAP}}}Body")
        by_name = {etree.QName(one).localname: one for one in headers}
        _demand(sorted(by_name) == sorted([*_HEADERS, "Security"]) and len(headers) == 6, "andere koppen")
        token, timestamp, confirmation, signature = (
            by_name["Security"].find(f"{{{ns}}}{name}")
            for ns, name in ((WSSE, "BinarySecurityToken"), (WSU, "Timestamp"), (WSSE11, "SignatureConfirmation"),
                             (DS, "Signature"))
        )  # fmt: skip
        verify(root, signature, token, [body, timestamp, confirmation, *(by_name[name] for name in _HEADERS)])
        was = {etree.QName(one).localname: one for one in question.findall(f"{{{SOAP}}}Header/*")}
        _demand(by_name["RelatesTo"].text == was["MessageID"].text, "een ander kenmerk")
        _demand(by_name["Action"].text == f"{SERVICE}/{ANSWER}", "een andere actie")
        _demand(by_name["To"].text == was["From"][0].text and by_name["From"][0].text == was["To"].text, "To of From")
        value = compact(was["Security"].findtext(f"{{{DS}}}Signature/{{{DS}}}SignatureValue"))
        _demand(confirmation.get("Value") == value, "een andere bevestiging")
        created = datetime.fromisoformat(timestamp.findtext(f"{{{WSU}}}Created"))
        _demand(abs(datetime.now(UTC) - created) < timedelta(minutes=5), "niet van nu")
        (payload,) = body
        _demand(self._schema.validate(payload), "een antwoord dat niet in het schema past")
        return payload


def _demand(holds: bool, why: str) -> None:
    if not holds:
        raise NotAgreed(why)
