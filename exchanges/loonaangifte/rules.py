"""The rules of a declaration (spec loonaangifte section 5), numbered as there.

R-01, R-02 and R-27 are held by the schema and the writer; R-13, R-17 and R-18 because a benefit never has those
elements (they are not in the mapping); R-20 because they are always nothing (fixed texts in the mapping, which the
check holds the file against); R-31 by the ledger, which gives every delivery a number of its own. The others are here,
in ``relation_rules``, in ``source_rules`` (the administration itself) and in ``proof_rules`` (every euro, R-30).
An error stops the declaration: its totals go over everybody, so nobody can be left out. What the partner accepts with a
remark on the person (phase 3, class W) is a warning.
"""

from __future__ import annotations

from exchanges.core.declare import Rule
from exchanges.loonaangifte.copy_rules import COPIED_NOW, COPIED_SETTINGS, COPIED_THEN
from exchanges.loonaangifte.proof_rules import CORRECTIONS_PROVEN, DECLARATION_PROVEN
from exchanges.loonaangifte.relation_rules import per_period, per_relation
from exchanges.loonaangifte.rule import BACK, COLLECTIVE, CORRECTIE, CORRECTIE_IKV, IKV, SETTING, TIJDVAK, WHOLE, rule
from exchanges.loonaangifte.source_rules import CT_7, NOT_COMPARED, SOURCE, ct_7_of_correction

ENVELOPE = (
    rule(
        "R-04",
        "aangifte",
        "Loonaangifte/AdministratieveEenheid/LhNr",
        "NOT regexp_full_match(r.lh_nr, '[0-9]{9}L[0-9]{2}') OR NOT coalesce(elfproef(left(r.lh_nr, 9)), false)"
        " OR right(r.lh_nr, 2) = '00' OR left(r.lh_nr, 3) = '000'",
        "Het loonheffingennummer is niet goed: negen cijfers die de elfproef doorstaan, een L en 01 tot en met 99.",
        SETTING,
    ),
    rule(
        "R-05",
        "aangifte",
        "Loonaangifte/Bericht",
        "coalesce(trim(r.id_ber), '') = '' OR coalesce(trim(r.cont_pers), '') = '' OR coalesce(trim(r.tel_nr), '') = ''"
        " OR coalesce(trim(r.rel_nr), '') = '' OR coalesce(trim(r.gebr_sw_pakket), '') = ''"
        " OR coalesce(trim(r.nm_ip), '') = '' OR r.dat_td_aanm IS NULL",
        "Een gegeven van het bericht is leeg: kenmerk, contactpersoon, telefoon, relatienummer, pakket of naam.",
        SETTING,
    ),
    rule(
        "R-06",
        "aangifte",
        "Loonaangifte/Bericht/RelNr",
        "NOT regexp_full_match(r.rel_nr, 'SWO[0-9]{5}')",
        "Het relatienummer is niet dat van de softwareleverancier (SWO en vijf cijfers).",
        SETTING,
    ),
)


def _month(table: str, path: str, otherwise: str = "false") -> Rule:
    broken = "r.dat_aanv_tv <> date_trunc('month', r.dat_aanv_tv) OR r.dat_eind_tv <> last_day(r.dat_aanv_tv)"
    text = "Begin en einde van het tijdvak zijn niet samen één kalendermaand."
    return rule("R-03", table, f"{path}/DatAanvTv", f"{broken} OR {otherwise}", text, WHOLE)


