"""The account of what is reserved of a benefit for holiday allowance (spec 2.5, V-03; assumed).

Per dossier: 5/95 of the benefit that is left is put by, the net accrual with the employer is taken off, and it is never
under nothing. It is paid out in May, or when the benefit ends. Where holiday allowance still goes by the table (V-01),
and in a month without income, it is what the administration put by.

What is in it is only known from a payment of holiday allowance in the months that are calculated, after which it is
taken as empty, or from the first month of a benefit that began in them; and no longer after a month that a person must
judge. Makes ``werk.rekening``, one row per dossier with a right in the last month or the one before; cents.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from exchanges.core.sql import Parameter, execute, fill

if TYPE_CHECKING:
    import duckdb

_PAYOUT_MONTH = 5

# A month of which nothing was paid has nothing put by, and is in the account as such.
_MONTHS = """
CREATE TABLE werk.spaarmaand AS
WITH recht AS (
  SELECT dossier_id, maandnr(min(datum_begin)) AS eerste,
    maandnr(max(coalesce(datum_einde, DATE '9999-12-31'))) AS laatste
  FROM bron.uitkering WHERE regeling = 'PW' GROUP BY dossier_id
), bewogen AS (
  SELECT r.dossier_id, m.mnr, m.methode, coalesce(v.mens, false) AS mens, r.eerste, r.laatste,
    CASE WHEN m.methode = 'TABEL' OR v.dossier_id IS NULL OR v.zonder_recht THEN coalesce(b.reservering, 0)
      ELSE v.reserve_bij END AS erbij,
    CASE WHEN m.methode = 'TABEL' OR v.dossier_id IS NULL THEN 0 ELSE coalesce(v.reserve_af, 0) END AS eraf,
    coalesce(b.reservering, 0) AS gereserveerd, coalesce(b.uitbetaald, 0) AS uitbetaald
  FROM recht r JOIN werk.maand m ON m.mnr BETWEEN r.eerste AND r.laatste
  LEFT JOIN werk.voorstel v USING (dossier_id, mnr) LEFT JOIN werk.betaald b USING (dossier_id, mnr)
), begonnen AS (
  SELECT *, max(mnr) FILTER (uitbetaald <> 0) OVER (PARTITION BY dossier_id) AS geleegd,
    min(mnr) OVER (PARTITION BY dossier_id) AS hier
  FROM bewogen)
SELECT *, geleegd IS NOT NULL OR eerste = hier AS bekend FROM begonnen WHERE geleegd IS NULL OR mnr > geleegd
"""

# What would be under nothing is made up for: the balance is the sum of all changes less the lowest it ever was.
_BALANCE = """
CREATE TABLE werk.saldo AS
WITH opgeteld AS (
  SELECT *, bool_or(mens) OVER w AS onzeker,
    CAST(sum(erbij - eraf) OVER w AS BIGINT) AS som
  FROM werk.spaarmaand WINDOW w AS (PARTITION BY dossier_id ORDER BY mnr))
SELECT *, least(0, min(som) OVER (PARTITION BY dossier_id ORDER BY mnr)) AS laagst FROM opgeteld
"""

_ACCOUNT = """
CREATE TABLE werk.rekening AS
WITH stand AS (
  SELECT dossier_id, any_value(geleegd) AS geleegd, min(mnr) AS vanaf, max(mnr) AS tot, bool_and(bekend) AS bekend,
    bool_or(onzeker) AS onzeker, min(mnr) FILTER (mens) AS te_beoordelen, any_value(laatste) AS laatste,
    CAST(sum(erbij) AS BIGINT) AS erbij, CAST(sum(eraf) AS BIGINT) AS eraf, -arg_max(laagst, mnr) AS tot_nul,
    arg_max(som, mnr) + tot_nul AS som, CAST(sum(gereserveerd) AS BIGINT) AS gereserveerd
  FROM werk.saldo GROUP BY dossier_id)
SELECT p.bsn, d.dossiernummer, d.dossier_id, mndtekst(vanaf) AS vanaf, mndtekst(tot) AS tot,
  CASE WHEN NOT onzeker THEN erbij END AS erbij, CASE WHEN NOT onzeker THEN eraf END AS eraf,
  CASE WHEN bekend AND NOT onzeker THEN tot_nul END AS tot_nul,
  CASE WHEN bekend AND NOT onzeker THEN som END AS saldo, gereserveerd,
  CASE WHEN NOT onzeker THEN erbij - eraf - gereserveerd END AS verschil,
  CASE WHEN bekend AND NOT onzeker AND (month($eind) = {payout} OR laatste = maandnr($eind)) THEN som END
    AS uit_te_betalen,
  CASE WHEN onzeker THEN 'Beoordeel eerst ' || maandtekst(te_beoordelen) || '.'
    WHEN NOT bekend THEN 'Er is in deze maanden geen vakantietoeslag uitbetaald: wat er al stond, is niet bekend.'
    WHEN tot_nul > 0 THEN 'Er was meer opgebouwd dan gereserveerd; de reservering wordt niet negatief.'
    WHEN laatste = maandnr($eind) THEN 'De bijstand eindigt.' ELSE '' END AS uitleg
FROM stand JOIN bron.dossier d USING (dossier_id) JOIN bron.persoon p ON p.persoon_id = d.persoon_id
WHERE tot >= maandnr($eind) - 1
""".replace("{payout}", str(_PAYOUT_MONTH))


def keep_account(con: duckdb.DuckDBPyConnection, parameters: dict[str, Parameter]) -> None:
    """Make the table named above, from ``werk.voorstel`` and ``werk.betaald``."""
    for statement in (_MONTHS, _BALANCE, _ACCOUNT):
        execute(con, fill(statement, parameters))
