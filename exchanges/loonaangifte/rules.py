"""The rules of a declaration (spec loonaangifte section 5), numbered as there.

R-01, R-02 and R-27 are held by the schema and the writer; R-13, R-17 and R-18 because a benefit never has those
elements (they are not in the mapping); R-20 because they are always nothing (fixed texts in the mapping, which the
check holds the file against); R-31 by the ledger, which gives every delivery a number of its own. The others are here.
An error stops the declaration: its totals go over everybody, so nobody can be left out. What the partner accepts with a
remark on the person (phase 3, class W) is a warning.
"""

from __future__ import annotations

from typing import Literal

from exchanges.core.declare import Rule, Severity

_T = "Loonaangifte/AdministratieveEenheid/TijdvakAangifte"
_I = f"{_T}/VolledigeAangifte/InkomstenverhoudingInitieel"
_C = "Loonaangifte/AdministratieveEenheid/TijdvakCorrectie"
_CI = f"{_C}/InkomstenverhoudingInitieel"
_SPEC = "loonaangifte 5"
_FIX = "Verbeter het in de uitkeringsadministratie en begin opnieuw."


def _rule(
    number: str,
    table: str,
    element: str,
    broken: str,
    text: str,
    action: str = _FIX,
    *,
    severity: Severity = "error",
    scope: Literal["record", "delivery"] = "record",
    key: str = "",
    source: str = "",
) -> Rule:
    code = f"LA-{number}"
    return Rule(code, severity, table, element, broken, text, action, source or f"{_SPEC} {number}", scope, key=key)


_SETTING = "Verbeter de gegevens van de gemeente voor deze uitwisseling in de instellingen."
_WHOLE = "Meld dit aan de beheerder: het programma maakt een aangifte die niet sluit."

ENVELOPE = (
    _rule(
        "R-04",
        "aangifte",
        "Loonaangifte/AdministratieveEenheid/LhNr",
        "NOT regexp_full_match(r.lh_nr, '[0-9]{9}L[0-9]{2}') OR NOT coalesce(elfproef(left(r.lh_nr, 9)), false)"
        " OR right(r.lh_nr, 2) = '00'",
        "Het loonheffingennummer is niet goed: negen cijfers die de elfproef doorstaan, een L en 01 tot en met 99.",
        _SETTING,
    ),
    _rule(
        "R-05",
        "aangifte",
        "Loonaangifte/Bericht",
        "coalesce(trim(r.id_ber), '') = '' OR coalesce(trim(r.cont_pers), '') = '' OR coalesce(trim(r.tel_nr), '') = ''"
        " OR coalesce(trim(r.rel_nr), '') = '' OR coalesce(trim(r.gebr_sw_pakket), '') = ''"
        " OR coalesce(trim(r.nm_ip), '') = '' OR r.dat_td_aanm IS NULL",
        "Een gegeven van het bericht is leeg: kenmerk, contactpersoon, telefoon, relatienummer, pakket of naam.",
        _SETTING,
    ),
    _rule(
        "R-06",
        "aangifte",
        "Loonaangifte/Bericht/RelNr",
        "NOT regexp_full_match(r.rel_nr, 'SWO[0-9]{5}')",
        "Het relatienummer is niet dat van de softwareleverancier (SWO en vijf cijfers).",
        _SETTING,
    ),
)

TOTALS = (
    _rule(
        "R-03",
        "aangifte",
        f"{_T}/DatAanvTv",
        "r.dat_aanv_tv <> date_trunc('month', r.dat_aanv_tv) OR r.dat_eind_tv <> last_day(r.dat_aanv_tv)",
        "Begin en einde van het tijdvak zijn niet samen één kalendermaand.",
        _WHOLE,
    ),
    _rule(
        "R-23",
        "aangifte",
        f"{_T}/VolledigeAangifte/CollectieveAangifte/TotTeBet",
        "r.tot_te_bet IS DISTINCT FROM r.ing_lb_ph + r.ing_bijdr_zvw + r.tot_wgh_zvw",
        "Het totaal te betalen is niet de som van loonheffing, bijdragen Zvw en werkgeversheffing Zvw.",
        _WHOLE,
    ),
    _rule(
        "R-24",
        "aangifte",
        f"{_T}/VolledigeAangifte/CollectieveAangifte/TotGen",
        "r.tot_gen IS DISTINCT FROM r.tot_te_bet + (SELECT coalesce(sum(saldo), 0) FROM saldo)",
        "Het totaal generaal is niet het totaal te betalen plus de saldo's van de correcties.",
        _WHOLE,
    ),
    _rule(
        "NEG",
        "aangifte",
        f"{_T}/VolledigeAangifte/CollectieveAangifte",
        "r.tot_ln_lb_ph < 0 OR r.ing_lb_ph < 0",
        "Een totaal van de aangifte is negatief: er is over dit tijdvak meer teruggenomen dan betaald.",
        "Ga na of de terugboekingen bij dit tijdvak horen.",
        severity="warning",
        source="loonaangifte CT-1a, O-7",
    ),
    _rule(
        "GAT",
        "aangifte",
        _T,
        "r.gat > 0",
        "Over een eerder tijdvak van dit jaar heeft de partner geen aangifte van ons geaccepteerd, over een nog eerder"
        " wel. Verschillen over dat tijdvak zijn zo niet te corrigeren.",
        "Doe eerst de aangifte over het overgeslagen tijdvak.",
        severity="blocker",
        scope="delivery",
        source="loonaangifte C-11",
    ),
)


