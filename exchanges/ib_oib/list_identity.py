"""What makes a line of the list the same line: its number, and the item it is about (SQL expressions).

IB gives lines no number that is known, and delivers each new or changed item once. ``nummer`` is an HMAC-SHA-256 over
all content of the line but the month in which it came: the same item with the same content has the same number in
whichever file it comes, and with other content another. It is keyed, for a bare hash of a BSN can be guessed. Half of
the digest tells millions of lines apart as surely. ``sleutel`` is the same over the key of the item alone, with open
ends as one (spec ib-signalen 6.3 steps 1 and 4), to find what was said of it before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

_BLOCK = 64  # bytes, of SHA-256
_SENTINEL = 60_000_000
_RELATION = ("bsn", "loonheffingennummer", "volgnummer_ikv")
_BEGIN, _END = "datum_aanvang_inkomstenopgave", "datum_einde_inkomstenopgave"


def pads(key: bytes) -> dict[str, bytes]:
    """The parameters that :func:`number` and :func:`item` need; ``key`` is that of the pseudonyms. As parameters, for
    the text of a statement comes back in the errors of the engine."""
    padded = (hashlib.sha256(key).digest() if len(key) > _BLOCK else key).ljust(_BLOCK, b"\0")
    return {name: bytes(one ^ pad for one in padded) for name, pad in (("inner", 0x36), ("outer", 0x5C))}


def number(columns: Sequence[str]) -> str:
    """32 hexadecimal digits over these columns."""
    return _digest("regel", [f"{name}::VARCHAR" for name in columns])


def item() -> str:
    """32 hexadecimal digits over the relation and the wage period; without one, the begin of the inkomstenperiode."""
    begin, end = (f"CASE WHEN {day} < {_SENTINEL} THEN {day} END" for day in (_BEGIN, _END))
    other = f"CASE WHEN {_BEGIN} IS NULL AND {_END} IS NULL THEN datum_begin_inkomstenperiode END"
    return _digest("item", [f"({sql})::VARCHAR" for sql in (*_RELATION, begin, end, other)])


def _digest(purpose: str, texts: Sequence[str]) -> str:
    """HMAC as RFC 2104 has it: there is no kernel for it, but one for SHA-256. ``purpose`` keeps it apart from the
    pseudonyms, which have the same key."""
    # What is missing and what is empty, and where one value ends, stay apart.
    parts = ", ".join([f"'ib_oib/{purpose}'", *(f"coalesce({text}, chr(28))" for text in texts)])
    message = f"encode(concat_ws(chr(31), {parts}))"
    return f"left(sha256($outer::BLOB || unhex(sha256($inner::BLOB || {message}))), 32)"
