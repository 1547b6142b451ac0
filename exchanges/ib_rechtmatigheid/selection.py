"""Which benefits go to the Inlichtingenbureau, and how one becomes a line per person.

A line is no row of the administration: a benefit of a couple gives two, one for the applicant and one for the partner
(spec ib-signalen section 4). The population is the benefit; the totals hold the lines against it.
"""

from __future__ import annotations

from exchanges.core.declare import Selection, SelectionRule, SelectTable

REGELINGEN = ("PW", "IOAW", "IOAZ", "BBZ")
_SPEC = "ib-signalen 4"

RULES = (
    SelectionRule(
        "RM-AIO",
        "uitkering",
        "r.regeling <> 'AIO'",
        "AIO is van de SVB; die levert zelf aan.",
        "ib-signalen 1",
    ),
    SelectionRule(
        "RM-REGELING",
        "uitkering",
        f"r.regeling IN {REGELINGEN}",
        "De regeling hoort niet bij de rechtmatigheidscontrole (bijvoorbeeld bijzondere bijstand).",
        f"ib-signalen 1; {_SPEC} (voorstel)",
        "assumed",
    ),
    SelectionRule(
        "RM-TOEKOMST",
        "uitkering",
        "r.datum_begin <= $eind",
        "De uitkering begint na de levermaand.",
        f"{_SPEC} (voorstel)",
        "assumed",
    ),
    # The day that lies exactly the window before the levermaand still goes along: older is refused, equal is not.
    SelectionRule(
        "RM-E01",
        "uitkering",
        "r.datum_einde IS NULL OR r.datum_einde >= $begin - to_months($venster_maanden)",
        "De uitkering eindigde meer dan 15 maanden voor de levermaand; de partner wijst zo'n regel af.",
        f"{_SPEC}; ib-signalen SEC-04",
    ),
)


# What comes after ``leefvorm`` is for the rules; the message has no place for it.
REGEL = SelectTable(
    "regel",
    """SELECT u.uitkering_id || '/' || u.rol AS _id, p.bsn, u.registratienummer AS dossiernummer, u.regeling,
              u.rol, u.datum_begin AS datum_aanvang, u.datum_einde,
              u.datum_einde IS NULL OR u.datum_einde >= $eind AS lopend, nullif(trim(u.leefvorm), '') AS leefvorm,
              u.uitkering_id, u.wie AS persoon_id, p.gemeentecode, p.achternaam, p.geboortedatum
       FROM (SELECT b.*, w.rol, CASE w.rol WHEN 'partner' THEN b.partner_persoon_id ELSE b.persoon_id END AS wie
             FROM gekozen.uitkering b, (VALUES ('aanvrager'), ('partner')) w(rol)
             WHERE w.rol = 'aanvrager' OR b.partner_persoon_id IS NOT NULL) u
       LEFT JOIN bron.persoon p ON p.persoon_id = u.wie""",
    order="c.bsn, c.dossiernummer, c.regeling, c._id",
)

BESTAND = SelectTable(
    "bestand",
    "SELECT 1 AS _id, strftime($begin, '%Y%m') AS levermaand, $eind AS peildatum",
    order="c._id",
)

SELECTION = Selection(
    sources=("persoon", "uitkering"),
    population="uitkering",
    idents=(("uitkering", "uitkering_id"),),
    rules=RULES,
    tables=(REGEL, BESTAND),
    person="SELECT u.uitkering_id FROM bron.uitkering u, bron.persoon p"
    " WHERE p.bsn = ? AND (u.persoon_id = p.persoon_id OR u.partner_persoon_id = p.persoon_id)",
    persons=(("persoon", "SELECT persoon_id FROM bron.persoon WHERE bsn = ?"),),
)
