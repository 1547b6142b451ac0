"""Which exemption holds for a person in a month, and how much it leaves free (spec 2.6, E-01 to E-06, E-11 to E-13).

Under art. 31 the first that holds is taken: n (AOW age, or granted with months left), y, z, aa, r; under art. 34a the
one group a person is in. What needs a decision is only applied where the administration has it (table ``vrijlating``);
a decision that does not meet its conditions is for a person to judge. Months are counted per person: those used for n
and z, over all spells; those that passed since the start for r and art. 34a. Age is that on the first day of the month
(assumed).

From ``werk.persoonmaand`` makes ``werk.vrij``: code and cents per person and month. Adds to ``werk.oordeel``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchanges.core.sql import Parameter, execute, fill
from exchanges.ib_oib.settlement.parameters import longest

if TYPE_CHECKING:
    import duckdb

_RIGHTS = """
CREATE TABLE werk.recht AS
SELECT row_number() OVER (ORDER BY persoon_id, grond, datum_begin, datum_einde) AS recht, persoon_id, grond,
  maandnr(datum_begin) AS begin, coalesce(maandnr(datum_einde), 999999) AS eind,
  coalesce(maanden_gebruikt, 0) AS gebruikt, coalesce(verlenging_maanden, 0) AS verlenging
FROM bron.vrijlating WHERE datum_begin <= $eind;
CREATE TABLE werk.lopend AS
SELECT DISTINCT r.persoon_id, m.mnr, r.grond FROM werk.recht r JOIN werk.maand m ON m.mnr BETWEEN r.begin AND r.eind;
CREATE TABLE werk.omstandig AS
SELECT DISTINCT o.persoon_id, m.mnr, o.soort FROM bron.omstandigheid o
JOIN werk.maand m ON o.datum_begin <= m.eind AND coalesce(o.datum_einde, DATE '9999-12-31') >= m.begin
UNION
SELECT DISTINCT v.persoon_id, m.mnr, 'lks' FROM bron.loonkostensubsidie l JOIN bron.voorziening v USING (voorziening_id)
JOIN werk.maand m ON l.datum_begin <= m.eind AND coalesce(l.datum_einde, DATE '9999-12-31') >= m.begin
"""

_STATE = """
CREATE TABLE werk.stand AS
WITH geboren AS (
  SELECT p.*, m.regime, m.aow_maanden, hoogst(mnr, p.geboortedatum) AS hoogst, laagst(mnr, p.geboortedatum) AS laagst
  FROM werk.persoonmaand p JOIN werk.maand m USING (mnr) WHERE p.rol <> 'echtgenoot')
SELECT o.*, laagst >= aow_maanden AS aow, hoogst < 324 AS jong,
  coalesce(o.geboortedatum < 10000 OR (laagst < aow_maanden AND hoogst >= aow_maanden)
    OR (laagst < 324 AND hoogst >= 324), true) AS leeftijd_onbekend,
  n.grond IS NOT NULL AS n, z.grond IS NOT NULL AS z, aa.grond IS NOT NULL AS aa, r.grond IS NOT NULL AS r,
  e.grond IS NOT NULL AS e, med.soort IS NOT NULL AS medisch, ou.soort IS NOT NULL AS ouder,
  lks.soort IS NOT NULL AS lks,
  arbeid > 0 OR (onbekend AND coalesce(vg.vrijgelaten, 0) > 0) AS telt
FROM geboren o
LEFT JOIN werk.lopend n ON n.persoon_id = o.persoon_id AND n.mnr = o.mnr AND n.grond = '31n'
LEFT JOIN werk.lopend z ON z.persoon_id = o.persoon_id AND z.mnr = o.mnr AND z.grond = '31z'
LEFT JOIN werk.lopend aa ON aa.persoon_id = o.persoon_id AND aa.mnr = o.mnr AND aa.grond = '31aa'
LEFT JOIN werk.lopend r ON r.persoon_id = o.persoon_id AND r.mnr = o.mnr AND r.grond = '31r'
LEFT JOIN werk.lopend e ON e.persoon_id = o.persoon_id AND e.mnr = o.mnr AND e.grond = '34a'
LEFT JOIN werk.omstandig med ON med.persoon_id = o.persoon_id AND med.mnr = o.mnr AND med.soort = 'medisch_urenbeperkt'
LEFT JOIN werk.omstandig ou ON ou.persoon_id = o.persoon_id AND ou.mnr = o.mnr AND ou.soort = 'alleenstaande_ouder'
LEFT JOIN werk.omstandig lks ON lks.persoon_id = o.persoon_id AND lks.mnr = o.mnr AND lks.soort = 'lks'
LEFT JOIN werk.opgegeven vg ON vg.persoon_id = o.persoon_id AND vg.mnr = o.mnr
"""

# Months before those that are calculated in which the administration left income free while the right ran.
_HISTORY = """
CREATE TABLE werk.eerder_vrij AS
SELECT DISTINCT o.persoon_id, o.mnr, first_value(r.grond) OVER (PARTITION BY o.persoon_id, o.mnr ORDER BY r.grond)
  AS grond
