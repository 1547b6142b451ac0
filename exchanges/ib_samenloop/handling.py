"""Handling of samenloop signals: what comes on top of the steps that all signals take (see core.handling)."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from exchanges.core.errors import UsageError
from exchanges.core.handling.steps import Handling as Steps
from exchanges.core.handling.steps import first_event, mark_of, utc

if TYPE_CHECKING:
    from exchanges.core.ledger.signals import Registered, SignalBook
    from exchanges.ib_samenloop.reading import SignalsRead

EXCHANGE = "ib_samenloop"
REPORTED_BACK = "terugmelding"


@dataclass(frozen=True)
class Terugmelding:
    """Reasonable doubt about a value of a register, reported back to it (SEC-30). ``oude_waarde`` and ``motivering``
    may hold personal data: the document goes into the encrypted store, and events only carry its digest."""

    gemeente: str
    signaalnummer: str
    register: str
    veld: str
    oude_waarde: str
    motivering: str
    verzonden: date | None = None

    def document(self) -> bytes:
        """JSON, the same bytes for the same content. Raises UsageError when a part is missing."""
        for name in ("gemeente", "signaalnummer", "register", "veld", "motivering"):
            if not getattr(self, name).strip():
                raise UsageError(f"Een terugmelding heeft een {name} nodig.")
        return json.dumps(asdict(self), default=str, sort_keys=True, ensure_ascii=False).encode()

    def trace(self) -> dict[str, Any]:
        """What an event may hold of it."""
        return {"register": self.register, "veld": self.veld, "sha256": hashlib.sha256(self.document()).hexdigest(),
                "verzonden": None if self.verzonden is None else self.verzonden.isoformat()}


class Handling(Steps):
    """The signals of one gemeente in the ledger."""

    def __init__(self, book: SignalBook, gemeente: str) -> None:
        super().__init__(book, EXCHANGE, gemeente)

    def receive(self, found: SignalsRead, key: bytes, moment: datetime) -> Registered:
        """Register what was read; what is there already stays as it is (R-SIG 4). Raises UsageError for a refused
        file."""
        from exchanges.core.ledger.signals import Registered
        from exchanges.ib_samenloop.identity import identities

        if found.refused:
            raise UsageError("Van dit bestand is niets gelezen; er zijn geen signalen om in te schrijven.")
        if found.head is None:  # a CSV without rows says nothing of itself
            return Registered(0, 0, ())
        return self.book.register(EXCHANGE, self.gemeente, found.head.month, identities(found.tables, key),
                                  first_event(moment))

    def report_back(self, report: Terugmelding, *, actor: str, moment: datetime) -> None:
        """That it was reported back; the state stays. The document itself is for the caller to store, encrypted."""
        from exchanges.core.ledger.signals import SignalEvent

        if report.gemeente != self.gemeente:
            raise UsageError("De terugmelding is van een andere gemeente dan het signaal.")
        self.book.append(
            EXCHANGE, self.gemeente, report.signaalnummer,
            lambda history: SignalEvent(utc(moment), actor, mark_of(history).state, REPORTED_BACK,
                                        details=report.trace()))
