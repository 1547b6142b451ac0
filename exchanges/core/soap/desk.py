"""Who answers: the desk of an exchange, opened for one municipality, and what goes in the books of every question."""

from __future__ import annotations

from typing import Any, Protocol

from exchanges.core.ledger import Ledger
from exchanges.core.period import Period
from exchanges.core.soap.answering import Handled, Said
from exchanges.core.store.privacy import without_bsn

ANSWERED, REFUSED = "vraag.beantwoord", "vraag.geweigerd"
_LONGEST = 120


class Desk(Protocol):
    """``delivery`` is the id of the delivery whose state it answers from, ``period`` the one of that, which says by
    which version of the message. Safe for many threads."""

    @property
    def delivery(self) -> str: ...

    @property
    def period(self) -> Period: ...

    def answer(self, question: Any) -> Said:
        """``question`` is the element in the Body, valid by its schema."""
        ...

    def current(self) -> bool:
        """Whether it still answers from the newest delivery; else it must be opened anew."""
        ...


def book(ledger: Ledger, delivery: str, handled: Handled) -> None:
    """An event of the delivery, by pseudonym: who asked, about whom, what was given. Raises what the ledger raises."""
    if handled.refused:
        ledger.event(delivery, "onbekend", REFUSED, handled.refused, "niets gegeven")
        return
    # The id is the partner's own text.
    details = {"kenmerk": without_bsn(handled.message_id)[:_LONGEST], "sha256": handled.sha256}
    ledger.event(delivery, f"oin:{handled.oin}", ANSWERED, handled.person, handled.outcome, details)
