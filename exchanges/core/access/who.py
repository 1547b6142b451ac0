"""Who sits at the keyboard: the account of the machine, and not what its environment says (SEC-17: access is
personal). What an actor in the books is called, and when two of them are one person."""

from __future__ import annotations

import os
import pwd
import unicodedata

SPEAKS = " namens "


def actor() -> str:
    """The name of the account this process runs as; its number where it has no name."""
    number = os.getuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return f"uid {number}"


def accountable(name: str) -> str:
    """Who it is that acted: the account, or for whom it spoke (``portaal namens anna`` is anna)."""
    account, _, other = name.partition(SPEAKS)
    return other or account


def plain(name: str) -> str:
    """The name as it is compared: Anna and ``anna `` are one."""
    return " ".join(unicodedata.normalize("NFKC", name).split()).casefold()


def same_person(one: str, other: str) -> bool:
    """Whether two actors may be one person: they have an account in common, as who acted or as who spoke. Only that one
    account spoke for two others does not make them one: the settings say that it may."""
    first, second = plain(one).split(SPEAKS, 1), plain(other).split(SPEAKS, 1)
    if len(first) == len(second) == 2 and first[0] == second[0]:
        return first[1] == second[1] or first[0] in (first[1], second[1])
    return not set(first).isdisjoint(second)
