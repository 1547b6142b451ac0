"""What must be declared, worked out once more: straight from the administration, without the tables of ``work``.

Rules and control totals hold the message against this. It follows the specification by a way of its own (months as
numbers, decimals that are rounded, what holds on a day as the last that began), so that a fault in the one shows as a
difference with the other. Both take the same dated parameters, which are data.
"""

from __future__ import annotations

# Months (jjjj-mm) to ask for: the declared one; those that are corrected; those the partner has of this year.
NOW = "SELECT $periode AS maand"
CORRECTED = "SELECT DISTINCT strftime(dat_aanv_tv, '%Y-%m') AS maand FROM correctie"
RECEIVED = (
    "SELECT DISTINCT strftime(dat_aanv_tv, '%Y-%m') AS maand FROM ontvangen.aangifte"
    " WHERE year(dat_aanv_tv) = year($begin) AND dat_aanv_tv <= $begin"
    " AND NOT (dat_aanv_tv = $begin AND $methode = 'aangifte')"
)


def _percent(amount: str, rate: str) -> str:
    """Whole cents; half a cent goes away from nothing. An amount beyond all bounds is unknown (R-27 is about those)."""
    exact = f"TRY_CAST({amount} AS DECIMAL(20, 0)) * CAST({rate} AS DECIMAL(6, 0)) * 0.0001"
    return f"TRY_CAST(round({exact}) AS BIGINT)"


def _month_number(text: str) -> str:
    return f"(CAST(left({text}, 4) AS INTEGER) * 12 + CAST(right({text}, 2) AS INTEGER) - 1)"


def _twelfth(cents: str) -> str:
    return f"({cents} // 12 + CASE WHEN {cents} % 12 >= 6 THEN 1 ELSE 0 END)"


# Over December the tax is computed over the year: that takes all its months.
_MONTHS = f"""
vraag AS ({{months}}),
maand AS (
    SELECT DISTINCT m AS nr, CAST(m // 12 AS VARCHAR) || '-' || lpad(CAST(m % 12 + 1 AS VARCHAR), 2, '0') AS maand,
           make_date(m // 12, m % 12 + 1, 1) AS dag1, make_date((m + 1) // 12, (m + 1) % 12 + 1, 1) AS daarna
    FROM (SELECT unnest(range(CASE WHEN right(maand, 2) = '12' THEN nr - 11 ELSE nr END, nr + 1)) AS m
          FROM (SELECT maand, {_month_number("maand")} AS nr FROM vraag))
)"""

# ``bekend``: of every line all amounts are given.
_PAID = """
betaald AS (
    SELECT b.ikv_id, b.periode AS maand, sum(netto_cent) AS netto, sum(loon_cent) AS loon,
           sum(loonheffing_cent) AS heffing, sum(zvw_ingehouden_cent) AS ingehouden,
           sum(zvw_werkgever_cent) AS werkgever,
           sum(alimentatie_in_cent) AS alimentatie_in, sum(alimentatie_rechtstreeks_cent) AS alimentatie_rechtstreeks,
           count(loon_cent + loonheffing_cent + zvw_ingehouden_cent + zvw_werkgever_cent) = count(*) AS bekend,
           count(CASE soort WHEN 'herrekening' THEN 1 END) > 0 AS herrekend
    FROM bron.betaling b SEMI JOIN maand m ON m.maand = b.periode
    WHERE b.ikv_id IS NOT NULL GROUP BY b.ikv_id, b.periode
)"""

# Open on some day of the month, or paid.
_THERE = """
stand AS (
    SELECT i.ikv_id, i.persoon_id, i.nummer, i.inkomenscode, m.maand, m.nr,
           greatest(m.dag1, i.datum_aanvang) AS peildag,
           b.* EXCLUDE (ikv_id, maand, bekend, herrekend), coalesce(b.bekend, true) AS bekend,
           coalesce(b.herrekend, false) AS herrekend
    FROM bron.inkomstenverhouding i CROSS JOIN maand m
    LEFT JOIN betaald b ON b.ikv_id = i.ikv_id AND b.maand = m.maand
    WHERE b.ikv_id IS NOT NULL OR NOT (i.datum_aanvang >= m.daarna OR coalesce(i.datum_einde < m.dag1, false))
)"""

# The AOW age changes the tax from the first day of its month, the Zvw a month later (7.3, 7.4). Bbz has no credit.
_RATES = f"""
meer AS (SELECT persoon_id FROM bron.inkomstenverhouding GROUP BY persoon_id HAVING count(ikv_id) > 1),
zelf AS (
    SELECT s.*, s.nr > coalesce(p.aow, 999999) AS houdt_in, g.tabel,
           CASE WHEN s.nr > p.aow THEN $pct_netto_aow_zvw WHEN s.nr = p.aow THEN $pct_netto_aow ELSE $pct_netto END
               AS tarief,
           CASE WHEN s.inkomenscode = '42' OR NOT coalesce(g.korting, false) THEN 0
                WHEN s.nr >= p.aow THEN greatest({_twelfth("$ahk_jaar_aow_cent")} - g.elders, 0)
                ELSE greatest({_twelfth("$ahk_jaar_cent")} - g.elders, 0) END AS recht
    FROM stand s
    LEFT JOIN (SELECT persoon_id, geboortedatum // 10000 * 12 + greatest(geboortedatum // 100 % 100, 1) - 1
                      + $aow_maanden AS aow
               FROM bron.persoon WHERE geboortedatum // 100 % 100 <= 12) p ON p.persoon_id = s.persoon_id
    LEFT JOIN (SELECT t.ikv_id, t.maand, max_by(v.loonbelastingtabel, v.datum_begin) AS tabel,
                      max_by(v.loonheffingskorting, v.datum_begin) AS korting,
                      max_by(v.korting_elders_cent, v.datum_begin) AS elders
               FROM stand t JOIN bron.inkomstenperiode v ON v.ikv_id = t.ikv_id AND v.datum_begin <= t.peildag
               WHERE NOT t.bekend OR EXISTS (SELECT 1 FROM vraag WHERE right(maand, 2) = '12')
                  OR t.persoon_id IN (FROM meer)
               GROUP BY t.ikv_id, t.maand) g ON g.ikv_id = s.ikv_id AND g.maand = s.maand
)"""