def _sums(table: str, path: str, ikv: str) -> Rule:
    pairs = (("tot_ln_lb_ph", "ln_lb_ph"), ("ing_lb_ph", "ing_lb_ph"), ("ing_bijdr_zvw", "bijdr_zvw"),
             ("tot_wgh_zvw", "wgh_zvw"))  # fmt: skip
    tests = " OR ".join(
        f"abs(r.{total} * 100 - (SELECT coalesce(sum(i.{own}), 0) FROM {ikv} i)) >= 100" for total, own in pairs
    )
    text = "Een collectief bedrag wijkt een euro of meer af van de som van de bedragen per inkomstenverhouding."
    return _rule("R-22", table, path, tests, text, _WHOLE)


def _per_relation(table: str, path: str) -> tuple[Rule, ...]:
    """Rules on a reported income relation; those in a correction name their person by their own key."""
    key = "" if table == "ikv" else "r.bsn"

    def rule(number: str, element: str, broken: str, text: str, severity: Severity = "error", source: str = "") -> Rule:
        return _rule(number, table, f"{path}/{element}", broken, text, severity=severity, key=key, source=source)

    person = "NatuurlijkPersoon"
    return (
        rule(
            "R-07",
            f"{person}/SofiNr",
            "r.bsn IS NULL OR NOT coalesce(elfproef(r.bsn), false) OR left(r.bsn, 1) = '8' OR left(r.bsn, 3) = '000'",
            "Het burgerservicenummer ontbreekt of is niet goed.",
        ),
        rule(
            "R-09",
            f"{person}/SignNm",
            "coalesce(trim(r.sign_nm), '') = ''",
            "De achternaam ontbreekt. De Belastingdienst meldt dit terug.",
            "warning",
        ),
        rule(
            "R-09",
            f"{person}/Gebdat",
            "r.gebdat IS NULL",
            "De geboortedatum ontbreekt of is niet volledig. De Belastingdienst meldt dit terug.",
            "warning",
        ),
        rule(
            "R-10",
            person,
            "r.str IS NULL AND r.bl_str IS NULL",
            "Er is geen volledig adres; het bericht gaat zonder. De Belastingdienst meldt dit terug.",
            "warning",
        ),
        rule(
            "R-11",
            "NumIV",
            "count(*) OVER (PARTITION BY r._file, r.bsn, r.num_iv" + ("" if table == "ikv" else ", r._root") + ") > 1",
            "Dit burgerservicenummer heeft dit nummer inkomstenverhouding twee keer in één tijdvak.",
        ),
        rule("R-12", "DatEind", "r.dat_eind < r.dat_aanv", "De inkomstenverhouding eindigt voordat zij begint."),
        rule("R-14", "NumIV", "r.num_iv IS NULL OR r.num_iv < 1 OR r.num_iv > 9999", "Het nummer is geen 1 tot 9999."),
        rule(
            "R-27",
            "Werknemersgegevens",
            " OR ".join(
                f"abs({name}) > 9999999999" for name in ("r.ln_lb_ph", "r.ing_lb_ph", "r.bijdr_zvw", "r.wgh_zvw")
            ),
            "Een bedrag heeft meer dan tien cijfers.",
        ),
        rule(
            "NEG",
            "Werknemersgegevens/LnLbPh",
            "r.ln_lb_ph < 0",
            "Over dit tijdvak is bij deze persoon meer teruggenomen dan betaald; het loon is negatief.",
            "warning",
            "loonaangifte 5: wat het schema doorlaat",
        ),
    )


