"""LKS signals: of whom the Ziektewet benefit ended, and whose re-integration UWV hands over (spec ib-signalen 7)."""

from __future__ import annotations

from exchanges.core.declare import Calendar, Exchange, Purpose
from exchanges.core.intake import About, Intake
from exchanges.ib_lks.derived import AFTER_PAYMENTS, BEFORE_PAYMENTS
from exchanges.ib_lks.overlap import WORK
from exchanges.ib_lks.rules import RULES

EXCHANGE = Exchange(
    id="ib_lks",
    title="Signalen loonkostensubsidie (LKS)",
    partner="inlichtingenbureau",
    direction="in",
    calendar=Calendar("0 6 1 * *"),
    purpose=Purpose(
        legal_basis="Participatiewet art. 10d; Wet SUWI art. 62; Regeling procesgang vangnetters art. 2",
        goal="Loonkostensubsidie stoppen en hervatten rond ziekte, en de re-integratie van vangnetters op tijd"
        " overnemen. Een signaal verandert zelf geen betaling.",
        retention="Signalen tot het einde van de afhandeling, en daarna vijftien maanden (voorstel).",
    ),
    flows={
        "bestand": Intake(
            layout="LKS-signaalrapport",
            file_name=r"{gemeente}_LKS_signaalrapport_{jaarmaand}[0-9]{2}\.csv",
            reader="exchanges.ib_lks.reader:read",
            record="signaal",
            key="signaalnummer",
            of_file=("publicatiedatum",),
            kind="signaalsoort",
            lists="exchanges.ib_lks.lists:signal_list",
            register="exchanges.ib_lks.register:register",
            rules=RULES,
            about=(About("dkd_reintegratie", "DKDVerzamelbestand"),),
            optional_sources=("persoon", "voorziening", "lks_betaling"),
            work=(*BEFORE_PAYMENTS, *WORK, *AFTER_PAYMENTS),
            proofs="exchanges.ib_lks.proofs:proofs",
            breaches=("IB-LKS-GEMEENTE",),
            certainty="assumed",
        ),
    },
    method="bestand",
    remarks=(
        "De twee soorten signalen, hun betekenis en een deel van de bestandsnaam zijn bekend; kolommen en codes zijn"
        " niet openbaar en daarom aangenomen.",
        "De werkgever in het signaal is niet vergeleken: de administratie heeft van een werkgever alleen de naam, en"
        " het signaal alleen het loonheffingennummer.",
        "De zekerheid volgens onze levering, week n als zeven maal n dagen na de eerste ziektedag, en terugvorderen per"
        " kalenderdag zijn aannames.",
    ),
)
