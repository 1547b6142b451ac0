"""Ask one question and get one answer that can be trusted. Import this late: it brings zeep and xmlsec in."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

from cryptography import x509
from cryptography.hazmat.primitives.hashes import SHA256

from exchanges.core.errors import KetensluisError
from exchanges.core.settings import SoapSettings
from exchanges.core.soap.certificates import (
    Identity,
    expiring,
    load_identity,
    oin_of,
    read_certificates,
    read_crls,
    require_real,
    utc_now,
)  # fmt: skip
from exchanges.core.soap.envelope import FAULT, parse, payload_of
from exchanges.core.soap.errors import Refused, Unanswered
from exchanges.core.soap.faults import fault_of
from exchanges.core.soap.own import to_connect, to_sign
from exchanges.core.soap.request import make_request
from exchanges.core.soap.service import Operation
from exchanges.core.soap.tls import tls_context
from exchanges.core.soap.trust import Trust
from exchanges.core.soap.verify import Verifier, canonical
from exchanges.core.soap.wire import Wire

_MEBIBYTE = 1024**2


@dataclass(frozen=True)
class Patience:
    """How often a technical failure is met by asking again, and how long between: 1, 2, 4 … seconds at most
    ``ceiling``, or what the partner says, a little more or less so that not all ask at the same moment (spec
    transport, section 12)."""

    attempts: int
    first: float = 1.0
    ceiling: float = 60.0
    sleep: Callable[[float], None] = time.sleep

    def wait(self, failed: int, said: float | None) -> None:
        planned = min(self.first * 2.0 ** (failed - 1), self.ceiling)
        self.sleep(min(max(planned * random.uniform(0.75, 1.25), said or 0.0), self.ceiling))


@dataclass(frozen=True)
class Answered:
    """``payload`` is the element in the Body of the answer as exclusive c14n; ``message`` the whole of it as it came,
    signed; ``confirms`` the signature value of ours that it confirms (WB014)."""

    payload: bytes
    message: bytes
    confirms: str


class SoapClient:
    """``with SoapClient(…) as client``; ``ask`` and ``tell`` may be called by several threads. Every attempt to ask is
    a message of its own: to ask again changes nothing at the partner, and a late answer is never taken for that to
    another question.

    Raises UsageError when the settings cannot be used: files, OIN, a certificate that does not hold, in production test
    numbers or a test root.
    """

    def __init__(self, settings: SoapSettings, wsdl: Path, operation: str, *, production: bool = False,
                 patience: Patience | None = None, now: Callable[[], datetime] = utc_now) -> None:
        self._to, self._now = f"{settings.url}?oin={settings.oin_partner}", now
        self._operation = Operation(wsdl, operation)
        authorities = read_certificates(settings.ca)
        if production:
            require_real(settings.oin, authorities)
            require_real(settings.oin_partner, authorities)
        moment = now()
        phrase = to_connect(settings)
        client = load_identity(settings.certificaat, settings.sleutel, settings.oin, moment, phrase)
        self._identity = self._signing(settings, client, moment)
        self._oin_server = settings.oin_partner if settings.oin_server is None else settings.oin_server
        self._patience = patience or Patience(settings.pogingen)
        self._wire = Wire(
            settings.url, tls_context(settings.certificaat, settings.sleutel, settings.ca, settings.crl, phrase),
            connections=settings.gelijktijdig, seconds=settings.tijdslimiet,
            most_bytes=settings.grens_mb * _MEBIBYTE, seen=self._seen_server,
        )  # fmt: skip
        trust = Trust(
            authorities, settings.oin_partner, read_crls(settings.crl) if settings.crl else [],
            read_certificates(settings.certificaat_partner) if settings.certificaat_partner else [],
        )  # fmt: skip
        self._verifier = Verifier(trust, self._operation.answer_action, timedelta(seconds=settings.klok),
                                  self._wire.where, settings.bevestiging)  # fmt: skip
        self._lock, self._server = threading.Lock(), ""
        self._warnings: dict[str, str] = {}
        for one in (client, self._identity):
            self._note("van ons, waarmee wij ons bekend maken" if one is client else "waarmee wij ondertekenen",
                       one.certificate.not_valid_after_utc)  # fmt: skip

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._wire.__exit__()

    @property
    def where(self) -> str:
        """Host and port, for messages."""
        return self._wire.where

    @property
    def _answer(self) -> str:
        return f"Het antwoord van {self.where}"

    @property
    def server(self) -> str:
        """Fingerprint (``SHA256:…``) of the certificate that the server showed last; empty before a connection."""
        return self._server

    @property
    def warnings(self) -> list[str]:
        """Sentences about certificates, ours and the partner's as far as seen, with less than 30 days to go."""
        with self._lock:
            return sorted(self._warnings.values())

    def ask(self, **values: Any) -> bytes:
        """The element in the Body of the answer, as exclusive c14n. ``values`` by the names of the schema.

        Raises TransportError after the last attempt, Declined when the partner declines this question by a fault,
        Refused when there is no answer that can be trusted, which holds for the next question too."""
        return self._patiently(lambda: self._once(self._operation.payload(**values), "")).payload

    def tell(self, payload: bytes, message_id: str) -> Answered:
        """Send a message that is there already, an element as it stands in a file. Every attempt is the same message:
        the same content under the same ``message_id``, signed anew, for a Timestamp holds for minutes only.

        Raises as :meth:`ask` does. After a TransportError it may have arrived: tell it again, as the same message."""
        return self._patiently(lambda: self._once(parse(payload, "De melding"), message_id))

    def _patiently(self, once: Callable[[], Answered]) -> Answered:
        for failed in range(1, self._patience.attempts + 1):
            try:
                return once()
            except Unanswered as error:
                if failed == self._patience.attempts:
                    raise
                after = error.after
            self._patience.wait(failed, after)
        raise AssertionError("there is at least one attempt")

    def _once(self, payload: Any, message_id: str) -> Answered:
        request = make_request(payload, self._operation.action, self._to, self._identity, self._now(), message_id)
        reply = self._wire.post(request.data)
        if reply.status == 500:
            raise self._of_500(reply.data)
        root = parse(reply.data, self._answer)
        if fault := self._fault(root):
            raise fault
        answer, signer = self._verifier.verify(root, request, self._now())
        self._seen_signer(signer)
        if answer.tag != self._operation.answer:
            raise Refused("vorm", f"Het antwoord van {self.where} is een ander bericht dan bij de vraag hoort.")
        return Answered(canonical(answer), reply.data, request.signature)

    def _fault(self, root: Any) -> KetensluisError | None:
        _, _, payload = payload_of(root, self._answer)
        return fault_of(payload, self._operation.faults, self.where) if payload.tag == FAULT else None

    def _of_500(self, data: bytes) -> KetensluisError:
        # Not everything that calls itself text/xml is a fault: something on the way says so too.
        fault = None
        with suppress(Refused, Unanswered):
            fault = self._fault(parse(data, self._answer))
        return fault or Unanswered(f"{self.where} kan nu niet antwoorden (HTTP 500).")

    def _signing(self, settings: SoapSettings, client: Identity, now: datetime) -> Identity:
        """Under G4 a certificate has one purpose: who signs may be another than who makes the connection."""
        if settings.certificaat_ondertekening is None or settings.sleutel_ondertekening is None:
            return client
        certificate, key = settings.certificaat_ondertekening, settings.sleutel_ondertekening
        return load_identity(certificate, key, settings.oin, now, to_sign(settings))

    def _seen_server(self, certificate: x509.Certificate) -> None:
        """Raises Refused when the server is of another organisation: a valid certificate is not enough (PKI001)."""
        if self._oin_server and oin_of(certificate) != self._oin_server:
            raise Refused("server", f"De server {self.where} is van een andere organisatie dan OIN {self._oin_server}. "
                                    "Er is niets gevraagd; klopt dat, zet die dan in oin_server.")
        self._server = f"SHA256:{certificate.fingerprint(SHA256()).hex()}"
        self._note(f"van de server {self.where}", certificate.not_valid_after_utc)

    def _seen_signer(self, certificate: x509.Certificate) -> None:
        self._note(f"waarmee {self.where} ondertekent", certificate.not_valid_after_utc)

    def _note(self, name: str, until: datetime) -> None:
        do = "Het is van de partner: vraag of er op tijd een nieuw is"
        if (warning := expiring(name, until, self._now(), do)) is not None:
            with self._lock:
                self._warnings[name] = warning
