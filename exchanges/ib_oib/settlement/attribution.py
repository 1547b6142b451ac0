"""To which month and which client an income belongs (spec 2.3, T-01 to T-05).

An income counts in the month in which its wage period ends (T-01); of a longer period every month gets its share by
days (T-04). Only what overlaps the right to bijstand counts, by days (T-02); when the right ended before the wage
period did, that counts in the last month of the right (T-03). By days, and the length from which a period is spread, is
assumed: the rules do not say how.

Makes ``werk.inkomst`` (the rows with their class), ``werk.lid`` (who belongs to which benefit), ``werk.aandeel`` (parts
of rows by dossier and month; what counts of the net amount is ``netto - netto_vt - niet_verrekend``) and
``werk.oordeel`` (reasons by dossier and month).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchanges.core.sql import Parameter, execute, fill

if TYPE_CHECKING:
    import duckdb

# Longer than five years is no wage period: a relation without wages shows one empty statement over all its years.
_LONGEST = 1830
_AMOUNTS = ("netto", "netto_vt", "niet_verrekend", "recht_vt", "loon_lb")

_INCOME = f"""
CREATE TABLE werk.inkomst AS
WITH gelezen AS (
  SELECT i.*, s.behandeling, s.titel, heledag(begin) AS b0, heledag(eind) AS e0,
    -- Of what is unknown it cannot be said that it is nothing.
    coalesce(coalesce(loon_lb, netto) = 0, false) AND coalesce(netto, 0) = 0
      AND coalesce(vakantietoeslag_betaald, 0) = 0 AS leeg
  FROM bron.inkomen i LEFT JOIN werk.soort s USING (soort)
), gedagtekend AS (
  SELECT *, b0 IS NULL OR e0 IS NULL OR e0 < b0 OR e0 - b0 >= {_LONGEST} AS ondatum,
    CASE WHEN ondatum THEN date_trunc('month', coalesce(e0, b0, $eind))::DATE ELSE b0 END AS van,
    CASE WHEN ondatum THEN last_day(coalesce(e0, b0, $eind)) ELSE e0 END AS tot
  FROM gelezen)
SELECT row_number() OVER (ORDER BY bsn, loonheffingennummer, volgnummer, begin, eind, netto, soort) AS id, bsn,
  loonheffingennummer, soort, coalesce(titel, 'soort onbekend') AS titel, behandeling, van, tot, ondatum, netto,
  loon_lb,
  -- A choice budget is accrued as holiday allowance is (V-04).
  CASE WHEN recht_vakantietoeslag IS NULL THEN recht_extra ELSE recht_vakantietoeslag + coalesce(recht_extra, 0) END
    AS recht_vt, coalesce(extra_betaald, 0) AS betaald_extra, coalesce(vakantietoeslag_betaald, 0) AS betaald_vt,
  CASE WHEN coalesce(vakantietoeslag_betaald, 0) = 0 THEN 0 ELSE netto_vakantietoeslag END AS netto_vt,
  coalesce(niet_verrekend, 0) AS niet_verrekend,
  CASE WHEN leeg THEN 'leeg'
       WHEN behandeling = 'eigen' OR (behandeling = 'eigen_nummer' AND loonheffingennummer IN ($own)) THEN 'eigen'
       ELSE 'inkomen' END AS klasse
FROM gedagtekend
"""

_MEMBERS = """
CREATE TABLE werk.lid AS
WITH recht AS (
  SELECT uitkering_id, dossier_id, regeling, persoon_id, partner_persoon_id, datum_begin AS begin,
    coalesce(datum_einde, DATE '9999-12-31') AS eind
  FROM bron.uitkering WHERE regeling <> 'BB' AND datum_begin <= $eind AND eind >= $eerste
), leden AS (
  SELECT uitkering_id, dossier_id, regeling, begin, eind, persoon_id, 'houder' AS rol FROM recht
  UNION ALL
  SELECT uitkering_id, dossier_id, regeling, begin, eind, partner_persoon_id, 'partner' FROM recht
  WHERE partner_persoon_id IS NOT NULL
  UNION ALL
  -- A spouse in the dossier who is not in the benefit has no right to it (art. 24).
  SELECT uitkering_id, r.dossier_id, regeling, begin, eind, d.partner_persoon_id, 'echtgenoot'
  FROM recht r JOIN bron.dossier d USING (dossier_id)
  WHERE r.partner_persoon_id IS NULL AND d.partner_persoon_id <> r.persoon_id)
SELECT l.*, p.bsn, p.geboortedatum FROM leden l JOIN bron.persoon p USING (persoon_id)
WHERE eind >= begin
"""

# A period that is spread gives one part per month, any other gives one.
_PARTS = f"""
CREATE TABLE werk.stuk AS
WITH maanden AS (
  SELECT id, unnest(generate_series(date_trunc('month', van), CAST(tot AS TIMESTAMP), INTERVAL 1 MONTH))::DATE AS begin
  FROM werk.inkomst WHERE klasse = 'inkomen' AND tot - van + 1 >= $spreiden_vanaf_dagen
), stukken AS (
  SELECT i.*, greatest(i.van, m.begin) AS s_van, least(i.tot, last_day(m.begin)) AS s_tot, true AS gespreid
  FROM werk.inkomst i JOIN maanden m USING (id)
  UNION ALL
  SELECT i.*, van, tot, false FROM werk.inkomst i WHERE klasse = 'inkomen' AND tot - van + 1 < $spreiden_vanaf_dagen)
