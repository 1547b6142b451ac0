"""No purpose, no data: asked before a byte of source is read, before another exchange's data are looked in, and before
anything leaves. A refusal is in the books."""

from __future__ import annotations

from datetime import datetime

from exchanges.core.errors import UsageError
from exchanges.core.ledger import Ledger
from exchanges.core.purpose.registry import HOME_TIME, Registered, place, registered
from exchanges.core.settings import Settings

REFUSED = "doelbinding ontbreekt"
_BOOKS = "ketensluis"


def require_purpose(settings: Settings, ledger: Ledger, exchange: str, gemeente: str) -> Registered:
    """The purpose of the exchange today. Raises UsageError when none is registered (SEC-01)."""
    found = registered(settings, exchange, datetime.now(HOME_TIME).date())
    if found is None:
        ledger.event(None, _BOOKS, REFUSED, f"{exchange}/{gemeente}", "geweigerd", {})
        raise UsageError(
            f"Voor {exchange} is vandaag geen doelbinding geregistreerd; er is niets gelezen. Vul "
            f"{place(settings, exchange)} aan."
        )
    return found


def require_reading(purpose: Registered, ledger: Ledger, delivery: str, other: str) -> None:
    """That this purpose may look in what ``other`` sent. Raises UsageError when it is not on its list (SEC-02)."""
    if other != purpose.exchange and other not in purpose.reads:
        ledger.event(delivery, _BOOKS, REFUSED, other, "lezen geweigerd",
                     {"verwerkingsactiviteit": purpose.activity})  # fmt: skip
        raise UsageError(
            f"Het doel van {purpose.exchange} staat niet toe dat het leest wat {other} heeft verzonden; er is niets "
            "gelezen. Zet het bij leest in de doelbinding, als dat mag."
        )


def require_giving(purpose: Registered, ledger: Ledger, delivery: str, partner: str, message: str) -> None:
    """That data may go to this partner in this message. Raises UsageError when it is not on the list (SEC-31)."""
    if (partner, message) not in purpose.gives:
        ledger.event(delivery, _BOOKS, REFUSED, f"{partner}/{message}", "verstrekken geweigerd",
                     {"verwerkingsactiviteit": purpose.activity})  # fmt: skip
        raise UsageError(
            f"Bericht {message} aan {partner} staat niet op de lijst van wat {purpose.exchange} mag verstrekken; er is "
            "niets verzonden. Zet het bij verstrekt in de doelbinding, als dat mag."
        )
