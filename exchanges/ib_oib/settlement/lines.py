"""The calculation of a proposal, line by line.

Makes ``werk.regel``. A line belongs to one ``deel``; the lines of a part add up to a column of the proposal:
``verrekening`` to ``te_verrekenen``, ``uitkering`` to ``uitkering``, ``verschil`` to ``verschil``, ``reserve`` to
what the reserve for holiday allowance changes by. Of a month that a person must judge there is only what is known, and
the amount of a line may be null. ``volgorde`` orders the lines of one proposal.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchanges.core.sql import execute

if TYPE_CHECKING:
    import duckdb

_COLUMNS = (
    "dossier_id VARCHAR, mnr INTEGER, volgorde INTEGER, sub BIGINT, persoon_id VARCHAR, deel VARCHAR, regel VARCHAR,"
    " tekst VARCHAR, bedrag BIGINT, bron VARCHAR, zekerheid VARCHAR"
)
_PERIOD = "dagtekst(van) || ' t/m ' || dagtekst(tot)"
_BILL = "wetsvoorstel, punt 17"

_INCOME = f"""
SELECT dossier_id, mnr, 10, stuk * 10, persoon_id, 'verrekening',
  CASE WHEN gespreid THEN 'T-04' WHEN maandnr(s_tot) > mnr THEN 'T-03' ELSE 'T-01' END,
  CASE WHEN gespreid THEN 'Deel van ' ELSE '' END || 'Netto ' || titel || ', ' || loonheffingennummer
    || ', loonperiode ' || {_PERIOD}
    || CASE WHEN gespreid THEN ' (' || euro(rij_netto) || '), naar dagen gespreid' ELSE '' END
    || CASE WHEN NOT gespreid AND maandnr(s_tot) > mnr THEN '; de bijstand eindigde eerder: laatste bijstandsmaand'
       ELSE '' END || CASE WHEN stuk_netto IS NULL THEN '; niet te berekenen' ELSE '' END,
  stuk_netto, '{_BILL}', CASE WHEN gespreid OR maandnr(s_tot) > mnr THEN 'assumed' ELSE 'verified' END
FROM aandelen
UNION ALL
SELECT dossier_id, mnr, 10, stuk * 10 + 1, persoon_id, 'verrekening', 'T-02',
  'Buiten de bijstandsperiode of bij een ander dossier: ' || (lang - mee) || ' van ' || lang || ' dagen',
  netto - stuk_netto, 'art. 32 lid 1 b', 'assumed'
FROM aandelen WHERE mee < lang
UNION ALL
SELECT dossier_id, mnr, 10, stuk * 10 + 2, persoon_id, 'verrekening', 'V-02',
  'Betaalde vakantietoeslag in dit bedrag; zij is al per maand verrekend'
    || CASE WHEN netto_vt IS NULL THEN '; netto deel niet bekend' ELSE '' END, -netto_vt,
      '{_BILL.replace("17", "18")}', 'assumed'
FROM aandelen WHERE betaald_vt <> 0
UNION ALL
SELECT dossier_id, mnr, 10, stuk * 10 + 3, persoon_id, 'verrekening', '2.4 e',
  'Jonggehandicaptenkorting of Anw-tegemoetkoming in dit bedrag: telt niet als inkomen', -niet_verrekend,
  'ib-signalen 6.4', 'assumed'
FROM aandelen WHERE niet_verrekend <> 0
"""

_OWN_BENEFIT = """
SELECT u.dossier_id, u.mnr, 15, e.volgorde, e.persoon_id, 'verrekening', 'EIGEN',
  'Eigen uitkering van de gemeente telt niet als inkomen', 0, 'ib-signalen 6.2', 'assumed'
FROM werk.uitkomst u JOIN (
  SELECT DISTINCT l.dossier_id, l.persoon_id, maandnr(i.tot) AS mnr, dense_rank() OVER (ORDER BY l.persoon_id)
    AS volgorde
  FROM werk.inkomst i JOIN werk.lid l ON l.bsn = i.bsn WHERE i.klasse = 'eigen') e USING (dossier_id, mnr)
"""

_CLAIM = """
SELECT dossier_id, mnr, 20, 0, persoon_id, 'verrekening', 'V-01', 'Aanspraak op vakantietoeslag volgens de jaartabel',
  aanspraak, schijf_bron, schijf_zekerheid
FROM werk.persoonmaand WHERE aanspraak > 0
"""

_EXEMPT = """
SELECT dossier_id, mnr, 30, 0, persoon_id, 'verrekening', code,
  'Vrijlating ' || perc(percentage) || ' van ' || euro(arbeid)
  || CASE WHEN hoogste IS NULL THEN '' ELSE ', hoogstens ' || euro(hoogste) END
  || CASE WHEN maanden IS NULL THEN '' ELSE ' (maand ' || maand_van || ' van ' || maanden || ')' END,
  -vrij, artikel, zekerheid
