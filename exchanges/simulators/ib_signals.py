"""The Inlichtingenbureau, simulated: monthly files of samenloop signals, CSV or XML, as a layout says.

The layout is that of ``mappings/IBSamenloop``: it is the agreement, and the only thing shared with who reads the file.
``Signals`` remembers what it has told, so that numbers go on from month to month; the same seed gives the same files.
Wrong things are made by the functions below it, one each, from the text of a good file.
"""

from __future__ import annotations

import csv
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache
from pathlib import Path
from xml.sax.saxutils import escape

from exchanges.core.data import data_dir
from exchanges.core.period import Period

VERSIONS = ("07", "08", "09")
KINDS = {  # code -> where it comes from
    "INK": "UWV", "STF": "DUO", "HOU": "DUO", "HFK": "BD", "VRT": "RDW", "VRM": "BD", "BRN": "BD", "DET": "DJI",
    "VVV": "CJIB", "UAG": "GEMEENTE", "KSD": "BRP", "BX1Z": "BD", "BX1A": "BD", "BX1R": "BD", "BX3P": "BD",
    "BX3S": "BD",
}
NAMES = ("Café De Zon", "Jansen & Zonen", "Stichting 't Huis", "Bakkerij Öztürk", "Uitzendbureau \"Snel\"")
_TEXTS = {
    "naam_instantie": NAMES, "merk": ("VOLKSWAGEN", "CITROËN", "OPEL"), "bank": ("Voorbeeldbank",),
    "bankproduct": ("Spaarrekening", "Betaalrekening"), "instelling": ("Hogeschool Oost", "Universiteit Noord"),
    "opleiding": ("Rechten",), "soort_voertuig": ("Personenauto",),
}
_CODES = {"soort_inkomen": ("LOON", "UITKERING", "PENSIOEN"), "loonheffingennummer": ("001000275L01",),
          "kenteken": ("G001BB", "0AAA12"), "andere_gemeente": ("0014", "0363"), "regeling": ("PW", "IOAW"),
          "land": ("6029",), "wijziging": ("VERHUIZING",), "soort_financiering": ("WSF",), "soort_korting": ("AHK",)}
# What an XML has for the account of a BSN that could not be verified.
_NOT_KNOWN: dict[str, object] = {"iban": "N.v.t.", "bankproduct": "N.v.t.", "saldo": 0, "rente": 0}


@dataclass(frozen=True)
class Place:
    """A field in the layout."""

    name: str
    kind: str
    type: str
    csv: str
    csv_notation: str
    xml: str
    xml_notation: str


@dataclass
class Signal:
    """What IB knows. ``content`` holds days, jjjjmmdd integers, whole cents, numbers, truth and text; empty: the bank
    fields of a BSN that could not be verified."""

    number: str
    kind: str
    bsn: str
    day: date
    values: dict[str, object] = field(default_factory=dict)
    content: dict[str, object] = field(default_factory=dict)

    @property
    def unverified(self) -> bool:
        return self.kind == "VRM" and not self.content


