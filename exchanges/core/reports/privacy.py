"""The last gate before a report leaves: no number that can be a BSN in any of its texts (spec ib-signalen SEC-26).

Findings carry pseudonyms and never a value, so there is nothing to find here. Should a text carry one all the
same (a path, a partner's description), it is left out and the report is still made: an auditor needs the report
most when something went wrong.
"""

from __future__ import annotations

import re

MASK = "[nummer weggelaten]"

# Letters on either side mean a hash or a code, more digits mean another number.
_NINE_DIGITS = re.compile(r"(?<![0-9A-Za-z])[0-9]{9}(?![0-9A-Za-z])")
_WEIGHTS = (9, 8, 7, 6, 5, 4, 3, 2, -1)


def can_be_bsn(digits: str) -> bool:
    """Nine ASCII digits that pass the elfproef (spec dkd-gsd section 5)."""
    return digits != "000000000" and sum(w * int(d) for w, d in zip(_WEIGHTS, digits, strict=True)) % 11 == 0


def mask(text: str) -> str:
    """``text`` with every number that can be a BSN left out; other numbers stay readable."""
    return _NINE_DIGITS.sub(lambda match: MASK if can_be_bsn(match[0]) else match[0], text)
