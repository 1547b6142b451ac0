"""Every euro of the message, and of what the partner has after it, explained by the payments (spec loonaangifte 6).

The message is held against the recount, relation by relation; what the partner has of earlier months, with the
corrections of this message over it, against the recount of those months. A payment that does not come along, comes
twice, or is changed on the way stops the delivery, also when it would have been a correction.
"""

from __future__ import annotations

from exchanges.core.declare import Rule
from exchanges.loonaangifte.recount import CORRECTED, NOW, RECEIVED, due
from exchanges.loonaangifte.rule import COLLECTIVE, CORRECTIE, CORRECTIE_IKV, IKV, TIJDVAK, WHOLE, rule, without

# Column of the message, and of the recount.
_AMOUNTS = {
    "ln_lb_ph": "loon",
    "ing_lb_ph": "heffing",
    "bijdr_zvw": "ingehouden",
    "wgh_zvw": "werkgever",
    "bedr_al_in_wwb": "alimentatie_in",
    "bedr_rcht_al": "alimentatie_rechtstreeks",
}
_TOTALS = {"tot_ln_lb_ph": "loon", "ing_lb_ph": "heffing", "ing_bijdr_zvw": "ingehouden", "tot_wgh_zvw": "werkgever"}
_DUE = "{} d LEFT JOIN bron.persoon p ON p.persoon_id = d.persoon_id"
_SOURCE = "loonaangifte R-30, CT-7"


def _explained(table: str, path: str, months: str, mine: str, key: str) -> Rule:
    """A relation has its own person, number and amounts, to the cent."""
    amounts = {**_AMOUNTS, "ln_in_gld": "loon"}
    same = " AND ".join(f"d.{theirs} IS NOT DISTINCT FROM r.{ours}" for ours, theirs in amounts.items())
    broken = without(
        table, _DUE.format(due(months)), mine, f"p.bsn IS NOT DISTINCT FROM r.bsn AND d.nummer = r.num_iv AND {same}"
    )
    text = "De bedragen van deze inkomstenverhouding volgen niet uit de betalingen."
    return rule("R-30", table, f"{path}/Werknemersgegevens", broken, text, WHOLE, key=key, source=_SOURCE)


def _not_whole_euros(total: str, cents: str) -> str:
    """SQL: ``total`` is not ``cents`` in whole euros, cut once; a negative one as the parameter says (CT-1a)."""
    down = f"({total} * 100 <= {cents} AND {cents} < ({total} + 1) * 100)"
    up = f"({total} * 100 >= {cents} AND {cents} > ({total} - 1) * 100)"
    return f"NOT coalesce(CASE WHEN {cents} < 0 AND $afronding = 'naar_nul' THEN {up} ELSE {down} END, false)"


def _totals(table: str, path: str, sums: str, mine: str, text: str) -> Rule:
    """``sums`` has one row with the amounts of the recount."""
    tests = " OR ".join(_not_whole_euros(f"r.{ours}", f"d.{theirs}") for ours, theirs in _TOTALS.items())
    return rule("R-22", table, path, f"EXISTS (SELECT 1 FROM {sums} d WHERE {mine} AND ({tests}))", text, WHOLE,
                source="loonaangifte C-5, CT-1")  # fmt: skip


_OWN_SUMS = ", ".join(f"coalesce(sum({ours}), 0) AS {theirs}" for ours, theirs in list(_AMOUNTS.items())[:4])
_SUMS = ", ".join(f"sum({theirs}) AS {theirs}" for theirs in _TOTALS.values())
_DECLARED_TOTALS = _totals(
    "aangifte",
    COLLECTIVE,
    f"(SELECT {_OWN_SUMS} FROM ikv)",
    # a file with corrections only has no totals of its own
    "(r.tot_ln_lb_ph IS NOT NULL OR EXISTS (SELECT 1 FROM ikv))",
    "Een collectief bedrag is niet de som van de bedragen per inkomstenverhouding, in hele euro's.",
)
_CORRECTED_TOTALS = _totals(
    "correctie",
    f"{CORRECTIE}/CollectieveAangifte",
    f"(SELECT maand, {_SUMS} FROM {due(CORRECTED)} GROUP BY maand)",
    "d.maand = strftime(r.dat_aanv_tv, '%Y-%m')",
    "Een collectief bedrag van een correctie is niet de som van alle inkomstenverhoudingen van dat tijdvak.",
)

# Per month the message that counts, and those that gave way to another one: their corrections count no more (C-1).
_MESSAGES = f"""
heel AS (
    SELECT maand, max(_volgorde) AS nr
    FROM (SELECT strftime(dat_aanv_tv, '%Y-%m') AS maand, _volgorde FROM ontvangen.aangifte)
    JOIN ({RECEIVED}) USING (maand)
    GROUP BY maand
), weg AS (
    SELECT a._volgorde AS nr FROM ontvangen.aangifte a
    WHERE (a.dat_aanv_tv = $begin AND $methode = 'aangifte')
       OR EXISTS (SELECT 1 FROM ontvangen.aangifte b WHERE b.dat_aanv_tv = a.dat_aanv_tv AND b._volgorde > a._volgorde)
)"""

