"""Which persons, trajectories and provisions make up the delivery.

The partner's own selection guideline is not public (spec ib-signalen section 10); the window is a parameter.
"""

from __future__ import annotations

from exchanges.core.declare import Selection, SelectionRule, SelectTable
from exchanges.dkd_reintegratie.totals import IN_FORCE

_GUIDELINE = "ib-signalen 10: de selectierichtlijn van het IB is niet openbaar"

# First day, as jjjjmmdd, that still lies inside the window.
_WINDOW = "(year($begin - to_months($venster_maanden)) * 10000 + month($begin - to_months($venster_maanden)) * 100 + 1)"

RULES = (
    SelectionRule(
        "SEL-TOEKOMST",
        "voorziening",
        "r.datum_begin <= $eind8",
        "De voorziening begint na de periode.",
        _GUIDELINE,
        "assumed",
    ),
    SelectionRule(
        "SEL-VENSTER",
        "voorziening",
        f"r.datum_einde IS NULL OR r.datum_einde >= {_WINDOW}",
        "De voorziening eindigde voor het venster van de levering.",
        _GUIDELINE,
        "assumed",
    ),
    SelectionRule(
        "SEL-TRAJECT",
        "voorziening",
        "EXISTS (SELECT 1 FROM bron.traject t WHERE t.traject_id = r.traject_id AND t.persoon_id = r.persoon_id)",
        "De voorziening hoort bij geen traject van deze persoon; het bericht heeft er geen plaats voor.",
        "dkd-gsd 3: AtlRelatie",
    ),
    SelectionRule(
        "SEL-LEEG",
        "traject",
        "r.datum_begin <= $eind AND (r.datum_einde IS NULL OR r.datum_einde >= $begin - to_months($venster_maanden))"
        " OR EXISTS (SELECT 1 FROM gekozen.voorziening v WHERE v.traject_id = r.traject_id)",
        "Het traject loopt niet in het venster en heeft er geen voorziening in.",
        _GUIDELINE,
        "assumed",
    ),
    SelectionRule(
        "SEL-GEMEENTE",
        "persoon",
        "r.gemeentecode = $gemeente",
        "De persoon hoort bij een andere gemeente.",
        "ib-signalen SEC-29",
    ),
    SelectionRule(
        "SEL-OVERLEDEN",
        "persoon",
        f"r.overlijdensdatum IS NULL OR r.overlijdensdatum >= {_WINDOW}",
        "De persoon is voor het venster overleden.",
        _GUIDELINE,
        "assumed",
    ),
    SelectionRule(
        "SEL-GEEN",
        "persoon",
        "r.persoon_id IN (SELECT v.persoon_id FROM gekozen.voorziening v)"
        " OR r.persoon_id IN (SELECT t.persoon_id FROM gekozen.traject t)",
        "De persoon heeft in het venster geen traject of voorziening.",
        "dkd-gsd 1: gegevens over re-integratie",
    ),
)

CLIENT = SelectTable(
    "client",
    """SELECT p._bronrij, p.persoon_id AS _id, p.bsn, p.voornamen, p.voorletters, p.voorvoegsel, p.achternaam,
              p.geslacht, p.geboortedatum
       FROM gekozen.persoon p""",
    order="c.bsn, c._id",
    origin="persoon",
    unchanged=("bsn", "voornamen", "voorletters", "voorvoegsel", "achternaam", "geslacht", "geboortedatum"),
)

ATL_RELATIE = SelectTable(
    "atl_relatie",
    """SELECT t._bronrij, t.traject_id AS _id, t.persoon_id AS _up, t.arbeidsvermogen, t.doel,
              $bron_kolom AS bron_kolom, t.gemeentecode AS bron_partij, $bron_vestiging AS bron_vestiging
       FROM gekozen.traject t""",
    order="c._id",
    origin="traject",
    parent="client",
    unchanged=("arbeidsvermogen", "doel"),
)

# The loonwaarde in force: the youngest one that began before the end of the period; of two that began on the same day
# the one that was changed last.
VOORZIENING = SelectTable(
    "voorziening",
    """SELECT v._bronrij, v.voorziening_id AS _id, v.traject_id AS _up, v.registratienummer, v.datum_begin,
              v.datum_einde, v.type, v.omschrijving, l.voorziening_id IS NOT NULL AS lks,
              l.loonwaarde_perc AS loonwaarde
       FROM gekozen.voorziening v
       LEFT JOIN (SELECT voorziening_id, loonwaarde_perc FROM bron.loonkostensubsidie WHERE datum_begin <= $eind
                  QUALIFY row_number() OVER (PARTITION BY voorziening_id
                                             ORDER BY datum_begin DESC, gewijzigd_op DESC, lks_id DESC) = 1) l
              ON l.voorziening_id = v.voorziening_id""",
    order="c.registratienummer, c._id",
    origin="voorziening",
    parent="atl_relatie",
    unchanged=("registratienummer", "datum_begin", "datum_einde", "type", "omschrijving"),
    elsewhere=(("loonwaarde", f"SELECT voorziening_id AS id, loonwaarde_perc AS waarde FROM ({IN_FORCE})"),),
)

SELECTION = Selection(
    sources=("persoon", "traject", "voorziening", "loonkostensubsidie"),
    optional_sources=("koppelvlak_instelling", "verwijsindex", "bevraging", "levering_monitor", "srg_voorziening"),
    population="persoon",
    idents=(("voorziening", "voorziening_id"), ("traject", "traject_id"), ("persoon", "persoon_id")),
    rules=RULES,
    tables=(CLIENT, ATL_RELATIE, VOORZIENING),
)
