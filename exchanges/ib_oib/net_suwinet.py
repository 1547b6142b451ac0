"""What can be said of the net amount from an answer of UWV over Suwinet: that it must be worked out by hand.

UWVDossierInkomstenGSD v0200 has no Zvw premium, no value of a company car, no WGA/WHK and no split in tariffs (spec
ib-signalen 6.2, bvv-and-settlement 2.4), so no amount is made of it.
"""

from __future__ import annotations

from exchanges.ib_oib.comparison import INCOME
from exchanges.ib_oib.net import BY_HAND, NONE, kept, layered

_MEASURED = next(level for level in INCOME.levels if level.name == "iko").measured


def assessed_suwinet(source: str) -> str:
    """A FROM item: the rows of ``source`` (columns of level ``iko`` of the comparison) with ``netto_redenen`` and
    ``netto_stand``: never ``berekend``."""
    reasons = {
        "VT_EN_EPS": "coalesce(vakantietoeslag, 0) <> 0 AND coalesce(extra_periode, 0) <> 0",
        "GEEN_LOON": "loon_lb IS NULL",
        "GEEN_INHOUDING": "ingehouden_lb IS NULL",
        "ALLEEN_SUWINET": "true",
    }
    # An opgave without anything in it stands for a relation without wages (spec ib-signalen 6.2).
    empty = " AND ".join(f"{name} IS NULL" for name in _MEASURED)
    return layered(source, (
        {"netto_redenen": f"CASE WHEN {empty} THEN ['GEEN_LOONPERIODE'] ELSE {kept(reasons)} END"},
        {"netto_stand": f"CASE WHEN {empty} THEN '{NONE}' ELSE '{BY_HAND}' END"},
    ))  # fmt: skip
