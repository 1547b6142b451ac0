"""The tables a declaration is made from: per month and income relation what is due, and what was received before.

Amounts are whole cents. A payment line belongs to the month it is paid over (``periode``), whenever it became known:
so the state of a month can change after it was declared, and that difference is a correction.

Where the administration gives wage and tax these stand; where it only knows the net amount they are computed (spec
loonaangifte 7.3, formula and percentages assumed): tax = (net - credit) x percentage - credit, never below nothing.
"""

from __future__ import annotations

# Months of the year up to the period: the declared one, and those the partner has, which may need correction.
MONTHS = """
SELECT strftime(m.begin, '%Y-%m') AS tijdvak, m.begin, last_day(m.begin) AS eind,
       strftime(m.begin, '%Y-%m') = $periode AND $methode = 'aangifte' AS huidig,
       strftime(m.begin, '%Y-%m') IN (SELECT strftime(dat_aanv_tv, '%Y-%m') FROM ontvangen.aangifte
                                     WHERE dat_aanv_tv IS NOT NULL) AS ontvangen
FROM (SELECT CAST(unnest(generate_series(date_trunc('year', $begin), $begin, INTERVAL 1 MONTH)) AS DATE) AS begin) m
"""

# An amount beyond all bounds is cut off here, so that the rules can say that it is; nothing is sent then.
_BOUND = 10**14


def _total(column: str) -> str:
    return (
        f"CAST(CASE WHEN sum({column}) > {_BOUND} THEN {_BOUND} WHEN sum({column}) < -{_BOUND} THEN -{_BOUND}"
        f" ELSE sum({column}) END AS BIGINT)"
    )


LINES = f"""
SELECT periode AS tijdvak, ikv_id, {_total("netto_cent")} AS netto, {_total("loon_cent")} AS loon,
       {_total("loonheffing_cent")} AS heffing, {_total("zvw_ingehouden_cent")} AS bijdrage,
       {_total("zvw_werkgever_cent")} AS werkgever,
       count(*) FILTER (loon_cent IS NULL OR loonheffing_cent IS NULL OR zvw_ingehouden_cent IS NULL
                        OR zvw_werkgever_cent IS NULL) AS onbekend,
       coalesce(bool_or(soort = 'herrekening'), false) AS herrekend,
       {_total("alimentatie_in_cent")} AS alimentatie_in,
       {_total("alimentatie_rechtstreeks_cent")} AS alimentatie_rechtstreeks
FROM bron.betaling
WHERE ikv_id IS NOT NULL AND periode IN (SELECT tijdvak FROM werk.maanden
                                         WHERE huidig OR ontvangen OR month($begin) = 12)
GROUP BY ALL
"""

# Every month in which an income relation is open or something was paid, with what holds at its beginning.
STANDING = """
SELECT o.*, v.loonbelastingtabel AS lb_tab, coalesce(v.loonheffingskorting, false) AS korting,
       coalesce(v.korting_elders_cent, 0) AS elders, v.code_zvw
FROM (
    SELECT t.tijdvak, t.begin, t.eind, t.huidig, t.ontvangen, i.ikv_id, i.persoon_id, i.nummer AS num_iv,
           i.inkomenscode AS srt_iv, i.personeelsnummer AS pers_nr, i.datum_aanvang AS dat_aanv,
           CASE WHEN i.datum_einde <= t.eind THEN i.datum_einde END AS dat_eind,
           greatest(t.begin, i.datum_aanvang) AS vanaf, p.bsn,
           -- with a month that no calendar has the birth date is unknown, as R-09 says
           CASE WHEN p.geboortedatum // 100 % 100 <= 12
                THEN CAST(make_date(p.geboortedatum // 10000, greatest(p.geboortedatum // 100 % 100, 1), 1)
                          + to_months($aow_maanden) AS DATE) END AS aow,
           l.* EXCLUDE (tijdvak, ikv_id)
    FROM werk.maanden t
    CROSS JOIN bron.inkomstenverhouding i
    LEFT JOIN werk.regels l ON l.tijdvak = t.tijdvak AND l.ikv_id = i.ikv_id
    LEFT JOIN bron.persoon p ON p.persoon_id = i.persoon_id
    WHERE (t.huidig OR t.ontvangen OR month($begin) = 12)
      AND (l.ikv_id IS NOT NULL
           OR (i.datum_aanvang <= t.eind AND coalesce(i.datum_einde, DATE '9999-12-31') >= t.begin))
) o
ASOF LEFT JOIN bron.inkomstenperiode v ON v.ikv_id = o.ikv_id AND v.datum_begin <= o.vanaf
"""

