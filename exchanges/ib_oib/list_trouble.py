"""What can be wrong with a list of OIB: code, severity, and what is said to people. Never a value of the file."""

from __future__ import annotations

from dataclasses import dataclass

from exchanges.core.findings import finding
from exchanges.ib_oib.list_layout import TABLE


@dataclass(frozen=True)
class Said:
    severity: str
    text: str
    action: str
    source: str = "ib-signalen 6.4"


_AGAIN = "Vraag het bestand opnieuw op bij het IB; dit bestand is apart gezet."
_SUPPLIER = "Vraag de leverancier of de beheerder de indeling bij te werken, en bied het bestand dan opnieuw aan."
_AS_IT_CAME = ("Bied het bestand aan zoals het van het IB kwam, niet opgeslagen vanuit een spreadsheet: ook andere "
               "nummers kunnen een nul kwijt zijn.")
_ROW = "Zoek de regel op in het bestand, vraag het IB om herstel, en bied het bestand opnieuw aan."
_BY_HAND = "Bepaal het bedrag met de hand, en vraag zo nodig het IB om uitleg."
_PROOF = "ib-signalen 6.5, R-OIB 4"

# About the file: it is refused, and nothing of it is read.
NO_CSV, MESSAGE = "OIB-LS-CSV", "OIB-LS-BERICHT"
UNKNOWN_COLUMN, MISSING_COLUMN, TWICE = "OIB-LS-KOLOM-ONBEKEND", "OIB-LS-KOLOM-ONTBREEKT", "OIB-LS-KOLOM-DUBBEL"
GEMEENTE, ZERO, MONTH, SWALLOWED = "OIB-LS-GEMEENTE", "OIB-LS-NUL", "OIB-LS-MAAND", "OIB-LS-REGELS-KWIJT"
# About a line: it is set apart.
RAGGED, UNREADABLE, REQUIRED, BSN = "OIB-LS-REGEL", "OIB-LS-WAARDE", "OIB-LS-VERPLICHT", "OIB-LS-BSN"
CLASS, ORDER = "OIB-LS-KLASSE", "OIB-LS-PERIODE"
# About a line that is read all the same.
LABEL, EMPTY = "OIB-LS-LABEL", "OIB-LS-GEEN"
FORMULA, PARTS, TERM, UNEXPECTED = "OIB-NET-FORMULE", "OIB-NET-DELEN", "OIB-NET-TERM", "OIB-NET-ONVERWACHT"

WORDS: dict[str, Said] = {
    NO_CSV: Said("error", "Het bestand is niet als CSV te lezen.", _AGAIN),
    MESSAGE: Said("error", "Dit is geen lijst van de dienst OIB.", "Controleer of het juiste bestand is gekozen."),
    UNKNOWN_COLUMN: Said("error", "Het bestand heeft een kolom die niet bij de lijst hoort.", _SUPPLIER),
    MISSING_COLUMN: Said("error", "Het bestand mist een kolom.", _SUPPLIER),
    TWICE: Said("error", "Het bestand heeft een kolom dubbel.", _AGAIN),
    GEMEENTE: Said("error", "Het bestand heeft regels van een andere gemeente. Dit kan een datalek zijn.",
                   "Lees het bestand niet en meld dit bij de functionaris gegevensbescherming en het IB."),
    ZERO: Said("error", "In het bestand staat de gemeentecode zonder de nul waarmee zij begint; een spreadsheet laat "
               "die weg.", _AS_IT_CAME),
    MONTH: Said("error", "Het bestand heeft regels van een andere maand dan gevraagd.",
                "Kies de maand van het bestand, of haal het bestand van de gevraagde maand op."),
    SWALLOWED: Said("error", "In een waarde staan hele regels: twee aanhalingstekens ontbreken, en hoeveel regels er "
                    "zijn is niet te zeggen.", _AGAIN),
    RAGGED: Said("error", "De regel is niet te lezen: er zijn te veel of te weinig kolommen, of een aanhalingsteken "
                 "ontbreekt.", _ROW),
    UNREADABLE: Said("error", "Een waarde is niet te lezen.", _ROW),
    REQUIRED: Said("error", "Een verplichte waarde ontbreekt.", _ROW),
    BSN: Said("error", "Het burgerservicenummer is niet geldig.", _ROW),
    CLASS: Said("error", "De regel heeft niet precies één klasse, zoals nieuwe of gecorrigeerde loonperiode.", _ROW,
                "ib-signalen 6.3"),
    ORDER: Said("error", "De periode eindigt voordat zij begint.", _ROW),
    LABEL: Said("warning", "De regel heeft een informatielabel dat niet bekend is; het is bewaard.",
                "Vraag het IB wat het label betekent, en laat het toevoegen aan labels.csv.", "ib-signalen 6.1"),
    EMPTY: Said("warning", "De lijst heeft geen regels.", "Ga na of dat klopt voor deze maand."),
    FORMULA: Said("warning", "Het netto bedrag in de lijst wijkt meer dan 1 cent af van de formule van het IB.",
                  _BY_HAND, _PROOF),
    PARTS: Said("warning", "Normaal en bijzonder tarief zijn samen niet gelijk aan het totaal.", _BY_HAND, _PROOF),
    TERM: Said("warning", "De berekening is volgens de lijst volledig, maar een bedrag van de formule ontbreekt.",
               _BY_HAND, _PROOF),
    UNEXPECTED: Said("warning", "De lijst geeft een netto bedrag bij een berekening die niet volledig is.", _BY_HAND,
                     "ib-signalen 6.4"),
}  # fmt: skip


def said(code: str, more: str = "", *, field: str = "", record: str | None = None,
         line: int | None = None) -> dict[str, object]:
    """One finding. ``more`` is added to the text and may hold names of columns, never a value."""
    words = WORDS[code]
    return finding(code, words.severity, f"{words.text} {more}".strip(), action=words.action, source=words.source,
                   path=field, table=TABLE, record=record, line=line)  # fmt: skip
