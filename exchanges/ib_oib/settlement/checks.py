"""What is free per calendar year: gifts (E-21), the premium for work (E-20) and the bufferbudget (B-01).

Makes ``werk.toets``, one row per person, year and kind, cents. Above the limit gifts are for a person to judge; a
bufferbudget that is asked for is granted as far as there is room.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from exchanges.core.dated import ParameterRow
from exchanges.core.period import Period
from exchanges.core.sql import Parameter, execute, fill
from exchanges.ib_oib.settlement.parameters import Choices, buffer_runs, make

if TYPE_CHECKING:
    import duckdb

# Kind, rule, the parameter with the limit, article, and which kinds of receipts count.
_KINDS = (
    ("giften", "E-21", "giften_jaar_cent", "art. 31 lid 2 m", ("gift", "bijdrage")),
    ("premie", "E-20", "premie_jaar_cent", "art. 31 lid 2 j", ("premie",)),
    ("bufferbudget", "B-01", "bufferbudget_jaar_cent", "art. 34b lid 1", ("bufferbudget", "bufferbudget_verzoek")),
)

_CHECKS = """
CREATE TABLE werk.toets AS
WITH som AS (
  SELECT v.persoon_id, k.*, CAST(sum(v.bedrag_cent) FILTER (v.soort <> 'bufferbudget_verzoek') AS BIGINT) AS ontvangen,
    CAST(coalesce(sum(v.bedrag_cent) FILTER (v.soort = 'bufferbudget_verzoek'), 0) AS BIGINT) AS gevraagd,
    count(*) FILTER (v.soort = 'premie') AS keren
  FROM bron.vrije_ontvangst v JOIN werk.ontvangst o USING (soort) JOIN werk.jaargrens k USING (toets)
  WHERE year(v.datum) = year($eind) AND v.datum <= $eind GROUP BY ALL
), gemeten AS (
  SELECT *, coalesce(ontvangen, 0) AS bedrag, greatest(0, grens - bedrag) AS ruimte,
    CASE WHEN grens IS NOT NULL THEN greatest(0, bedrag - grens) END AS boven FROM som)
SELECT p.bsn, g.persoon_id, year($eind) AS jaar, g.toets, g.regel, g.artikel, bedrag, grens,
  CASE WHEN grens IS NOT NULL THEN least(bedrag, grens) END AS vrij, boven, gevraagd,
  CASE WHEN actief AND grens IS NOT NULL THEN least(gevraagd, ruimte) ELSE 0 END AS toe_te_kennen,
  CASE WHEN actief AND grens IS NOT NULL THEN ruimte - least(gevraagd, ruimte) END AS rest, zekerheid,
  CASE WHEN NOT actief AND bedrag + gevraagd > 0 THEN 'Het bufferbudget is in deze gemeente nog niet ingevoerd.'
    WHEN grens IS NULL THEN 'De grens is voor deze maand niet bekend.'
    WHEN boven > 0 AND toets = 'giften' THEN
      'Beoordeel het bedrag boven de grens: inkomen, vermogen of individueel verantwoord.'
    WHEN boven > 0 THEN 'Er is meer gegeven dan de wet toestaat.'
    WHEN keren > 2 THEN 'De premie mag in een of twee keer worden betaald.'
    WHEN gevraagd > ruimte THEN 'Er is minder ruimte dan gevraagd.' ELSE '' END AS uitleg
FROM gemeten g JOIN bron.persoon p USING (persoon_id)
"""


def check_year(con: duckdb.DuckDBPyConnection, parameters: Mapping[str, Parameter], dated: Mapping[str, ParameterRow],
               period: Period, choices: Choices) -> None:
    """Make the table named above."""
    runs = buffer_runs(period, choices)
    make(con, "ontvangst", "toets VARCHAR, soort VARCHAR", ((k[0], kind) for k in _KINDS for kind in k[4]))
    make(con, "jaargrens", "toets VARCHAR, regel VARCHAR, artikel VARCHAR, grens BIGINT, zekerheid VARCHAR,"
         " actief BOOLEAN",
         ((kind, rule, article, int(dated[name].value) if name in dated else None,
           dated[name].certainty if name in dated else None, runs or kind != "bufferbudget")
          for kind, rule, name, article, _ in _KINDS))  # fmt: skip
    execute(con, fill(_CHECKS, parameters))
