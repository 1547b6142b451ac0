"""Re-integration: trajectories, provisions and wage-cost subsidy with loonwaarde."""

from __future__ import annotations

import pyarrow as pa

from exchanges.administration.model.table import WHOLE, Table, cent, changed, column, day, partial, text

TRAJECT = Table(
    "traject", "Traject", "De weg naar werk of participatie van één persoon bij één gemeente.",
    pa.schema([
        text("traject_id", "Technische sleutel van het traject."),
        text("persoon_id", "Persoon van het traject."),
        text("gemeentecode", "Gemeente die het traject uitvoert, vier cijfers."),
        text("arbeidsvermogen", "Kan de persoon het minimumloon verdienen; lijst CdArbeidsvermogen.", null=True),
        text("doel", "Doel van de inzet; lijst CdDoelRv.", null=True),
        day("datum_begin", "Eerste dag van het traject."),
        day("datum_einde", "Laatste dag van het traject.", null=True),
        changed(),
    ]),
    key=("traject_id",),
    references=(("persoon_id", "persoon", "persoon_id"),),
)

VOORZIENING = Table(
    "voorziening", "Re-integratievoorziening", "Een voorziening die bij een traject is ingezet.",
    pa.schema([
        text("voorziening_id", "Technische sleutel van de voorziening."),
        text("persoon_id", "Persoon die de voorziening gebruikt."),
        text("traject_id", "Traject waar de voorziening bij hoort."),
        text("registratienummer", "Nummer van de voorziening, hoogstens 15 tekens, uniek in de gemeente.", null=True),
        text("type", "Soort voorziening; lijst CdTypeRvGsd (gelijk aan SRG).", null=True),
        text("omschrijving", "Omschrijving, hoogstens 100 tekens in berichten.", null=True),
        partial("datum_begin", "Eerste dag van de voorziening."),
        partial("datum_einde", "Laatste dag van de voorziening.", null=True),
        changed(),
    ]),
    key=("voorziening_id",),
    references=(("persoon_id", "persoon", "persoon_id"), ("traject_id", "traject", "traject_id")),
)

LOONKOSTENSUBSIDIE = Table(
    "loonkostensubsidie", "Loonkostensubsidie",
    "Een tijdvak loonkostensubsidie met loonwaarde. De jongste regel die op of voor het einde van de periode "
    "begint, geldt.",
    pa.schema([
        text("lks_id", "Technische sleutel van het tijdvak."),
        text("voorziening_id", "Voorziening waaronder de subsidie loopt."),
        column("loonwaarde_perc", WHOLE, "Loonwaarde in honderdsten van een procent van het wettelijk minimumloon.",
               null=True, mark="perc_honderdsten"),
        text("werkgever", "Naam van de werkgever.", null=True),
        cent("bedrag_cent", "Subsidie per maand in centen, met vergoeding van werkgeverslasten."),
        day("datum_begin", "Eerste dag waarop deze loonwaarde geldt."),
        day("datum_einde", "Laatste dag waarop deze loonwaarde geldt.", null=True),
        changed(),
    ]),
    key=("lks_id",),
    references=(("voorziening_id", "voorziening", "voorziening_id"),),
)

LKS_BETALING = Table(
    "lks_betaling", "Betaling loonkostensubsidie",
    "Een betaling van loonkostensubsidie aan een werkgever over een tijdvak, of wat daarvan is teruggevorderd.",
    pa.schema([
        text("betaling_id", "Technische sleutel van de betaling."),
        text("voorziening_id", "Voorziening waarop is betaald."),
        text("soort", "betaling, nabetaling of terugvordering (bedrag negatief)."),
        day("datum_tijdvak_begin", "Eerste dag waarover is betaald."),
        day("datum_tijdvak_einde", "Laatste dag waarover is betaald."),
        cent("bedrag_cent", "Bedrag in centen, met vergoeding van werkgeverslasten; een terugvordering is negatief."),
        day("datum_betaald", "Dag van betalen of verrekenen."),
        text("terug_op_betaling_id", "Betaling die met deze terugvordering wordt teruggehaald.", null=True),
        changed(),
    ]),
    key=("betaling_id",), required=False,
    references=(("voorziening_id", "voorziening", "voorziening_id"),
                ("terug_op_betaling_id", "lks_betaling", "betaling_id")),
)

TABLES = (TRAJECT, VOORZIENING, LOONKOSTENSUBSIDIE, LKS_BETALING)
