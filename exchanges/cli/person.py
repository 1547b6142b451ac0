"""Who gives a command: the account; and somebody else where the settings let the account speak for others."""

from __future__ import annotations

import typer

from exchanges.cli.guard import COMMAND

_HELP = "Namens wie, als het account voor anderen mag spreken. Zonder: het account op deze computer."
ACTOR = typer.Option("", "--actor", help=_HELP)
DOOR = typer.Option("", "--door", help=_HELP)
NAME = typer.Option("", "--name", help=_HELP)


def person(said: str) -> str:
    """As it is booked. Raises UsageError when the account may not speak for another, or the other may not do this."""
    from exchanges.core.access.acting import acting
    from exchanges.core.access.roles import require
    from exchanges.core.access.who import accountable

    who = acting(said)
    # The account itself was asked before the command began (exchanges.cli.guard).
    if said.strip():
        require(COMMAND.get(), account=accountable(who))
    return who
