"""Control totals of the re-integration delivery (spec dkd-gsd section 8, reconciliation totals).

The source side is written out on the administration itself and shares nothing with the selection.
"""

from __future__ import annotations

from exchanges.core.declare import Total

_WINDOW = "CAST(strftime($begin - to_months($venster_maanden), '%Y%m01') AS INTEGER)"
_PROVISIONS = (
    "bron.persoon p JOIN bron.voorziening v ON v.persoon_id = p.persoon_id"
    " WHERE p.bsn IN (SELECT sleutel FROM verzonden.sleutel) AND v.datum_begin <= $eind8"
    f" AND (v.datum_einde IS NULL OR v.datum_einde >= {_WINDOW})"
)
_SUBSIDY = "SELECT s.voorziening_id FROM bron.loonkostensubsidie s WHERE s.datum_begin <= $eind"

TOTALS = (
    Total("personen", "Personen", "aantal", "client",
          "SELECT count(DISTINCT p.bsn) FROM bron.persoon p WHERE p.bsn IN (SELECT sleutel FROM verzonden.sleutel)"),
    Total("atl_relaties", "Arbeidstoeleidingsrelaties", "aantal", "atl_relatie",
          "SELECT count(*) FROM bron.persoon p JOIN bron.traject t USING (persoon_id)"
          " WHERE p.bsn IN (SELECT sleutel FROM verzonden.sleutel) AND (t.traject_id IN (SELECT v.traject_id FROM " + _PROVISIONS + ")"
          " OR t.datum_begin <= $eind AND coalesce(t.datum_einde, DATE '9999-12-31') >= $begin - to_months($venster_maanden))"),
    Total("voorzieningen", "Voorzieningen", "aantal", "voorziening", f"SELECT count(*) FROM {_PROVISIONS}"),
    Total("lks", "Voorzieningen met loonkostensubsidie", "aantal", "voorziening",
          f"SELECT count(*) FROM {_PROVISIONS} AND v.voorziening_id IN ({_SUBSIDY})", where=("lks", ("true",))),
    Total("lks_type", "Voorzieningen van het type loonkostensubsidie", "aantal", "voorziening",
          f"SELECT count(*) FROM {_PROVISIONS} AND v.type IN ('10', '11', '12')", where=("type", ("10", "11", "12"))),
    # The newest percentage per provision, found by ordering instead of arg_max.
    Total("loonwaarde", "Som van de loonwaardepercentages", "procent", "voorziening",
          "SELECT sum(loonwaarde_perc) FROM (SELECT loonwaarde_perc, row_number() OVER (PARTITION BY voorziening_id"
          " ORDER BY datum_begin DESC) AS n FROM bron.loonkostensubsidie WHERE datum_begin <= $eind"
          f" AND voorziening_id IN (SELECT v.voorziening_id FROM {_PROVISIONS})) WHERE n = 1", column="loonwaarde"),
)