FROM werk.opgegeven o JOIN werk.recht r ON r.persoon_id = o.persoon_id AND o.mnr BETWEEN r.begin AND r.eind
WHERE o.vrijgelaten > 0 AND r.grond IN ('31n', '31z') AND o.mnr < (SELECT min(mnr) FROM werk.maand)
"""

# A month is used when it counts and fewer than the maximum were used before it. Before the maximum is reached every
# month that counts is used, and after it none is: so counting the months that count is enough.
_COUNTED = """
CREATE TABLE werk.{name} AS
WITH telt AS (
  SELECT persoon_id, mnr FROM werk.eerder_vrij WHERE grond = '{ground}'
  UNION SELECT persoon_id, mnr FROM {counting}
), per_recht AS (
  SELECT s.persoon_id, s.mnr, r.recht, any_value(r.gebruikt) + count(t.mnr) AS gebruikt
  FROM (SELECT DISTINCT persoon_id, mnr FROM werk.stand) s
  JOIN werk.recht r ON r.persoon_id = s.persoon_id AND r.grond = '{ground}' AND r.begin <= s.mnr
  LEFT JOIN telt t ON t.persoon_id = s.persoon_id AND t.mnr >= r.begin AND t.mnr < s.mnr
  GROUP BY s.persoon_id, s.mnr, r.recht)
SELECT persoon_id, mnr, max(gebruikt) AS gebruikt FROM per_recht GROUP BY persoon_id, mnr
"""

# Months passed since the start of the spell that runs; it may not start anew within the term of the one before.
_PASSED = """
CREATE TABLE werk.{name} AS
WITH keten AS (
  SELECT *, lag(begin) OVER w AS vorig, lag(gebruikt) OVER w AS vorig_gebruikt,
    lag(verlenging) OVER w AS vorig_verlenging
  FROM werk.recht WHERE grond = '{ground}' WINDOW w AS (PARTITION BY persoon_id ORDER BY begin, recht))
SELECT s.persoon_id, s.mnr, any_value(s.mnr - k.begin + k.gebruikt ORDER BY k.recht DESC) AS voorbij,
  any_value(k.verlenging ORDER BY k.recht DESC) AS verlenging,
  any_value(coalesce(k.gebruikt < k.begin - vorig + vorig_gebruikt
    AND ({again} OR k.begin - vorig + vorig_gebruikt < {months} + vorig_verlenging), false) ORDER BY k.recht DESC)
      AS opnieuw