FROM werk.vrij WHERE vrij > 0
UNION ALL
SELECT dossier_id, mnr, 31, 0, persoon_id, 'verrekening', coalesce(v.code, '2.6'), tekst, 0,
  'bvv-and-settlement 2.6', 'verified'
FROM werk.vrij v JOIN werk.reden r ON r.code = v.reden WHERE v.reden IS NOT NULL
"""

_SPOUSE = """
SELECT dossier_id, mnr, 40, 0, NULL, 'verrekening', 'T-08',
  'Echtgenoot zonder recht: van ' || euro(echtgenoot) ||
    ' telt alleen wat met de uitkering uitkomt boven de norm voor gehuwden ('
  || coalesce(euro(norm_paar), 'niet bekend') || '), met vakantietoeslag', meegeteld - echtgenoot, 'art. 32 lid 3',
  coalesce(paar_zekerheid, 'verified')
FROM werk.uitkomst WHERE zonder_recht
"""

_LIMIT = """
SELECT dossier_id, mnr, 50, 0, NULL, 'verrekening', 'N-05',
  CASE WHEN voor_grens < 0 THEN 'Negatief inkomen telt als nul' ELSE 'Er is meer inkomen dan uitkering' END,
  telt - voor_grens, 'art. 19 lid 2', CASE WHEN voor_grens < 0 THEN 'assumed' ELSE 'verified' END
FROM werk.uitkomst WHERE telt <> voor_grens AND grondslag IS NOT NULL
"""

_BENEFIT = """
SELECT dossier_id, mnr, 60, 0, NULL, 'uitkering', 'N-05', 'Norm volgens de betaling, met vakantietoeslag', norm,
  'art. 19 lid 2', 'verified' FROM werk.uitkomst WHERE NOT mens
UNION ALL
SELECT dossier_id, mnr, 61, 0, NULL, 'uitkering', 'V-02', 'Reservering vakantietoeslag van de norm', grondslag - norm,
  'art. 19 lid 3', 'verified' FROM werk.uitkomst WHERE NOT mens AND grondslag <> norm
UNION ALL
SELECT dossier_id, mnr, 62, 0, NULL, 'uitkering', 'N-05', 'Te verrekenen inkomen', -te_verrekenen, 'art. 19 lid 2',
  'verified' FROM werk.uitkomst WHERE NOT mens
UNION ALL
SELECT dossier_id, mnr, 70, 0, NULL, 'verschil', 'T-09', 'Te verrekenen inkomen', te_verrekenen, 'R-OIB 5', 'assumed'
FROM werk.uitkomst WHERE NOT mens
UNION ALL
SELECT dossier_id, mnr, 71, 0, NULL, 'verschil', 'T-09', 'Al verrekend in de betalingen over deze maand', -verrekend,
  'R-OIB 5', 'assumed' FROM werk.uitkomst WHERE NOT mens
"""

_RESERVE = """
SELECT dossier_id, mnr, 80, 0, NULL, 'reserve', 'V-03', 'Naar de reservering vakantietoeslag: 5/95 van de uitkering',
  reserve_bij, 'bvv-and-settlement 2.5', 'assumed' FROM werk.voorstel WHERE reserve_bij IS NOT NULL
UNION ALL
SELECT dossier_id, mnr, 81, 0, NULL, 'reserve', 'V-03', CASE WHEN reserve_af > 0 THEN 'Van de reservering af'
    ELSE 'Terug naar de reservering' END || ': netto opbouw bij de werkgever (recht naar de verhouding netto tot loon)',
  -reserve_af, 'bvv-and-settlement 2.5', 'assumed' FROM werk.voorstel WHERE reserve_af <> 0
"""

_PROPOSAL = """
CREATE TABLE werk.voorstel AS
SELECT *, grondslag - te_verrekenen AS uitkering,
  CASE WHEN methode = 'RESERVE' AND NOT zonder_recht AND NOT mens
    THEN CAST(deel(grondslag - te_verrekenen, 5, 95) AS BIGINT) END AS reserve_bij,
  CASE WHEN methode = 'RESERVE' AND NOT zonder_recht AND NOT mens THEN opbouw END AS reserve_af
FROM werk.uitkomst
"""


def write_lines(con: duckdb.DuckDBPyConnection) -> None:
    """Make ``werk.voorstel``, the result with what is left of the benefit, and ``werk.regel``."""
    execute(con, _PROPOSAL)
    execute(con, f"CREATE TABLE werk.regel ({_COLUMNS})")
    shares = (
        "WITH aandelen AS (SELECT a.*, i.netto AS rij_netto FROM werk.aandeel a JOIN werk.maand USING (mnr)"
        " JOIN werk.inkomst i USING (id)) "
    )
    execute(con, "INSERT INTO werk.regel " + shares + _INCOME)
    for lines in (_OWN_BENEFIT, _CLAIM, _EXEMPT, _SPOUSE, _LIMIT, _BENEFIT, _RESERVE):
        execute(con, "INSERT INTO werk.regel " + lines)
