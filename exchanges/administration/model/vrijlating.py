"""What the law leaves free of a client's income, and what that depends on (Participatiewet 31, 34a, 34b).

None of these tables is needed to deliver; with them a proposal for settling income knows what was decided.
"""

from __future__ import annotations

import pyarrow as pa

from exchanges.administration.model.table import Table, cent, changed, day, text, whole

VRIJLATING = Table(
    "vrijlating", "Vrijlating van inkomsten",
    "Een besluit om een deel van de inkomsten uit werk van een persoon vrij te laten. Een nieuwe periode is een nieuwe "
    "regel.",
    pa.schema([
        text("vrijlating_id", "Technische sleutel van het besluit."),
        text("persoon_id", "Persoon met de inkomsten."),
        text("grond", "31n, 31r, 31z of 31aa (art. 31 lid 2), of 34a (art. 34a lid 1 a)."),
        day("datum_begin", "Eerste dag van het recht."),
        day("datum_einde", "Laatste dag van het recht.", null=True),
        whole("maanden_gebruikt", "Maanden van deze grond die de persoon voor datum_begin al had, ook elders."),
        whole("verlenging_maanden", "Maanden waarmee het college de duur heeft verlengd (art. 34a lid 2)."),
        changed(),
    ]),
    key=("vrijlating_id",), required=False,
    references=(("persoon_id", "persoon", "persoon_id"),),
)

OMSTANDIGHEID = Table(
    "omstandigheid", "Omstandigheid", "Een omstandigheid van een persoon waarvan een vrijlating afhangt.",
    pa.schema([
        text("omstandigheid_id", "Technische sleutel van de omstandigheid."),
        text("persoon_id", "Persoon."),
        text("soort", "medisch_urenbeperkt, of alleenstaande_ouder met een kind onder 12."),
        day("datum_begin", "Eerste dag."),
        day("datum_einde", "Laatste dag.", null=True),
        changed(),
    ]),
    key=("omstandigheid_id",), required=False,
    references=(("persoon_id", "persoon", "persoon_id"),),
)

VRIJE_ONTVANGST = Table(
    "vrije_ontvangst", "Vrije ontvangst",
    "Een gift, premie of bufferbudget: vrij tot een bedrag per kalenderjaar.",
    pa.schema([
        text("ontvangst_id", "Technische sleutel van de ontvangst."),
        text("persoon_id", "Persoon die het bedrag ontving of vroeg."),
        text("soort", "gift, bijdrage (art. 18 lid 8), premie, bufferbudget, of bufferbudget_verzoek zolang daarop "
                      "niet is besloten."),
        day("datum", "Dag van de ontvangst of van het verzoek."),
        cent("bedrag_cent", "Bedrag in centen."),
        changed(),
    ]),
    key=("ontvangst_id",), required=False,
    references=(("persoon_id", "persoon", "persoon_id"),),
)

TABLES = (VRIJLATING, OMSTANDIGHEID, VRIJE_ONTVANGST)