FROM (SELECT DISTINCT persoon_id, mnr FROM werk.stand) s
JOIN keten k ON k.persoon_id = s.persoon_id AND k.begin <= s.mnr
GROUP BY s.persoon_id, s.mnr
"""

_CODE = """
CREATE TABLE werk.vrij AS
WITH gezien AS (
  SELECT s.*, coalesce(nt.gebruikt, 0) AS n_gebruikt, coalesce(zt.gebruikt, 0) AS z_gebruikt, rt.voorbij AS r_voorbij,
    et.voorbij AS e_voorbij, et.verlenging, rt.opnieuw AS r_opnieuw, et.opnieuw AS e_opnieuw,
    nt.persoon_id IS NOT NULL AND (NOT s.n OR nt.gebruikt >= {n}) AS n_klaar,
    zt.persoon_id IS NOT NULL AND (NOT s.z OR zt.gebruikt >= {z}) AS z_klaar
  FROM werk.stand s
  LEFT JOIN werk.n_teller nt USING (persoon_id, mnr) LEFT JOIN werk.z_teller zt USING (persoon_id, mnr)
  LEFT JOIN werk.r_termijn rt USING (persoon_id, mnr) LEFT JOIN werk.e_termijn et USING (persoon_id, mnr)
), gekozen AS (
  SELECT *, CASE WHEN regime = 'OUD_31' THEN
      CASE WHEN aow THEN 'E-02' WHEN n AND NOT jong AND n_gebruikt < {n} THEN 'E-01' WHEN medisch THEN 'E-04'
        WHEN z AND z_gebruikt < {z} THEN 'E-05' WHEN aa THEN 'E-06' WHEN r AND r_voorbij < {r} THEN 'E-03' END
    ELSE
      CASE WHEN aow THEN 'E-13' WHEN medisch THEN 'E-12' WHEN e AND e_voorbij < {e} + verlenging THEN 'E-11' END
    END AS code
  FROM gezien
), geoordeeld AS (
  SELECT *, CASE WHEN NOT telt THEN NULL
      WHEN leeftijd_onbekend THEN 'GEBOORTEDATUM'
      WHEN regime = 'OUD_31' AND NOT aow AND jong AND (n OR (r AND code = 'E-03')) THEN 'VRIJ-LEEFTIJD'
      WHEN code IN ('E-05', 'E-06') AND NOT lks THEN 'VRIJ-LKS'
      WHEN code IN ('E-03', 'E-05') AND NOT n_klaar OR code = 'E-06' AND NOT z_klaar THEN 'VRIJ-NA'
      WHEN code = 'E-03' AND NOT ouder THEN 'VRIJ-OUDER'
      WHEN code = 'E-03' AND r_opnieuw OR code = 'E-11' AND e_opnieuw THEN 'VRIJ-OPNIEUW'
      WHEN regime = 'NIEUW_34A' AND code IS NULL AND e_voorbij IS NULL THEN 'VRIJ-BEGIN'
      WHEN code IS NULL AND (n AND n_gebruikt >= {n} OR z AND z_gebruikt >= {z} OR r AND r_voorbij >= {r}
        OR regime = 'NIEUW_34A') THEN 'VRIJ-OP' END AS reden
  FROM gekozen)
SELECT g.persoon_id, g.mnr, g.dossier_id, g.code, g.arbeid, v.percentage, v.hoogste, v.artikel, v.zekerheid,
  CASE g.code WHEN 'E-01' THEN n_gebruikt WHEN 'E-05' THEN z_gebruikt WHEN 'E-03' THEN r_voorbij
    WHEN 'E-11' THEN e_voorbij END + 1 AS maand_van,
  CASE WHEN g.code = 'E-11' THEN v.maanden + verlenging ELSE v.maanden END AS maanden,
  CASE WHEN telt AND g.reden IS NULL AND g.code IS NOT NULL AND v.code IS NULL THEN 'VRIJ-BEDRAG' ELSE g.reden END
    AS reden,
  CASE WHEN arbeid > 0 AND g.reden IS NULL AND v.code IS NOT NULL
    THEN least(procent(arbeid, v.percentage), coalesce(v.hoogste, 9223372036854775807)) ELSE 0 END AS vrij
FROM geoordeeld g LEFT JOIN werk.vrijregel v ON v.mnr = g.mnr AND v.code = g.code
WHERE telt
"""

_REASONS = """
INSERT INTO werk.oordeel SELECT DISTINCT dossier_id, mnr, reden FROM werk.vrij WHERE reden IS NOT NULL
"""


def exempt(con: duckdb.DuckDBPyConnection, parameters: dict[str, Parameter]) -> None:
    """Make the tables named above."""
    n, z, r, e = (longest(code) for code in ("E-01", "E-05", "E-03", "E-11"))
    execute(con, fill(_RIGHTS, parameters))
    execute(con, _STATE)
    execute(con, _HISTORY)
    old = "werk.stand WHERE telt AND regime = 'OUD_31' AND NOT aow"
    execute(con, _COUNTED.format(name="n_teller", ground="31n", counting=f"{old} AND n AND NOT jong"))
    after_n = (
        "(SELECT s.persoon_id, s.mnr FROM werk.stand s LEFT JOIN werk.n_teller t USING (persoon_id, mnr) WHERE s.telt"
        " AND s.regime = 'OUD_31' AND NOT s.aow AND s.z AND NOT s.medisch AND NOT (s.n AND NOT s.jong"
        f" AND coalesce(t.gebruikt, 0) < {n}))"
    )
    execute(con, _COUNTED.format(name="z_teller", ground="31z", counting=after_n))
    # Art. 31 lid 2 r is given once; art. 34a lid 3 gives it again for a new job after the term.
    execute(con, _PASSED.format(name="r_termijn", ground="31r", months=r, again="true"))
    execute(con, _PASSED.format(name="e_termijn", ground="34a", months=e, again="false"))
    execute(con, _CODE.format(n=n, z=z, r=r, e=e))
    execute(con, _REASONS)
