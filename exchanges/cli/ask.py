"""Asking for a BSN: over standard input, so that it stands in no process list and no shell history."""

from __future__ import annotations

import sys


def bsn_from_input(example: str) -> str:
    """What was typed, unseen, or given; 1234.56.782 is 123456782. Raises UsageError when that is nothing, or more than
    one."""
    from exchanges.core.bsn import GROUPED
    from exchanges.core.errors import UsageError

    if sys.stdin.isatty():
        import getpass

        key = getpass.getpass("BSN (wordt niet getoond): ").strip()
    else:
        key = sys.stdin.readline().strip()
        # Who asks about two and hears of one takes it for an answer about both.
        if sys.stdin.read(4096).strip():
            raise UsageError("Er staat meer dan een regel op de standaardinvoer; geef een BSN per keer.")
    if not key:
        raise UsageError(f"Geen BSN op de standaardinvoer; geef er een, bijvoorbeeld: {example}.")
    return GROUPED.sub(r"\1\2\3", key)
