"""What is known of the income of clients by the deliveries that were published: what settling begins with."""

from __future__ import annotations

from pathlib import Path

from exchanges.core.ledger import Ledger
from exchanges.core.period import Period
from exchanges.core.sql import execute, parquet, session
from exchanges.core.steps.received import accepted
from exchanges.core.store import Store

EXCHANGE = "ib_oib"
_LISTED = "nieuw/regel_oib"
# Of the list what was said of each thing last; what was withdrawn is no more, and what has no wages is no period.
_FROM_LIST = """
SELECT bsn, loonheffingennummer, volgnummer_ikv AS volgnummer, datum_aanvang_inkomstenopgave AS begin,
  datum_einde_inkomstenopgave AS eind, code_soort_inkomstenverhouding AS soort,
  code_loontijdvak::VARCHAR AS loontijdvak, netto_berekend_totaal AS netto, vakantietoeslag AS vakantietoeslag_betaald,
  opgb_recht_vakantietoeslag AS recht_vakantietoeslag, loon_lbph_totaal AS loon_lb, netto_vakantietoeslag,
  opgb_recht_eps AS recht_extra, extra_periode_salaris AS extra_betaald
FROM (SELECT * FROM ({rows}) QUALIFY row_number() OVER (PARTITION BY sleutel ORDER BY _volgorde DESC, rij DESC) = 1)
WHERE klasse <> 'VERVALLEN_LOONPERIODE' AND netto_stand <> 'niet_van_toepassing'
"""
# Of the answers of UWV what holds now: without a net amount, for Suwinet lacks what it takes.
_FROM_ANSWERS = """
SELECT o.bsn, o.loonheffingennummer, o.volgnummer, o.begin, o.eind, p.soort, NULL AS loontijdvak, NULL::BIGINT AS netto,
  o.vakantietoeslag AS vakantietoeslag_betaald, o.recht_vakantietoeslag, o.loon_lb,
  NULL::BIGINT AS netto_vakantietoeslag, o.recht_extra_periode AS recht_extra, o.extra_periode AS extra_betaald
FROM ({iko}) o LEFT JOIN (SELECT bsn, loonheffingennummer, volgnummer, arg_max(soort, begin) AS soort FROM ({ikp})
  GROUP BY ALL) p ON p.bsn = o.bsn AND p.loonheffingennummer IS NOT DISTINCT FROM o.loonheffingennummer
  AND p.volgnummer IS NOT DISTINCT FROM o.volgnummer
WHERE o.loon_lb IS NOT NULL OR o.loon_sv IS NOT NULL
"""
_KEY = ("bsn", "loonheffingennummer", "volgnummer", "begin", "eind")
_NOBODY = "SELECT {} WHERE false".format(
    ", ".join(
        f"NULL::{kind} AS {name}"
        for kind, names in (
            ("VARCHAR", ("bsn", "loonheffingennummer", "soort", "loontijdvak")),
            ("BIGINT", ("volgnummer", "begin", "eind", "netto", "vakantietoeslag_betaald", "recht_vakantietoeslag",
                        "loon_lb", "netto_vakantietoeslag", "recht_extra", "extra_betaald")),
        )
        for name in names
    )
)  # fmt: skip


def income_of(ledger: Ledger, store: Store, gemeente: str, period: Period, work: Path, memory_mb: int = 224) -> Path:
    """Parquet with :data:`exchanges.ib_oib.settlement.inputs.INCOME`, by the deliveries up to ``period``. Where both
    the list of the IB and answers of UWV tell of a wage period, the list holds: it has a net amount."""
    listed, standing = [], {"iko": _NOBODY, "ikp": ""}
    had = [one for one in accepted(ledger, EXCHANGE, gemeente) if one.period <= period]
    # What a later month said holds, also where an older one came in after it.
    had.sort(key=lambda one: (one.period, one.sequence))
    for order, one in enumerate(had):
        step = ledger.step_result(one.id, "compare")
        artefacts = step.artefacts if step else {}
        if _LISTED in artefacts:
            path = store.local(gemeente, artefacts[_LISTED].sha256)
            listed.append(f"SELECT *, {order} AS _volgorde FROM {parquet(path)}")
    for one in had:
        step = ledger.step_result(one.id, "compare")
        found = {
            name: [store.local(gemeente, step.artefacts[role].sha256) for role in sorted(step.artefacts)
                   if role.startswith(f"stand/{name}.")]
            for name in standing
        } if step else {}  # fmt: skip
        if all(found.get(name) for name in standing):
            standing = {
                name: " UNION ALL BY NAME ".join(f"SELECT * FROM {parquet(path)}" for path in paths)
                for name, paths in found.items()
            }
    out = work / "inkomen.parquet"
    with session(work, memory_mb, rows=0) as con:
        first = _FROM_LIST.format(rows=" UNION ALL BY NAME ".join(listed)) if listed else _NOBODY
        other = _FROM_ANSWERS.format(**standing) if standing["ikp"] else _NOBODY
        execute(con, f"CREATE TABLE lijst AS {first}")
        same = " AND ".join(f"l.{name} IS NOT DISTINCT FROM a.{name}" for name in _KEY)
        execute(
            con,
            f"COPY (SELECT * FROM lijst UNION ALL BY NAME SELECT * FROM ({other}) a"
            f" WHERE NOT EXISTS (SELECT 1 FROM lijst l WHERE {same}) ORDER BY ALL) TO '{out}' (FORMAT parquet)",
        )
    return out
