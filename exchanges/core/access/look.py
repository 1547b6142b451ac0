"""A look at what is about people, from the command line: booked under the purpose of the exchange."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import sqlalchemy as sa

from exchanges.core.access.log import ALL, OPENED, seen
from exchanges.core.access.who import actor
from exchanges.core.ledger.tables import artefact
from exchanges.core.purpose.registry import HOME_TIME, registered
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings
from exchanges.core.store.hashing import hash_file


def look(action: str, *, exchange: str = ALL, gemeente: str = "", delivery: str | None = None, result: str = "getoond",
         reason: str = "", restricted: bool = False, settings: Settings | None = None) -> None:  # fmt: skip
    """Book that the present account looks. Called before anything is shown: what cannot be booked is not shown.

    Raises UsageError for a delivery that does not exist, BusinessError for a reason with a BSN in it.
    """
    settings = settings or Settings()
    if delivery is not None:
        open_ledger(settings).delivery(delivery)  # one that is not there is told so, before it is written anywhere
    about = delivery.partition("/")[0] if delivery else exchange
    purpose = None if about == ALL else registered(settings, about, datetime.now(HOME_TIME).date())
    seen(
        open_ledger(settings), actor(), action, gemeente=gemeente, exchange=exchange, delivery=delivery, result=result,
        reason=reason, activity=purpose.activity if purpose else "", restricted=restricted,
    )  # fmt: skip


def look_in_list(path: Path, settings: Settings | None = None) -> None:
    """Book that a sealed list is opened, with its delivery when it is one of ours. Where there is no installation, as
    at the desk of who works with the list, there are no books: opening it is then not in any."""
    settings = settings or Settings()
    if not (settings.config or settings.root / "ketensluis.toml").exists():
        return
    sha256, _ = hash_file(path)
    query = sa.select(artefact.c.delivery).where(artefact.c.sha256 == sha256).limit(1)
    with open_ledger(settings).database.read() as connection:
        delivery = connection.execute(query).scalar()
    look(OPENED, delivery=delivery, result="geopend", settings=settings)
