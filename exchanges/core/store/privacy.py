"""Does a text hold a citizen service number? For what is kept without encryption: names, reasons, the ledger.

Stricter than looking for nine loose digits (``levering_123456782.xml`` counts), and milder on digests: one pseudonym
in thirty holds a run of nine digits by chance.
"""

from __future__ import annotations

import re

from exchanges.core.bsn import GROUPED, mask, passes

# Tokens that hold digits by their nature: at least 20 hex characters (pseudonym 20, md5 32, sha256 64), or a UUID.
_DIGESTS = re.compile(
    r"(?<![0-9a-zA-Z])(?:[0-9a-f]{20,}|[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})(?![0-9a-zA-Z])", re.ASCII
)
_NINE = re.compile(r"(?<![0-9])[0-9]{9}(?![0-9])")


def holds_bsn(text: str) -> bool:
    return any(passes(match[0]) for match in _NINE.finditer(_DIGESTS.sub(" ", text))) or any(
        passes("".join(match.groups())) for match in GROUPED.finditer(text)
    )


def without_bsn(text: str) -> str:
    return mask(text) if holds_bsn(text) else text
