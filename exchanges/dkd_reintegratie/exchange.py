"""DKD re-integration: the municipality's re-integration data to the Inlichtingenbureau.

Two methods, a setting per municipality (spec dkd-gsd section 1): ``verzamelbestand``, a file with all data, from
which the partner derives the index; ``webservice``, where the municipality answers itself and delivers the index.
"""

from __future__ import annotations

from exchanges.core.declare import Aside, Calendar, Call, Exchange, Flow, Message, Purpose, Receipt, Service
from exchanges.dkd_reintegratie import corrections, verwijsindex
from exchanges.dkd_reintegratie.rules import RULES
from exchanges.dkd_reintegratie.selection import SELECTION
from exchanges.dkd_reintegratie.totals import TOTALS

EXCHANGE = Exchange(
    id="dkd_reintegratie",
    title="DKD Re-integratie",
    partner="inlichtingenbureau",
    direction="out",
    calendar=Calendar("0 6 5 * *"),
    purpose=Purpose(
        legal_basis="Wet SUWI art. 62; Wet eenmalige gegevensuitvraag werk en inkomen",
        goal="Re-integratie en loonkostensubsidie van cliënten bekend maken in de keten van werk en inkomen.",
        retention="Bestanden tot drie maanden na verwerking; aansluitverslagen zeven jaar (voorstel).",
    ),
    flows={
        "verzamelbestand": Flow(
            Message(
                "DKDVerzamelbestand",
                "DKD_REINTEGRATIE_{gemeente}_{periode}_{moment}_{volgnr:03d}.xml",
                certainty="assumed",
            ),
            SELECTION,
            RULES,
            TOTALS,
            corrections=corrections.FILE,
        ),
        "webservice": Flow(
            Message(
                "DKDVerwijsindexbestand",
                "DKD_VERWIJSINDEX_{gemeente}_{periode}_{moment}_{volgnr:03d}.xml",
                certainty="assumed",
            ),
            verwijsindex.SELECTION,
            verwijsindex.RULES,
            verwijsindex.TOTALS,
            corrections=corrections.INDEX,
            call=Call(
                "IBVerwijsindex",
                "IBVerwijsindex",
                "IBVerwijsindexResponse",
                "exchanges.dkd_reintegratie.index_answer:judge",
            ),
            service=Service(
                "GSDDossierReintegratie",
                "GSDReintegratieInfo",
                "GSDReintegratieInfo",
                "GSDReintegratieInfoResponse",
                "exchanges.dkd_reintegratie.dossiers:open_dossiers",
                answers="verzamelbestand",
            ),
        ),
    },
    method="verzamelbestand",
    receipt=Receipt("IBVerwerkingsverslag"),
    remarks=("Omhulsel, bestandsnaam, clustercodes en verwerkingsverslag zijn niet openbaar en daarom aangenomen.",),
    asides=(
        Aside("GSDDossierReintegratie", "GSDReintegratieInfo", "exchanges.dkd_reintegratie.asides:question"),
        Aside("IBVerwijsindex", "IBVerwijsindexResponse", "exchanges.dkd_reintegratie.asides:confirmation"),
    ),
)
