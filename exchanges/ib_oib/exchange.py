"""Income from the polisadministratie, to settle with benefits: OIB (spec ib-signalen 6).

Three ways in: the list that the IB makes every month, answers of UWV in an archive, and asking UWV over SOAP.
"""

from __future__ import annotations

from dataclasses import replace

from exchanges.core.declare import Calendar, Exchange, Purpose
from exchanges.core.intake import About, Intake, Successive
from exchanges.ib_oib.list_layout import NUMBER, OF_FILE, TABLE
from exchanges.ib_oib.net_words import WHY_NOT
from exchanges.ib_oib.own import OWN_KINDS, OWN_NUMBERS
from exchanges.ib_oib.without_outcome import WITHOUT_OUTCOME

_ASKED = About("ib_rechtmatigheid", "RMAanlevering", months=15)
_DECLARED = About("loonaangifte", "Loonaangifte", months=24, schema="verzonden")
_POLIS = Successive(
    "exchanges.ib_oib.comparison:INCOME", "exchanges.ib_oib.listing:listing", bridges=("R-OIB 2", "R-OIB 3")
)

_ANSWERS = Intake(
    layout="UWVDossierInkomstenGSD",
    file_name=r"OIB_ANTWOORDEN_{gemeente}_{periode}_[A-Za-z0-9]{1,8}\.(zip|tar\.gz|tar|xml)",
    reader="exchanges.ib_oib.answers:read",
    record="inkomen",
    key="sleutel",
    kind="klasse",
    lists="exchanges.ib_oib.lists:signal_list",
    about=(_ASKED, _DECLARED),
    successive=_POLIS,
    work=(WITHOUT_OUTCOME,),
    notes="exchanges.ib_oib.cover:cover_notes",
    proofs="exchanges.ib_oib.proofs:answers",
    breaches=("OIB-ANDERE-PERSOON",),
    words=("persoon", "personen"),
    max_mb=2048,
)
_KINDS = ", ".join(f"'{code}'" for code in OWN_KINDS)

EXCHANGE = Exchange(
    id="ib_oib",
    title="Inkomsten uit de polisadministratie (OIB)",
    partner="inlichtingenbureau",
    direction="in",
    calendar=Calendar("0 6 12 * *"),
    purpose=Purpose(
        legal_basis="Participatiewet art. 32 en 64; Wet SUWI art. 62",
        goal="Nagaan of met de uitkering is verrekend wat iemand verdiende. Een regel is een reden om iets uit te"
        " zoeken; er verandert niets vanzelf.",
        retention="Het beeld van de inkomsten vijftien maanden, de lijst tot het einde van de afhandeling (voorstel).",
    ),
    flows={
        "antwoorden": _ANSWERS,
        "bevraging": replace(_ANSWERS, collector="exchanges.ib_oib.collecting:collect"),
        "maandlijst": Intake(
            layout="Maandlijst OIB",
            file_name=r"OIB_LIJST_{gemeente}_{periode}_[A-Za-z0-9]{1,8}\.csv",
            reader="exchanges.ib_oib.list_file:read",
            record=TABLE,
            key=NUMBER,
            thing="sleutel",
            aside=f"r.code_soort_inkomstenverhouding IN ({_KINDS}) AND r.loonheffingennummer IN ({OWN_NUMBERS})",
            of_file=OF_FILE,
            kind="blad",
            lists="exchanges.ib_oib.list_lists:signal_list",
            about=(_ASKED, _DECLARED),
            work=(WHY_NOT,),
            proofs="exchanges.ib_oib.proofs:monthly_list",
            breaches=("OIB-LS-GEMEENTE",),
            words=("regel", "regels"),
            certainty="assumed",
        ),
    },
    method="antwoorden",
    remarks=(
        "Het bericht van UWV is officieel; hoe antwoorden in een archief staan en hoe maanden worden vergeleken is een"
        " voorstel.",
        "Een antwoord van UWV heeft geen premie Zvw, geen auto en geen splitsing van tarieven: een netto bedrag is daar"
        " niet uit te maken.",
    ),
)
