"""Asking for a BSN: over standard input, so that it stands in no process list and no shell history."""

from __future__ import annotations

import sys


def bsn_from_input(example: str) -> str:
    """What was typed, unseen, or given. Raises UsageError when that is nothing."""
    from exchanges.core.errors import UsageError

    if sys.stdin.isatty():
        import getpass

        key = getpass.getpass("BSN (wordt niet getoond): ").strip()
    else:
        key = sys.stdin.readline().strip()
    if not key:
        raise UsageError(f"Geen BSN op de standaardinvoer; geef er een, bijvoorbeeld: {example}.")
    return key