# Bbz knows no credit (42); the tax table changes in the month of the AOW age, the Zvw a month later.
RATES = """
SELECT *, coalesce(begin >= aow, false) AS is_aow, coalesce(begin > aow, false) AS is_ingehouden,
       coalesce(code_zvw, CASE WHEN is_ingehouden THEN 'M' ELSE 'K' END) AS cd_zvw,
       CASE WHEN NOT korting OR srt_iv = '42' THEN 0
            ELSE greatest(0, (CASE WHEN is_aow THEN $ahk_jaar_aow_cent ELSE $ahk_jaar_cent END + 6) // 12 - elders)
       END AS recht,
       CASE WHEN is_ingehouden THEN $pct_netto_aow_zvw WHEN is_aow THEN $pct_netto_aow ELSE $pct_netto END AS pct
FROM werk.staand
"""

# The credit of a person counts once in a month, however many relations with it there are: what is used on one wage is
# not there for the next (spec loonaangifte 7.3: H is less what was already used on other wage in those months). First
# come those of which the tax was given, then by number; each takes what makes its own tax nothing, the last what is
# left. Only of who has more than one: the others keep what they have.
SHARED = """
SELECT tijdvak, ikv_id,
       CAST(greatest(0, least(recht, hoogste - eerder, CASE WHEN laatste THEN recht ELSE benut END)) AS BIGINT) AS recht
FROM (
    SELECT *, max(recht) OVER (PARTITION BY tijdvak, persoon_id) AS hoogste,
           coalesce(sum(benut) OVER (volgorde ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING), 0) AS eerder,
           lead(ikv_id) OVER volgorde IS NULL AS laatste
    FROM (SELECT *, least(recht, (greatest(coalesce(netto, 0), 0) * pct + 9999 + pct) // (10000 + pct)) AS benut
          FROM werk.tarief
          WHERE recht > 0 AND persoon_id IN (SELECT persoon_id FROM bron.inkomstenverhouding
                                             GROUP BY persoon_id HAVING count(*) > 1))
    WINDOW volgorde AS (PARTITION BY tijdvak, persoon_id ORDER BY coalesce(onbekend, 0) > 0, num_iv, ikv_id)
)
"""

# A negative month gives back tax at the same percentage, without credit.
TAXED = """
SELECT *, CASE WHEN bekend THEN coalesce(heffing, 0)
               WHEN netto >= 0 THEN greatest(0, ((netto - recht) * pct + 5000) // 10000 - recht)
               ELSE (netto * pct - 5000) // 10000 END AS ing
FROM (SELECT t.* REPLACE (coalesce(g.recht, t.recht) AS recht), coalesce(t.onbekend, 0) = 0 AS bekend
      FROM werk.tarief t LEFT JOIN werk.gedeeld g USING (tijdvak, ikv_id))
"""

# At the end of the year the tax is computed once more, over the year; what differs is due over December. Only under
# the Participatiewet, and not where the administration did so itself.
YEAR_END = """
SELECT ikv_id, CAST(sum(over_jaar - geheven) AS BIGINT) AS verschil
FROM (SELECT ikv_id, sum(ing) AS geheven,
             greatest(0, ((sum(coalesce(netto, 0)) - sum(recht)) * pct + 5000) // 10000 - sum(recht)) AS over_jaar,
             bool_or(coalesce(herrekend, false)) AS herrekend
      FROM werk.geheven
      WHERE srt_iv = '43' AND lb_tab = '250' AND month($begin) = 12 AND $herrekening = 'ja'
      GROUP BY ikv_id, pct)
GROUP BY ikv_id
HAVING NOT bool_or(herrekend)
"""

