"""What stands on the cover of the list that is made of answers of UWV: how many persons there are of each kind."""

from __future__ import annotations

import pyarrow.compute as pc
import pyarrow.parquet as pq

import exchanges.core.arrow  # noqa: F401  first: keeps pandas out
from exchanges.core.reports.dutch import count, number
from exchanges.core.steps.context import Context
from exchanges.ib_oib.without_outcome import NO_OUTCOME, NOT_ASKED, SHEET


def cover_notes(context: Context) -> tuple[str, ...]:
    """How many persons there are of each kind of answer: with the sheet that is everybody in the file."""
    persons = context.done("compare").details["persons"]
    kinds = pq.read_table(context.files("compare", "nieuw")[SHEET], columns=["soort"])["soort"]
    without, missing = (pc.sum(pc.equal(kinds, kind)).as_py() or 0 for kind in (NO_OUTCOME, NOT_ASKED))
    told = [
        f"In het bestand {_are(persons['asked'])} {count(persons['asked'], 'persoon', 'personen')}:"
        f" {number(persons['answered'])} met gegevens, {number(persons['empty'])} over wie UWV niets heeft en"
        f" {number(without)} zonder uitkomst."
    ]
    if missing:
        told.append(f"Over {count(missing, 'aangeleverde persoon', 'aangeleverde personen')} is niets gevraagd.")
    if without or missing:
        told.append("Wie dat zijn, staat op het blad Zonder uitkomst; wat van hen bekend was, blijft gelden.")
    return tuple(told)


def _are(many: int) -> str:
    return "staat" if many == 1 else "staan"