class Signals:
    """IB for one gemeente. ``bsns`` are the persons it was asked about."""

    def __init__(self, seed: int, gemeente: str, bsns: Sequence[str]) -> None:
        self._draw = random.Random(f"{seed} {gemeente}")
        self.gemeente, self.bsns = gemeente, list(bsns)
        self._number = 0

    def month(self, period: Period, count: int, *, kinds: Sequence[str] = tuple(KINDS),
              unverified: bool = True) -> list[Signal]:
        """``count`` signals, the kinds in turn; every other VRM of a BSN that could not be verified."""
        return [self._signal(period, kinds[place % len(kinds)], unverified and place // len(kinds) % 2 == 1)
                for place in range(count)]

    def _signal(self, period: Period, kind: str, unknown: bool) -> Signal:
        self._number += 1
        draw = self._draw
        day = period.start + timedelta(days=draw.randrange(28))
        one = Signal(f"S{self._number:09d}A", kind, draw.choice(self.bsns), day)
        one.values = {"dossiernummer": f"{draw.randrange(10**6):08d}", "periode_begin": day - timedelta(days=40),
                      "periode_einde": day if draw.random() < 0.5 else None, "bron": KINDS[kind]}
        if kind in ("VRM", "BRN") or kind.startswith("BX"):
            one.values["belastingjaar"] = period.year - 1
        if kind == "VRT" and draw.random() < 0.5:
            one.values["labels"] = "MEERDERE_VOERTUIGEN,DUUR_MERK"
        if kind == "VRM":
            one.values["bsn_geverifieerd"] = not unknown
        if not (kind == "VRM" and unknown):
            one.content = {place.name: self._value(place, one) for place in layout("09") if place.kind == kind}
        return one

    def _value(self, place: Place, one: Signal) -> object:
        draw = self._draw
        if place.type == "bedrag":
            return draw.choice((0, 5, 123_456_789, draw.randrange(10**7), -draw.randrange(10**5)))
        if place.type == "dag":
            return one.day - timedelta(days=draw.randrange(30)) if "einde" not in place.name else None
        if place.type == "datum":
            return draw.choice((20190100, 20180000, 20200131))
        if place.type == "getal":
            return draw.randrange(1, 9)
        if place.type == "jn":
            return draw.random() < 0.5
        if place.type == "bsn":
            return draw.choice(self.bsns)
        if place.name == "iban":
            return f"NL20INGB{draw.randrange(10**10):010d}"
        return draw.choice(_TEXTS.get(place.name) or _CODES[place.name])

    def write(self, folder: Path, period: Period, signals: Sequence[Signal], version: str, form: str, *,
              published: date | None = None, delivery: str = "L2026000001") -> Path:
        """The file as IB would publish it; to version 07 it does not write what could not be verified."""
        if version == "07":
            signals = [one for one in signals if not one.unverified]
        whole: dict[str, object] = {
            "formaatversie": version, "gemeentecode": self.gemeente, "rapportagemaand": str(period),
            "publicatiedatum": published or period.shift(1).start + timedelta(days=9), "leveringsnummer": delivery,
            "aantal_signalen": len(signals),
        }
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"RM_SIGNALEN_{self.gemeente}_{period}_{version}.{form}"
        (_csv if form == "csv" else _xml)(path, version, whole, signals)
        return path


@cache
def layout(version: str) -> tuple[Place, ...]:
    """The fields of one version, in the order of its columns."""
    top = data_dir("mappings") / "IBSamenloop"
    with (top / "velden.csv").open(encoding="utf-8", newline="") as file:
        types = {(row["veld"], row["soort"]): row["type"].partition("(")[0]
                 for row in csv.DictReader(file, delimiter=";")}
    with (top / version / "layout.csv").open(encoding="utf-8", newline="") as file:
        return tuple(Place(row["veld"], row["soort"], types[row["veld"], row["soort"]], row["csv"], row["csv_notatie"],
                      row["xml"], row["xml_notatie"]) for row in csv.DictReader(file, delimiter=";"))


def _known(one: Signal, place: Place, whole: dict[str, object]) -> object:
    if place.kind == "bestand":
        return whole[place.name]
    if place.kind:
        return one.content.get(place.name) if place.kind == one.kind else None
    own = {"signaalnummer": one.number, "signaaltype": one.kind, "bsn": one.bsn, "datum_signaal": one.day}
    return own.get(place.name, one.values.get(place.name))


def written(value: object, notation: str) -> str:
    """A value in the notation of the layout."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "J" if value else "N"
    if isinstance(value, date):
        return {"jjjjmmdd": value.strftime("%Y%m%d"), "d-m-jjjj": f"{value.day}-{value.month}-{value.year}",
                "jjjj-mm-dd": value.isoformat()}[notation]
    if notation in ("komma", "punt"):
        assert isinstance(value, int)
        sign, euros, cents = "-" if value < 0 else "", *divmod(abs(value), 100)
        return f"{sign}{euros}{',' if notation == 'komma' else '.'}{cents:02d}"
    return str(value).replace("-", "") if notation == "jjjjmm" else str(value)


def _csv(path: Path, version: str, whole: dict[str, object], signals: Sequence[Signal]) -> None:
    places = [place for place in layout(version) if place.csv]
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.writer(file, delimiter=";", lineterminator="\r\n")
        out.writerow([place.csv for place in places])
        out.writerows([written(_known(one, place, whole), place.csv_notation) for place in places] for one in signals)


def _xml(path: Path, version: str, whole: dict[str, object], signals: Sequence[Signal]) -> None:
    places = layout(version)
    groups = {kind: [place for place in places if place.kind == kind] for kind in KINDS}
    common = [place for place in places if not place.kind]
    with path.open("w", encoding="utf-8") as file:
        file.write(f'<?xml version="1.0" encoding="UTF-8"?>\n<Signaalbestand '
                   f'xmlns="urn:ketensluis:aanname:ib-samenloop:v{version}">\n<Kop>')
        file.write("".join(_element(place, whole[place.name]) for place in places if place.kind == "bestand"))
        file.write("</Kop>\n")
        for one in signals:
            told = _NOT_KNOWN if one.unverified else one.content
            group = groups[one.kind][0].xml.split("/")[1]
            inner = "".join(_element(place, told.get(place.name), bare=one.unverified) for place in groups[one.kind])
            file.write(f"<Signaal>{''.join(_element(place, _known(one, place, whole)) for place in common)}"
                       f"<{group}>{inner}</{group}></Signaal>\n")
        file.write("</Signaalbestand>\n")


def _element(place: Place, value: object, *, bare: bool = False) -> str:
    """``bare``: zeros as IB writes them for what it does not know, without decimals."""
    name = place.xml.rpartition("/")[2]
    text = "0" if bare and value == 0 else written(value, place.xml_notation)
    return f"<{name}>{escape(text)}</{name}>" if text else ""


def with_unknown_column(path: Path) -> None:
    """A column, or an element, that the layout does not have."""
    if path.suffix == ".xml":
        _replace(path, "</Signaalnummer>", "</Signaalnummer><Risicoscore>5</Risicoscore>")
        return
    rows = path.read_text(encoding="utf-8").splitlines()
    _lines(path, [f"{row};{'Risicoscore' if number == 0 else '5'}" for number, row in enumerate(rows)])


def with_bad_line(path: Path) -> None:
    """The first signal has a day that does not exist; in a CSV the last row is cut off as well."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".xml":
        begin = text.index("<DatumSignaal>") + len("<DatumSignaal>")
        path.write_text(f"{text[:begin]}2026-02-30{text[begin + 10:]}", encoding="utf-8")
        return
    rows = text.splitlines()
    names, cells = rows[0].split(";"), next(csv.reader([rows[1]], delimiter=";"))
    cells[names.index("Datum signaal")] = "20260230"
    rows[1] = ";".join(f'"{cell}"' if '"' not in cell else '"' + cell.replace('"', '""') + '"' for cell in cells)
    rows[-1] = ";".join(rows[-1].split(";")[:9])
    _lines(path, rows)


def with_other_version(path: Path, version: str = "10") -> None:
    """The next version, of which nobody was told."""
    text = path.read_text(encoding="utf-8")
    if path.suffix == ".xml":
        own = path.stem[-2:]
        path.write_text(text.replace(f":v{own}", f":v{version}").replace(
            f"<Formaatversie>{own}<", f"<Formaatversie>{version}<"), encoding="utf-8")
        return
    rows = text.splitlines()
    _lines(path, [f"{rows[0]};Nieuw veld", *(f"{version}{row[2:]};x" for row in rows[1:])])


def _replace(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text(encoding="utf-8").replace(old, new, 1), encoding="utf-8")


def _lines(path: Path, rows: Sequence[str]) -> None:
    path.write_text("".join(f"{row}\r\n" for row in rows), encoding="utf-8", newline="")
