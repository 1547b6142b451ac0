"""What goes into a declaration over one month, and into the corrections that go with it."""

from __future__ import annotations

from exchanges.core.declare import Selection, SelectionRule, SelectTable
from exchanges.loonaangifte.work import WORK

RULES = (
    SelectionRule(
        "LA-ONBELAST",
        "betaling",
        "r.ikv_id IS NOT NULL OR NOT EXISTS (SELECT 1 FROM bron.uitkering u WHERE u.uitkering_id = r.uitkering_id"
        " AND u.regeling = 'BB')",
        "De betaling is onbelast (bijzondere bijstand).",
        "loonaangifte 7.5",
        "assumed",
    ),
    SelectionRule(
        "LA-LATER",
        "betaling",
        "r.periode <= $periode",
        "De betaling is over een later tijdvak.",
        "loonaangifte 12",
        "assumed",
    ),
    SelectionRule(
        "LA-JAAR",
        "betaling",
        "r.periode >= left($periode, 4)",
        "De betaling is over een eerder jaar; een verschil daarin gaat mee in een losse correctie.",
        "loonaangifte C-3",
    ),
    SelectionRule(
        "LA-EERDER",
        "betaling",
        "r.periode >= $periode",
        "De betaling is over een eerder tijdvak; als de partner dat van ons heeft, is het daarmee vergeleken.",
        "loonaangifte C-2, C-3",
        "secondary",
    ),
    SelectionRule(
        "LA-IP-LATER",
        "inkomstenperiode",
        "r.datum_begin <= $eind",
        "De inkomstenperiode begint na het tijdvak.",
        "loonaangifte R-16",
        "secondary",
    ),
    SelectionRule(
        "LA-IP-VOORBIJ",
        "inkomstenperiode",
        "r.datum_begin >= $begin OR NOT EXISTS (SELECT 1 FROM bron.inkomstenperiode n, bron.inkomstenverhouding i"
        " WHERE n.ikv_id = r.ikv_id AND i.ikv_id = r.ikv_id AND n.datum_begin > r.datum_begin"
        " AND n.datum_begin <= greatest($begin, i.datum_aanvang))",
        "Er geldt al een latere inkomstenperiode aan het begin van het tijdvak.",
        "loonaangifte R-16",
        "secondary",
    ),
    SelectionRule(
        "LA-NIET-OPEN",
        "inkomstenverhouding",
        "(r.datum_aanvang <= $eind AND coalesce(r.datum_einde, DATE '9999-12-31') >= $begin)"
        " OR r.ikv_id IN (SELECT b.ikv_id FROM gekozen.betaling b)",
        "De inkomstenverhouding loopt niet in het tijdvak en er is niets op betaald.",
        "loonaangifte CT-8",
        "assumed",
    ),
)

# Without any payment or relation it is made on the first day after the tijdvak. What the settings say is text.
_BERICHT = """
       'KS-' || $gemeente || '-' || $periode || '-' || lpad(CAST($volgnummer AS VARCHAR), 4, '0') AS id_ber,
       strftime(coalesce((SELECT greatest(max(b.gewijzigd_op),
                                          (SELECT max(i.gewijzigd_op) FROM bron.inkomstenverhouding i))
                          FROM bron.betaling b), CAST($eind + 1 AS TIMESTAMP)), '%Y-%m-%dT%H:%M:%S') AS dat_td_aanm,
       CAST($contactpersoon AS VARCHAR) AS cont_pers, CAST($telefoon AS VARCHAR) AS tel_nr,
       CAST($relatienummer AS VARCHAR) AS rel_nr, $softwarepakket AS gebr_sw_pakket,
       CAST($loonheffingennummer AS VARCHAR) AS lh_nr, CAST($naam AS VARCHAR) AS nm_ip"""

_COLLECTIVE = "t.tot_ln_lb_ph, t.ing_lb_ph, t.ing_bijdr_zvw, t.tot_wgh_zvw"

