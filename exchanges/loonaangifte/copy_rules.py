"""What is taken over from the administration stands in the message as it stands there: person, relation and codes.

The amounts are the business of ``proof_rules``. A code that is swapped or a name that is another's stops the delivery;
what is left out because the administration does not have it whole (R-09, R-10) must be missing there.
"""

from __future__ import annotations

from exchanges.core.declare import Rule
from exchanges.loonaangifte.rule import CORRECTIE_IKV, IKV, WHOLE, rule, without

# Of the declared tijdvak, and of the one a correction is about.
_NOW = {"id": "r._id", "begin": "$begin", "eind": "$eind"}
_THEN = {
    "id": "substr(r._id, 9)",
    "begin": "CAST(left(r._id, 7) || '-01' AS DATE)",
    "eind": "last_day(CAST(left(r._id, 7) || '-01' AS DATE))",
}

_SAME = {
    "num_iv": "i.nummer",
    "pers_nr": "i.personeelsnummer",
    "dat_aanv": "i.datum_aanvang",
    "dat_eind": "CASE WHEN i.datum_einde <= {eind} THEN i.datum_einde END",
    "bsn": "p.bsn",
    "voorl": "p.voorletters",
    "voorv": "p.voorvoegsel",
    "sign_nm": "p.achternaam",
    "nat": "p.nationaliteit",
    "gesl": "p.geslacht",
}
_BORN = (
    "CASE WHEN r.gebdat IS NULL THEN NOT coalesce(datum_volledig(p.geboortedatum), false)"
    " ELSE year(r.gebdat) * 10000 + month(r.gebdat) * 100 + day(r.gebdat) = p.geboortedatum END"
)
_ADDRESS = (
    "CASE WHEN r.str IS NOT NULL THEN a.landcode = 'NL'"
    " AND (r.str, r.huis_nr, r.loc_oms, r.pc, r.woonpl, coalesce(r.huis_nr_toev, ''))"
    " IS NOT DISTINCT FROM (a.straatnaam, a.huisnummer, a.locatieomschrijving, a.postcode, a.woonplaats,"
    " concat(a.huisletter, a.huisnummertoevoeging))"
    " WHEN r.bl_str IS NOT NULL THEN a.landcode <> 'NL'"
    " AND (r.bl_str, r.bl_land, r.bl_loc_oms, r.bl_pc, r.bl_woonpl, coalesce(r.bl_huis_nr, ''))"
    " IS NOT DISTINCT FROM (a.straatnaam, a.landcode, a.locatieomschrijving, a.postcode, a.woonplaats,"
    " concat(a.huisnummer, a.huisletter, a.huisnummertoevoeging))"
    " ELSE a.straatnaam IS NULL OR a.woonplaats IS NULL OR (a.landcode = 'NL' AND a.postcode IS NULL) END"
)
# Withheld from the month after the one in which the AOW age is reached (7.4), unless the administration says otherwise.
_ZVW = (
    "coalesce(v.code_zvw, CASE WHEN p.geboortedatum // 100 % 100 <= 12"
    " AND p.geboortedatum // 10000 * 12 + greatest(p.geboortedatum // 100 % 100, 1) + $aow_maanden"
    " < year({begin}) * 12 + month({begin}) THEN 'M' ELSE 'K' END)"
)
_TEXT = "Wat hier staat is niet wat in de administratie staat."


_SETTINGS = {
    "cont_pers": "$contactpersoon",
    "tel_nr": "$telefoon",
    "rel_nr": "$relatienummer",
    "gebr_sw_pakket": "$softwarepakket",
    "lh_nr": "$loonheffingennummer",
    "nm_ip": "$naam",
}

COPIED_SETTINGS = rule(
    "BRON",
    "aangifte",
    "Loonaangifte/Bericht",
    " OR ".join(f"r.{ours} IS DISTINCT FROM CAST({given} AS VARCHAR)" for ours, given in _SETTINGS.items())
    + " OR r.id_ber IS DISTINCT FROM format('KS-{}-{}-{:04d}', $gemeente, $periode, $volgnummer)",
    "Wat hier staat is niet wat in de instellingen staat.",
    WHOLE,
    source="loonaangifte 3.1",
)


def _relation(table: str, path: str, of: dict[str, str], key: str = "") -> Rule:
    same = " AND ".join(f"r.{ours} IS NOT DISTINCT FROM {theirs.format(**of)}" for ours, theirs in _SAME.items())
    source = (
        "bron.inkomstenverhouding i LEFT JOIN bron.persoon p ON p.persoon_id = i.persoon_id"
        " LEFT JOIN bron.adres a ON a.adres_id = p.adres_id"
    )
    broken = without(table, source, f"i.ikv_id = {of['id']}", f"{same} AND {_BORN} AND {_ADDRESS}")
    return rule("BRON", table, path, broken, _TEXT, WHOLE, key=key, source="loonaangifte 12")


def _period(table: str, path: str, of: dict[str, str], key: str = "") -> Rule:
    source = (
        "bron.inkomstenperiode v JOIN bron.inkomstenverhouding i ON i.ikv_id = v.ikv_id"
        " LEFT JOIN bron.persoon p ON p.persoon_id = i.persoon_id"
    )
    same = (
        "(r.lb_tab, r.ind_lh_kort, r.srt_iv) = (v.loonbelastingtabel, v.loonheffingskorting, i.inkomenscode)"
        f" AND r.dat_aanv = greatest(v.datum_begin, i.datum_aanvang, {of['begin']})"
        f" AND r.cd_zvw = {_ZVW.format(**of)}"
    )
    broken = without(table, source, f"v.periode_id = {of['id']}", same)
    return rule("BRON", table, f"{path}/Inkomstenperiode", broken, _TEXT, WHOLE, key=key, source="loonaangifte 12")


COPIED_NOW = (_relation("ikv", IKV, _NOW), _period("inkomstenperiode", IKV, _NOW))
COPIED_THEN = (
    _relation("correctie_ikv", CORRECTIE_IKV, _THEN, "r.bsn"),
    _period(
        "correctie_periode", CORRECTIE_IKV, _THEN, "(SELECT i.bsn FROM correctie_ikv i WHERE i._row = r._parent)"
    ),
)
