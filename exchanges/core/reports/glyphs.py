"""Which characters a report on paper can show: those of the letters that are embedded in it (PDF/A asks for a glyph for
every character). Another one, from a partner's text say, is shown as the replacement sign, as unseen ones are."""

from __future__ import annotations

import re
import unicodedata

# Latin, Greek, Cyrillic, punctuation, currency, arrows, mathematics, and the marks that say where a line may break.
_UNKNOWN = re.compile(
    "[^\n\x20-\x7e\xa0-\u02ff\u0370-\u0377\u037a-\u037f\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u03ff\u0400-\u0482"
    "\u048a-\u04ff\u1e00-\u1eff\u2000-\u200b\u2010-\u2027\u202f-\u2040\u2044-\u2052\u2054-\u205f\u2070\u2071"
    "\u2074-\u208e\u20a0-\u20bf\u2116\u2122\u2190-\u22ff\ufb00-\ufb06\ufffd]"
)


def printable(text: str) -> str:
    """``text`` with letters and their accents as one character each, and a sign for what cannot be shown."""
    return _UNKNOWN.sub("\ufffd", unicodedata.normalize("NFC", text))


def drawable(text: str) -> str:
    """``text`` as a label in a drawing: of a letter outside the western alphabet without its accent. There it would be
    put together from parts, which PDF/A takes for a missing character; the table beside it has the whole word."""
    return "".join(one if one <= "\u017f" else unicodedata.normalize("NFD", one)[0] for one in printable(text))
