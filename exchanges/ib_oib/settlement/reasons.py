"""Why a proposal is what it is, in words. ``person``: somebody must judge, so no amount is proposed."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Reason:
    """``text`` and ``action`` are for people; ``rule`` is where it stands."""

    person: bool
    text: str
    action: str
    rule: str


_LOOK = "Bereken deze maand zelf."
REASONS: dict[str, Reason] = {
    # What is not known of the income.
    "NETTO": Reason(True, "Van een loonperiode is het netto inkomen niet te berekenen.",
                    "Vraag een loonstrook of specificatie op.", "2.4"),
    "DATUM": Reason(True, "Een loonperiode heeft geen volledig begin en eind.", _LOOK, "T-01"),
    "SOORT": Reason(True, "De soort inkomen vraagt een oordeel, of is niet bekend.",
                    "Beoordeel of en in welke maand dit inkomen telt.", "T-05"),
    "EIGEN": Reason(True, "Onbekend is of dit de eigen uitkering van de gemeente is.",
                    "Zet het loonheffingennummer van de gemeente in de instellingen.", "ib-signalen 6.2"),
    "VT-NETTO": Reason(True, "In de loonperiode is vakantietoeslag betaald en het netto deel daarvan is niet bekend.",
                       "Haal de vakantietoeslag van het inkomen af; zij is al per maand verrekend.", "V-02"),
    "IKB": Reason(True, "Er is een keuzebudget of extra loon uitbetaald; een deel kan per maand al zijn verrekend.",
                  "Laat weg wat al van de reservering is afgehaald.", "V-04"),
    "VT-TABEL": Reason(True, "De tabel voor de aanspraak op vakantietoeslag is voor dit jaar of dit soort inkomen niet "
                       "bekend.", "Bereken de aanspraak zelf.", "V-01"),
    "PENSIOEN": Reason(True, "Pensioen vanaf de AOW-leeftijd: een deel is vrij (art. 33 lid 5).",
                       "Pas de pensioenvrijlating toe.", "art. 33 lid 5"),
    "NIET-POLIS": Reason(True, "Er is inkomen verrekend dat niet in de polisadministratie staat: te laat aangegeven, "
                         "uit het buitenland, uit een eigen bedrijf of onjuist.",
                         "Zoek uit waar het inkomen vandaan komt.", "R-OIB 5"),
    # What is not clear about the client.
    "BSN-DUBBEL": Reason(True, "Het BSN staat bij meer personen in de administratie.", "Herstel de administratie.",
                         "T-02"),
    "UITKERING-DUBBEL": Reason(True, "De persoon heeft in deze loonperiode meer uitkeringen tegelijk of wisselt van "
                               "dossier.", "Verdeel het inkomen zelf.", "T-02"),
    "REGELING": Reason(True, "Voor deze regeling zijn er geen rekenregels (IOAW, IOAZ en Bbz rekenen anders).", _LOOK,
                       "N-05"),
    "GEEN-BETALING": Reason(True, "Over deze maand is geen uitkering betaald.", "Ga na of er recht was.", "N-05"),
    "NORM-PAAR": Reason(True, "De norm voor gehuwden is voor deze maand of leeftijd niet bekend.", _LOOK, "T-08"),
    "PAAR-BEIDE": Reason(True, "De klant en de echtgenoot zonder recht hebben beiden inkomen.", _LOOK, "T-08"),
    "GEBOORTEDATUM": Reason(True, "De geboortedatum is niet volledig genoeg om de leeftijd te bepalen.",
                            "Vul de geboortedatum aan.", "2.6"),
    # Exemptions that somebody granted, or should have.
    "VRIJ-LEEFTIJD": Reason(True, "Er is een vrijlating toegekend, maar de persoon is nog geen 27.",
                            "Beoordeel het recht op vrijlating.", "E-01"),
    "VRIJ-NA": Reason(True, "Deze vrijlating komt pas na een andere, en die is er niet geweest of loopt nog.",
                      "Beoordeel het recht op vrijlating.", "2.6"),
    "VRIJ-LKS": Reason(True, "Deze vrijlating hoort bij werk met loonkostensubsidie, en die loopt niet.",
                       "Beoordeel het recht op vrijlating.", "E-05"),
    "VRIJ-OUDER": Reason(True, "Deze vrijlating is voor een alleenstaande ouder met een kind onder 12, en dat is niet "
                         "vastgelegd.", "Beoordeel het recht op vrijlating.", "E-03"),
    "VRIJ-OPNIEUW": Reason(True, "Een aaneengesloten vrijlating begint opnieuw terwijl de eerdere termijn nog liep.",
                           "Stel vast hoeveel maanden al zijn gebruikt.", "2.6"),
    "VRIJ-BEGIN": Reason(True, "Er is inkomen uit werk, maar niet vastgelegd wanneer de vrijlating van art. 34a begon.",
                         "Leg het begin vast.", "E-11"),
    "VRIJ-BEDRAG": Reason(True, "Het bedrag van deze vrijlating is voor deze maand niet bekend.",
                          "Werk mappings/verrekening/vrijlatingen.csv bij.", "2.6"),
    # What makes a difference more than a difference.
    "AFSTEMMING": Reason(True, "In deze maand is ook een afstemming toegepast; die verandert mee.", _LOOK, "N-05"),
    "CORRECTIE": Reason(True, "Over deze maand is een correctie geboekt; welk deel inkomsten zijn, is niet bekend.",
                        _LOOK, "R-OIB 5"),
    "VORDERING": Reason(True, "Over deze maand loopt al een vordering.", "Ga na of het verschil daarin zit.", "T-09"),
    # What explains a difference.
    "LAAT": Reason(False, "De loonperiode is na de betaling bekend geworden; er was niets verrekend.",
                   "Besluit over het verschil.", "T-09"),
    "ANDERS": Reason(False, "Er is een ander bedrag verrekend dan uit de polisadministratie volgt.",
                     "Besluit over het verschil.", "T-09"),
    "VRIJ-OP": Reason(False, "De vrijlating is afgelopen of haar maanden zijn op.", "", "2.6"),
    "BOVEN-NORM": Reason(False, "Er is meer inkomen dan uitkering.", "Ga na of de uitkering eindigt.", "N-05"),
}  # fmt: skip
