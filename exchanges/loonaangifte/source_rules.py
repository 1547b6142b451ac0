"""Rules on the administration itself: every payment line is in exactly one income relation (spec loonaangifte R-30).

Rows of the administration are in no record, so these stop the delivery or only tell. They look at the months that are
declared, or compared with what the partner has.
"""

from __future__ import annotations

from exchanges.core.declare import Rule, Severity
from exchanges.loonaangifte.rule import FIX, IKV, SPEC, rule

_RECEIVED = (
    "SELECT strftime(o.dat_aanv_tv, '%Y-%m') FROM ontvangen.aangifte o WHERE year(o.dat_aanv_tv) = year($begin)"
)
# Payments that go into this message, or into a correction in it: of the months from the first that was received on.
# Looked up first, and then the rows: few payments break a rule, and most are of other months.
_TOLD = (
    "b.periode <= $periode AND b.periode >= (SELECT coalesce(min(strftime(o.dat_aanv_tv, '%Y-%m')), $periode)"
    " FROM ontvangen.aangifte o WHERE year(o.dat_aanv_tv) = year($begin))"
)

# Of one payment: null when one is not given; null when none is.
_GIVEN = ("b.loon_cent", "b.loonheffing_cent", "b.zvw_ingehouden_cent", "b.zvw_werkgever_cent")
_SUM, _ANY = " + ".join(_GIVEN), f"coalesce({', '.join(_GIVEN)})"


def _told(which: str) -> str:
    return f"r._bronrij IN (SELECT b._bronrij FROM bron.betaling b {which} AND {_TOLD})"


_OF_PERSON = "(SELECT p.bsn FROM bron.persoon p WHERE p.persoon_id = r.persoon_id)"
_OF_RELATION = (
    "(SELECT p.bsn FROM bron.inkomstenverhouding i JOIN bron.persoon p ON p.persoon_id = i.persoon_id"
    " WHERE i.ikv_id = r.ikv_id)"
)


def _source(
    number: str, table: str, broken: str, text: str, action: str, source: str, *,
    severity: Severity = "blocker", key: str = _OF_PERSON,
) -> Rule:  # fmt: skip
    return rule(number, f"bron.{table}", "", broken, text, action, severity=severity, scope="delivery", key=key,
                source=source)  # fmt: skip


SOURCE = (
    _source(
        "BET-IKV",
        "betaling",
        _told(
            "ANTI JOIN bron.inkomstenverhouding i ON i.ikv_id = b.ikv_id AND i.persoon_id = b.persoon_id"
            " WHERE NOT EXISTS (SELECT 1 FROM bron.uitkering u WHERE b.ikv_id IS NULL"
            " AND u.uitkering_id = b.uitkering_id AND u.regeling = 'BB')"
        ),
        "Een betaling hoort bij geen uitkering of inkomstenverhouding van deze persoon; zij zou buiten de aangifte"
        " vallen.",
        "Koppel de betaling aan het dossier, of haal haar weg.",
        f"{SPEC} R-30",
    ),
    _source(
        "BET-PERIODE",
        "betaling",
        "NOT regexp_full_match(r.periode, '[0-9]{4}-(0[1-9]|1[0-2])')",
        "De maand van een betaling bestaat niet; zij zou in geen enkele aangifte komen.",
        "Verbeter de maand van de betaling (jjjj-mm).",
        f"{SPEC} R-30",
    ),
    _source(
        "BET-DUBBEL",
        "betaling",
        f"r.betaling_id IN (SELECT b.betaling_id FROM bron.betaling b WHERE {_TOLD}"
        " GROUP BY b.betaling_id HAVING count(*) > 1)",
        "Een betaling staat twee keer in de bron; zij zou twee keer worden aangegeven.",
        "Haal de tweede weg.",
        f"{SPEC} R-30",
    ),
    _source(
        "IKV-DUBBEL",
        "inkomstenverhouding",
        "(r.persoon_id, r.nummer) IN (SELECT (p.persoon_id, d.nummer) FROM bron.persoon p JOIN"
        " (SELECT q.bsn, o.nummer FROM bron.inkomstenverhouding o JOIN bron.persoon q ON q.persoon_id = o.persoon_id"
        " GROUP BY q.bsn, o.nummer HAVING count(DISTINCT o._bronrij) > 1) d ON d.bsn = p.bsn)",
        "Deze persoon heeft twee inkomstenverhoudingen met hetzelfde nummer.",
        "Geef de tweede een eigen nummer; nummers worden nooit hergebruikt.",
        f"{SPEC} R-11, R-14",
    ),
    _source(
        "IKV-NUMMER",
        "inkomstenverhouding",
        "r.nummer > 1 AND NOT EXISTS (SELECT 1 FROM bron.inkomstenverhouding o WHERE o.persoon_id = r.persoon_id"
        " AND o.nummer = r.nummer - 1)",
        "De nummers van de inkomstenverhoudingen van deze persoon lopen niet op vanaf 1.",
        "Ga na of een inkomstenverhouding ontbreekt.",
        f"{SPEC} R-14",
        severity="warning",
    ),
    _source(
        "R-15",
        "inkomstenperiode",
        "r.ikv_id IN (SELECT o.ikv_id FROM bron.inkomstenperiode o GROUP BY o.ikv_id"
        " HAVING min(substr(o.loonbelastingtabel, 2, 1)) <> max(substr(o.loonbelastingtabel, 2, 1)))",
        "Binnen één inkomstenverhouding verandert de kleur van de loonbelastingtabel; dat vraagt een nieuwe.",
        "Sluit de inkomstenverhouding en open een nieuwe met een eigen nummer.",
        f"{SPEC} R-15",
        key=_OF_RELATION,
    ),
    _source(
        "BRUTO",
        "betaling",
        _told(
            "JOIN bron.inkomstenverhouding i ON i.ikv_id = b.ikv_id WHERE i.inkomenscode IN ('34', '45')"
            f" AND {_SUM} IS NULL"
        ),
        "IOAW en IOAZ zijn bruto uitkeringen; van deze betaling zijn loon, loonheffing of Zvw niet bekend.",
        "Vul loon, loonheffing en de bedragen voor de Zvw in.",
        "loonaangifte 7.3",
    ),
    _source(
        "DEEL",
        "betaling",
        _told(
            "JOIN bron.inkomstenverhouding i ON i.ikv_id = b.ikv_id WHERE i.inkomenscode NOT IN ('34', '45')"
            f" AND {_SUM} IS NULL AND ({_ANY} IS NOT NULL OR EXISTS (SELECT 1 FROM bron.betaling o"
            " WHERE o.ikv_id = b.ikv_id AND o.periode = b.periode AND o.loon_cent IS NOT NULL))"
        ),
        "Van deze inkomstenverhouding geeft de administratie over dit tijdvak loon, loonheffing en Zvw maar voor een"
        " deel. Zij zijn berekend uit alles wat netto is betaald; wat wel was gegeven, is niet gebruikt.",
        "Vul de bedragen in bij elke betaling van dit tijdvak, of laat ze bij alle leeg.",
        "loonaangifte 7.3",
        severity="warning",
    ),
    _source(
        "ALIMENTATIE",
        "betaling",
        _told(
            "JOIN bron.inkomstenverhouding i ON i.ikv_id = b.ikv_id WHERE i.inkomenscode <> '43'"
            " AND (b.alimentatie_in_cent IS NOT NULL OR b.alimentatie_rechtstreeks_cent IS NOT NULL)"
        ),
        "Alimentatie hoort alleen bij een uitkering van de Participatiewet.",
        "Verbeter de inkomenscode, of haal de alimentatie weg.",
        "loonaangifte 7.6",
    ),
)

