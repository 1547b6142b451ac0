"""Who sits at the keyboard: the account of the machine, and not what its environment says (SEC-17: access is
personal)."""

from __future__ import annotations

import os
import pwd


def actor() -> str:
    """The name of the account this process runs as; its number where it has no name."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"
