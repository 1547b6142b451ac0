"""Local refusals of lines, before the partner makes them (spec ib-signalen section 4), and what must hold of all.

The codes are a proposal: the error list of the Inlichtingenbureau is not public. RM-E01 is a rule of the selection.
"""

from __future__ import annotations

from exchanges.core.declare import Rule
from exchanges.ib_rechtmatigheid.selection import REGELINGEN

_R = "Aanlevering/Regel"
_BSN = f"{_R}/Burgerservicenr"
_SPEC = "ib-signalen 4 (voorstel)"

REGELS = (
    Rule(
        "RM-E02",
        "error",
        "regel",
        _BSN,
        "NOT coalesce(elfproef(r.bsn), false)",
        "Het BSN ontbreekt of voldoet niet aan de elfproef.",
        "Controleer het BSN in de BRP.",
        _SPEC,
        certainty="assumed",
    ),
    Rule(
        "RM-E03",
        "error",
        "regel",
        _BSN,
        "r.bsn IS NOT NULL AND count(*) OVER (PARTITION BY r._file, r.bsn, r.dossiernummer, r.regeling) > 1",
        "Dezelfde regel komt vaker voor: BSN, dossiernummer en regeling zijn gelijk.",
        "Haal de dubbele uitkering of persoon weg, of verbeter de partner in de uitkering.",
        _SPEC,
        certainty="assumed",
    ),
    Rule(
        "RM-E04",
        "error",
        "regel",
        f"{_R}/DatumEinde",
        "r.datum_einde < r.datum_aanvang",
        "De einddatum ligt voor de aanvangsdatum.",
        "Verbeter de datums van de uitkering.",
        _SPEC,
        certainty="assumed",
    ),
    Rule(
        "RM-E05",
        "error",
        "regel",
        _BSN,
        "r.gemeentecode <> $gemeente",
        "De persoon staat in de administratie onder een andere gemeentecode dan die van deze levering.",
        "Verbeter de gemeentecode, of beëindig de uitkering als de persoon is verhuisd.",
        f"{_SPEC}; ib-signalen SEC-29",
        certainty="assumed",
    ),
    Rule(
        "RM-W01",
        "warning",
        "regel",
        _BSN,
        "elfproef(r.bsn) AND (r.achternaam IS NULL OR r.geboortedatum IS NULL OR NOT datum_bestaat(r.geboortedatum))",
        "Het BSN is niet te verifiëren: de achternaam of een bestaande geboortedatum ontbreekt in de administratie.",
        "Vul de gegevens aan uit de BRP. De regel gaat wel mee; een bron kan het signaal achterwege laten.",
        _SPEC,
        certainty="assumed",
    ),
)


def _unlike(broken: str, what: str) -> Rule:
    """A line is no row of the source, so the reconciliation cannot hold it against one; this looks every value up.

    ``broken`` joins the lines that are right and asks which are not among them: asked of each line apart, the engine
    first makes a table of all that the question mentions."""
    return Rule(
        "RM-P01",
        "blocker",
        "regel",
        _R,
        broken,
        f"Een regel is niet gelijk aan de {what} waar hij van is gemaakt.",
        "Meld dit aan de beheerder: de selectie verandert gegevens.",
        "ib-signalen R-RM 2",
        scope="delivery",
    )


GELIJK = (
    _unlike(
        "r._row NOT IN (SELECT g._row FROM regel g JOIN bron.uitkering u ON u.uitkering_id = g.uitkering_id"
        " WHERE u.registratienummer = g.dossiernummer AND u.regeling = g.regeling AND u.datum_begin = g.datum_aanvang"
        " AND u.datum_einde IS NOT DISTINCT FROM g.datum_einde"
        " AND (coalesce(u.datum_einde, DATE '9999-12-31') > $eind - 1) = g.lopend"
        " AND nullif(trim(u.leefvorm), '') IS NOT DISTINCT FROM g.leefvorm"
        " AND CASE g.rol WHEN 'partner' THEN u.partner_persoon_id ELSE u.persoon_id END = g.persoon_id)",
        "uitkering",
    ),
    _unlike(
        "r.bsn IS NOT NULL AND r._row NOT IN (SELECT g._row FROM regel g JOIN bron.persoon p"
        " ON p.persoon_id = g.persoon_id WHERE p.bsn = g.bsn)"
        " OR r.bsn IS NULL AND r._row IN (SELECT g._row FROM regel g JOIN bron.persoon p"
        " ON p.persoon_id = g.persoon_id WHERE g.bsn IS NULL AND p.bsn IS NOT NULL)",
        "persoon",
    ),
)


def _absent(person: str, rol: str) -> Rule:
    """R-RM 2: who has a right on the reference date has a line. A line that is refused has findings of its own."""
    return Rule(
        "RM-R02",
        "blocker",
        "bron.uitkering",
        "",
        f"r.{person} IS NOT NULL AND r.regeling IN {REGELINGEN} AND r.datum_begin <= $eind"
        " AND coalesce(r.datum_einde, DATE '9999-12-31') >= $eind"
        # That the line is about this benefit, and no other one, is RM-P01.
        f" AND NOT EXISTS (SELECT 1 FROM regel g WHERE g.uitkering_id = r.uitkering_id AND g.rol = '{rol}')",
        f"Een uitkering die op de peildatum loopt, heeft geen regel voor de {rol}.",
        "Meld dit aan de beheerder: de selectie laat een lopend dossier weg.",
        "ib-signalen R-RM 2",
        scope="delivery",
        key=f"(SELECT p.bsn FROM bron.persoon p WHERE p.persoon_id = r.{person})",
    )


AGAIN = Rule(
    "RM-R03",
    "warning",
    "regel",
    "Aanlevering/Regel/Burgerservicenr",
    "r.bsn::VARCHAR IN (SELECT g.sleutel FROM geweigerd.record g)",
    "Het IB heeft deze persoon in de vorige levering geweigerd, en nu gaat de persoon weer mee.",
    "Ga na of de oorzaak is hersteld; anders wordt de regel weer geweigerd.",
    "ib-signalen R-RM 3",
)

RULES = (*REGELS, *GELIJK, AGAIN, _absent("persoon_id", "aanvrager"), _absent("partner_persoon_id", "partner"))
