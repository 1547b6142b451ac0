"""What should have been settled per dossier and month, against what was (spec 2.2 N-05, 2.3 T-08 and T-09).

Makes ``werk.uitkomst`` with one row per dossier and month in which there was income or something was settled. Amounts
are cents; ``te_verrekenen`` is null where a person must judge.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchanges.core.sql import Parameter, execute, fill

if TYPE_CHECKING:
    import duckdb

_SUMS = """
CREATE TABLE werk.huishouden AS
SELECT p.dossier_id, p.mnr, CAST(sum(p.werk_netto + p.overig) AS BIGINT) AS netto,
  CAST(coalesce(sum(p.aanspraak), 0) AS BIGINT) AS aanspraak, CAST(coalesce(sum(v.vrij), 0) AS BIGINT) AS vrij,
  CAST(sum(p.opbouw) AS BIGINT) AS opbouw,
  CAST(coalesce(sum(p.arbeid + p.overig) FILTER (p.rol = 'echtgenoot'), 0) AS BIGINT) AS echtgenoot,
  CAST(coalesce(sum(p.arbeid + p.overig - coalesce(v.vrij, 0)) FILTER (p.rol <> 'echtgenoot'), 0) AS BIGINT) AS eigen,
  bool_or(p.rol = 'echtgenoot' AND (p.werk_netto <> 0 OR p.overig <> 0 OR p.onbekend)) AS zonder_recht,
  bool_or(p.rol = 'echtgenoot' AND NOT p.onbekend) AND bool_or(p.rol <> 'echtgenoot') AS beide
FROM werk.persoonmaand p LEFT JOIN werk.vrij v USING (dossier_id, mnr, persoon_id)
GROUP BY p.dossier_id, p.mnr
"""

# T-08: the norm for a couple follows from the ages of both, on the first day of the month. With a date of birth that is
# not whole one may be on either side of a limit: then there is no norm.
_COUPLES = """
CREATE TABLE werk.paar AS
WITH leeftijd AS (
  SELECT DISTINCT l.dossier_id, m.mnr, l.persoon_id, m.aow_maanden, laagst(m.mnr, l.geboortedatum) AS laagst,
    hoogst(m.mnr, l.geboortedatum) AS hoogst, laagst >= m.aow_maanden AS aow,
    coalesce(l.geboortedatum >= 10000 AND laagst >= 252 AND aow = (hoogst >= m.aow_maanden), false) AS zeker
  FROM werk.lid l JOIN werk.huishouden h ON h.dossier_id = l.dossier_id AND h.zonder_recht
  JOIN werk.maand m ON m.mnr = h.mnr AND l.begin <= m.eind AND l.eind >= m.begin
), geteld AS (
  SELECT dossier_id, mnr, count(*) AS personen, count(*) FILTER (aow) AS aow, bool_and(zeker) AS zeker
  FROM leeftijd GROUP BY dossier_id, mnr)
SELECT g.dossier_id, g.mnr, n.bedrag, n.zekerheid FROM geteld g
LEFT JOIN werk.norm n ON n.mnr = g.mnr AND personen = 2 AND zeker
  AND n.situatie = CASE aow WHEN 0 THEN 'gehuwd_21' WHEN 1 THEN 'gehuwd_een_aow' ELSE 'gehuwd_beiden_aow' END
"""

_COUNTED = """
CREATE TABLE werk.geteld AS
WITH alles AS (
  SELECT dossier_id, mnr FROM werk.huishouden
  UNION SELECT dossier_id, mnr FROM werk.betaald WHERE verrekend <> 0
), samen AS (
  SELECT a.dossier_id, a.mnr, m.maand, m.regime, m.methode, h.dossier_id IS NOT NULL AS inkomen, b.regeling,
    coalesce(h.netto, 0) AS netto, coalesce(h.aanspraak, 0) AS aanspraak, coalesce(h.vrij, 0) AS vrij,
    coalesce(h.opbouw, 0) AS opbouw, coalesce(h.echtgenoot, 0) AS echtgenoot, coalesce(h.eigen, 0) AS eigen,
    coalesce(h.zonder_recht, false) AS zonder_recht, coalesce(h.beide, false) AS beide, b.norm, b.reservering,
    coalesce(b.verrekend, 0) AS verrekend, coalesce(b.afgestemd, false) AS afgestemd,
    coalesce(b.gecorrigeerd, false) AS gecorrigeerd, p.bedrag AS norm_paar, p.zekerheid AS paar_zekerheid
  FROM alles a JOIN werk.maand m USING (mnr) LEFT JOIN werk.huishouden h USING (dossier_id, mnr)
  LEFT JOIN werk.betaald b USING (dossier_id, mnr) LEFT JOIN werk.paar p USING (dossier_id, mnr)
), grondslag AS (
  SELECT *, CASE WHEN methode = 'TABEL' OR zonder_recht THEN norm ELSE norm - reservering END AS grondslag,
    -- Art. 32 lid 3: of a spouse without a right only what the couple has above the norm for two.
    CASE WHEN zonder_recht THEN greatest(0, greatest(0, norm - eigen) + echtgenoot - norm_paar) ELSE 0 END AS meegeteld
  FROM samen), telling AS (
  SELECT *, eigen + meegeteld AS voor_grens,
    least(greatest(eigen + meegeteld, 0), coalesce(grondslag, 0)) AS telt FROM grondslag)
