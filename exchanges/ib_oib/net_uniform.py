"""Net income with the uniform WGA deduction: the variant of the Regeling Participatiewet, IOAW en IOAZ.

Staatscourant 2025, 33979, art. 7b (spec bvv-and-settlement 2.4): instead of the upper bound that the list gives, a set
percentage of the taxable wage, only for income from employment. That percentage was not found; without it every record
with wages is for people. Assumed: the amount is rounded to the nearest cent, half a cent away from zero; the benefit
from the exemption of art. 31 lid 2 c or p is none; the benefit of a car needs the own contribution, which the list does
not have.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from exchanges.core.dated import parameters
from exchanges.core.errors import CatalogueError
from exchanges.core.period import Period
from exchanges.ib_oib.net import CAR, INHOUDING, LOON, NONE, ZVW, employment, kept, layered

CERTAINTY = "assumed"
PARAMETER = "wga_uniform_pct"
# Reasons that are about what this variant replaces.
_OTHER_FORMULA = ("GEEN_WGA", "FORMULE_WIJKT_AF")


def wga_percentage(period: Period, folder: Path | None = None) -> int | None:
    """Hundredths of a percent on ``period`` (``50`` is 0,50 %), from the dated parameters of ib_oib; None: not known.

    Raises CatalogueError when it is no whole number."""
    row = parameters("ib_oib", period, folder).get(PARAMETER)
    if row is None:
        return None
    if not isinstance(row.value, int):
        raise CatalogueError(f"Parameter {PARAMETER} van ib_oib moet in honderdsten van een procent; 50 is 0,50 %.")
    return row.value


def uniform(source: str, other: Sequence[str], percentage: int | None) -> str:
    """A FROM item: the rows of ``source``, as :func:`exchanges.ib_oib.net.assessed` gives them, with ``netto_uniform``
    (cents, of the total; null where there is a reason) and ``netto_uniform_redenen``.

    ``other`` as :func:`exchanges.ib_oib.net.other_income`, ``percentage`` as :func:`wga_percentage`."""
    wages, loon = employment(other), f"{LOON}_totaal"
    rest = ", ".join(f"'{code}'" for code in _OTHER_FORMULA)
    more = {
        "GEEN_WGA_PERCENTAGE": wages if percentage is None else "false",
        "EIGEN_BIJDRAGE_AUTO": f"coalesce({CAR}, 0) <> 0",
    }
    # Whole numbers: hundredths of a percent of cents, half up on the size.
    wga = f"sign({loon})::BIGINT * ((abs({loon}) * {percentage or 0} + 5000) // 10000)"
    net = f"{loon} - {INHOUDING}_totaal - CASE WHEN {wages} THEN {wga} ELSE 0 END - coalesce({ZVW}_totaal, 0)"
    own = f"list_concat(list_filter(netto_redenen, lambda x: x NOT IN ({rest})), {kept(more)})"
    none = f"netto_stand = '{NONE}'"
    return layered(source, (
        {"netto_uniform_redenen": f"CASE WHEN {none} THEN netto_redenen ELSE {own} END"},
        {"netto_uniform": f"CASE WHEN netto_uniform_redenen = [] THEN {net} END"},
    ))  # fmt: skip
