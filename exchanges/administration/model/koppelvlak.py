"""The surroundings of the administration: settings, index, questions, earlier deliveries.

None of these is needed to deliver; each makes checks possible that the message alone cannot show
(spec dkd-gsd, section 8, causes 1 to 3 and 5).
"""

from __future__ import annotations

import pyarrow as pa

from exchanges.administration.model.table import (
    DATE,
    MOMENT,
    WHOLE,
    Table,
    bsn,
    changed,
    column,
    partial,
    text,
    whole,
    yes_no,
)

INSTELLING = Table(
    "koppelvlak_instelling", "Instellingen van het koppelvlak",
    "De aanlevermethode per cluster zoals die bij de ketenpartner staat ingesteld.",
    pa.schema([
        text("gemeentecode", "Gemeente, vier cijfers."),
        text("cluster", "01 uitkeringen, 02 debiteuren, 03 bijzondere bijstand, 04 re-integratie, 05 aanvragen."),
        text("methode", "verzamelbestand of webservice."),
        text("berichtversie", "Versie van het bericht, bijvoorbeeld v0200."),
        text("applicatie", "Naam van de aanleverende applicatie.", null=True),
        text("url", "Adres dat voor dit cluster is ingesteld.", null=True),
        changed(),
    ]),
    key=("gemeentecode", "cluster"), required=False,
)

VERWIJSINDEX = Table(
    "verwijsindex", "Verwijsindex", "Voor welke burgerservicenummers welke gegevens er zijn.",
    pa.schema([
        bsn("bsn", "Burgerservicenummer in de index."),
        text("gemeentecode", "Gemeente, vier cijfers."),
        text("cluster", "Cluster van gegevens, 01 tot en met 05."),
        yes_no("ind_dkd", "Of er gegevens zijn voor dit cluster."),
        changed(),
    ]),
    key=("gemeentecode", "cluster", "bsn"), required=False,
)

BEVRAGING = Table(
    "bevraging", "Bevraging", "Een vraag van een ketenpartner en het antwoord daarop.",
    pa.schema([
        text("bevraging_id", "Technische sleutel van de bevraging."),
        text("gemeentecode", "Gemeente aan wie is gevraagd, vier cijfers."),
        text("cluster", "Cluster van gegevens, 01 tot en met 05."),
        bsn("bsn_vraag", "Burgerservicenummer in de vraag."),
        bsn("bsn_antwoord", "Burgerservicenummer in het antwoord.", null=True),
        text("uitkomst", "DATA, DATA_WITH_REMARK, DATA_WITH_ERROR, NOT_FOUND, BUSINESS_ERROR of TECHNICAL_ERROR; "
                         "leeg als er geen antwoord kwam.", null=True),
        column("duur_ms", WHOLE, "Duur tot het antwoord in milliseconden."),
        column("tijdstip", MOMENT, "Moment (UTC) van de vraag."),
    ]),
    key=("bevraging_id",), required=False,
)

LEVERING = Table(
    "levering_monitor", "Aanlevermonitor", "Welke leveringen zijn verwacht en ontvangen.",
    pa.schema([
        text("gemeentecode", "Gemeente, vier cijfers."),
        text("cluster", "Cluster van gegevens, 01 tot en met 05."),
        text("periode", "Maand van de levering (jjjj-mm)."),
        column("verwacht_op", DATE, "Uiterste dag van ontvangst."),
        column("ontvangen_op", DATE, "Dag van ontvangst.", null=True),
        text("status", "Stand van de verwerking bij de ketenpartner.", null=True),
    ]),
    key=("gemeentecode", "cluster", "periode"), required=False,
)

SRG = Table(
    "srg_voorziening", "Voorziening in de SRG-levering",
    "De voorziening zoals in dezelfde maand aan het CBS geleverd (statistiek re-integratie).",
    pa.schema([
        bsn("bsn", "Burgerservicenummer in de SRG-levering."),
        text("registratienummer", "Registratienummer van de voorziening."),
        text("periode", "Verslagmaand (jjjj-mm)."),
        text("type", "Soort voorziening.", null=True),
        partial("datum_begin", "Eerste dag van de voorziening."),
        partial("datum_einde", "Laatste dag van de voorziening.", null=True),
        whole("loonwaarde", "Loonwaarde in hele procenten.", null=True),
    ]),
    key=("bsn", "registratienummer", "periode"), required=False,
)

TABLES = (INSTELLING, VERWIJSINDEX, BEVRAGING, LEVERING, SRG)
