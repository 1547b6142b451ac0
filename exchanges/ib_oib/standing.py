"""What is known of the income of clients by the deliveries that were published: what settling begins with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
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
  opgb_recht_eps AS recht_extra, extra_periode_salaris AS extra_betaald,
  coalesce(jgk, 0) + coalesce(anw_tegemoetkoming, 0) AS niet_verrekend, _volgorde
FROM (SELECT * FROM ({rows}) QUALIFY row_number() OVER (PARTITION BY sleutel ORDER BY _volgorde DESC, rij DESC) = 1)
WHERE klasse <> 'VERVALLEN_LOONPERIODE' AND netto_stand <> 'niet_van_toepassing'
"""
# Of the answers of UWV what holds now: without a net amount, for Suwinet lacks what it takes. The kind is that of the
# inkomstenperiode in which the wage period ends.
_FROM_ANSWERS = """
SELECT o.bsn, o.loonheffingennummer, o.volgnummer, o.begin, o.eind,
  coalesce(arg_max(p.soort, p.begin) FILTER (p.begin <= coalesce(o.eind, p.begin)), arg_min(p.soort, p.begin)) AS soort,
  NULL AS loontijdvak, NULL::BIGINT AS netto, o.vakantietoeslag AS vakantietoeslag_betaald, o.recht_vakantietoeslag,
  o.loon_lb, NULL::BIGINT AS netto_vakantietoeslag, o.recht_extra_periode AS recht_extra,
  o.extra_periode AS extra_betaald, NULL::BIGINT AS niet_verrekend
FROM ({iko}) o LEFT JOIN ({ikp}) p ON p.bsn = o.bsn AND p.loonheffingennummer IS NOT DISTINCT FROM o.loonheffingennummer
  AND p.volgnummer IS NOT DISTINCT FROM o.volgnummer
WHERE o.loon_lb IS NOT NULL OR o.loon_sv IS NOT NULL GROUP BY ALL
"""
# The list holds, for it has a net amount; not of a wage that a later answer says was another.
_TOGETHER = """
SELECT l.* EXCLUDE (_volgorde) REPLACE (CASE WHEN l._volgorde > {answered} OR a.loon_lb IS NULL OR a.loon_lb = l.loon_lb
  THEN l.netto END AS netto) FROM lijst l LEFT JOIN antwoord a ON {same}
UNION ALL BY NAME SELECT * FROM antwoord a WHERE NOT EXISTS (SELECT 1 FROM lijst l WHERE {same})
ORDER BY ALL
"""
_KEY = ("bsn", "loonheffingennummer", "volgnummer", "begin", "eind")
_NOBODY = "SELECT {} WHERE false".format(
    ", ".join(
        f"NULL::{kind} AS {name}"
        for kind, names in (
            ("VARCHAR", ("bsn", "loonheffingennummer", "soort", "loontijdvak")),
            ("BIGINT", ("volgnummer", "begin", "eind", "netto", "vakantietoeslag_betaald", "recht_vakantietoeslag",
                        "loon_lb", "netto_vakantietoeslag", "recht_extra", "extra_betaald", "niet_verrekend")),
        )
        for name in names
    )
)  # fmt: skip


def income_of(ledger: Ledger, store: Store, gemeente: str, period: Period, work: Path, memory_mb: int = 224) -> Path:
    """Parquet with :data:`exchanges.ib_oib.settlement.inputs.INCOME`, by the deliveries up to ``period``. Where both
    the list of the IB and answers of UWV tell of a wage period, the list holds: it has a net amount. Where an answer of
    later says that the wage was another, there is none."""
    lists: dict[int, Path] = {}
    standing: dict[str, list[Path]] = {"iko": [], "ikp": []}
    answered = -1
    had = [one for one in accepted(ledger, EXCHANGE, gemeente) if one.period <= period]
    # What a later month said holds, also where an older one came in after it.
    had.sort(key=lambda one: (one.period, one.sequence))
    for order, one in enumerate(had):
        step = ledger.step_result(one.id, "compare")
        artefacts = step.artefacts if step else {}
        if _LISTED in artefacts:
            lists[order] = store.local(gemeente, artefacts[_LISTED].sha256)
        found = {
            name: [store.local(gemeente, artefacts[role].sha256) for role in sorted(artefacts)
                   if role.startswith(f"stand/{name}.")]
            for name in standing
        }  # fmt: skip
        if all(found.values()):
            standing, answered = found, order
    return together(lists, standing["iko"], standing["ikp"], answered, work, memory_mb)


def together(lists: Mapping[int, Path], iko: Sequence[Path], ikp: Sequence[Path], answered: int, work: Path,
             memory_mb: int = 224) -> Path:
    """``lists``: what was told of each list of the IB, by its place among the deliveries; ``iko`` and ``ikp``: what
    holds by the last answers of UWV, which came at the place ``answered``."""
    out = work / "inkomen.parquet"
    listed = " UNION ALL BY NAME ".join(
        f"SELECT *, {order} AS _volgorde FROM {parquet(path)}" for order, path in lists.items()
    )
    same = " AND ".join(f"l.{name} IS NOT DISTINCT FROM a.{name}" for name in _KEY)
    with session(work, memory_mb, rows=0) as con:
        first = _FROM_LIST.format(rows=listed) if lists else f"SELECT *, 0 AS _volgorde FROM ({_NOBODY})"
        other = _FROM_ANSWERS.format(iko=_rows(iko), ikp=_rows(ikp)) if iko else _NOBODY
        execute(con, f"CREATE TABLE lijst AS {first}")
        execute(con, f"CREATE TABLE antwoord AS {other}")
        execute(con, f"COPY ({_TOGETHER.format(answered=answered, same=same)}) TO '{out}' (FORMAT parquet)")
    return out


def _rows(paths: Sequence[Path]) -> str:
    return " UNION ALL BY NAME ".join(f"SELECT * FROM {parquet(path)}" for path in paths)
