"""Samenloopsignalen: what other registers know of the persons in the delivery of dossiers (spec ib-signalen 5)."""

from __future__ import annotations

from exchanges.core.declare import Calendar, Exchange, Purpose
from exchanges.core.intake import About, Intake
from exchanges.ib_samenloop.rules import RULES

EXCHANGE = Exchange(
    id="ib_samenloop",
    title="Rechtmatigheidscontrole: samenloopsignalen",
    partner="inlichtingenbureau",
    direction="in",
    calendar=Calendar("0 6 10 * *"),
    purpose=Purpose(
        legal_basis="Participatiewet art. 64; Wet SUWI art. 62",
        goal="Nagaan of het recht op uitkering nog klopt. Een signaal is een reden om iets uit te zoeken, geen bewijs.",
        retention="Signalen tot het einde van de afhandeling, en dan per soort een termijn (voorstel); strafrechtelijke"
        " gegevens apart en korter.",
    ),
    flows={
        "bestand": Intake(
            layout="Samenloopsignalen",
            file_name=r"RM_SIGNALEN_{gemeente}_{periode}_[A-Za-z0-9]{1,8}\.(csv|xml)",
            reader="exchanges.ib_samenloop.reader:read",
            record="signaal",
            apart=("signaal_strafrecht",),
            key="signaalnummer",
            of_file=("publicatiedatum", "leveringsnummer", "formaatversie"),
            kind="signaaltype",
            lists="exchanges.ib_samenloop.lists:signal_list",
            register="exchanges.ib_samenloop.register:register",
            keep="exchanges.ib_samenloop.kinds:months_kept",
            rules=RULES,
            about=(About("ib_rechtmatigheid", "RMAanlevering", months=15),),
            proofs="exchanges.ib_samenloop.proofs:proofs",
            breaches=("IB-SL-GEMEENTE",),
            certainty="assumed",
        ),
    },
    method="bestand",
    remarks=(
        "De namen van de twaalf soorten en de formaatversies 07, 08 en 09 zijn bekend; velden, codes en bestandsnaam"
        " zijn niet openbaar en daarom aangenomen.",
    ),
)
