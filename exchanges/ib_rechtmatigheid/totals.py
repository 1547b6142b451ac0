"""Control totals of the delivery of dossiers (spec ib-signalen section 4, R-RM 1 and 2).

The source side is written out on the administration itself: no ``gekozen``, the persons of a benefit unfolded from
one list instead of two selections, and what is refused locally left out by tests of its own. Keys alone would not do:
one BSN can have a line that is refused beside one that went along.
"""

from __future__ import annotations

from exchanges.core.declare import Total
from exchanges.ib_rechtmatigheid.selection import REGELINGEN

_IN_WINDOW = (
    f"u.regeling IN {REGELINGEN} AND u.datum_begin < $eind + 1 AND (u.datum_einde IS NULL"
    " OR date_diff('day', CAST($begin - INTERVAL ($venster_maanden) MONTH AS DATE), u.datum_einde) >= 0)"
)
# Of a line that is there twice neither went along, so what is left of a group is that of its only line.
_LINES = f"""(
    SELECT p.bsn, u.regeling, count(*) AS gelijk, bool_or(u.partner) AS partner, max(u.datum_einde) AS datum_einde,
           max(u.datum_begin) AS datum_begin, max(p.gemeentecode) AS gemeentecode
    FROM (SELECT registratienummer, regeling, datum_begin, datum_einde,
                 unnest([{{'wie': persoon_id, 'partner': false}}, {{'wie': partner_persoon_id, 'partner': true}}],
                        recursive := true) FROM bron.uitkering) u
    JOIN bron.persoon p ON p.persoon_id = u.wie
    WHERE {_IN_WINDOW} AND length(u.registratienummer) BETWEEN 1 AND 15
    GROUP BY p.bsn, u.registratienummer, u.regeling
  ) d SEMI JOIN verzonden.sleutel s ON s.sleutel = d.bsn
  WHERE d.gelijk = 1 AND NOT coalesce(d.datum_einde < d.datum_begin, false) AND d.gemeentecode = $gemeente"""


def _of(regeling: str) -> Total:
    return Total(
        f"regels_{regeling.lower()}",
        f"Regels {regeling}",
        "aantal",
        "regel",
        _LINES,
        f"count(*) FILTER (d.regeling = '{regeling}')",
        where=("regeling", (regeling,)),
    )


TOTALS = (
    Total("regels", "Regels", "aantal", "regel", _LINES),
    *(_of(regeling) for regeling in REGELINGEN),
    Total(
        "partners",
        "Regels van partners",
        "aantal",
        "regel",
        _LINES,
        "count(*) FILTER (d.partner)",
        where=("rol", ("partner",)),
    ),
    Total(
        "lopend",
        "Regels die lopen op de peildatum",
        "aantal",
        "regel",
        _LINES,
        "count(*) FILTER (coalesce(d.datum_einde, DATE '9999-12-31') > $eind - 1)",
        where=("lopend", ("true",)),
    ),
)