def _per_period(table: str, path: str, relation: str) -> tuple[Rule, ...]:
    """Rules on an income period; ``relation`` is the table above it."""
    above = f"(SELECT {{}} FROM {relation} i WHERE i._row = r._parent)"
    key = "" if table == "inkomstenperiode" else above.format("i.bsn")

    def rule(number: str, element: str, broken: str, text: str, severity: Severity = "error") -> Rule:
        return _rule(number, table, f"{path}/{element}", broken, text, severity=severity, key=key)

    return (
        rule(
            "R-19",
            "IndLhKort",
            "r.srt_iv = '42' AND r.ind_lh_kort",
            "Bij een Bbz-uitkering geldt geen heffingskorting.",
        ),
        rule(
            "R-21",
            "CdZvw",
            f"(r.cd_zvw = 'K' AND {above.format('i.bijdr_zvw')} <> 0)"
            f" OR (r.cd_zvw = 'M' AND {above.format('i.wgh_zvw')} <> 0)",
            "De code Zvw past niet bij het bedrag: K bij de werkgeversheffing, M bij de ingehouden bijdrage.",
        ),
        rule(
            "R-28",
            "SrtIV",
            "r.srt_iv NOT IN ('34', '42', '43', '45') OR r.lb_tab NOT IN ('250', '020', '022')"
            " OR (r.srt_iv IN ('42', '43')) <> (r.lb_tab = '250')",
            "Inkomenscode en loonbelastingtabel horen niet bij een uitkering van de gemeente, of niet bij elkaar.",
        ),
    )


FIRST_PERIOD = _rule(
    "R-16",
    "inkomstenperiode",
    f"{_I}/Inkomstenperiode/DatAanv",
    "r.dat_aanv > (SELECT greatest(i.dat_aanv, $begin) FROM ikv i WHERE i._row = r._parent)"
    " AND row_number() OVER (PARTITION BY r._parent ORDER BY r._row) = 1",
    "De eerste inkomstenperiode begint later dan het tijdvak of de inkomstenverhouding: wat daarvoor gold ontbreekt.",
)

CORRECTIONS = (
    _rule(
        "R-25",
        "correctie",
        f"{_C}/DatAanvTv",
        "r.dat_aanv_tv >= $begin OR year(r.dat_aanv_tv) <> year($begin) OR (SELECT count(*) FROM correctie) > 13"
        " OR count(*) OVER (PARTITION BY r.dat_aanv_tv) > 1"
        " OR (SELECT count(*) FROM saldo s WHERE s.dat_aanv_tv = r.dat_aanv_tv) <> 1",
        "Een correctie gaat over een eerder tijdvak van dit jaar, elk tijdvak één keer en met één saldo, hoogstens 13.",
        _WHOLE,
        severity="error",
    ),
    _rule(
        "R-26",
        "intrekking",
        f"{_C}/InkomstenverhoudingIntrekking",
        "r.num_iv IS NULL OR (r.bsn IS NULL AND r.pers_nr IS NULL)",
        "Een intrekking zegt niet om welke inkomstenverhouding het gaat.",
        key="r.bsn",
    ),
)