# Paid now over a month that this declaration does not correct: what differs there goes another way, or is lost.
NOT_COMPARED = (
    _source(
        "JAAR",
        "betaling",
        "r.ikv_id IS NOT NULL AND r.datum_betaalbaar >= $begin AND left(r.periode, 4) < left($periode, 4)",
        "Er is nu betaald over een eerder jaar. Dat gaat niet mee in deze aangifte.",
        "Doe een losse correctie over dat jaar (methode losse_correctie), binnen acht weken.",
        "loonaangifte C-3",
        severity="warning",
    ),
    _source(
        "BUITEN",
        "betaling",
        "r.ikv_id IS NOT NULL AND r.datum_betaalbaar >= $begin AND r.periode < $periode"
        f" AND length(r.periode) = 7 AND left(r.periode, 4) = left($periode, 4) AND r.periode NOT IN ({_RECEIVED})",
        "Er is nu betaald over een eerder tijdvak waarvan de aangifte niet door dit programma is gedaan. Dat gaat niet"
        " mee in deze aangifte.",
        "Corrigeer dat tijdvak met het programma waarmee het is aangegeven.",
        "loonaangifte C-11",
        severity="warning",
    ),
)

# Of what the administration itself gives: as far as amounts are worked out here they agree.
_CT_7 = "{ln} - {ing} - {bijdr} <> (SELECT coalesce(sum(b.netto_cent), 0) FROM bron.betaling b WHERE {mine})"
_TEXT = "Netto, loonheffing en ingehouden bijdrage zijn samen niet het loon."
_AMOUNTS = {"ln": "r.ln_lb_ph", "ing": "r.ing_lb_ph", "bijdr": "r.bijdr_zvw"}
CT_7 = rule(
    "CT-7",
    "ikv",
    f"{IKV}/Werknemersgegevens/LnLbPh",
    _CT_7.format(**_AMOUNTS, mine="b.ikv_id = r._id AND b.periode = $periode"),
    _TEXT,
    FIX,
    source="loonaangifte CT-7",
)


def ct_7_of_correction(path: str) -> Rule:
    """The same of a relation in a correction, which names its person by its own key."""
    mine = "b.periode = left(r._id, 7) AND b.ikv_id = substr(r._id, 9)"
    broken = _CT_7.format(**_AMOUNTS, mine=mine)
    where = f"{path}/Werknemersgegevens/LnLbPh"
    return rule("CT-7", "correctie_ikv", where, broken, _TEXT, FIX, key="r.bsn", source="loonaangifte CT-7")
