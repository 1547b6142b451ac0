"""Applications, benefits, payments, reported income and claims."""

from __future__ import annotations

import pyarrow as pa

from exchanges.administration.model.table import Table, cent, changed, day, text, whole, yes_no

AANVRAAG = Table(
    "aanvraag", "Aanvraag", "Een aanvraag om een uitkering.",
    pa.schema([
        text("aanvraag_id", "Technische sleutel van de aanvraag."),
        text("dossier_id", "Dossier van de aanvraag."),
        text("persoon_id", "Aanvrager."),
        text("partner_persoon_id", "Partner in de aanvraag.", null=True),
        text("regeling", "Regeling: PW, BB, IOAW, IOAZ of BBZ."),
        day("datum_aanvraag", "Dag waarop de aanvraag is ontvangen."),
        text("besluit", "toegekend, afgewezen of buiten behandeling; leeg zolang er geen besluit is.", null=True),
        day("datum_besluit", "Dagtekening van het besluit.", null=True),
        changed(),
    ]),
    key=("aanvraag_id",),
    references=(("dossier_id", "dossier", "dossier_id"), ("persoon_id", "persoon", "persoon_id"),
                ("partner_persoon_id", "persoon", "persoon_id")),
)

UITKERING = Table(
    "uitkering", "Uitkering", "Een toegekende uitkering van een huishouden.",
    pa.schema([
        text("uitkering_id", "Technische sleutel van de uitkering."),
        text("registratienummer", "Nummer van de uitkering, hoogstens 15 tekens, uniek in de gemeente."),
        text("dossier_id", "Dossier van de uitkering."),
        text("aanvraag_id", "Aanvraag waaruit de uitkering volgt.", null=True),
        text("persoon_id", "Persoon die de uitkering ontvangt."),
        text("partner_persoon_id", "Partner in de uitkering.", null=True),
        text("regeling", "Regeling: PW, BB, IOAW, IOAZ of BBZ."),
        text("statistiekcode", "Soort uitkering volgens de bijstandsuitkeringenstatistiek (BUS, rubriek 8)."),
        text("classificatie_bbz", "Nadere classificatie Bbz (BUS, rubriek 9).", null=True),
        text("cluster_bijzondere_bijstand", "Cluster van kosten (BUS, rubriek 17).", null=True),
        text("leefvorm", "Leefvorm volgens BUS, rubriek 10.", null=True),
        whole("kostendelers", "Aantal kostendelers, de persoon zelf meegeteld."),
        cent("norm_cent", "Norm per maand in centen, met vakantietoeslag.", null=True),
        text("inkomenscode", "Code soort inkomstenverhouding in de loonaangifte (34, 42, 43, 45).", null=True),
        whole("volgnummer_inkomstenverhouding", "Nummer inkomstenverhouding per persoon.", null=True),
        text("loonbelastingtabel", "Code loonbelastingtabel.", null=True),
        yes_no("loonheffingskorting", "Of de loonheffingskorting wordt toegepast."),
        text("ontheffing", "Ontheffing van de arbeidsplicht (BUS, rubriek 24).", null=True),
        day("datum_einde_ontheffing", "Laatste dag van de ontheffing.", null=True),
        day("datum_begin", "Eerste dag van het recht."),
        day("datum_einde", "Laatste dag van het recht.", null=True),
        text("reden_einde", "Aanleiding van de beëindiging (BUS, rubriek 34).", null=True),
        changed(),
    ]),
    key=("uitkering_id",),
    references=(("dossier_id", "dossier", "dossier_id"), ("aanvraag_id", "aanvraag", "aanvraag_id"),
                ("persoon_id", "persoon", "persoon_id"), ("partner_persoon_id", "persoon", "persoon_id")),
)

BETALING = Table(
    "betaling", "Betaling",
    "Een betaling van een uitkering aan één persoon; van een paar krijgt elk de helft, en de hoofdpersoon de oneven "
    "cent. Het netto bedrag is de som van de componenten zonder aflossing. Per inkomstenverhouding en maand is het "
    "loon de som van netto, loonheffing en ingehouden Zvw.",
    pa.schema([
        text("betaling_id", "Technische sleutel van de betaling."),
        text("uitkering_id", "Uitkering waarop is betaald."),
        text("persoon_id", "Persoon aan wie is betaald."),
        text("ikv_id", "Inkomstenverhouding; leeg als de betaling onbelast is (bijzondere bijstand).", null=True),
        text("periode", "Maand waar de betaling bij hoort: het tijdvak (jjjj-mm)."),
        text("soort", "periodiek, vakantietoeslag, nabetaling, eenmalig, terugbetaling (netto negatief) of herrekening "
                      "(december, netto nul)."),
        day("datum_betaalbaar", "Dag waarop het bedrag betaalbaar is gesteld."),
        cent("netto_cent", "Netto bedrag in centen, voordat een aflossing is ingehouden."),
        cent("loon_cent", "Loon voor loonbelasting en premie in centen; leeg als alleen het netto bedrag bekend is.",
             null=True),
        cent("loonheffing_cent", "Loonheffing in centen; leeg als alleen het netto bedrag bekend is.", null=True),
        cent("zvw_werkgever_cent", "Werkgeversheffing Zorgverzekeringswet in centen; leeg als alleen het netto bedrag "
                                   "bekend is.", null=True),
        cent("zvw_ingehouden_cent", "Ingehouden bijdrage Zorgverzekeringswet in centen; leeg als alleen het netto "
                                    "bedrag bekend is.", null=True),
        cent("alimentatie_in_cent", "Alimentatie die in de uitkering is begrepen (doorbetaald), in centen.",
             null=True),
        cent("alimentatie_rechtstreeks_cent", "Alimentatie die rechtstreeks aan de klant is betaald, in centen.",
             null=True),
        changed(),
    ]),
    key=("betaling_id",),
    references=(("uitkering_id", "uitkering", "uitkering_id"), ("persoon_id", "persoon", "persoon_id"),
                ("ikv_id", "inkomstenverhouding", "ikv_id")),
)

