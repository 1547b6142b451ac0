"""Rechtmatigheidscontrole: every month the benefit dossiers of a municipality to the Inlichtingenbureau.

It asks UWV, Belastingdienst, DUO, RDW and others about these persons; the signals come back (spec ib-signalen 4, 5).
"""

from __future__ import annotations

from exchanges.core.declare import AnswerLines, Calendar, Correction, Exchange, Flow, Message, Purpose, Receipt
from exchanges.ib_rechtmatigheid.rules import RULES
from exchanges.ib_rechtmatigheid.selection import SELECTION
from exchanges.ib_rechtmatigheid.totals import TOTALS

EXCHANGE = Exchange(
    id="ib_rechtmatigheid",
    title="Rechtmatigheidscontrole: aanlevering",
    partner="inlichtingenbureau",
    direction="out",
    calendar=Calendar("0 6 1 * *"),
    purpose=Purpose(
        legal_basis="Participatiewet art. 64; Wet SUWI art. 62",
        goal="Laten nagaan of het recht op uitkering nog klopt, door gegevens van andere instanties te vergelijken.",
        retention="Bestanden tot drie maanden na verwerking; aansluitverslagen zeven jaar (voorstel).",
    ),
    flows={
        "bestand": Flow(
            Message(
                "RMAanlevering",
                "RM_AANLEVERING_{gemeente}_{periode}_{volgnr:03d}.xml",
                certainty="assumed",
                record=("regel", "regels"),
            ),
            SELECTION,
            RULES,
            TOTALS,
            corrections=(
                Correction(
                    "vervanging",
                    "bestand",
                    "Een nieuw bestand van dezelfde maand komt in de plaats van het vorige.",
                    "ib-signalen 4 (voorstel)",
                ),
                Correction(
                    "intrekking",
                    "afspraak",
                    "Het Inlichtingenbureau heeft geen bericht voor een intrekking: spreek haar af, en lever daarna"
                    " opnieuw.",
                    "ib-signalen 4 (voorstel)",
                ),
            ),
        ),
    },
    method="bestand",
    # The report lists the lines that were refused, by all that makes a line one: a person can have several.
    receipt=Receipt(
        "RMVerwerkingsverslag",
        partly_accepted=("incompleet",),
        lines=AnswerLines("refused", key=("bsn", "dossiernummer", "regeling"), per="regeling"),
    ),
    remarks=(
        "Indeling van bestand en verwerkingsverslag, afwijscodes en sluitingsdatum zijn niet openbaar en daarom"
        " aangenomen.",
    ),
)
