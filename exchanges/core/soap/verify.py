"""Is this answer the partner's, whole, fresh, and about our question? (WB002, WB004, WB013, WB014, WA001)"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from cryptography import x509
from lxml import etree

from exchanges.core.soap.envelope import Envelope, take_apart
from exchanges.core.soap.errors import Refused
from exchanges.core.soap.names import ANONYMOUS, NONE, REPLY
from exchanges.core.soap.request import Request
from exchanges.core.soap.signed import Seal, content
from exchanges.core.soap.trust import Trust


@dataclass(frozen=True)
class Verifier:
    """``action`` is what the answer must say it is; ``skew`` how far the clocks may be apart. With ``confirmed`` the
    answer must confirm the signature of the question."""

    trust: Trust
    action: str
    skew: timedelta
    where: str
    confirmed: bool = True

    def verify(self, root: Any, request: Request, now: datetime) -> tuple[Any, x509.Certificate]:
        """The element in the Body, and who signed it. Raises Refused."""
        envelope = take_apart(root, self._seal.what)
        certificate = self._seal.require(envelope, now)
        self._fresh(envelope, request, now)
        self._addressed(envelope, request)
        self._confirmation(envelope, request)
        return envelope.payload, certificate

    def _fresh(self, envelope: Envelope, request: Request, now: datetime) -> None:
        created = self._seal.moment(envelope.timestamp, "Created")
        expires = self._seal.moment(envelope.timestamp, "Expires")
        if created is None:
            raise self._refused("tijd", "heeft geen tijdstip van maken (WB002)")
        # An answer is made after the question: an older one is one of before, sent again.
        if not request.created - self.skew <= created <= now + self.skew or (expires and expires < now - self.skew):
            raise self._refused("tijd", "is niet van nu (lopen de klokken gelijk?)")

    def _addressed(self, envelope: Envelope, request: Request) -> None:
        headers = envelope.addressing
        relates = headers.get("RelatesTo")
        said = None if relates is None else (content(relates), relates.get("RelationshipType", REPLY))
        if said != (request.message_id, REPLY):
            raise self._refused("kenmerk", "gaat niet over onze vraag (RelatesTo)")
        if "MessageID" not in headers or not content(headers["MessageID"]):
            raise self._refused("koppen", "heeft geen kenmerk (MessageID)")
        if "Action" not in headers or content(headers["Action"]) != self.action:
            raise self._refused("actie", "is geen antwoord op deze soort vraag (Action)")
        if "To" in headers and content(headers["To"]).partition("?")[0] not in (ANONYMOUS, NONE):
            raise self._refused("koppen", "is aan iemand anders geadresseerd (To)")

    def _confirmation(self, envelope: Envelope, request: Request) -> None:
        if envelope.confirmation is None:
            if self.confirmed:
                raise self._refused("bevestiging", "bevestigt onze handtekening niet (WB014)")
        elif "".join(envelope.confirmation.get("Value", "").split()) != request.signature:
            raise self._refused("bevestiging", "bevestigt een andere handtekening dan de onze (WB014)")

    def _refused(self, what: str, why: str) -> Refused:
        return self._seal.refused(what, why)

    @property
    def _seal(self) -> Seal:
        return Seal(self.trust, f"Het antwoord van {self.where}")


def canonical(element: Any) -> bytes:
    """Bytes that depend on the content only, not on the prefixes and spaces of its envelope."""
    data: bytes = etree.tostring(element, method="c14n", exclusive=True, with_comments=False)
    return data
