"""How the Belastingdienst answers: phases of acceptance and kinds of trouble (spec loonaangifte, section 11).

That there are these phases is known; the form of the answers is assumed (schema DigipoortStatus).
"""

from __future__ import annotations

from exchanges.core.declare import AnswerLines, Phase, Receipt, Trouble

HOURS = 72

RECEIPT = Receipt(
    "DigipoortStatus",
    answer_within_seconds=HOURS * 3600,
    file_name="{stem}.fase{fase}.xml",
    status="status",
    accepted=("akkoord", "akkoord_met_meldingen"),
    partly_accepted=(),
    rejected=("afgekeurd",),
    busy=("in_behandeling",),
    echoes=(("bestandsnaam", "file_name"), ("sha256", "sha256"), ("id_ber", "kop.id_ber")),
    counts=None,
    lines=AnswerLines("remarks", key=("bsn", "num_iv"), tables=("ikv", "correctie_ikv", "intrekking")),
    phases=(
        Phase("0", "Ontvangst (fase 0)"),
        Phase("1", "Validatie (fase 1)"),
        Phase("2", "Consistentie (fase 2)"),
        Phase("3", "Vergelijking (fase 3)", later=True),
    ),
    thread="aanleverkenmerk",
    kind="foutklasse",
    troubles=(
        Trouble(
            "", "LH-AFGEKEURD", "De Belastingdienst heeft de aangifte afgekeurd",
            "Herstel de oorzaak en lever opnieuw, onder een nieuw berichtkenmerk, voor de uiterste datum.",
        ),
        Trouble(
            "T", "LH-T", "Storing in het transport: er is nog geen aangifte gedaan",
            "Dezelfde aangifte gaat vanzelf opnieuw. Blijft het fout gaan, controleer dan certificaat en kanaal.",
            resend=True,
        ),
        Trouble(
            "X", "LH-X", "De aangifte past niet in het schema: er is geen aangifte gedaan",
            "Laat de beheerder de omzetting herstellen en lever opnieuw, onder een nieuw berichtkenmerk, voor de "
            "uiterste datum.",
        ),
        Trouble(
            "C", "LH-C", "De aangifte klopt in zichzelf niet en is als geheel geweigerd: er is geen aangifte gedaan",
            "Herstel de gegevens en doe een nieuwe volledige aangifte, onder een nieuw berichtkenmerk, voor de "
            "uiterste datum.",
        ),
        Trouble(
            "W", "LH-W", "De aangifte is geaccepteerd, met foutmeldingen over personen",
            "Herstel de gegevens van deze inkomstenverhoudingen; de correctie gaat mee met de volgende aangifte.",
        ),
    ),
    silence=Trouble(
        "", "LH-N", f"Geen antwoord na {HOURS} uur",
        "Vraag de status op bij Digipoort, en bied niets opnieuw aan voordat zeker is dat er geen ontvangst is.",
    ),
)
