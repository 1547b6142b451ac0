"""Loonaangifte: the monthly wage-tax declaration over benefits, with corrections, to the Belastingdienst."""

from __future__ import annotations

from exchanges.core.declare import Calendar, Correction, Exchange, Flow, Message, Purpose
from exchanges.loonaangifte import rules, selection
from exchanges.loonaangifte.geld import LADDER
from exchanges.loonaangifte.receipt import RECEIPT
from exchanges.loonaangifte.totals import LOOSE_TOTALS, TOTALS

EXCHANGE = Exchange(
    id="loonaangifte",
    title="Loonaangifte over uitkeringen",
    partner="belastingdienst",
    direction="out",
    calendar=Calendar("0 6 5 * *", due="aangifte", beside=("losse_correctie",)),
    purpose=Purpose(
        "Wet op de loonbelasting 1964 art. 28; AWR art. 10 en 19",
        "aangifte en afdracht van loonheffingen over uitkeringen (Participatiewet, IOAW, IOAZ, Bbz)",
        "7 jaar na het kalenderjaar",
    ),
    flows={
        "aangifte": Flow(
            Message(
                "Loonaangifte",
                "loonaangifte-{gemeente}-{periode}-{volgnr:04d}.xml",
                record=("inkomstenverhouding", "inkomstenverhoudingen"),
            ),
            selection.DECLARATION,
            rules.DECLARATION,
            TOTALS,
            whole=True,
            may_be_empty=True,
            ladder=LADDER,
            facts="exchanges.loonaangifte.geld:facts",
            # Afterwards a period is corrected in the return of a later one, or by a separate correction.
            corrections=(
                Correction(
                    "vervanging",
                    "bestand",
                    "Een nieuwe volledige aangifte vóór de uiterste datum komt in de plaats van de vorige; daarna gaat"
                    " een correctie mee met een volgende aangifte.",
                    "loonaangifte C-1, C-2",
                    "secondary",
                    until_due=True,
                ),
            ),
        ),
        "losse_correctie": Flow(
            Message(
                "LoonaangifteCorrectie",
                "loonaangifte-correctie-{gemeente}-{periode}-{volgnr:04d}.xml",
                record=("correctie", "correcties"),
            ),
            selection.LOOSE,
            rules.LOOSE,
            LOOSE_TOTALS,
            whole=True,
            nothing="Er is niets te corrigeren: wat de Belastingdienst heeft ontvangen, is wat nu is geadministreerd."
            " Er is niets verzonden.",
        ),
    },
    method="aangifte",
    receipt=RECEIPT,
    remarks=(
        "Percentages van het bijstandstarief en de herrekening zijn afgeleid en niet officieel bevestigd (O-2).",
        "Kanaal, bestandsnaam en antwoorden zijn een voorstel: de kenmerken van Digipoort zijn niet openbaar (O-8).",
    ),
)
