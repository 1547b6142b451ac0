"""Persons about whom UWV told nothing that can be used: the municipality must know who they are and what to do.

*Geen uitkomst*: there was a question, and no answer from which something may be concluded (spec ib-signalen 6.3 step
3). *Niet bevraagd*: delivered in this month, and not in the file. What was known of either stays as it was. Answers
about somebody who was not asked about are not here: they may be of another municipality. Standard library only.
"""

from __future__ import annotations

from exchanges.core.intake import Work
from exchanges.ib_oib.answer_words import FAULT, NOT_IN_FILE, OTHER, SILENT, TWICE, UNREADABLE, WORDS

SHEET = "zonder_uitkomst"
NO_OUTCOME, NOT_ASKED = "Geen uitkomst", "Niet bevraagd"
_KINDS = {FAULT: NO_OUTCOME, SILENT: NO_OUTCOME, UNREADABLE: NO_OUTCOME, OTHER: NO_OUTCOME, TWICE: NO_OUTCOME,
          NOT_IN_FILE: NOT_ASKED}  # fmt: skip
_SAID = ", ".join(
    f"('{code}', '{kind}', '{WORDS[code].text}', '{WORDS[code].action}')" for code, kind in _KINDS.items()
)
_COLUMNS = "z.bsn, {} AS dossiernummer, w.soort, w.reden, w.actie, z.fouten, z.code"
_IN_WORDS = f"JOIN (VALUES {_SAID}) w(code, soort, reden, actie) USING (code)"
_DELIVERED = (
    "SELECT bsn, arg_max(dossiernummer, (_volgorde, coalesce(datum_einde, DATE '9999-12-31'))) AS dossiernummer,"
    " bool_or(_tijdvak = strftime($begin, '%Y-%m')) AS nu FROM gestuurd.regel GROUP BY bsn"
)

WITHOUT_OUTCOME = Work(
    SHEET,
    f"WITH aangeleverd AS ({_DELIVERED}) SELECT {_COLUMNS.format('d.dossiernummer')} FROM (SELECT bsn, code, fouten"
    f" FROM zonder UNION ALL SELECT bsn, '{NOT_IN_FILE}', NULL FROM aangeleverd ANTI JOIN gevraagd USING (bsn)"
    f" WHERE nu) z {_IN_WORDS} LEFT JOIN aangeleverd d USING (bsn)",
    needs=("gestuurd",),
    without=f"SELECT {_COLUMNS.format('NULL::VARCHAR')} FROM zonder z {_IN_WORDS}",
)
