"""Which characters a report on paper can show: those of the letters that are embedded in it (PDF/A asks for a glyph for
every character). Another one, from a partner's text say, is shown as the replacement sign, as unseen ones are."""

from __future__ import annotations

import re

# Latin, Greek and Cyrillic with their marks, punctuation, currency, arrows and mathematics; a test sets them all.
_UNKNOWN = re.compile(
    "[^\n\u200b\x20-\x7e\xa0-\u024f\u0250-\u02af\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff"
    "\u0400-\u0482\u048a-\u052f\u1e00-\u1eff\u2010-\u2027\u2030-\u205e\u2070\u2071\u2074-\u208e\u20a0-\u20bf"
    "\u2190-\u21ff\u2200-\u22ff\ufb00-\ufb06\ufffd]"
)


def printable(text: str) -> str:
    return _UNKNOWN.sub("\ufffd", text)