TOTALS = (
    _month("aangifte", TIJDVAK, "r.dat_aanv_tv <> $begin"),
    _month("saldo", f"{COLLECTIVE}/SaldoCorrectiesVoorgaandTijdvak"),
    rule(
        "R-23",
        "aangifte",
        f"{COLLECTIVE}/TotTeBet",
        "r.tot_te_bet IS DISTINCT FROM r.ing_lb_ph + r.ing_bijdr_zvw + r.tot_wgh_zvw",
        "Het totaal te betalen is niet de som van loonheffing, bijdragen Zvw en werkgeversheffing Zvw.",
        WHOLE,
    ),
    rule(
        "R-24",
        "aangifte",
        f"{COLLECTIVE}/TotGen",
        "r.tot_gen IS DISTINCT FROM r.tot_te_bet + (SELECT coalesce(sum(saldo), 0) FROM saldo)",
        "Het totaal generaal is niet het totaal te betalen plus de saldo's van de correcties.",
        WHOLE,
    ),
    rule(
        "NEG",
        "aangifte",
        COLLECTIVE,
        "r.tot_ln_lb_ph < 0 OR r.ing_lb_ph < 0",
        "Een totaal van de aangifte is negatief: er is over dit tijdvak meer teruggenomen dan betaald.",
        BACK,
        severity="warning",
        source="loonaangifte CT-1a, O-7",
    ),
    rule(
        "GAT",
        "aangifte",
        TIJDVAK,
        "r.gat > 0",
        "Over een eerder tijdvak van dit jaar heeft de partner geen aangifte van ons geaccepteerd, over een nog eerder"
        " wel. Verschillen over dat tijdvak zijn zo niet te corrigeren.",
        "Doe eerst de aangifte over het overgeslagen tijdvak.",
        severity="blocker",
        scope="delivery",
        source="loonaangifte C-11",
    ),
    rule(
        "TERMIJN",
        "aangifte",
        TIJDVAK,
        "CAST(r.dat_td_aanm AS DATE) > last_day(r.dat_aanv_tv + INTERVAL 1 MONTH)"
        " AND EXISTS (SELECT 1 FROM ontvangen.aangifte o WHERE o.dat_aanv_tv = r.dat_aanv_tv)",
        "Over dit tijdvak is al een aangifte geaccepteerd, en de termijn ervoor is voorbij.",
        "Neem het verschil als correctie mee in de aangifte over een volgend tijdvak.",
        severity="warning",
        source="loonaangifte C-1, C-2",
    ),
)


CORRECTIONS = (
    rule(
        "R-25",
        "correctie",
        f"{CORRECTIE}/DatAanvTv",
        "r.dat_aanv_tv >= $begin OR year(r.dat_aanv_tv) <> year($begin) OR (SELECT count(*) FROM correctie) > 13"
        " OR count(*) OVER (PARTITION BY r.dat_aanv_tv) > 1"
        " OR (SELECT count(*) FROM saldo s WHERE s.dat_aanv_tv = r.dat_aanv_tv) <> 1",
        "Een correctie gaat over een eerder tijdvak van dit jaar, elk tijdvak één keer en met één saldo, hoogstens 13.",
        WHOLE,
        severity="error",
    ),
    rule(
        "R-26",
        "intrekking",
        f"{CORRECTIE}/InkomstenverhoudingIntrekking",
        "r.num_iv IS NULL OR (r.bsn IS NULL AND r.pers_nr IS NULL)",
        "Een intrekking zegt niet om welke inkomstenverhouding het gaat.",
        key="r.bsn",
    ),
)

_CORRECTED = (
    _month("correctie", CORRECTIE),
    rule(
        "R-23",
        "correctie",
        f"{CORRECTIE}/CollectieveAangifte/TotTeBet",
        "r.tot_te_bet IS DISTINCT FROM r.ing_lb_ph + r.ing_bijdr_zvw + r.tot_wgh_zvw",
        "Het totaal te betalen van een correctie is niet de som van haar delen.",
        WHOLE,
    ),
    *per_relation("correctie_ikv", CORRECTIE_IKV),
    ct_7_of_correction(CORRECTIE_IKV),
    *per_period("correctie_periode", f"{CORRECTIE_IKV}/Inkomstenperiode", "correctie_ikv"),
    *COPIED_THEN,
)

DECLARATION = (
    *ENVELOPE,
    COPIED_SETTINGS,
    *TOTALS,
    *per_relation("ikv", IKV),
    *per_period("inkomstenperiode", f"{IKV}/Inkomstenperiode", "ikv"),
    *CORRECTIONS,
    *_CORRECTED,
    *SOURCE,
    *NOT_COMPARED,
    *COPIED_NOW,
    CT_7,
    *DECLARATION_PROVEN,
)

LOOSE = (
    *ENVELOPE,
    COPIED_SETTINGS,
    CORRECTIONS[1],
    *_CORRECTED,
    *SOURCE,
    *CORRECTIONS_PROVEN,
    rule(
        "C-2",
        "aangifte",
        CORRECTIE,
        "CAST(r.dat_td_aanm AS DATE) <= make_date(year($begin), 12, 31)",
        "Zo ver als de administratie gaat, loopt dit jaar nog. Een correctie binnen het jaar gaat mee met de aangifte"
        " over een volgende maand, niet los.",
        "Doe de aangifte over de volgende maand; een losse correctie alleen als de inhoudingsplicht is gestopt.",
        severity="warning",
        source="loonaangifte C-2, C-4",
    ),
    rule(
        "C-3",
        "correctie",
        f"{CORRECTIE}/DatAanvTv",
        "year(r.dat_aanv_tv) <> year($begin) OR count(*) OVER (PARTITION BY r.dat_aanv_tv) > 1",
        "Een losse correctie gaat over tijdvakken van één jaar, elk één keer.",
        WHOLE,
    ),
)
