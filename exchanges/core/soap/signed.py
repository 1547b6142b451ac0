"""The signature of a message, whoever made it: whole, by the algorithms of the profile, of somebody we trust (WB004,
WB007, WB010, WB013).

xmlsec computes; what it computes over is decided here. An id means something only on a part that stands in its place
(``envelope``): of all others xmlsec is told nothing, so a reference to anything else cannot be followed.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from exchanges.core.soap.envelope import Envelope
from exchanges.core.soap.errors import Refused
from exchanges.core.soap.names import BASE64, DIGESTS, DS, EXCLUSIVE, ID, SIGNATURES, WSSE, WSU, X509
from exchanges.core.soap.trust import Trust

_MOMENT = re.compile(r"(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(\.\d{1,9})?(?:Z|\+00:00)", re.ASCII)


@dataclass(frozen=True)
class Seal:
    """``what`` names the message in a refusal, as a sentence begins with it: ``Het antwoord van …``."""

    trust: Trust
    what: str

    def require(self, envelope: Envelope, now: datetime) -> x509.Certificate:
        """Who signed all that must be signed. Raises Refused."""
        certificate = self._certificate(envelope)
        with self._named():
            self.trust.require(certificate, now)
        self._signature(envelope, certificate)
        return certificate

    def moment(self, timestamp: Any, name: str) -> datetime | None:
        """``Created`` or ``Expires`` of a Timestamp; None when it has none. Raises Refused."""
        found = timestamp.findall(f"{{{WSU}}}{name}")
        if not found:
            return None
        text = _MOMENT.fullmatch((found[0].text or "").strip())
        try:
            if len(found) > 1 or text is None:
                raise ValueError
            whole = datetime(*(int(part) for part in text.groups()[:6]), tzinfo=UTC)  # type: ignore[misc,arg-type]
        except ValueError:
            raise self.refused("tijd", "heeft een tijdstip dat niet te lezen is of niet in UTC (WB002)") from None
        return whole + timedelta(microseconds=int(((text[7] or ".0")[1:] + "000000")[:6]))

    def refused(self, what: str, why: str) -> Refused:
        return Refused(what, f"{self.what} {why}. Het is niet gebruikt; vraag de partner ernaar.")

    def _certificate(self, envelope: Envelope) -> x509.Certificate:
        token = envelope.token
        named = envelope.signature.findall(f"{{{DS}}}KeyInfo/{{{WSSE}}}SecurityTokenReference/{{{WSSE}}}Reference")
        said = [(one.get("URI"), one.get("ValueType", X509)) for one in named]
        if (token.get("ValueType"), said) != (X509, [(f"#{token.get(ID)}", X509)]):
            raise self.refused("handtekening", "verwijst niet rechtstreeks naar zijn certificaat (WB010)")
        text = "".join((token.text or "").split())
        try:
            data = base64.b64decode(text, validate=True)
            if base64.b64encode(data).decode() != text or token.get("EncodingType", BASE64) != BASE64:
                raise ValueError("not the one way to write it")
            return x509.load_der_x509_certificate(data)
        except (ValueError, binascii.Error, x509.InvalidVersion):
            raise self.refused("certificaat", "heeft een certificaat dat niet te lezen is") from None

    def _signature(self, envelope: Envelope, certificate: x509.Certificate) -> None:
        required = {self._id(part): part for part in envelope.must_be_signed}
        allowed = {**required, envelope.token.get(ID): envelope.token}
        signed = self._references(envelope.signature)
        if set(required) - set(signed):
            raise self.refused("ondertekend", "heeft delen die niet ondertekend zijn (WB004)")
        if set(signed) - set(allowed):
            raise self.refused("ondertekend", "ondertekent iets anders dan de delen van dit bericht")
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_memory(
            certificate.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo), xmlsec.KeyFormat.PEM
        )  # fmt: skip
        try:
            for name in signed:
                context.register_id(allowed[name], "Id", WSU)
            context.verify(envelope.signature)
        except xmlsec.Error:
            raise self.refused("handtekening", "is na ondertekening veranderd, of de handtekening is vals") from None

    def _id(self, part: Any) -> str:
        name: str | None = part.get(ID)
        if not name:
            raise self.refused("ondertekend", "heeft delen die niet ondertekend zijn (WB004)")
        return name

    def _references(self, signature: Any) -> list[str]:
        """The ids that are signed. Only the algorithms of the profile, and only ways to say which part (WB007)."""
        info = signature.find(f"{{{DS}}}SignedInfo")
        if info is None:
            raise self.refused("handtekening", "heeft een handtekening zonder SignedInfo")
        methods = [info.find(f"{{{DS}}}{name}") for name in ("CanonicalizationMethod", "SignatureMethod")]
        used = [None if one is None else one.get("Algorithm") for one in methods]
        if used[0] != EXCLUSIVE or used[1] not in SIGNATURES:
            raise self.refused("algoritme", "is ondertekend met een algoritme dat niet is toegestaan")
        return [self._reference(one) for one in info.iterfind(f"{{{DS}}}Reference")]

    def _reference(self, reference: Any) -> str:
        transforms = [one.get("Algorithm") for one in reference.iterfind(f"{{{DS}}}Transforms/{{{DS}}}Transform")]
        digest = reference.find(f"{{{DS}}}DigestMethod")
        if transforms != [EXCLUSIVE] or digest is None or digest.get("Algorithm") not in DIGESTS:
            raise self.refused("algoritme", "is ondertekend met een algoritme dat niet is toegestaan")
        uri = reference.get("URI") or ""
        if not re.fullmatch(r"#[\w.-]+", uri, re.ASCII):
            raise self.refused("ondertekend", "ondertekent iets anders dan de delen van dit bericht")
        return str(uri[1:])

    @contextmanager
    def _named(self) -> Iterator[None]:
        try:
            yield
        except Refused as refused:
            why = str(refused).rstrip(".")
            why = f"is niet te vertrouwen: {why[:1].lower()}{why[1:]}"
            if "ververs crl" in why:  # of our own list the partner knows nothing
                raise Refused(refused.what, f"{self.what} {why}. Het is niet gebruikt.") from None
            raise self.refused(refused.what, why) from None


def content(element: Any) -> str:
    """Its text. What has elements in it has none."""
    return (element.text or "").strip() if len(element) == 0 else ""
