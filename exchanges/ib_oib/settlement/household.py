"""What was paid and settled in a month, and the income per person to hold against it.

Makes ``werk.betaald`` (by dossier and month, from the payments), ``werk.opgegeven`` (what the client reported) and
``werk.persoonmaand`` (income in cents by dossier, month and person; with the claim to holiday allowance where it is
settled by the table, V-01). Adds to ``werk.oordeel``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchanges.core.sql import Parameter, execute, fill

if TYPE_CHECKING:
    import duckdb

_PAID = """
CREATE TABLE werk.betaald AS
SELECT u.dossier_id, m.mnr, any_value(u.regeling ORDER BY u.datum_begin DESC) AS regeling,
  CAST(sum(c.bedrag_cent) FILTER (c.soort = 'norm') AS BIGINT) AS norm,
  CAST(coalesce(-sum(c.bedrag_cent) FILTER (c.soort = 'reservering_vakantietoeslag'), 0) AS BIGINT) AS reservering,
  CAST(coalesce(-sum(c.bedrag_cent) FILTER (c.soort = 'inkomsten'), 0) AS BIGINT) AS verrekend,
  CAST(coalesce(sum(c.bedrag_cent) FILTER (c.soort = 'vakantietoeslag'), 0) AS BIGINT) AS uitbetaald,
  coalesce(sum(c.bedrag_cent) FILTER (c.soort = 'afstemming'), 0) <> 0 AS afgestemd,
  coalesce(bool_or(c.soort = 'correctie' AND c.bedrag_cent <> 0), false) AS gecorrigeerd
FROM bron.betaling b JOIN werk.maand m ON m.maand = b.periode
JOIN bron.uitkering u USING (uitkering_id) JOIN bron.betaling_component c USING (betaling_id)
WHERE u.regeling <> 'BB'
GROUP BY u.dossier_id, m.mnr
"""

_REPORTED = """
CREATE TABLE werk.opgegeven AS
SELECT persoon_id, CAST(left(periode, 4) AS INTEGER) * 12 + CAST(right(periode, 2) AS INTEGER) - 1 AS mnr,
  CAST(sum(vrijgelaten_cent) AS BIGINT) AS vrijgelaten
FROM bron.inkomstenopgave WHERE periode <= $periode GROUP BY persoon_id, periode
"""

# Per row first: what is unknown must not count as nothing without being seen.
_PER_PERSON = """
CREATE TABLE werk.persoonmaand AS
WITH som AS (
  SELECT a.dossier_id, a.mnr, a.persoon_id, any_value(a.rol) AS rol, bool_or(NOT a.bekend) AS onbekend,
    CAST(coalesce(sum(a.telt) FILTER (a.behandeling = 'arbeid' AND a.bekend), 0) AS BIGINT) AS werk_netto,
    CAST(coalesce(sum(a.telt) FILTER (coalesce(a.behandeling, '') <> 'arbeid' AND a.bekend), 0) AS BIGINT) AS overig,
    bool_or(coalesce(a.behandeling, '') = 'pensioen') AS pensioen,
    -- The net part of the accrued right is taken as that of the wage it belongs to (assumed).
    CAST(coalesce(sum(deel(a.recht_vt, abs(a.netto), nullif(abs(a.loon_lb), 0)))
      FILTER (a.bekend AND a.loon_lb <> 0 AND a.netto * a.loon_lb > 0), 0) AS BIGINT) AS opbouw
  FROM (SELECT *, netto - netto_vt - niet_verrekend AS telt FROM werk.aandeel) a JOIN werk.maand USING (mnr)
  GROUP BY a.dossier_id, a.mnr, a.persoon_id
), geboren AS (
  SELECT s.*, p.geboortedatum, m.methode
  FROM som s JOIN bron.persoon p USING (persoon_id) JOIN werk.maand m USING (mnr))
SELECT g.* EXCLUDE (methode),
  CASE WHEN methode = 'TABEL' AND werk_netto > 0 THEN procent(werk_netto, s.percentage) - s.aftrek ELSE 0 END
    AS aanspraak,
  methode = 'TABEL' AND (overig <> 0 OR (werk_netto > 0 AND s.van IS NULL)) AS zonder_tabel,
  s.zekerheid AS schijf_zekerheid, s.bron AS schijf_bron, werk_netto + coalesce(aanspraak, 0) AS arbeid
FROM geboren g LEFT JOIN werk.schijf s
  ON s.mnr = g.mnr AND g.methode = 'TABEL' AND g.werk_netto >= s.van
  AND g.werk_netto < coalesce(s.tot, 9223372036854775807)
"""

_REASONS = """
INSERT INTO werk.oordeel
SELECT DISTINCT dossier_id, mnr, 'VT-TABEL' FROM werk.persoonmaand WHERE zonder_tabel
UNION ALL
SELECT DISTINCT dossier_id, p.mnr, 'PENSIOEN' FROM werk.persoonmaand p JOIN werk.maand m USING (mnr)
WHERE pensioen AND coalesce(
  p.mnr - p.geboortedatum // 10000 * 12 - greatest(p.geboortedatum // 100 % 100, 1) + 1 >= m.aow_maanden, true)
"""


def add_household(con: duckdb.DuckDBPyConnection, parameters: dict[str, Parameter]) -> None:
    """Make the tables named above."""
    for statement in (_PAID, _REPORTED, _PER_PERSON, _REASONS):
        execute(con, fill(statement, parameters))
