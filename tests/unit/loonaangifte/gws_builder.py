"""Answers of Centric GWS for the tests: SOAP messages that are valid under the official schemas."""

from __future__ import annotations

from collections.abc import Mapping

JAAR = "http://www.centric.nl/GWS/Diensten/JaarOpgaveClient/v0400"
MAAND = "http://www.centric.nl/GWS/Diensten/UitkeringsSpecificatieClient/v0600"
_ORDER = ("Fiscaalloon", "Loonheffing", "CdPremieVolksverzekering", "IndicatieZVW", "IngehoudenPremieZVW",
          "VergoedingPremieZVW", "OntvangstenFiscaalloon", "OntvangstenIngehoudenPremieZVW",
          "OntvangstenVergoedingPremieZVW", "OntvangstenPremieloon", "WerkgeversheffingPremieZVW",
          "OntvangstenWerkgeversheffingPremieZVW")


def amount(name: str, value: int) -> str:
    return (f"<{name}><CdPositiefNegatief>{'-' if value < 0 else '+'}</CdPositiefNegatief>"
            f"<WaardeBedrag>{abs(value)}</WaardeBedrag></{name}>")


def client(bsn: str, extra: str = "") -> str:
    return (f"<Client><BurgerServiceNr>{bsn}</BurgerServiceNr><Voorletters>A</Voorletters>"
            f"<Achternaam>Jansen</Achternaam>{extra}</Client>")


def specification(amounts: Mapping[str, int], year: int = 2026, scheme: str = "Participatiewet") -> str:
    values = {"CdPremieVolksverzekering": "<CdPremieVolksverzekering>250</CdPremieVolksverzekering>",
              "IndicatieZVW": "<IndicatieZVW>1</IndicatieZVW>"}
    values |= {name: amount(name, value) for name, value in amounts.items()}
    tax = "BelasteAlimentatie"
    alimony = amount(tax, amounts[tax]) if tax in amounts else ""
    return (f"<SpecificatieJaarOpgave><Regeling>{scheme}</Regeling><Dienstjaar>{year}</Dienstjaar>"
            f"<AangiftePeriodeVan>{year}0101</AangiftePeriodeVan><AangiftePeriodeTot>{year}1231</AangiftePeriodeTot>"
            + "".join(values.get(name, "") for name in _ORDER)
            + f"<Loonheffingskorting><Ingangsdatum>{year}0101</Ingangsdatum>"
            f"<CdLoonheffingskorting>1</CdLoonheffingskorting></Loonheffingskorting>{alimony}</SpecificatieJaarOpgave>")


def year_statement(bsn: str, *specifications: str) -> str:
    given = "".join(specifications)
    return (f"<JaarOpgaveClient>{client(bsn)}<JaarOpgave><Inhoudingsplichtige><Gemeentecode>0153</Gemeentecode>"
            f"<Gemeentenaam>Enschede</Gemeentenaam></Inhoudingsplichtige>{given}</JaarOpgave></JaarOpgaveClient>")


def component(text: str, cents: int, column: str = "1") -> str:
    return (f"<Componenthistorie><Omschrijving>{text}</Omschrijving>{amount('Bedrag', cents)}"
            f"<IndicatieKolom>{column}</IndicatieKolom></Componenthistorie>")


def month_statement(bsn: str, *components: str, period: str = "202603", paid: int = 140_150) -> str:
    number = "<Clientnummer>000123</Clientnummer>"
    given = "".join(components)
    return (f"<UitkeringsSpecificatieClient>{client(bsn, number)}<TypePeriode>1</TypePeriode><Uitkeringsspecificatie>"
            "<Uitkeringsinstantie><Gemeentecode>0153</Gemeentecode></Uitkeringsinstantie><Dossierhistorie>"
            f"<Regeling>Participatiewet</Regeling><Dossiernummer>00012</Dossiernummer><Periodenummer>{period}"
            f"</Periodenummer><Betrekkingsperiode>{period}</Betrekkingsperiode>"
            f"{amount('UitbetaaldBedragClient', paid)}<DatumBetaald>{period}27</DatumBetaald>{given}</Dossierhistorie>"
            "</Uitkeringsspecificatie></UitkeringsSpecificatieClient>")


def response(content: str, namespace: str = JAAR) -> str:
    root = "JaarOpgaveInfoResponse" if namespace == JAAR else "UitkeringsSpecificatieInfoResponse"
    return f'<g:{root} xmlns:g="{namespace}">{content}</g:{root}>'


def envelope(body: str) -> str:
    sender = "<Gemeentecode>0153</Gemeentecode><ApplicatieNaam>GWS</ApplicatieNaam>"
    return ('<?xml version="1.0" encoding="UTF-8"?>\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
            'xmlns:a="http://www.w3.org/2005/08/addressing" xmlns:h="http://www.centric.nl/GWS/Header/v0300"><s:Header>'
            "<a:MessageID>urn:uuid:1</a:MessageID><a:Action>urn:a</a:Action><a:RelatesTo>urn:uuid:0</a:RelatesTo>"
            f"<h:Header>{_route(sender)}</h:Header></s:Header><s:Body>{body}</s:Body></s:Envelope>\n")


def _route(actor: str) -> str:
    return ("<RouteInformatie><Bron>" + actor + "</Bron><Bestemming>" + actor + "</Bestemming></RouteInformatie>"
            "<BerichtIdentificatie><DatTijdAanmaakRequest>2027-01-10T10:00:00</DatTijdAanmaakRequest>"
            "</BerichtIdentificatie>")