SELECT * FROM telling
"""

_REASONS = """
INSERT INTO werk.oordeel
SELECT dossier_id, mnr, 'NIET-POLIS' FROM werk.geteld WHERE NOT inkomen AND verrekend <> 0
UNION ALL SELECT dossier_id, mnr, 'GEEN-BETALING' FROM werk.geteld WHERE norm IS NULL
UNION ALL SELECT dossier_id, mnr, 'REGELING' FROM werk.geteld g WHERE regeling <> 'PW'
  AND NOT EXISTS (SELECT 1 FROM werk.oordeel o WHERE o.dossier_id = g.dossier_id AND o.mnr = g.mnr
    AND o.code = 'REGELING')
UNION ALL SELECT dossier_id, mnr, 'NORM-PAAR' FROM werk.geteld WHERE zonder_recht AND norm_paar IS NULL
UNION ALL SELECT dossier_id, mnr, 'PAAR-BEIDE' FROM werk.geteld WHERE zonder_recht AND beide
UNION ALL SELECT dossier_id, mnr, 'BOVEN-NORM' FROM werk.geteld WHERE voor_grens > grondslag;
INSERT INTO werk.oordeel
SELECT dossier_id, mnr, CASE
    WHEN afgestemd THEN 'AFSTEMMING' WHEN gecorrigeerd THEN 'CORRECTIE' WHEN v.dossier_id IS NOT NULL THEN 'VORDERING'
    WHEN verrekend = 0 THEN 'LAAT' ELSE 'ANDERS' END
FROM werk.geteld g LEFT JOIN (
  SELECT DISTINCT u.dossier_id, m.mnr FROM bron.vordering v JOIN bron.uitkering u USING (uitkering_id)
  JOIN werk.maand m ON v.datum_tijdvak_begin <= m.eind
    AND coalesce(v.datum_tijdvak_einde, v.datum_tijdvak_begin) >= m.begin
) v USING (dossier_id, mnr)
WHERE telt <> verrekend AND inkomen AND NOT EXISTS (
  -- What cannot be calculated has no difference to explain.
  SELECT 1 FROM werk.oordeel o JOIN werk.reden r USING (code)
  WHERE o.dossier_id = g.dossier_id AND o.mnr = g.mnr AND r.mens)
"""

_RESULT = """
CREATE TABLE werk.uitkomst AS
WITH redenen AS (
  SELECT dossier_id, mnr, bool_or(mens) AS mens, string_agg(code, ' ' ORDER BY code) AS codes,
    string_agg(tekst || CASE WHEN actie = '' THEN '' ELSE ' ' || actie END, ' ' ORDER BY code) AS uitleg
  FROM werk.oordeel JOIN werk.reden USING (code) GROUP BY dossier_id, mnr
), houder AS (
  SELECT g.dossier_id, g.mnr, any_value(l.bsn ORDER BY l.begin DESC, l.uitkering_id) AS bsn
  FROM werk.geteld g JOIN werk.maand m USING (mnr)
  JOIN werk.lid l ON l.dossier_id = g.dossier_id AND l.rol = 'houder' AND l.begin <= m.eind
  GROUP BY g.dossier_id, g.mnr)
SELECT g.*, d.dossiernummer, coalesce(h.bsn, p.bsn) AS bsn, coalesce(r.codes, '') AS codes,
  coalesce(r.uitleg, '') AS uitleg, coalesce(r.mens, false) AS mens,
  CASE WHEN NOT coalesce(r.mens, false) THEN telt END AS te_verrekenen, te_verrekenen - verrekend AS verschil,
  CASE WHEN r.mens THEN 'handmatig' WHEN verschil > 0 THEN 'vordering' WHEN verschil < 0 THEN 'nabetaling'
    ELSE 'niets' END AS voorstel
FROM werk.geteld g JOIN bron.dossier d USING (dossier_id) JOIN bron.persoon p ON p.persoon_id = d.persoon_id
LEFT JOIN houder h USING (dossier_id, mnr) LEFT JOIN redenen r USING (dossier_id, mnr)
"""


def conclude(con: duckdb.DuckDBPyConnection, parameters: dict[str, Parameter]) -> None:
    """Make the table named above."""
    for statement in (_SUMS, _COUPLES, _COUNTED, _REASONS, _RESULT):
        execute(con, fill(statement, parameters))
