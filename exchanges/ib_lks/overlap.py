"""Subsidy paid over days of illness, in days and cents (R-LKS 4). SQL in layers, for the list and for the rules.

During a Ziektewet benefit (ZW) the employer has no right to loonkostensubsidie. A payment is over a tijdvak; what was
paid too much is its amount times the days of ZW in it, over its days, rounded to the cent with a half going up. The
days of a payment are counted once, whichever and however many signals name them: first those of signals published
before, then those of this file in the order of its rows. Per row the amount is the difference of two rounded sums, so
that all rows of a payment together are the rounded amount over all their days, and never more than was paid.

What was taken back counts for the days of ZW that it is over, by the day in the same way.
"""

from __future__ import annotations

from exchanges.core.intake import Work

NEEDS = ("bron.persoon", "bron.voorziening", "bron.lks_betaling")


def share(cents: str, days: str, of: str) -> str:
    """SQL: the part of ``cents`` that falls on ``days`` of its ``of`` days, whole cents, half up."""
    return f"((2 * {cents} * ({days}) + {of}) // (2 * {of}))"


PAID = Work(
    "betaald",
    "SELECT b.betaling_id, p.bsn, v.registratienummer, b.datum_tijdvak_begin AS begin, b.datum_tijdvak_einde AS einde,"
    " b.bedrag_cent AS cent, CAST(b.datum_tijdvak_einde - b.datum_tijdvak_begin + 1 AS BIGINT) AS dagen"
    " FROM bron.lks_betaling b JOIN bron.voorziening v USING (voorziening_id) JOIN bron.persoon p USING (persoon_id)"
    " WHERE p.gemeentecode = $gemeente AND b.soort <> 'terugvordering' AND b.bedrag_cent > 0"
    " AND b.datum_tijdvak_begin <= b.datum_tijdvak_einde",
    NEEDS,
    "SELECT '' AS betaling_id, '' AS bsn, '' AS registratienummer, $begin AS begin, $begin AS einde, 0::BIGINT AS cent,"
    " 1::BIGINT AS dagen WHERE false",
    kept=False,
)

BACK = Work(
    "teruggehaald",
    "SELECT b.betaling_id AS id, b.terug_op_betaling_id AS betaling_id, b.datum_tijdvak_begin AS begin,"
    " b.datum_tijdvak_einde AS einde,"
    " -b.bedrag_cent AS cent, CAST(b.datum_tijdvak_einde - b.datum_tijdvak_begin + 1 AS BIGINT) AS dagen"
    " FROM bron.lks_betaling b WHERE b.soort = 'terugvordering' AND b.terug_op_betaling_id IS NOT NULL"
    " AND b.datum_tijdvak_begin <= b.datum_tijdvak_einde",
    NEEDS,
    "SELECT '' AS id, '' AS betaling_id, $begin AS begin, $begin AS einde, 0::BIGINT AS cent, 1::BIGINT AS dagen"
    " WHERE false",
    kept=False,
)

# Of a ZW that has no end yet nobody can say how long it was: it is counted when its end is told.
ILLNESS = Work(
    "ziekte",
    "SELECT NULL::BIGINT AS rij, bsn, datum_begin_zw AS begin, datum_einde_zw AS einde FROM eerder.signaal"
    " WHERE datum_einde_zw IS NOT NULL"
    " UNION ALL SELECT rij, bsn, datum_begin_zw, datum_einde_zw FROM signaal WHERE datum_einde_zw IS NOT NULL",
    kept=False,
)

# Every day of illness that was paid for, once, with the row that tells it; no row: it was told before.
DAYS = Work(
    "ziektedag",
    "SELECT betaling_id, dag, CASE WHEN NOT bool_or(rij IS NULL) THEN min(rij) END AS rij FROM ("
    " SELECT b.betaling_id, z.rij, unnest(generate_series(greatest(b.begin, z.begin), least(b.einde, z.einde),"
    " INTERVAL 1 DAY))::DATE AS dag"
    " FROM werk.betaald b JOIN werk.ziekte z ON z.bsn = b.bsn AND z.begin <= b.einde AND b.begin <= z.einde"
    ") GROUP BY betaling_id, dag",
    kept=False,
)

_RECOVERED = (
    f"SELECT t.betaling_id, CAST(sum({share('t.cent', 't.geraakt', 't.dagen')}) AS BIGINT) AS cent FROM ("
    " SELECT t.id, t.betaling_id, t.cent, t.dagen, count(*) AS geraakt FROM werk.teruggehaald t JOIN werk.ziektedag d"
    " ON d.betaling_id = t.betaling_id AND d.dag BETWEEN t.begin AND t.einde GROUP BY ALL"
    ") t GROUP BY t.betaling_id"
)
_ROWS = (
    "SELECT *, coalesce(sum(dagen) OVER (PARTITION BY betaling_id ORDER BY rij NULLS FIRST"
    " ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS ervoor"
    " FROM (SELECT betaling_id, rij, count(*) AS dagen, min(dag) AS eerste, max(dag) AS laatste FROM werk.ziektedag"
    " GROUP BY betaling_id, rij)"
)

OVERPAID = Work(
    "terugvordering",
    "SELECT rij, signaalnummer, bsn, registratienummer, betaling_id, begin, einde, cent, dagen_tijdvak, eerste,"
    " laatste, dagen, teveel_cent, terug_cent, teveel_cent - terug_cent AS nog_cent FROM (SELECT o.*,"
    " CAST(greatest(least(coalesce(t.cent, 0) - o.teveel_ervoor, o.teveel_cent), 0) AS BIGINT) AS terug_cent FROM ("
    " SELECT r.rij, s.signaalnummer, b.bsn, b.registratienummer, b.betaling_id, b.begin, b.einde, b.cent,"
    " b.dagen AS dagen_tijdvak, r.eerste, r.laatste, CAST(r.dagen AS BIGINT) AS dagen,"
    f" CAST({share('b.cent', 'r.ervoor', 'b.dagen')} AS BIGINT) AS teveel_ervoor,"
    f" CAST({share('b.cent', 'r.ervoor + r.dagen', 'b.dagen')} - {share('b.cent', 'r.ervoor', 'b.dagen')} AS BIGINT)"
    f" AS teveel_cent FROM ({_ROWS}) r JOIN werk.betaald b USING (betaling_id) JOIN signaal s ON s.rij = r.rij"
    f") o LEFT JOIN ({_RECOVERED}) t USING (betaling_id))",
)

WORK = (PAID, BACK, ILLNESS, DAYS, OVERPAID)
