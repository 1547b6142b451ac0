"""``sluis``: the command line. Exit codes: 0 fine, 1 blocked by findings, 2 usage, 3 partner or transport."""

from exchanges.cli.app import main

__all__ = ["main"]
