"""The list that is made of the monthly list of the IB: a sheet per class, and one for what has no net amount."""

from __future__ import annotations

from exchanges.core.declare import Certainty
from exchanges.core.lists.declare import Column, Kind, Sheet, SignalList
from exchanges.ib_oib.list_layout import (
    CORRECTED_PERIOD,
    ENDED_RELATION,
    FIRST_DELIVERY,
    NEW_PERIOD,
    NEW_RELATION,
    WITHDRAWN_PERIOD,
    WITHOUT_NET,
)

_SORT = ("bsn", "loonheffingennummer", "volgnummer_ikv", "nummer")


def _column(name: str, heading: str, kind: Kind = "bedrag", certainty: Certainty = "assumed") -> Column:
    return Column(name, heading, kind, max(14, len(heading) + 2), certainty)


_WHO = (
    Column("bsn", "BSN", "bsn", 12, "assumed"),
    Column("dossiernummer", "Dossiernummer", "code", 16, "assumed"),
    Column("loonheffingennummer", "Loonheffingennummer", "code", 20, "assumed"),
    Column("naam_administratieve_eenheid", "Werkgever of uitkeringsinstantie", "tekst", 34, "assumed"),
    _column("volgnummer_ikv", "Volgnummer", "getal"),
    _column("code_soort_inkomstenverhouding", "Soort inkomen", "code"),
)
_RELATION = (
    _column("datum_aanvang_inkomstenverhouding", "Begin verhouding", "deeldatum"),
    _column("datum_einde_inkomstenverhouding", "Eind verhouding", "deeldatum"),
)
_PERIOD = (
    _column("datum_aanvang_inkomstenopgave", "Begin loonperiode", "deeldatum"),
    _column("datum_einde_inkomstenopgave", "Eind loonperiode", "deeldatum"),
    _column("maand", "Telt mee in maand", "code"),
)
_NET = (
    _column("netto_berekend_totaal", "Netto totaal"),
    _column("netto_berekend_normaal", "Netto normaal tarief"),
    _column("netto_berekend_bijzonder", "Netto bijzonder tarief"),
    _column("netto_inkomen_totaal", "Netto volgens IB"),
    _column("netto_verschil_totaal", "Verschil met IB"),
)
_TERMS = (
    _column("loon_lbph_totaal", "Loon loonheffing"),
    _column("inhouding_lbph_totaal", "Ingehouden loonheffing"),
    _column("inhouding_zvw_premie_totaal", "Ingehouden Zvw"),
    _column("inhouding_wgawhk_premie_totaal", "Hoogste inhouding WGA/WHK"),
    _column("waarde_gebruik_auto", "Waarde gebruik auto"),
    _column("vakantietoeslag", "Vakantietoeslag betaald"),
    _column("opgb_recht_vakantietoeslag", "Vakantietoeslag opgebouwd"),
    _column("extra_periode_salaris", "Extra periode betaald"),
    _column("opgb_recht_eps", "Extra periode opgebouwd"),
    _column("jgk", "Jonggehandicaptenkorting"),
    _column("anw_tegemoetkoming", "Anw-tegemoetkoming"),
    _column("vt_toeslag", "VT-toeslag"),
    _column("netto_met_vt", "Netto met VT-toeslag"),
    _column("aantal_verloonde_uren", "Verloonde uren", "getal"),
    _column("loonheffingskorting_toegepast", "Loonheffingskorting", "janee"),
    _column("labels", "Informatielabels", "tekst"),
)
_BY_HAND = (
    _column("klasse", "Wat er veranderde", "code"),
    _column("netto_redenen", "Redenen", "tekst"),
    Column("netto_uitleg", "Waarom geen netto", "tekst", 80, "assumed"),
)
_LAST = (_column("verschil_netto", "Verschil netto volgens IB"), _column("nummer", "Kenmerk", "code"))


def signal_list() -> SignalList:
    """A sheet for every class of the IB, and one for the records that somebody must work out."""
    return SignalList(
        title="Inkomsten volgens de maandlijst OIB",
        sheets=(
            _relations(NEW_RELATION, "Nieuwe verhouding"),
            _relations(ENDED_RELATION, "Beëindigde verhouding"),
            _relations("INGETROKKEN_INKOMSTENVERHOUDING", "Ingetrokken verhouding"),
            _periods(NEW_PERIOD, "Nieuwe loonperiode"),
            _periods(CORRECTED_PERIOD, "Gecorrigeerde loonperiode"),
            _periods(WITHDRAWN_PERIOD, "Vervallen loonperiode"),
            _periods(FIRST_DELIVERY, "Eerste levering"),
            Sheet(WITHOUT_NET, "Zonder netto bedrag", (*_WHO, *_BY_HAND, *_PERIOD, *_TERMS, *_LAST), _SORT),
        ),
        kind="blad",
        retention="Tot het einde van de afhandeling, en daarna vijftien maanden (aanname).",
    )


def _relations(kind: str, title: str) -> Sheet:
    return Sheet(kind, title, (*_WHO, *_RELATION, _LAST[1]), _SORT)


def _periods(kind: str, title: str) -> Sheet:
    return Sheet(kind, title, (*_WHO, *_PERIOD, *_NET, *_TERMS, *_LAST), _SORT)
