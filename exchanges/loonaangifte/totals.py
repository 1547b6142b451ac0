"""Control totals of a declaration: straight from the payments, and straight from the file (spec loonaangifte 6).

What was paid is summed from the payment lines themselves. Wage, tax and Zvw, which only some administrations give, come
from the recount.
"""

from __future__ import annotations

from exchanges.core.declare import Total
from exchanges.loonaangifte.recount import NOW, due

_TAXED = "bron.betaling b WHERE b.periode = $periode AND b.ikv_id IS NOT NULL"
_DUE = f"{due(NOW)} d"
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
    Total("loon", "Loon voor de loonheffing", "cent", "ikv", _DUE, "sum(d.loon)", column="ln_lb_ph"),
    Total("loonheffing", "Loonheffing", "cent", "ikv", _DUE, "sum(d.heffing)", column="ing_lb_ph"),
    Total("zvw_ingehouden", "Ingehouden bijdrage Zvw", "cent", "ikv", _DUE, "sum(d.ingehouden)", column="bijdr_zvw"),
    Total("zvw_werkgever", "Werkgeversheffing Zvw", "cent", "ikv", _DUE, "sum(d.werkgever)", column="wgh_zvw"),
    Total(
        "alimentatie",
        "Doorbetaalde alimentatie in de uitkering",
        "cent",
        "ikv",
        _TAXED,
        "sum(b.alimentatie_in_cent)",
        column="bedr_al_in_wwb",
    ),
    Total(
        "alimentatie_rechtstreeks",
        "Rechtstreeks betaalde alimentatie",
        "cent",
        "ikv",
        _TAXED,
        "sum(b.alimentatie_rechtstreeks_cent)",
        column="bedr_rcht_al",
    ),
)

# That the corrected months are the right ones, and right to the cent, the rules prove (LA-CT-4, LA-R-30).
LOOSE_TOTALS = (Total("tijdvakken", "Gecorrigeerde tijdvakken", "aantal", "correctie", "verzonden.record"),)
