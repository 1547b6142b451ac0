"""How the payments of a month become what is owed to the Belastingdienst, and how that is paid (spec loonaangifte 6).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from exchanges.core.declare import Rung
from exchanges.core.period import Period

# Three totals are cut to whole euros: less than a euro each.
_ROUNDED = 297

LADDER = (
    Rung(
        "begin",
        "Netto betaald over dit tijdvak",
        "SELECT sum(netto_cent) FROM bron.betaling WHERE periode = $periode AND ikv_id IS NOT NULL",
    ),
    Rung("plus", "Loonheffing", "SELECT sum(ing_lb_ph) FROM bericht.ikv"),
    Rung("plus", "Ingehouden bijdrage Zvw", "SELECT sum(bijdr_zvw) FROM bericht.ikv"),
    Rung("stand", "Loon, van alle inkomstenverhoudingen samen", "SELECT sum(ln_lb_ph) FROM bericht.ikv"),
    Rung(
        "begin",
        "Loonheffing, bijdrage en werkgeversheffing Zvw, van alle inkomstenverhoudingen samen",
        "SELECT sum(ing_lb_ph + bijdr_zvw + wgh_zvw) FROM bericht.ikv",
    ),
    Rung("rest", "Afgerond op hele euro's, per totaal", least=-_ROUNDED, most=_ROUNDED),
    Rung("stand", "Totaal te betalen over dit tijdvak (TotTeBet)", "SELECT tot_te_bet * 100 FROM bericht.aangifte"),
    Rung(
        "plus",
        "Saldo van de correcties op eerdere tijdvakken",
        "SELECT coalesce(sum(saldo), 0) * 100 FROM bericht.saldo",
    ),
    Rung("stand", "Totaal generaal: dit wordt betaald (TotGen)", "SELECT tot_gen * 100 FROM bericht.aangifte"),
)


def facts(envelope: Mapping[str, Any], period: Period) -> list[tuple[str, str]]:
    """How this declaration is paid."""
    from exchanges.core.calendar import terms
    from exchanges.core.reports.dutch import amount, day
    from exchanges.loonaangifte.exchange import EXCHANGE
    from exchanges.loonaangifte.kenmerk import betalingskenmerk

    cents, term = envelope["tot_gen"] * 100, terms(EXCHANGE).get(period)
    if cents < 0:
        return [("Terug te krijgen", f"€ {amount(-cents)}")]
    kenmerk = betalingskenmerk(envelope["lh_nr"], period)
    told = [
        ("Te betalen", f"€ {amount(cents)}"),
        ("Betalingskenmerk", " ".join(kenmerk[at : at + 4] for at in range(0, 16, 4))),
    ]
    return [*told, ("Uiterlijk op de rekening", day(term.due["betaling"]))] if term else told