STATE = """
SELECT b.*,
       CASE WHEN b.bekend AND (b.extra = 0 OR b.is_ingehouden) THEN coalesce(b.werkgever, 0) WHEN b.is_ingehouden THEN 0
            ELSE (least(b.ln, $zvw_hoogste_cent) * $zvw_werkgever
                  + CASE WHEN b.ln < 0 THEN -5000 ELSE 5000 END) // 10000
       END AS wgh
FROM (
    SELECT s.*, coalesce(h.verschil, 0) AS extra, s.ing + coalesce(h.verschil, 0) AS heffing_nu,
           CASE WHEN s.bekend THEN coalesce(s.bijdrage, 0) WHEN NOT s.is_ingehouden THEN 0
                ELSE (least((s.netto + s.ing) * 10000 // (10000 - $zvw_ingehouden), $zvw_hoogste_cent)
                      * $zvw_ingehouden + CASE WHEN s.netto + s.ing < 0 THEN -5000 ELSE 5000 END) // 10000 END AS bijdr,
           CASE WHEN s.bekend THEN coalesce(s.loon, 0) ELSE s.netto + s.ing + bijdr END + coalesce(h.verschil, 0) AS ln
    FROM werk.geheven s
    LEFT JOIN werk.jaareinde h ON h.ikv_id = s.ikv_id AND month(s.begin) = 12
    WHERE s.huidig OR s.ontvangen
) b
"""

# A whole declaration gives way to a later one of its month, with the corrections that came in it (spec loonaangifte
# C-1): what was due by it is due no longer. So does what was received of the month that is declared now.
REPLACED = """
SELECT _volgorde
FROM (SELECT _volgorde, strftime(dat_aanv_tv, '%Y-%m') AS tijdvak,
             max(_volgorde) OVER (PARTITION BY dat_aanv_tv) AS laatste
      FROM ontvangen.aangifte WHERE dat_aanv_tv IS NOT NULL)
WHERE _volgorde < laatste OR (tijdvak = $periode AND $methode = 'aangifte')
"""

# What the partner has: per month its last whole declaration, and every later correction, the last one per relation.
_COLUMNS = (
    "num_iv, bsn, pers_nr, dat_aanv, dat_eind, ln_lb_ph, ing_lb_ph, bijdr_zvw, wgh_zvw, bedr_al_in_wwb, bedr_rcht_al"
)
_ATTRIBUTES = "srt_iv, lb_tab, ind_lh_kort, cd_zvw"
RECEIVED = """
WITH heel AS (
    SELECT strftime(dat_aanv_tv, '%Y-%m') AS tijdvak, max(_volgorde) AS vanaf FROM ontvangen.aangifte GROUP BY ALL
), gecorrigeerd AS (
    SELECT strftime(dat_aanv_tv, '%Y-%m') AS tijdvak, _volgorde, _rij
    FROM ontvangen.correctie ANTI JOIN werk.vervallen USING (_volgorde)
), alles AS (
    SELECT strftime(a.dat_aanv_tv, '%Y-%m') AS tijdvak, r._volgorde, false AS weg, {columns}, {attributes}
    FROM ontvangen.ikv r JOIN ontvangen.aangifte a USING (_volgorde)
    JOIN ontvangen.inkomstenperiode v ON v._volgorde = r._volgorde AND v._boven = r._rij
    QUALIFY row_number() OVER (PARTITION BY r._volgorde, r._rij ORDER BY v._rij) = 1
    UNION ALL
    SELECT c.tijdvak, r._volgorde, false, {columns}, {attributes}
    FROM ontvangen.correctie_ikv r JOIN gecorrigeerd c ON c._volgorde = r._volgorde AND c._rij = r._boven
    JOIN ontvangen.correctie_periode v ON v._volgorde = r._volgorde AND v._boven = r._rij
    QUALIFY row_number() OVER (PARTITION BY r._volgorde, r._rij ORDER BY v._rij) = 1
    UNION ALL
    SELECT c.tijdvak, r._volgorde, true, r.num_iv, r.bsn, r.pers_nr, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL,
           NULL, NULL, NULL, NULL
    FROM ontvangen.intrekking r JOIN gecorrigeerd c ON c._volgorde = r._volgorde AND c._rij = r._boven
)
SELECT a.* EXCLUDE (weg, _volgorde)
FROM (SELECT alles.* FROM alles JOIN heel USING (tijdvak) WHERE _volgorde >= vanaf
      -- within one message a withdrawal and a new report of the same key: the report counts
      QUALIFY row_number() OVER (PARTITION BY tijdvak, bsn, num_iv ORDER BY _volgorde DESC, weg) = 1) a
WHERE NOT weg
""".format(
    columns=", ".join(f"r.{name.strip()}" for name in _COLUMNS.split(",")),
    attributes=", ".join(f"v.{name.strip()}" for name in _ATTRIBUTES.split(",")),
)

