"""Persons, their addresses, dossiers and integration course (inburgering)."""

from __future__ import annotations

import pyarrow as pa

from exchanges.administration.model.table import Table, bsn, changed, day, partial, text, whole, yes_no

PERSOON = Table(
    "persoon", "Persoon", "Een persoon die klant is (geweest) van de gemeente.",
    pa.schema([
        text("persoon_id", "Technische sleutel van de persoon."),
        bsn("bsn", "Burgerservicenummer, negen cijfers."),
        text("voornamen", "Alle voornamen, gescheiden door een spatie.", null=True),
        text("voorletters", "Voorletters zonder punten, A tot en met Z, hoogstens zes.", null=True),
        text("voorvoegsel", "Voorvoegsel van de achternaam, hoogstens tien tekens.", null=True),
        text("achternaam", "Significant deel van de achternaam, zonder voorvoegsel.", null=True),
        text("geslacht", "Geslacht: 1 man, 2 vrouw, 9 onbekend.", null=True),
        partial("geboortedatum", "Geboortedatum.", null=True),
        partial("overlijdensdatum", "Datum van overlijden.", null=True),
        text("nationaliteit", "Nationaliteit, viercijferige BRP-code.", null=True),
        text("huishouden_id", "Huishouden waar de persoon toe hoort."),
        text("adres_id", "Adres waar de persoon woont.", null=True),
        text("gemeentecode", "CBS-code van de gemeente, vier cijfers."),
        changed(),
    ]),
    key=("persoon_id",),
    references=(("adres_id", "adres", "adres_id"),),
)

ADRES = Table(
    "adres", "Adres", "Een binnenlands of buitenlands adres.",
    pa.schema([
        text("adres_id", "Technische sleutel van het adres."),
        text("straatnaam", "Straatnaam, hoogstens 24 tekens (NEN 5825).", null=True),
        whole("huisnummer", "Huisnummer, 1 tot en met 99999.", null=True),
        text("huisletter", "Huisletter, één letter.", null=True),
        text("huisnummertoevoeging", "Toevoeging, hoogstens vier tekens.", null=True),
        text("locatieomschrijving", "Omschrijving van de plek als er geen straat is.", null=True),
        text("postcode", "Postcode zonder spatie, vier cijfers en twee hoofdletters.", null=True),
        text("woonplaats", "Woonplaatsnaam.", null=True),
        text("gemeentenaam", "Naam van de gemeente.", null=True),
        text("landcode", "Land, tweeletterige ISO-code."),
        changed(),
    ]),
    key=("adres_id",),
)

DOSSIER = Table(
    "dossier", "Dossier", "Het dossier van een huishouden.",
    pa.schema([
        text("dossier_id", "Technische sleutel van het dossier."),
        text("dossiernummer", "Nummer van het dossier zoals de klant het kent, hoogstens 40 tekens."),
        text("huishouden_id", "Huishouden van het dossier."),
        text("persoon_id", "Hoofdpersoon van het dossier."),
        text("partner_persoon_id", "Partner van de hoofdpersoon.", null=True),
        text("leefvorm", "Leefvorm, lijst CdLeefvorm (twee cijfers)."),
        text("huisvesting", "Woonsituatie, lijst CdRelatieBewonerHuisvesting.", null=True),
        whole("kostendelers", "Aantal kostendelers, de persoon zelf meegeteld."),
        day("datum_waarschuwing", "Waarschuwing wegens schending van de inlichtingenplicht.", null=True),
        day("datum_begin", "Eerste dag van het dossier."),
        day("datum_einde", "Laatste dag van het dossier.", null=True),
        changed(),
    ]),
    key=("dossier_id",),
    references=(("persoon_id", "persoon", "persoon_id"), ("partner_persoon_id", "persoon", "persoon_id")),
)

INBURGERING = Table(
    "inburgering", "Inburgeringsdossier", "De inburgering van een persoon onder de Wet inburgering 2021.",
    pa.schema([
        text("inburgering_id", "Technische sleutel van het inburgeringsdossier."),
        text("persoon_id", "Persoon die inburgert."),
        text("type_inburgeraar", "1 asielstatushouder, 2 gezins- of overige migrant."),
        day("datum_koppeling", "Koppeling van de asielstatushouder aan de gemeente.", null=True),
        day("datum_vestiging", "Inschrijving als inwoner van de gemeente.", null=True),
        day("datum_begeleiding", "Start van de maatschappelijke begeleiding.", null=True),
        day("datum_intake_begin", "Start van de brede intake.", null=True),
        day("datum_intake_einde", "Afronding van de brede intake.", null=True),
        day("datum_leerbaarheidstoets", "Datum van de leerbaarheidstoets.", null=True),
        day("datum_pip", "Vaststelling van het eerste plan inburgering en participatie.", null=True),
        text("leerroute", "1 B1-route, 2 onderwijsroute, 3 zelfredzaamheidsroute.", null=True),
        whole("uren_per_week", "Intensiteit van de leerroute in uren per week.", null=True),
        whole("voortgangsgesprekken", "Aantal voortgangsgesprekken in het plan.", null=True),
        day("datum_cursus_begin", "Eerste dag van de taalles.", null=True),
        whole("uren_nt2", "Gevolgde uren taal en kennis van de maatschappij tot nu toe.", null=True),
        whole("uren_participatie", "Uren participatie tot nu toe (zelfredzaamheidsroute).", null=True),
        day("datum_pvt", "Ondertekening van het participatieverklaringstraject.", null=True),
        whole("uren_map", "Uren module arbeidsmarkt en participatie tot nu toe.", null=True),
        day("datum_map", "Eindgesprek van de module arbeidsmarkt en participatie.", null=True),
        yes_no("afgeschaald_a2", "Of in de B1-route is afgeschaald naar A2."),
        day("datum_einde", "Einde van de inburgering bij deze gemeente.", null=True),
        text("reden_einde", "voldaan, verhuisd, overleden, ontheven of overig.", null=True),
        changed(),
    ]),
    key=("inburgering_id",),
    references=(("persoon_id", "persoon", "persoon_id"),),
)

TABLES = (PERSOON, ADRES, DOSSIER, INBURGERING)