AANGIFTE = SelectTable(
    "aangifte",
    f"""SELECT 1 AS _id, {_BERICHT}, t.begin AS dat_aanv_tv, t.eind AS dat_eind_tv, {_COLLECTIVE},
              t.ing_lb_ph + t.tot_wgh_zvw + t.ing_bijdr_zvw AS tot_te_bet,
              t.ing_lb_ph + t.tot_wgh_zvw + t.ing_bijdr_zvw
              + CAST((SELECT coalesce(sum(saldo), 0) FROM werk.gecorrigeerd) AS BIGINT) AS tot_gen,
              (SELECT count(*) FROM werk.maanden g WHERE NOT g.ontvangen AND NOT g.huidig
               AND g.begin > (SELECT min(o.begin) FROM werk.maanden o WHERE o.ontvangen)) AS gat
       FROM werk.maandtotaal t WHERE t.huidig""",
    order="c._id",
)

SALDO = SelectTable(
    "saldo",
    "SELECT tijdvak AS _id, begin AS dat_aanv_tv, eind AS dat_eind_tv, saldo FROM werk.gecorrigeerd",
    order="c._id",
)

# The address as the schema has it: a Dutch one, a foreign one, or none when what it must have is missing (R-10 tells).
_ADDRESS = ", ".join(
    [
        *(
            f"CASE WHEN binnenland THEN {value} END AS {name}"
            for name, value in (
                ("str", "a.straatnaam"),
                ("huis_nr", "a.huisnummer"),
                ("huis_nr_toev", "nullif(concat(a.huisletter, a.huisnummertoevoeging), '')"),
                ("loc_oms", "a.locatieomschrijving"),
                ("pc", "a.postcode"),
                ("woonpl", "a.woonplaats"),
            )
        ),
        *(
            f"CASE WHEN buitenland THEN {value} END AS bl_{name}"
            for name, value in (
                ("str", "a.straatnaam"),
                ("huis_nr", "nullif(concat(a.huisnummer, a.huisletter, a.huisnummertoevoeging), '')"),
                ("loc_oms", "a.locatieomschrijving"),
                ("pc", "a.postcode"),
                ("woonpl", "a.woonplaats"),
                ("reg", "CAST(NULL AS VARCHAR)"),
                ("land", "a.landcode"),
            )
        ),
    ]
)

_PERSON = f"""p.bsn, p.voorletters AS voorl, p.voorvoegsel AS voorv, p.achternaam AS sign_nm,
       CASE WHEN datum_volledig(p.geboortedatum) THEN
            make_date(p.geboortedatum // 10000, p.geboortedatum // 100 % 100, p.geboortedatum % 100) END AS gebdat,
       p.nationaliteit AS nat, p.geslacht AS gesl, {_ADDRESS}"""

_WITH_ADDRESS = """
       LEFT JOIN (SELECT *, landcode = 'NL' AND straatnaam IS NOT NULL AND postcode IS NOT NULL
                            AND woonplaats IS NOT NULL AS binnenland,
                         landcode <> 'NL' AND straatnaam IS NOT NULL AND woonplaats IS NOT NULL AS buitenland
                  FROM bron.adres) a ON a.adres_id = p.adres_id"""

_AMOUNTS = """s.num_iv, s.dat_aanv, s.dat_eind, s.pers_nr, s.ln AS ln_lb_ph, s.ln AS ln_in_gld,
       s.heffing_nu AS ing_lb_ph, s.bijdr AS bijdr_zvw, s.wgh AS wgh_zvw, s.alimentatie_in AS bedr_al_in_wwb,
       s.alimentatie_rechtstreeks AS bedr_rcht_al"""

IKV = SelectTable(
    "ikv",
    f"""SELECT i._bronrij, i.ikv_id AS _id, {_AMOUNTS}, {_PERSON}
       FROM gekozen.inkomstenverhouding i JOIN werk.stand s ON s.ikv_id = i.ikv_id AND s.huidig
       LEFT JOIN bron.persoon p ON p.persoon_id = i.persoon_id {_WITH_ADDRESS}""",
    order="c.bsn, c.num_iv, c._id",
    origin="inkomstenverhouding",
)

INKOMSTENPERIODE = SelectTable(
    "inkomstenperiode",
    """SELECT v._bronrij, v.periode_id AS _id, v.ikv_id AS _up, greatest(v.datum_begin, s.vanaf) AS dat_aanv, s.srt_iv,
              v.loonheffingskorting AS ind_lh_kort, v.loonbelastingtabel AS lb_tab,
              coalesce(v.code_zvw, s.cd_zvw) AS cd_zvw
       FROM gekozen.inkomstenperiode v JOIN werk.stand s ON s.ikv_id = v.ikv_id AND s.huidig""",
    order="c.dat_aanv, c._id",
    origin="inkomstenperiode",
    parent="ikv",
)