# A relation as one number: sums of these are equal when the relations are.
_PRINT = "CAST(hash({}, {}) AS HUGEINT)"
_OURS = _PRINT.format("r.bsn", ", ".join(f"CAST(r.{name} AS BIGINT)" for name in ("num_iv", *_AMOUNTS)))
_THEIRS = _PRINT.format("p.bsn", ", ".join(f"CAST(d.{name} AS BIGINT)" for name in ("nummer", *_AMOUNTS.values())))

# The last thing that was said of a relation after that: a report, or a withdrawal; in one message a report counts.
_LATER = f"""
gezegd AS (
    SELECT strftime(c.dat_aanv_tv, '%Y-%m') AS maand, r.bsn, r.num_iv, c._volgorde AS nr, 1 AS gemeld, {_OURS} AS merk
    FROM ontvangen.correctie_ikv r JOIN ontvangen.correctie c ON c._volgorde = r._volgorde AND c._rij = r._boven
    UNION ALL
    SELECT strftime(c.dat_aanv_tv, '%Y-%m'), r.bsn, r.num_iv, c._volgorde, 0, 0
    FROM ontvangen.intrekking r JOIN ontvangen.correctie c ON c._volgorde = r._volgorde AND c._rij = r._boven
    UNION ALL
    SELECT strftime(c.dat_aanv_tv, '%Y-%m'), r.bsn, r.num_iv, 1000000, 1, {_OURS}
    FROM correctie_ikv r JOIN correctie c ON c._row = r._parent
    UNION ALL
    SELECT strftime(c.dat_aanv_tv, '%Y-%m'), r.bsn, r.num_iv, 1000000, 0, 0
    FROM intrekking r JOIN correctie c ON c._row = r._parent
), laatst AS (
    SELECT maand, bsn, num_iv, max_by(merk, nr * 2 + gemeld) AS merk
    FROM (SELECT g.* FROM gezegd g JOIN heel h ON h.maand = g.maand AND g.nr > h.nr
          WHERE g.nr NOT IN (SELECT nr FROM weg))
    GROUP BY maand, bsn, num_iv
)"""

_THERE = rule(
    "CT-4",
    "aangifte",
    TIJDVAK,
    f"""EXISTS (WITH {_MESSAGES}, {_LATER}
SELECT maand FROM (
    SELECT h.maand, {_OURS} AS merk
    FROM ontvangen.ikv r JOIN heel h ON h.nr = r._volgorde
    WHERE NOT EXISTS (SELECT 1 FROM laatst l WHERE l.maand = h.maand AND l.bsn = r.bsn AND l.num_iv = r.num_iv)
    UNION ALL SELECT maand, merk FROM laatst
    UNION ALL
    SELECT d.maand, -{_THEIRS}
    FROM {_DUE.format(due(RECEIVED))})
GROUP BY maand HAVING sum(merk) <> 0)""",
    "Wat de Belastingdienst na dit bericht heeft over een eerder tijdvak, is niet wat er is betaald.",
    WHOLE,
    source="loonaangifte CT-4, C-11",
)

_SALDO = rule(
    "CT-4",
    "saldo",
    f"{COLLECTIVE}/SaldoCorrectiesVoorgaandTijdvak/Saldo",
    f"""NOT EXISTS (SELECT 1 FROM (WITH {_MESSAGES}
SELECT c.dat_aanv_tv, c.tot_te_bet - o.tot_te_bet AS verschil
FROM correctie c JOIN (
    SELECT dat_aanv_tv, max_by(tot_te_bet, _volgorde) AS tot_te_bet FROM (
        SELECT dat_aanv_tv, _volgorde, tot_te_bet FROM ontvangen.aangifte WHERE _volgorde IN (SELECT nr FROM heel)
        UNION ALL
        SELECT c.dat_aanv_tv, c._volgorde, c.tot_te_bet FROM ontvangen.correctie c
        JOIN heel h ON h.maand = strftime(c.dat_aanv_tv, '%Y-%m') AND c._volgorde > h.nr
        WHERE c._volgorde NOT IN (SELECT nr FROM weg))
    GROUP BY dat_aanv_tv) o USING (dat_aanv_tv)) v
WHERE v.dat_aanv_tv = r.dat_aanv_tv AND v.verschil = r.saldo)""",
    "Het saldo van een correctie is niet het verschil met wat de Belastingdienst het laatst heeft ontvangen.",
    WHOLE,
    source="loonaangifte CT-4",
)

_OF_CORRECTIONS = (
    _explained("correctie_ikv", CORRECTIE_IKV, CORRECTED, "d.maand || '/' || d.ikv_id = r._id", "r.bsn"),
    _CORRECTED_TOTALS,
    _THERE,
)
DECLARATION_PROVEN = (_explained("ikv", IKV, NOW, "d.ikv_id = r._id", ""), _DECLARED_TOTALS, *_OF_CORRECTIONS, _SALDO)
CORRECTIONS_PROVEN = _OF_CORRECTIONS