SELECT * EXCLUDE ({", ".join(_AMOUNTS)}), row_number() OVER (ORDER BY id, s_van) AS stuk, tot - van + 1 AS dagen,
  {", ".join(f"deel({x}, s_tot - van + 1, dagen) - deel({x}, s_van - van, dagen) AS {x}" for x in _AMOUNTS)}
FROM stukken
"""

# Shares by cumulated days, so that those of one part never come to more than the part.
_SHARES = f"""
CREATE TABLE werk.aandeel AS
WITH raak AS (
  SELECT s.stuk, l.dossier_id, l.persoon_id, any_value(l.rol ORDER BY l.begin DESC) AS rol,
    any_value(l.regeling ORDER BY l.begin DESC) AS regeling,
    sum(least(l.eind, s.s_tot) - greatest(l.begin, s.s_van) + 1) AS geraakt,
    max(least(l.eind, s.s_tot)) AS laatste, min(greatest(l.begin, s.s_van)) AS eerste
  FROM werk.stuk s JOIN werk.lid l ON l.bsn = s.bsn AND l.begin <= s.s_tot AND l.eind >= s.s_van
  GROUP BY s.stuk, l.dossier_id, l.persoon_id
), geteld AS (
  SELECT *, count(*) OVER w AS keer, sum(geraakt) OVER w AS samen, row_number() OVER (PARTITION BY stuk
    ORDER BY laatste DESC, eerste, dossier_id, persoon_id) AS plaats
  FROM raak WINDOW w AS (PARTITION BY stuk)
), gekozen AS (
  SELECT g.*, s.* EXCLUDE (stuk), s.s_tot - s.s_van + 1 AS lang,
    least(CAST(g.geraakt AS BIGINT), lang) AS mee
  FROM geteld g JOIN werk.stuk s USING (stuk) WHERE g.samen <= s.s_tot - s.s_van + 1 OR g.plaats = 1
), opgeteld AS (
  SELECT *, CAST(sum(mee) OVER (PARTITION BY stuk ORDER BY eerste, dossier_id, persoon_id) AS BIGINT) AS op
  FROM gekozen)
SELECT id, stuk, dossier_id, maandnr(laatste) AS mnr, persoon_id, bsn, rol, regeling, loonheffingennummer, soort, titel,
  behandeling, van, tot, dagen, s_van, s_tot, gespreid, ondatum, betaald_vt, betaald_extra,
  mee, lang, laatste, keer > 1 AS meer,
  netto AS stuk_netto, netto IS NOT NULL AND (betaald_vt = 0 OR netto_vt IS NOT NULL) AS bekend,
  {", ".join(f"deel({x}, op, lang) - deel({x}, op - mee, lang) AS {x}" for x in _AMOUNTS)}
FROM opgeteld
"""

_REASONS = """
CREATE TABLE werk.oordeel AS
WITH in_venster AS (
  SELECT a.* FROM werk.aandeel a JOIN werk.maand USING (mnr))
SELECT DISTINCT dossier_id, mnr, code FROM (
  SELECT dossier_id, mnr, 'NETTO' AS code FROM in_venster WHERE netto IS NULL
  UNION ALL SELECT dossier_id, mnr, 'DATUM' FROM in_venster WHERE ondatum
  UNION ALL SELECT dossier_id, mnr, 'SOORT' FROM in_venster WHERE coalesce(behandeling, 'handmatig') = 'handmatig'
  UNION ALL SELECT dossier_id, mnr, 'EIGEN' FROM in_venster WHERE behandeling = 'eigen_nummer' AND $geen_eigen
  UNION ALL SELECT dossier_id, mnr, 'VT-NETTO' FROM in_venster WHERE betaald_vt <> 0 AND netto_vt IS NULL
  UNION ALL SELECT dossier_id, mnr, 'IKB' FROM in_venster JOIN werk.maand USING (mnr)
    WHERE betaald_extra <> 0 AND methode = 'RESERVE'
  UNION ALL SELECT dossier_id, mnr, 'UITKERING-DUBBEL' FROM in_venster WHERE meer
  UNION ALL SELECT dossier_id, mnr, 'REGELING' FROM in_venster WHERE regeling <> 'PW'
  UNION ALL SELECT a.dossier_id, a.mnr, 'BSN-DUBBEL' FROM in_venster a
    SEMI JOIN (SELECT bsn FROM bron.persoon GROUP BY bsn HAVING count(DISTINCT persoon_id) > 1) t ON t.bsn = a.bsn)
"""


def attribute(con: duckdb.DuckDBPyConnection, parameters: dict[str, Parameter], own_numbers: tuple[str, ...]) -> None:
    """Make the tables named above. ``parameters`` are those of the period, with ``eerste``, the first day that is
    calculated."""
    own = ", ".join("'" + number.replace("'", "''") + "'" for number in own_numbers) or "NULL"
    execute(con, fill(_INCOME.replace("$own", own), parameters))
    for statement in (_MEMBERS, _PARTS, _SHARES):
        execute(con, fill(statement, parameters))
    execute(con, fill(_REASONS.replace("$geen_eigen", "true" if not own_numbers else "false"), parameters))
