"""Who does something, as it is booked: the account of the machine, or whom Airflow has logged in.

Somebody else can be named only by an account that the settings let speak for others (``namens``), and then both
names are booked. Where ``KETENSLUIS_ACTORS=vrij`` says so, in a demo or a test and never in production, anybody may be
anybody.
"""

from __future__ import annotations

from exchanges.core.access.roles import configured
from exchanges.core.access.who import SPEAKS, actor, plain
from exchanges.core.errors import UsageError
from exchanges.core.settings import Settings


def acting(said: str = "", settings: Settings | None = None) -> str:
    """The present account; ``X namens Y`` where it is X and ``said`` is Y.

    Raises UsageError when the account may not speak for another.
    """
    settings, account, said = settings or Settings(), actor(), _name(said)
    if not said or plain(said) == plain(account):
        return account
    if settings.anybody_may_be_anybody:
        return said
    known = configured(settings)
    if known is None or account not in known.namens:
        raise UsageError(
            f"Account {account} mag niet voor een ander spreken; laat de naam weg, of zet het account bij namens in de "
            "instellingen."
        )
    return f"{account}{SPEAKS}{said}"


def logged_in(user: str | None, settings: Settings | None = None) -> str:
    """The account of a user of Airflow, by the settings (``[airflow]``), else of that name; empty for nobody."""
    user = _name(user or "")
    known = configured(settings or Settings()) if user else None
    return known.airflow.get(user, user) if known else user


def _name(text: str) -> str:
    name = " ".join(text.split())
    if SPEAKS.strip() in name.split():
        raise UsageError("Een naam kan het woord namens niet bevatten; geef één naam.")
    return name
