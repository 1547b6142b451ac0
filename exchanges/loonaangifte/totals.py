"""Control totals of a declaration: straight from the payments, and straight from the file (spec loonaangifte 6)."""

from __future__ import annotations

from exchanges.core.declare import Total

_TAXED = "bron.betaling b WHERE b.periode = $periode AND b.ikv_id IS NOT NULL"
_RELATIONS = (
    "bron.inkomstenverhouding i WHERE (i.datum_aanvang <= $eind AND (i.datum_einde IS NULL OR i.datum_einde >= $begin))"
    " OR i.ikv_id IN (SELECT b.ikv_id FROM bron.betaling b WHERE b.periode = $periode)"
)

TOTALS = (
    Total("inkomstenverhoudingen", "Inkomstenverhoudingen", "aantal", "ikv", _RELATIONS),
    Total(
        "netto",
        "Netto betaald (loon min loonheffing en ingehouden bijdrage)",
        "cent",
        "ikv",
        _TAXED,
        "sum(b.netto_cent)",
        column="ln_lb_ph",
        minus=("ing_lb_ph", "bijdr_zvw"),
    ),
    Total(
        "alimentatie",
        "Doorbetaalde alimentatie in de uitkering",
        "cent",
        "ikv",
        _TAXED,
        "sum(b.alimentatie_in_cent)",
        column="bedr_al_in_wwb",
    ),
)

LOOSE_TOTALS = (Total("tijdvakken", "Gecorrigeerde tijdvakken", "aantal", "correctie", "verzonden.record"),)
