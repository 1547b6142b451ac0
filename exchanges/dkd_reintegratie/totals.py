"""Control totals of the re-integration delivery (spec dkd-gsd section 8, reconciliation totals).

The source side is written out on the administration itself and shares nothing with the selection: no ``gekozen``, and
the loonwaarde in force is that of the greatest date, in a struct since it may be missing, instead of the first of
numbered rows.
"""

from __future__ import annotations

from exchanges.core.declare import Total

_IN_WINDOW = (
    "v.datum_begin <= $eind8 AND coalesce(v.datum_einde, 99991231) >="
    " CAST(strftime($begin - to_months($venster_maanden), '%Y%m01') AS INTEGER)"
)
# A provision outside a trajectory of the same person has no place in the message.
_PLACED = "SEMI JOIN bron.traject x ON x.traject_id = v.traject_id AND x.persoon_id = v.persoon_id"
# The loonwaarde of every provision, by this other way; the selection is also held against it row by row.
IN_FORCE = (
    "SELECT voorziening_id, arg_max({'perc': loonwaarde_perc}, (datum_begin, gewijzigd_op, lks_id)).perc"
    " AS loonwaarde_perc FROM bron.loonkostensubsidie WHERE datum_begin <= $eind GROUP BY voorziening_id"
)
_PROVISIONS = (
    f"bron.voorziening v {_PLACED} SEMI JOIN verzonden.record p ON p.id = v.persoon_id"
    f" LEFT JOIN ({IN_FORCE}) s ON s.voorziening_id = v.voorziening_id WHERE {_IN_WINDOW}"
)
_TRAJECTORIES = (
    "bron.traject t SEMI JOIN verzonden.record p ON p.id = t.persoon_id WHERE (t.datum_begin <= $eind"
    " AND coalesce(t.datum_einde, DATE '9999-12-31') >= $begin - to_months($venster_maanden))"
    f" OR t.traject_id IN (SELECT v.traject_id FROM bron.voorziening v {_PLACED} WHERE {_IN_WINDOW})"
)

TOTALS = (
    Total("personen", "Personen", "aantal", "client", "verzonden.record"),
    Total("atl_relaties", "Arbeidstoeleidingsrelaties", "aantal", "atl_relatie", _TRAJECTORIES),
    Total("voorzieningen", "Voorzieningen", "aantal", "voorziening", _PROVISIONS),
    Total(
        "lks",
        "Voorzieningen met loonkostensubsidie",
        "aantal",
        "voorziening",
        _PROVISIONS,
        "count(s.voorziening_id)",
        where=("lks", ("true",)),
    ),
    # Those of which the Inlichtingenbureau can be certain: without a percentage a signal does not come.
    Total(
        "lks_percentage",
        "Voorzieningen met een loonwaardepercentage (zekerheid 1)",
        "aantal",
        "voorziening",
        _PROVISIONS,
        "count(s.loonwaarde_perc)",
        column="loonwaarde",
        filled=True,
    ),
    Total(
        "loonwaarde",
        "Som van de loonwaardepercentages",
        "procent",
        "voorziening",
        _PROVISIONS,
        "sum(s.loonwaarde_perc)",
        column="loonwaarde",
    ),
    Total(
        "type",
        "Voorzieningen van type",
        "aantal",
        "voorziening",
        _PROVISIONS,
        "count(*) FILTER (v.type = $code)",
        per=("type", "CdTypeRvGsd"),
    ),
)
