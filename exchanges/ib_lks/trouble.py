"""What can be wrong with a file of LKS signals: code, severity and what is said to people. Never a value of it."""

from __future__ import annotations

from dataclasses import dataclass

from exchanges.core.findings import finding

SOURCE = "ib-signalen 7"


@dataclass(frozen=True)
class Said:
    severity: str
    text: str
    action: str


_AGAIN = "Vraag het bestand opnieuw op bij het IB; dit bestand is apart gezet."
_SUPPLIER = "Vraag de beheerder de indeling bij te werken, en bied het bestand dan opnieuw aan."
_AS_IT_CAME = ("Bied het bestand aan zoals het van het IB kwam, niet opgeslagen vanuit een spreadsheet: ook andere "
               "nummers kunnen een nul kwijt zijn.")
_ROW = "Zoek de regel op in het bestand, vraag het IB om herstel, en bied het bestand opnieuw aan."

# About the file: it is refused, and nothing of it is read.
NO_CSV, MESSAGE, TWICE = "IB-LKS-CSV", "IB-LKS-BERICHT", "IB-LKS-KOLOM-DUBBEL"
UNKNOWN_COLUMN, MISSING_COLUMN = "IB-LKS-KOLOM-ONBEKEND", "IB-LKS-KOLOM-ONTBREEKT"
GEMEENTE, ZERO, PERIOD, PUBLISHED = "IB-LKS-GEMEENTE", "IB-LKS-NUL", "IB-LKS-MAAND", "IB-LKS-PUBLICATIE"
# About a row: it is set apart.
RAGGED, UNREADABLE, REQUIRED, BSN = "IB-LKS-REGEL", "IB-LKS-WAARDE", "IB-LKS-VERPLICHT", "IB-LKS-BSN"
KIND, ORDER = "IB-LKS-SOORT", "IB-LKS-PERIODE"
# Nothing was found in it.
NO_SIGNALS = "IB-LKS-GEEN"

WORDS: dict[str, Said] = {
    NO_CSV: Said("error", "Het bestand is niet als CSV te lezen.", _AGAIN),
    MESSAGE: Said("error", "Dit is geen bestand met LKS-signalen.", "Controleer of het juiste bestand is gekozen."),
    TWICE: Said("error", "Het bestand heeft een kolom dubbel.", _AGAIN),
    UNKNOWN_COLUMN: Said("error", "Het bestand heeft een kolom die niet is afgesproken.", _SUPPLIER),
    MISSING_COLUMN: Said("error", "Het bestand mist een kolom.", _SUPPLIER),
    GEMEENTE: Said("error", "Het bestand heeft signalen van een andere gemeente. Dit kan een datalek zijn.",
                   "Lees het bestand niet en meld dit bij de functionaris gegevensbescherming en het IB."),
    ZERO: Said("error", "In het bestand staat de gemeentecode zonder de nul waarmee zij begint; een spreadsheet laat "
               "die weg.", _AS_IT_CAME),
    PERIOD: Said("error", "De publicatiedatum ligt in een andere maand dan gevraagd.",
                 "Kies de maand van het bestand, of haal het bestand van de gevraagde maand op."),
    PUBLISHED: Said("error", "De publicatiedatum ontbreekt, is niet te lezen of is niet in elke regel gelijk.", _AGAIN),
    RAGGED: Said("error", "De regel is niet te lezen: er zijn te veel of te weinig kolommen, of een aanhalingsteken "
                 "ontbreekt.", _ROW),
    UNREADABLE: Said("error", "Een waarde is niet te lezen.", _ROW),
    REQUIRED: Said("error", "Een verplichte waarde ontbreekt.", _ROW),
    BSN: Said("error", "Het burgerservicenummer is niet geldig.", _ROW),
    KIND: Said("error", "De soort signaal is niet bekend.", _SUPPLIER),
    ORDER: Said("error", "De ziektewetuitkering eindigt voordat zij begint.", _ROW),
    NO_SIGNALS: Said("warning", "Het bestand heeft geen signalen.", "Ga na of dat klopt voor deze maand."),
}


def said(code: str, more: str = "", *, field: str = "", record: str | None = None,
         line: int | None = None) -> dict[str, object]:
    """One finding. ``more`` is added to the text and may hold names of columns, never a value."""
    words = WORDS[code]
    return finding(code, words.severity, f"{words.text} {more}".strip(), action=words.action, source=SOURCE, path=field,
                   table="signaal", record=record, line=line)
