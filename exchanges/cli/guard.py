"""Every command asks first whether the account may give it, and, where it is about what the books have, whether there
are any: looking makes none."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar
from functools import wraps
from typing import Any

import typer
from typer.main import get_command_name

# The command that is given, as in the matrix: ``approve give``.
COMMAND: ContextVar[str] = ContextVar("command")

# What begins an installation, or does without its books; of ledger verify and access review a part needs them, and asks
# by itself.
WITHOUT_LEDGER = frozenset({
    "run", "serve", "demo", "keys make", "calendar", "check", "unseal", "demo-data", "simulate", "bench",
    "schemas list", "schemas install", "schemas verify", "mappings check", "purposes list", "purposes check",
    "access matrix", "ledger key", "ledger verify", "keys show", "access review",
})  # fmt: skip


def guard(app: typer.Typer, path: tuple[str, ...] = ()) -> list[str]:
    """Put the question before every command of ``app`` and of the groups in it; gives the commands."""
    found = []
    for info in app.registered_commands:
        assert info.callback is not None
        command = " ".join((*path, info.name or get_command_name(info.callback.__name__)))
        info.callback = _asked(command, info.callback)
        found.append(command)
    for group in app.registered_groups:
        assert group.typer_instance is not None
        found += guard(group.typer_instance, (*path, str(group.name)))
    return found


def _asked(command: str, callback: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(callback)
    def asked(*args: Any, **kwargs: Any) -> Any:
        from exchanges.core.access.roles import require

        require(command)
        if command not in WITHOUT_LEDGER:
            from exchanges.core.run import require_ledger

            require_ledger()
        COMMAND.set(command)
        return callback(*args, **kwargs)

    return asked