BETALING_COMPONENT = Table(
    "betaling_component", "Betalingscomponent", "Een deel van een betaling, met teken.",
    pa.schema([
        text("betaling_id", "Betaling waar het deel bij hoort."),
        whole("volgnummer", "Volgnummer binnen de betaling, vanaf 1."),
        text("soort", "norm, reservering_vakantietoeslag, inkomsten, aflossing, afstemming, vakantietoeslag, "
                      "eenmalig, correctie, loonheffing of zvw (ingehouden)."),
        cent("bedrag_cent", "Bedrag in centen; een inhouding is negatief."),
        text("vordering_id", "Vordering waarop een aflossing is geboekt.", null=True),
        changed(),
    ]),
    key=("betaling_id", "volgnummer"),
    references=(("betaling_id", "betaling", "betaling_id"), ("vordering_id", "vordering", "vordering_id")),
)

INKOMSTENOPGAVE = Table(
    "inkomstenopgave", "Inkomstenopgave", "Inkomsten die de klant over een maand heeft opgegeven.",
    pa.schema([
        text("opgave_id", "Technische sleutel van de opgave."),
        text("uitkering_id", "Uitkering waarmee de inkomsten zijn verrekend."),
        text("persoon_id", "Persoon met de inkomsten."),
        text("periode", "Maand van de inkomsten (jjjj-mm)."),
        text("soort", "Soort inkomsten (BUS, rubriek 31)."),
        text("bron", "Naam van de werkgever of instantie.", null=True),
        cent("bruto_cent", "Bruto inkomsten in centen."),
        cent("netto_cent", "Netto inkomsten met vakantietoeslag in centen."),
        cent("vrijgelaten_cent", "Deel dat niet wordt verrekend, in centen."),
        cent("verrekend_cent", "Deel dat met de uitkering is verrekend, in centen."),
        day("datum_ontvangst", "Dag waarop de opgave is ontvangen."),
        changed(),
    ]),
    key=("opgave_id",),
    references=(("uitkering_id", "uitkering", "uitkering_id"), ("persoon_id", "persoon", "persoon_id")),
)

VORDERING = Table(
    "vordering", "Vordering", "Een schuld van een klant aan de gemeente.",
    pa.schema([
        text("vordering_id", "Technische sleutel van de vordering."),
        text("registratienummer", "Nummer van de vordering, precies 15 tekens."),
        text("dossier_id", "Dossier van de vordering."),
        text("persoon_id", "Debiteur."),
        text("mededebiteur_persoon_id", "Partner die mede aansprakelijk is.", null=True),
        text("uitkering_id", "Uitkering waaruit de vordering voortkomt.", null=True),
        text("regeling", "Regeling: PW, BB, IOAW, IOAZ of BBZ."),
        text("aard", "Aard van de uitkering (BDBS, rubriek 10)."),
        text("reden", "Ontstaansgrond (BDBS, rubriek 11; lijst CdRedenVordering)."),
        day("datum_besluit", "Datum van het besluit."),
        day("datum_onherroepelijk", "Dag waarop het besluit onherroepelijk werd.", null=True),
        day("datum_tijdvak_begin", "Eerste dag van het tijdvak van de vordering.", null=True),
        day("datum_tijdvak_einde", "Laatste dag van het tijdvak van de vordering.", null=True),
        cent("aanvang_cent", "Bedrag bij het besluit in centen."),
        cent("ontvangen_cent", "Tot nu toe ontvangen in centen."),
        cent("saldo_cent", "Openstaand bedrag op de laatste dag van de maand in centen."),
        text("status", "Stand van de invordering; lijst CdStatusVordering."),
        yes_no("recidive", "Of sprake is van recidive; alleen bij een boete.", null=True),
        text("hoogte_boete", "Hoogte van de boete; lijst CdHoogteBestuurlijkeBoete.", null=True),
        text("soort_sanctie", "Soort sanctie; lijst CdSrtSanctie.", null=True),
        text("parketnummer", "Parketnummer bij aangifte, hoogstens 15 tekens.", null=True),
        changed(),
    ]),
    key=("vordering_id",),
    references=(("dossier_id", "dossier", "dossier_id"), ("persoon_id", "persoon", "persoon_id"),
                ("mededebiteur_persoon_id", "persoon", "persoon_id"),
                ("uitkering_id", "uitkering", "uitkering_id")),
)

TABLES = (AANVRAAG, UITKERING, BETALING, BETALING_COMPONENT, INKOMSTENOPGAVE, VORDERING)