CORRECTIE = SelectTable(
    "correctie",
    f"""SELECT t.tijdvak AS _id, t.begin AS dat_aanv_tv, t.eind AS dat_eind_tv, {_COLLECTIVE}, t.tot_te_bet
       FROM werk.gecorrigeerd t""",
    order="c._id",
)

CORRECTIE_IKV = SelectTable(
    "correctie_ikv",
    f"""SELECT s.tijdvak || '/' || s.ikv_id AS _id, s.tijdvak AS _up, {_AMOUNTS}, {_PERSON}
       FROM werk.gewijzigd s LEFT JOIN bron.persoon p ON p.persoon_id = s.persoon_id {_WITH_ADDRESS}""",
    order="c.bsn, c.num_iv, c._id",
    parent="correctie",
)

CORRECTIE_PERIODE = SelectTable(
    "correctie_periode",
    """SELECT s.tijdvak || '/' || v.periode_id AS _id, s.tijdvak || '/' || s.ikv_id AS _up,
              greatest(v.datum_begin, s.vanaf) AS dat_aanv, s.srt_iv, v.loonheffingskorting AS ind_lh_kort,
              v.loonbelastingtabel AS lb_tab, coalesce(v.code_zvw, s.cd_zvw) AS cd_zvw
       FROM werk.gewijzigd s JOIN bron.inkomstenperiode v ON v.ikv_id = s.ikv_id AND v.datum_begin <= s.eind
       WHERE NOT EXISTS (SELECT 1 FROM bron.inkomstenperiode n WHERE n.ikv_id = v.ikv_id
                         AND n.datum_begin > v.datum_begin AND n.datum_begin <= s.vanaf)""",
    order="c.dat_aanv, c._id",
    parent="correctie_ikv",
)

INTREKKING = SelectTable(
    "intrekking",
    # the number of the client only where no BSN was reported
    "SELECT tijdvak || '/' || bsn || '/' || num_iv AS _id, tijdvak AS _up, num_iv, bsn,"
    " CASE WHEN bsn IS NULL THEN pers_nr END AS pers_nr FROM werk.ingetrokken",
    order="c.bsn, c.num_iv, c._id",
    parent="correctie",
)

_SOURCES = ("inkomstenverhouding", "inkomstenperiode", "betaling", "uitkering", "persoon", "adres")

_PERSON_ROWS = (
    "SELECT i.ikv_id FROM bron.inkomstenverhouding i JOIN bron.persoon p ON p.persoon_id = i.persoon_id WHERE p.bsn = ?"
)

# Who is paid untaxed has no income relation, and is to be found all the same.
_PERSONS = (
    ("persoon", "SELECT persoon_id FROM bron.persoon WHERE bsn = ?"),
    ("betaling", "SELECT b.betaling_id FROM bron.betaling b JOIN bron.persoon p USING (persoon_id) WHERE p.bsn = ?"),
)

DECLARATION = Selection(
    sources=_SOURCES,
    population="inkomstenverhouding",
    idents=(("betaling", "betaling_id"), ("inkomstenperiode", "periode_id"), ("inkomstenverhouding", "ikv_id")),
    rules=RULES,
    tables=(IKV, INKOMSTENPERIODE, AANGIFTE, SALDO, CORRECTIE, CORRECTIE_IKV, CORRECTIE_PERIODE, INTREKKING),
    work=WORK,
    received=("Loonaangifte", "LoonaangifteCorrectie"),
    person=_PERSON_ROWS,
    persons=_PERSONS,
    key="bsn",
)

# The months of an earlier year that differ from what was received, without a declaration (spec loonaangifte C-3).
LOOSE = Selection(
    sources=_SOURCES,
    population="inkomstenverhouding",
    idents=(("inkomstenverhouding", "ikv_id"),),
    rules=(),
    tables=(
        CORRECTIE,
        CORRECTIE_IKV,
        CORRECTIE_PERIODE,
        INTREKKING,
        SelectTable("aangifte", f"SELECT 1 AS _id, {_BERICHT}", order="c._id"),
    ),
    work=WORK,
    received=("Loonaangifte", "LoonaangifteCorrectie"),
    person=_PERSON_ROWS,
    persons=_PERSONS,
    key="bsn",
)