# One credit for a person and month (7.3: less what was used on other wage), met one relation after the other: where the
# tax is given goes first. What a relation needs is what leaves it no tax, L x pct / (1 + pct), in whole cents upwards.
_SHARED = """
gebruik AS (
    SELECT *, least(recht, CAST(ceil(greatest(coalesce(netto, 0), 0) * CAST(tarief AS DOUBLE) / (10000 + tarief))
                                AS BIGINT)) AS nodig,
           CASE WHEN bekend THEN 0 ELSE 1 END AS beurt
    FROM zelf WHERE recht > 0 AND persoon_id IN (FROM meer)
), ervoor AS (
    SELECT a.ikv_id, a.maand, max(b.recht) AS hoogste,
           sum(CASE WHEN (b.beurt, b.nummer, b.ikv_id) < (a.beurt, a.nummer, a.ikv_id) THEN b.nodig ELSE 0 END) AS op,
           count(CASE WHEN (b.beurt, b.nummer, b.ikv_id) > (a.beurt, a.nummer, a.ikv_id) THEN 1 END) AS na
    FROM gebruik a JOIN gebruik b ON b.persoon_id = a.persoon_id AND b.maand = a.maand
    GROUP BY a.ikv_id, a.maand HAVING count(*) > 1
), verdeeld AS (
    SELECT z.* REPLACE (CASE WHEN e.ikv_id IS NULL THEN z.recht WHEN e.op >= e.hoogste THEN 0
                             ELSE least(CASE WHEN e.na = 0 THEN z.recht ELSE g.nodig END, e.hoogste - e.op)
                        END AS recht)
    FROM zelf z LEFT JOIN gebruik g ON g.ikv_id = z.ikv_id AND g.maand = z.maand
    LEFT JOIN ervoor e ON e.ikv_id = z.ikv_id AND e.maand = z.maand
)"""

# Net to gross (7.3): (L - H) x pct - H, never below nothing; what is taken back takes its tax back, without credit.
_TAX = f"""
belast AS (
    SELECT z.*, CASE WHEN bekend THEN coalesce(heffing, 0)
                     WHEN netto < 0 THEN {_percent("netto", "tarief")}
                     ELSE greatest({_percent("netto - recht", "tarief")} - recht, 0) END AS tax
    FROM verdeeld z
), herrekend AS (
    SELECT ikv_id, sum(greatest({_percent("netto - recht", "tarief")} - recht, 0) - tax) AS verschil
    FROM (SELECT ikv_id, tarief, sum(coalesce(netto, 0)) AS netto, sum(recht) AS recht, sum(tax) AS tax,
                 bool_or(herrekend) AS zelf_gedaan
          FROM belast
          WHERE inkomenscode = '43' AND tabel = '250' AND $herrekening = 'ja'
            AND EXISTS (SELECT 1 FROM vraag WHERE right(maand, 2) = '12')
          GROUP BY ikv_id, tarief)
    GROUP BY ikv_id HAVING count(CASE WHEN zelf_gedaan THEN 1 END) = 0
)"""

_AMOUNTS = f"""
geheel AS (
    SELECT *, CASE WHEN bekend THEN coalesce(loon, 0) ELSE netto + tax + zvw END + meer AS ln
    FROM (SELECT b.*, CASE WHEN right(b.maand, 2) = '12' THEN coalesce(h.verschil, 0) ELSE 0 END AS meer,
                 CASE WHEN bekend THEN coalesce(ingehouden, 0) WHEN NOT houdt_in THEN 0
                      ELSE {_percent("least((netto + tax) * 10000 // (10000 - $zvw_ingehouden), $zvw_hoogste_cent)",
                                     "$zvw_ingehouden")} END AS zvw
          FROM belast b LEFT JOIN herrekend h ON h.ikv_id = b.ikv_id)
)"""


def due(months: str) -> str:
    """SQL over ``bron.*``: the amounts, in cents, of every income relation in ``months``: ``ikv_id``, ``persoon_id``,
    ``nummer``, ``maand``, ``loon``, ``heffing``, ``ingehouden``, ``werkgever``, ``alimentatie_in``,
    ``alimentatie_rechtstreeks``."""
    return f"""(WITH {_MONTHS.format(months=months)}, {_PAID}, {_THERE}, {_RATES}, {_SHARED}, {_TAX}, {_AMOUNTS}
SELECT ikv_id, persoon_id, nummer, maand, TRY_CAST(ln AS BIGINT) AS loon, TRY_CAST(tax + meer AS BIGINT) AS heffing,
       TRY_CAST(zvw AS BIGINT) AS ingehouden,
       CASE WHEN bekend AND (meer = 0 OR houdt_in) THEN TRY_CAST(coalesce(werkgever, 0) AS BIGINT) WHEN houdt_in THEN 0
            ELSE {_percent("least(ln, $zvw_hoogste_cent)", "$zvw_werkgever")} END AS werkgever,
       TRY_CAST(alimentatie_in AS BIGINT) AS alimentatie_in,
       TRY_CAST(alimentatie_rechtstreeks AS BIGINT) AS alimentatie_rechtstreeks
FROM geheel SEMI JOIN vraag USING (maand))"""