# Every payment line is in exactly one income relation.
SOURCE = (
    _rule(
        "BET-IKV",
        "bron.betaling",
        "",
        "r.periode = $periode AND CASE WHEN r.ikv_id IS NOT NULL THEN NOT EXISTS"
        " (SELECT 1 FROM bron.inkomstenverhouding i WHERE i.ikv_id = r.ikv_id AND i.persoon_id = r.persoon_id)"
        " ELSE NOT EXISTS (SELECT 1 FROM bron.uitkering u WHERE u.uitkering_id = r.uitkering_id AND u.regeling = 'BB')"
        " END",
        "Een betaling hoort bij geen uitkering of inkomstenverhouding van deze persoon; zij zou buiten de aangifte"
        " vallen.",
        "Koppel de betaling aan het dossier, of haal haar weg.",
        severity="blocker",
        scope="delivery",
        key="(SELECT p.bsn FROM bron.persoon p WHERE p.persoon_id = r.persoon_id)",
        source=f"{_SPEC} R-30",
    ),
    _rule(
        "IKV-DUBBEL",
        "bron.inkomstenverhouding",
        "",
        "EXISTS (SELECT 1 FROM bron.inkomstenverhouding o JOIN bron.persoon q ON q.persoon_id = o.persoon_id"
        " JOIN bron.persoon p ON p.bsn = q.bsn WHERE p.persoon_id = r.persoon_id AND o.ikv_id <> r.ikv_id"
        " AND o.nummer = r.nummer)",
        "Deze persoon heeft twee inkomstenverhoudingen met hetzelfde nummer.",
        "Geef de tweede een eigen nummer; nummers worden nooit hergebruikt.",
        severity="blocker",
        scope="delivery",
        key="(SELECT p.bsn FROM bron.persoon p WHERE p.persoon_id = r.persoon_id)",
        source=f"{_SPEC} R-11, R-14",
    ),
    _rule(
        "IKV-NUMMER",
        "bron.inkomstenverhouding",
        "",
        "r.nummer > 1 AND NOT EXISTS (SELECT 1 FROM bron.inkomstenverhouding o WHERE o.persoon_id = r.persoon_id"
        " AND o.nummer = r.nummer - 1)",
        "De nummers van de inkomstenverhoudingen van deze persoon lopen niet op vanaf 1.",
        "Ga na of een inkomstenverhouding ontbreekt.",
        severity="warning",
        scope="delivery",
        key="(SELECT p.bsn FROM bron.persoon p WHERE p.persoon_id = r.persoon_id)",
        source=f"{_SPEC} R-14",
    ),
    _rule(
        "R-15",
        "bron.inkomstenperiode",
        "",
        "EXISTS (SELECT 1 FROM bron.inkomstenperiode o WHERE o.ikv_id = r.ikv_id"
        " AND substr(o.loonbelastingtabel, 2, 1) <> substr(r.loonbelastingtabel, 2, 1))",
        "Binnen één inkomstenverhouding verandert de kleur van de loonbelastingtabel; dat vraagt een nieuwe.",
        "Sluit de inkomstenverhouding en open een nieuwe met een eigen nummer.",
        severity="blocker",
        scope="delivery",
        key="(SELECT p.bsn FROM bron.inkomstenverhouding i JOIN bron.persoon p ON p.persoon_id = i.persoon_id"
        " WHERE i.ikv_id = r.ikv_id)",
    ),
    _rule(
        "BRUTO",
        "bron.betaling",
        "",
        "r.periode = $periode AND r.ikv_id IS NOT NULL AND (r.loon_cent IS NULL OR r.loonheffing_cent IS NULL)"
        " AND EXISTS (SELECT 1 FROM bron.inkomstenverhouding i WHERE i.ikv_id = r.ikv_id"
        " AND i.inkomenscode IN ('34', '45'))",
        "IOAW en IOAZ zijn bruto uitkeringen; van deze betaling is alleen het netto bedrag bekend.",
        "Vul loon en loonheffing in.",
        severity="blocker",
        scope="delivery",
        key="(SELECT p.bsn FROM bron.persoon p WHERE p.persoon_id = r.persoon_id)",
        source="loonaangifte 7.3",
    ),
)

CT_7 = _rule(
    "CT-7",
    "ikv",
    f"{_I}/Werknemersgegevens/LnLbPh",
    "r.ln_lb_ph - r.ing_lb_ph - r.bijdr_zvw <> (SELECT coalesce(sum(b.netto_cent), 0) FROM bron.betaling b"
    " WHERE b.ikv_id = r._id AND b.periode = $periode)",
    "Netto, loonheffing en ingehouden bijdrage zijn samen niet het loon.",
    source="loonaangifte CT-7",
)

_CORRECTED = (
    _rule(
        "R-23",
        "correctie",
        f"{_C}/CollectieveAangifte/TotTeBet",
        "r.tot_te_bet IS DISTINCT FROM r.ing_lb_ph + r.ing_bijdr_zvw + r.tot_wgh_zvw",
        "Het totaal te betalen van een correctie is niet de som van haar delen.",
        _WHOLE,
    ),
    *_per_relation("correctie_ikv", _CI),
    *_per_period("correctie_periode", f"{_CI}/Inkomstenperiode", "correctie_ikv"),
)

DECLARATION = (
    *ENVELOPE,
    *TOTALS,
    _sums("aangifte", f"{_T}/VolledigeAangifte/CollectieveAangifte", "ikv"),
    *_per_relation("ikv", _I),
    *_per_period("inkomstenperiode", f"{_I}/Inkomstenperiode", "ikv"),
    FIRST_PERIOD,
    *CORRECTIONS,
    *_CORRECTED,
    *SOURCE,
    CT_7,
)

LOOSE = (
    *ENVELOPE,
    CORRECTIONS[1],
    *_CORRECTED,
    *SOURCE,
    _rule(
        "C-3",
        "correctie",
        f"{_C}/DatAanvTv",
        "year(r.dat_aanv_tv) <> year($begin) OR count(*) OVER (PARTITION BY r.dat_aanv_tv) > 1",
        "Een losse correctie gaat over tijdvakken van één jaar, elk één keer.",
        _WHOLE,
    ),
)