RECEIVED_TOTAL = """
SELECT tijdvak, arg_max(tot_te_bet, _volgorde) AS tot_te_bet
FROM (SELECT strftime(dat_aanv_tv, '%Y-%m') AS tijdvak, _volgorde, tot_te_bet FROM ontvangen.aangifte
      UNION ALL
      SELECT strftime(dat_aanv_tv, '%Y-%m'), _volgorde, tot_te_bet
      FROM ontvangen.correctie ANTI JOIN werk.vervallen USING (_volgorde))
GROUP BY tijdvak
"""

# Small differences in name or address are no reason to correct (spec loonaangifte C-7).
CHANGED = """
SELECT s.*
FROM werk.stand s
LEFT JOIN werk.gehad g ON g.tijdvak = s.tijdvak AND g.bsn = s.bsn AND g.num_iv = s.num_iv
WHERE s.ontvangen AND NOT s.huidig AND (
    g.bsn IS NULL OR (s.dat_aanv, s.dat_eind, s.ln, s.heffing_nu, s.bijdr, s.wgh, s.alimentatie_in,
                      s.alimentatie_rechtstreeks, s.srt_iv, s.lb_tab, s.korting, s.cd_zvw)
    IS DISTINCT FROM (g.dat_aanv, g.dat_eind, g.ln_lb_ph, g.ing_lb_ph, g.bijdr_zvw, g.wgh_zvw, g.bedr_al_in_wwb,
                      g.bedr_rcht_al, g.srt_iv, g.lb_tab, g.ind_lh_kort, g.cd_zvw))
"""

WITHDRAWN = """
SELECT g.tijdvak, g.bsn, g.num_iv, g.pers_nr
FROM werk.gehad g
JOIN werk.maanden m ON m.tijdvak = g.tijdvak AND m.ontvangen AND NOT m.huidig
ANTI JOIN werk.stand s ON s.tijdvak = g.tijdvak AND s.bsn = g.bsn AND s.num_iv = g.num_iv
"""

# Sums of cents, cut to whole euros once (spec loonaangifte CT-1).
TOTALS = """
SELECT tijdvak, min(begin) AS begin, min(eind) AS eind, bool_or(huidig) AS huidig, count(ikv_id) AS aantal,
       {sums}
FROM (SELECT m.tijdvak, m.begin, m.eind, m.huidig, s.ikv_id, s.ln, s.heffing_nu, s.bijdr, s.wgh
      FROM werk.maanden m LEFT JOIN werk.stand s USING (tijdvak) WHERE m.huidig OR m.ontvangen)
GROUP BY tijdvak
"""


def whole_euros(cents: str) -> str:
    """SQL: a sum of cents as whole euros, in favour of who withholds (downwards) or towards nothing."""
    down = f"{cents} // 100 - CASE WHEN $afronding <> 'naar_nul' AND {cents} % 100 < 0 THEN 1 ELSE 0 END"
    return f"CAST({down} AS BIGINT)"


_SUMS = {"tot_ln_lb_ph": "ln", "ing_lb_ph": "heffing_nu", "ing_bijdr_zvw": "bijdr", "tot_wgh_zvw": "wgh"}
_MONTH_TOTALS = TOTALS.format(
    sums=", ".join(f"{whole_euros(f'coalesce(sum({column}), 0)')} AS {name}" for name, column in _SUMS.items())
)

CORRECTED = """
SELECT t.*, t.ing_lb_ph + t.tot_wgh_zvw + t.ing_bijdr_zvw AS tot_te_bet,
       t.ing_lb_ph + t.tot_wgh_zvw + t.ing_bijdr_zvw - o.tot_te_bet AS saldo
FROM werk.maandtotaal t JOIN werk.oud_totaal o USING (tijdvak)
WHERE NOT t.huidig AND tijdvak IN (SELECT tijdvak FROM werk.gewijzigd UNION SELECT tijdvak FROM werk.ingetrokken)
"""

WORK = (
    ("maanden", MONTHS),
    ("regels", LINES),
    ("staand", STANDING),
    ("tarief", RATES),
    ("gedeeld", SHARED),
    ("geheven", TAXED),
    ("jaareinde", YEAR_END),
    ("stand", STATE),
    ("vervallen", REPLACED),
    ("gehad", RECEIVED),
    ("oud_totaal", RECEIVED_TOTAL),
    ("gewijzigd", CHANGED),
    ("ingetrokken", WITHDRAWN),
    ("maandtotaal", _MONTH_TOTALS),
    ("gecorrigeerd", CORRECTED),
)
