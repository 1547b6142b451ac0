"""Whether a file as it came may hold criminal-justice data, and for which key of a municipality it is sealed then.

The lists keep the two apart by the kind of every record (spec ib-signalen SEC-21). What is handed out for repair could
not be read, so its records have no kind: there it is enough that the code of such a kind stands in it somewhere, or
that it cannot be seen whether one does.
"""

from __future__ import annotations

import pkgutil
import re
from collections.abc import Collection
from pathlib import Path

from exchanges.core.errors import UsageError
from exchanges.core.intake import Intake
from exchanges.core.lists.declare import SignalList
from exchanges.core.registry import exchanges
from exchanges.core.settings import ListSettings

_BLOCK = 1 << 20
_REPAIRED = re.compile(r"\.herstel[0-9]{4}(?=\.|$)")


def restricted_codes(intake: Intake) -> frozenset[str]:
    """The codes of the kinds of which the records are criminal-justice data."""
    listed: SignalList = pkgutil.resolve_name(intake.lists)()
    return frozenset(code for sheet in listed.apart for code in sheet.kinds or (sheet.id,))


def codes_of_name(name: str | None, gemeente: str) -> frozenset[str]:
    """The same of whichever exchange receives files called ``name``; None: it is not known, and may be of any."""
    intakes = [flow for one in exchanges().values() for flow in one.flows.values() if isinstance(flow, Intake)]
    return frozenset().union(*(restricted_codes(one) for one in intakes if name is None or _is(one, name, gemeente)))


def may_hold(path: Path, codes: Collection[str]) -> bool:
    """Whether one of ``codes`` is a value in the file, or might be: what is packed or no text is not looked into."""
    if not codes:
        return False
    words = "|".join(sorted(map(re.escape, codes)))
    # A value of a CSV or an XML: names of columns may begin with the code of a kind.
    found = re.compile(rf"[;,|\t\r\n\"'>] {{0,8}}(?:{words}) {{0,8}}[;,|\t\r\n\"'<]".encode())
    longest = max(map(len, codes)) + 18
    with path.open("rb") as file:
        before = b"\n"
        while block := file.read(_BLOCK):
            if b"\0" in block or found.search(before + block):
                return True
            before = (before + block)[-longest:]
    return bool(found.search(before + b"\n"))


def key_for(path: Path, codes: Collection[str], lists: ListSettings, gemeente: str) -> str:
    """The public key to seal ``path`` for; empty where the municipality has none.

    Raises UsageError where it has one for its lists, and none for who may see criminal-justice data."""
    if not may_hold(path, codes):
        return lists.sleutel
    if lists.sleutel and not lists.sleutel_beperkt:
        raise UsageError(
            f"In dit bestand kunnen strafrechtelijke gegevens staan, en gemeente {gemeente} heeft daar geen sleutel"
            f" voor. Zet sleutel_beperkt onder [gemeente.{gemeente}.lijsten]."
        )
    return lists.sleutel_beperkt


def _is(intake: Intake, name: str, gemeente: str) -> bool:
    pattern = intake.file_name.replace("{gemeente}", re.escape(gemeente))
    pattern = pattern.replace("{periode}", "[0-9]{4}-[0-9]{2}").replace("{jaarmaand}", "[0-9]{6}")
    return bool(re.fullmatch(pattern, _REPAIRED.sub("", name)))
