"""Who gives a command: the name given with ``--actor``, else that of the account."""

from __future__ import annotations

import typer

ACTOR = typer.Option("", "--actor", help="Wie dit doet. Zonder: de naam van het account op deze computer.")


def person(actor: str) -> str:
    import getpass
    import os

    if actor.strip():
        return actor.strip()
    try:
        return getpass.getuser()
    except (KeyError, OSError):  # an account without a name, as in a container
        return f"account {os.getuid()}"
