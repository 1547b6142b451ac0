"""Rules over the signals that are new, held against our own delivery and our own payments (R-LKS 1, 4 and 5).

None sets a signal apart: UWV said it, and somebody must look.
"""

from __future__ import annotations

from exchanges.core.declare import Rule
from exchanges.ib_lks.overlap import NEEDS

_OWN = "SELECT 1 FROM werk.eigen e WHERE e.rij = r.rij AND e.zekerheid_eigen"
_DELIVERED = "SELECT 1 FROM werk.geleverd g WHERE g.bsn = r.bsn AND g.lks"
_PERSON = "bsn"

RULES = (
    Rule(
        "IB-LKS-NIET-GELEVERD", "warning", "signaal", _PERSON, f"EXISTS ({_OWN} = '0')",
        "Er is een signaal over iemand die niet in onze laatste geaccepteerde DKD-levering staat.",
        "Ga na waarom het IB deze persoon kent; verwerk het signaal pas daarna.",
        "ib-signalen 7, R-LKS 1", needs=("gestuurd",), certainty="assumed",
    ),
    Rule(
        "IB-LKS-GEEN-LKS", "warning", "signaal", _PERSON, f"EXISTS ({_OWN} = '3')",
        "Onze laatste geaccepteerde DKD-levering heeft voor deze persoon geen loonkostensubsidie.",
        "Kijk of er subsidie loopt. Zo ja, leg die vast bij de voorziening en lever opnieuw.",
        "ib-signalen 7, R-LKS 1", needs=("gestuurd",), certainty="assumed",
    ),
    Rule(
        "IB-LKS-ZEKERHEID", "warning", "signaal", "zekerheid",
        f"EXISTS ({_OWN} <> '0' AND e.zekerheid_eigen <> r.zekerheid)",
        "De zekerheid die het IB geeft, is een andere dan volgt uit onze laatste levering.",
        "Vergelijk onze levering met het signaal; is de levering goed, meld het verschil aan het IB.",
        "ib-signalen 7; dkd-gsd 8 regel 4", needs=("gestuurd",), certainty="assumed",
    ),
    Rule(
        "IB-LKS-ONBEKEND", "warning", "signaal", "zekerheid",
        "EXISTS (SELECT 1 FROM werk.eigen e WHERE e.rij = r.rij AND e.zekerheid_eigen IS NULL)",
        "Onze eigen zekerheid is niet vast te stellen: wat wij bij onze laatste verwijsindex antwoordden, is niet meer"
        " te maken.",
        "Ga in de administratie na of er subsidie met een loonwaarde liep, en lever de verwijsindex opnieuw.",
        "ib-signalen 7; dkd-gsd 8 regel 5", needs=("gestuurd",), certainty="assumed",
    ),
    Rule(
        "IB-LKS-LOONWAARDE", "info", "signaal", "perc_loonwaarde",
        f"r.perc_loonwaarde IS NOT NULL AND EXISTS ({_DELIVERED} AND g.loonwaarde IS NOT NULL) AND NOT EXISTS"
        f" ({_DELIVERED} AND g.loonwaarde = r.perc_loonwaarde)",
        "De loonwaarde in het signaal is niet de loonwaarde die wij hebben geleverd.",
        "Kijk of de loonwaarde sinds de levering opnieuw is gemeten.",
        "ib-signalen 7", needs=("gestuurd",), certainty="assumed",
    ),
    Rule(
        "IB-LKS-VOORZIENING", "warning", "signaal", "registratienr_rv",
        f"r.registratienr_rv IS NOT NULL AND EXISTS ({_OWN} <> '0') AND NOT EXISTS (SELECT 1 FROM werk.geleverd g"
        " WHERE g.bsn = r.bsn AND g.registratienummer = r.registratienr_rv)",
        "Het registratienummer in het signaal is van geen voorziening die wij voor deze persoon hebben geleverd.",
        "Zoek uit om welke voorziening het gaat.",
        "ib-signalen 7", needs=("gestuurd",), certainty="assumed",
    ),
    Rule(
        "IB-LKS-BETAALD", "warning", "signaal", "datum_einde_zw",
        "EXISTS (SELECT 1 FROM werk.terugvordering t WHERE t.rij = r.rij AND t.nog_cent > 0)",
        "Over dagen met een ziektewetuitkering is loonkostensubsidie betaald die niet is teruggehaald.",
        "Beoordeel de bedragen op het blad Terugvordering en leg een besluit vast.",
        "ib-signalen 7, R-LKS 4", needs=NEEDS,
    ),
    Rule(
        "IB-LKS-ANDER-EINDE", "warning", "signaal", "datum_einde_zw",
        "EXISTS (SELECT 1 FROM eerder.signaal e WHERE e.bsn = r.bsn AND e.datum_begin_zw = r.datum_begin_zw"
        " AND e.datum_einde_zw <> r.datum_einde_zw)",
        "Over dezelfde ziektewetuitkering kwam eerder een signaal met een andere einddatum.",
        "Vraag UWV welke einddatum geldt; herzie dan ook wat na het eerdere signaal is gedaan.",
        "ib-signalen 7", certainty="assumed",
    ),
    Rule(
        "IB-LKS-LAAT", "info", "signaal", "publicatiedatum",
        "r.publicatiedatum - r.datum_einde_zw > $laat_dagen",
        "Het signaal kwam later na het einde van de ziektewetuitkering dan is afgesproken.",
        "Kijk of de subsidie intussen al is hervat, en vanaf wanneer.",
        "ib-signalen 7, R-LKS 5",
    ),
)  # fmt: skip
