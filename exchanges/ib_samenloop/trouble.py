"""What can be wrong with a file of signals: code, severity, and what is said to people. Never a value of the file."""

from __future__ import annotations

from dataclasses import dataclass

from exchanges.core.findings import finding

SOURCE = "ib-signalen 5"


@dataclass(frozen=True)
class Said:
    severity: str
    text: str
    action: str


_AGAIN = "Vraag het bestand opnieuw op bij het IB; dit bestand is apart gezet."
_SUPPLIER = "Vraag de leverancier of de beheerder de indeling bij te werken, en bied het bestand dan opnieuw aan."
_AS_IT_CAME = ("Bied het bestand aan zoals het van het IB kwam, niet opgeslagen vanuit een spreadsheet: ook andere "
               "nummers kunnen een nul kwijt zijn.")
_ROW = "Zoek de regel op in het bestand, vraag het IB om herstel, en bied het bestand opnieuw aan."

# About the file: it is refused, and nothing of it is read.
SIZE, EMPTY, PACKED, NO_CSV = "IB-SL-GROOT", "IB-SL-LEEG", "IB-SL-INGEPAKT", "IB-SL-CSV"
MESSAGE, VERSION = "IB-SL-BERICHT", "IB-SL-VERSIE"
UNKNOWN_COLUMN, MISSING_COLUMN, TWICE = "IB-SL-KOLOM-ONBEKEND", "IB-SL-KOLOM-ONTBREEKT", "IB-SL-KOLOM-DUBBEL"
GEMEENTE, ZERO, PERIOD, HEAD, COUNT = "IB-SL-GEMEENTE", "IB-SL-NUL", "IB-SL-MAAND", "IB-SL-KOP", "IB-SL-AANTAL"
# About a row: it is set apart.
RAGGED, UNREADABLE, REQUIRED, BSN = "IB-SL-REGEL", "IB-SL-WAARDE", "IB-SL-VERPLICHT", "IB-SL-BSN"
KIND, CONTENT, ORDER = "IB-SL-SOORT", "IB-SL-INHOUD", "IB-SL-PERIODE"
UNVERIFIED, DUPLICATE = "IB-SL-VERIFICATIE", "IB-SL-DUBBEL"
# About a row that is read all the same.
ORIGIN, NO_SIGNALS = "IB-SL-BRON", "IB-SL-GEEN"

WORDS: dict[str, Said] = {
    SIZE: Said("error", "Het bestand is te groot.", _AGAIN),
    EMPTY: Said("error", "Het bestand is leeg.", _AGAIN),
    PACKED: Said("error", "Het bestand is ingepakt of van een andere soort; het is geen CSV en geen XML.",
                 "Pak het bestand uit en bied het opnieuw aan."),
    NO_CSV: Said("error", "Het bestand is niet als CSV te lezen.", _AGAIN),
    MESSAGE: Said("error", "Dit is geen bestand met samenloopsignalen.",
                  "Controleer of het juiste bestand is gekozen."),
    VERSION: Said("error", "De formaatversie is niet bekend of past niet bij de indeling; gelezen worden 07, 08 en 09.",
                  _SUPPLIER),
    UNKNOWN_COLUMN: Said("error", "Het bestand heeft een kolom of element dat niet bij deze formaatversie hoort.",
                         _SUPPLIER),
    MISSING_COLUMN: Said("error", "Het bestand mist een kolom van deze formaatversie.", _SUPPLIER),
    TWICE: Said("error", "Het bestand heeft een kolom dubbel.", _AGAIN),
    GEMEENTE: Said("error", "Het bestand heeft signalen van een andere gemeente. Dit kan een datalek zijn.",
                   "Lees het bestand niet en meld dit bij de functionaris gegevensbescherming en het IB."),
    ZERO: Said("error", "In het bestand staat de gemeentecode zonder de nul waarmee zij begint; een spreadsheet laat "
               "die weg.", _AS_IT_CAME),
    PERIOD: Said("error", "Het bestand is van een andere maand dan gevraagd.",
                 "Kies de maand van het bestand, of haal het bestand van de gevraagde maand op."),
    HEAD: Said("error", "Een gegeven over het hele bestand ontbreekt, is niet te lezen of is niet overal gelijk.",
               _AGAIN),
    COUNT: Said("error", "Het aantal signalen is anders dan in de kop van het bestand staat.", _AGAIN),
    RAGGED: Said("error", "De regel is niet te lezen: er zijn te veel of te weinig kolommen, of een aanhalingsteken "
                 "ontbreekt.", _ROW),
    UNREADABLE: Said("error", "Een waarde is niet te lezen.", _ROW),
    REQUIRED: Said("error", "Een verplichte waarde ontbreekt.", _ROW),
    BSN: Said("error", "Het burgerservicenummer is niet geldig.", _ROW),
    KIND: Said("error", "De soort signaal is niet bekend.", _SUPPLIER),
    CONTENT: Said("error", "Het signaal heeft gegevens van een andere soort signaal.", _ROW),
    ORDER: Said("error", "De periode eindigt voordat zij begint.", _ROW),
    UNVERIFIED: Said("error", "De bankgegevens passen niet bij de melding of het burgerservicenummer is vastgesteld.",
                     _ROW),
    DUPLICATE: Said("error", "Het signaalnummer komt meer dan een keer voor; de eerste regel geldt, deze is apart "
                    "gezet.", "Vraag het IB welke regel geldt."),
    ORIGIN: Said("warning", "De bron van het signaal is niet de bron die bij deze soort hoort.",
                 "Controleer het signaal; het is wel gelezen."),
    NO_SIGNALS: Said("warning", "Het bestand heeft geen signalen.", "Ga na of dat klopt voor deze maand."),
}


def said(code: str, more: str = "", *, field: str = "", record: str | None = None,
         line: int | None = None) -> dict[str, object]:
    """One finding. ``more`` is added to the text and may hold names of columns, never a value."""
    words = WORDS[code]
    return finding(code, words.severity, f"{words.text} {more}".strip(), action=words.action, source=SOURCE, path=field,
                   table="signaal", record=record, line=line)
