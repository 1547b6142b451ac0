"""Answering a question over SOAP: verified before anything is looked up, booked before anything is given, signed.

The other half of ``client``: here we are asked. What is answered comes from outside: a function of the element in the
Body. Import this late: it brings zeep and xmlsec in.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from threading import Lock
from typing import Any
from xml.sax.saxutils import escape

from lxml import etree

from exchanges.core.settings import ServiceSettings
from exchanges.core.soap.asked import Asked, Gate
from exchanges.core.soap.certificates import load_identity, read_certificates, read_crls, require_real, utc_now
from exchanges.core.soap.errors import Refused
from exchanges.core.soap.making import fresh_id, make
from exchanges.core.soap.memory import Memory
from exchanges.core.soap.names import SOAP, WSSE
from exchanges.core.soap.own import to_sign
from exchanges.core.soap.service import Operation
from exchanges.core.soap.trust import Trust

# Security faults (WS-Security) say no more than that; what exactly is wrong is for our log, not for who tries.
_OF_SECURITY = frozenset(
    ("handtekening", "ondertekend", "algoritme", "certificaat", "oin", "geldigheid", "keten", "intrekking", "ids",
     "tijd", "herhaling")
)  # fmt: skip


@dataclass(frozen=True)
class Said:
    """An answer to one question: the XML of its element, about whom (a pseudonym), and in one word what it holds."""

    payload: bytes
    person: str
    outcome: str


@dataclass(frozen=True)
class Handled:
    """For the books. ``refused``: in one word which protection did, else empty; then nothing was looked up and
    ``person`` is empty too. ``sha256`` is of the element that was given."""

    oin: str
    message_id: str
    person: str
    outcome: str
    sha256: str
    refused: str = ""


@dataclass(frozen=True)
class Reply:
    """HTTP status and body."""

    status: int
    data: bytes


class Answerer:
    """``reply`` may be called by several threads. ``schemas`` are those of question and answer; ``answer`` gets the
    element of the question, valid by its schema; ``book`` must have booked it when it returns: what cannot be booked is
    not given.

    Raises UsageError when the settings cannot be used, as :class:`exchanges.core.soap.client.SoapClient` does."""

    def __init__(self, settings: ServiceSettings, wsdl: Path, operation: str,
                 schemas: tuple[etree.XMLSchema, etree.XMLSchema], answer: Callable[[Any], Said],
                 book: Callable[[Handled], None], memory: Memory, *, production: bool = False,
                 now: Callable[[], datetime] = utc_now) -> None:
        self._now, self._answer, self._book = now, answer, book
        self._operation = Operation(wsdl, operation)
        authorities = read_certificates(settings.ca)
        if production:
            require_real(settings.oin, authorities)
            require_real(settings.oin_partner, authorities)
        self._identity = load_identity(
            settings.certificaat_ondertekening or settings.certificaat,
            settings.sleutel_ondertekening or settings.sleutel, settings.oin, now(), to_sign(settings),
        )  # fmt: skip
        trust = Trust(
            authorities, settings.oin_partner, read_crls(settings.crl) if settings.crl else [],
            read_certificates(settings.certificaat_partner) if settings.certificaat_partner else [],
        )  # fmt: skip
        self._gate = Gate(trust, self._operation.action, self._operation.question, settings.oin,
                          timedelta(seconds=settings.klok), memory)  # fmt: skip
        self._schemas, self._lock = schemas, Lock()

    def reply(self, data: bytes) -> Reply:
        """The answer, signed, or a fault that tells nothing of why. Raises what ``answer`` and ``book`` raise; nothing
        has been given then, and :func:`fault` says that it is ours."""
        try:
            asked = self._gate.take(data, self._now())
            self._require_valid(0, asked.payload)
        except Refused as refused:
            self._book(Handled("", "", "", "geweigerd", "", refused.what))
            if refused.what in _OF_SECURITY:
                return Reply(500, fault("FailedCheck", "de beveiliging van de vraag klopt niet", WSSE))
            return Reply(500, fault("Client", "de vraag is niet volgens het koppelvlak"))
        said = self._answer(asked.payload)
        element = etree.fromstring(said.payload)
        self._require_valid(1, element)
        given = sha256(said.payload).hexdigest()
        reply = Reply(200, self._signed(element, asked))
        self._book(Handled(asked.oin, asked.message_id, said.person, said.outcome, given))
        return reply

    def _require_valid(self, which: int, element: Any) -> None:
        with self._lock:  # a compiled schema is not to be used by two threads at once
            if not self._schemas[which].validate(element):
                raise Refused("schema", f"{('De vraag', 'Ons antwoord')[which]} past niet in het schema.")

    def _signed(self, element: Any, asked: Asked) -> bytes:
        """To and From are those of the question, turned round (SuwiML: afspraken synchrone bevraging)."""
        addressing = {
            "To": asked.sender, "Action": self._operation.answer_action, "MessageID": fresh_id(),
            "RelatesTo": asked.message_id, "From": asked.to,
        }  # fmt: skip
        return make(element, addressing, self._identity, self._now(), confirms=asked.signature).data


def fault(code: str, text: str, namespace: str = SOAP) -> bytes:
    """A SOAP fault that holds nothing of the question."""
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<soap:Envelope xmlns:soap="{SOAP}" xmlns:c="{namespace}"><soap:Body>'
        f"<soap:Fault><faultcode>c:{code}</faultcode><faultstring>{escape(text)}</faultstring></soap:Fault>"
        "</soap:Body></soap:Envelope>"
    ).encode()
