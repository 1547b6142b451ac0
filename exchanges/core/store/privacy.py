"""Does a text hold a citizen service number (nine digits that pass the elfproef)?

Nine digits inside a longer run of digits or inside a hex digest are no BSN: one in thirty pseudonyms holds a run
of nine digits by chance.
"""

from __future__ import annotations

import re

# Tokens that hold digits by their nature; at least 20 hex characters (pseudonym 20, md5 32, sha256 64), or a UUID.
_DIGESTS = re.compile(
    r"(?<![0-9a-zA-Z])(?:[0-9a-f]{20,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9a-zA-Z])", re.ASCII
)
_NINE = re.compile(r"(?<![0-9])[0-9]{9}(?![0-9])")
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def holds_bsn(text: str) -> bool:
    return any(_elfproef(match[0]) for match in _NINE.finditer(_DIGESTS.sub(" ", text)))


def without_bsn(text: str) -> str:
    """The text with every BSN as nine stars."""
    if not holds_bsn(text):
        return text
    return _NINE.sub(lambda match: "*" * 9 if _elfproef(match[0]) else match[0], text)


def _elfproef(digits: str) -> bool:
    return digits != "000000000" and sum(int(d) * w for d, w in zip(digits, _WEIGHTS, strict=True)) % 11 == 0
