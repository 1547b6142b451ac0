"""The last gate before a report leaves: no number that can be a BSN in any of its texts (spec ib-signalen SEC-26).

Findings carry pseudonyms and never a value, so there is nothing to find here. Should a text carry one all the
same (a path, a partner's description), it is left out and the report is still made: an auditor needs the report
most when something went wrong.
"""

from __future__ import annotations

import re

from exchanges.core.bsn import mask

# Hashes, pseudonyms and commits: hexadecimal with a letter in it. One pseudonym in thirty holds a run of nine digits
# by chance, and a hash with a hole in it proves nothing.
_DIGEST = re.compile(r"(?<![0-9A-Za-z])((?=[0-9]*[a-f])[0-9a-f]{12,})(?![0-9A-Za-z])")

# What no reader sees and what can still change what is read: control characters, marks that turn the direction of a
# text, and halves of characters, which cannot be written as UTF-8 at all.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufeff]")


def clean(text: str) -> str:
    """``text`` as it may stand in a report: numbers that can be a BSN masked, every unseen character shown as the
    replacement sign."""
    parts = _DIGEST.split(_UNSEEN.sub("\ufffd", text))
    return "".join(part if index % 2 else mask(part) for index, part in enumerate(parts))
