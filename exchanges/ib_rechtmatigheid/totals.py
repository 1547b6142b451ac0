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
_LINES = f"""(
    SELECT u.*, p.gemeentecode, count(*) OVER (PARTITION BY p.bsn, u.registratienummer, u.regeling) AS gelijk, p.bsn
    FROM (SELECT *, unnest([{{'wie': persoon_id, 'partner': false}}, {{'wie': partner_persoon_id, 'partner': true}}],
                           recursive := true) FROM bron.uitkering) u
    JOIN bron.persoon p ON p.persoon_id = u.wie WHERE {_IN_WINDOW}
  ) d SEMI JOIN verzonden.sleutel s ON s.sleutel = d.bsn
  WHERE d.gelijk = 1 AND NOT coalesce(d.datum_einde < d.datum_begin, false) AND d.gemeentecode = $gemeente
  AND length(d.registratienummer) BETWEEN 1 AND 15"""


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
