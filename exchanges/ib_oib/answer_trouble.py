"""What can be wrong with an archive of answers, in words. Never a value of it."""

from __future__ import annotations

from exchanges.core.findings import finding
from exchanges.ib_oib.answer_words import WORDS

SOURCE = "ib-signalen 6.3 en 14"


def told(code: str, more: str = "", *, field: str = "", record: str | None = None,
         line: int | None = None) -> dict[str, object]:
    """A finding; ``record`` is a pseudonym, ``line`` the place of the answer in the archive (0: there is none)."""
    words = WORDS[code]
    return finding(code, words.severity, f"{words.text} {more}".strip(), action=words.action, source=SOURCE, path=field,
                   table="gevraagd", record=record, line=line or None)  # fmt: skip
