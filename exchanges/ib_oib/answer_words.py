"""What is said to people of answers of UWV of which nothing could be concluded.

Standard library only: declarations read this.
"""

from __future__ import annotations

from typing import NamedTuple


class Said(NamedTuple):
    severity: str
    text: str
    action: str


_ASK = "Vraag het antwoord voor deze persoon opnieuw op; tot dan blijft wat de vorige keer bekend was."

INDEX, EMPTY = "OIB-VRAGEN", "OIB-LEEG"
FAULT, SILENT, OTHER = "OIB-FOUT", "OIB-GEEN-ANTWOORD", "OIB-ANDERE-PERSOON"
NOT_IN_FILE = "OIB-NIET-BEVRAAGD"
STRAY, TWICE, NAMELESS, UNREADABLE = "OIB-ONGEVRAAGD", "OIB-DUBBEL", "OIB-ZONDER-PERSOON", "OIB-ONLEESBAAR"

WORDS: dict[str, Said] = {
    INDEX: Said("blocker", "De lijst met vragen in het archief (vragen.csv) is niet te lezen zoals afgesproken.",
                "Maak het archief opnieuw, met antwoord, bsn en uitkomst per vraag."),
    EMPTY: Said("blocker", "In het archief staat geen enkel antwoord.", "Vraag de antwoorden opnieuw op."),
    FAULT: Said("warning", "UWV antwoordt voor deze persoon met een fout; er is geen conclusie.", _ASK),
    SILENT: Said("warning", "Op de vraag over deze persoon is geen antwoord gekomen; er is geen conclusie.", _ASK),
    UNREADABLE: Said("warning", "Het antwoord over deze persoon is niet te lezen; er is geen conclusie.", _ASK),
    NOT_IN_FILE: Said("warning", "Deze persoon is aangeleverd, maar in het bestand staat geen vraag over hem of haar.",
                      "Vraag UWV alsnog naar deze persoon; tot dan blijft wat de vorige keer bekend was."),
    OTHER: Said("error", "Het antwoord is over een andere persoon dan is gevraagd. Dit kan een datalek zijn.",
                "Gebruik het antwoord niet en meld dit bij de functionaris gegevensbescherming en UWV."),
    STRAY: Said("error", "Er is een antwoord over iemand over wie niets is gevraagd.",
                "Ga na waar het antwoord vandaan komt; het is niet gebruikt."),
    TWICE: Said("error", "Over deze persoon zijn er meer antwoorden; er is geen conclusie.", _ASK),
    NAMELESS: Said("error", "Een antwoord zonder gegevens noemt geen persoon, en de lijst met vragen ontbreekt.",
                   "Lever het archief met vragen.csv; dit antwoord is apart gezet."),
}  # fmt: skip
