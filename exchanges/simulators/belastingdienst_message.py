"""A loonaangifte as a stream of what the Belastingdienst looks at. Amounts are cents; totals are whole euros."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

from lxml import etree

from exchanges.simulators.reading import forget, parse

NAMESPACE = "http://xml.belastingdienst.nl/schemas/Loonaangifte/{}/01"

# Collective total and the amount per inkomstenverhouding it is the sum of (control total CT-1 of the spec).
PAIRS = {
    "TotLnLbPh": "LnLbPh",
    "TotLnSV": "LnSV",
    "TotPrlnAofAnwLg": "PrlnAofAnwLg",
    "TotPrlnAofAnwHg": "PrlnAofAnwHg",
    "TotPrlnAofAnwUit": "PrlnAofAnwUit",
    "TotPrlnWhkAnw": "PrlnWhkAnw",
    "TotPrlnAwfAnwLg": "PrlnAwfAnwLg",
    "TotPrlnAwfAnwHg": "PrlnAwfAnwHg",
    "TotPrlnAwfAnwHz": "PrlnAwfAnwHz",
    "TotPrlnAwfAnwUit": "PrlnAwfAnwUit",
    "PrLnUFO": "PrLnUfo",
    "IngLbPh": "IngLbPh",
    "TotPrAofLg": "PrAofLg",
    "TotPrAofHg": "PrAofHg",
    "TotPrAofUit": "PrAofUit",
    "TotOpslWko": "OpslWko",
    "TotPrGediffWhk": "PrGediffWhk",
    "TotPrAwfLg": "PrAwfLg",
    "TotPrAwfHg": "PrAwfHg",
    "TotPrAwfHz": "PrAwfHz",
    "TotPrAwfUit": "PrAwfUit",
    "PrUFO": "PrUFO",
    "IngBijdrZvw": "BijdrZvw",
    "TotWghZvw": "WghZvw",
}
AMOUNTS = tuple(PAIRS.values())
Tijdvak = tuple[date, date]


@dataclass(frozen=True)
class Head:
    """``Bericht/IdBer``."""

    id_ber: str


@dataclass(frozen=True)
class Unit:
    """``AdministratieveEenheid/LhNr``."""

    lh_nr: str


@dataclass(frozen=True)
class Part:
    """One tijdvak of the message. ``kind``: ``volledig``, ``aanvullend`` or ``correctie``."""

    kind: str
    tijdvak: Tijdvak
    totals: dict[str, int]
    saldi: list[tuple[Tijdvak, int]] = field(default_factory=list)
    tot_gen: int | None = None


@dataclass(frozen=True)
class Ikv:
    """One inkomstenverhouding of the part before it. ``amounts`` by place in AMOUNTS, those that are not zero."""

    bsn: str
    pers_nr: str
    number: int
    amounts: dict[int, int]
    named: bool
    born: bool
    addressed: bool
    start: date
    end: date | None


@dataclass(frozen=True)
class Withdrawal:
    bsn: str
    pers_nr: str
    number: int


def read_message(path: Path, namespace: str) -> Iterator[Head | Unit | Part | Ikv | Withdrawal]:
    """In file order. The file must have passed its schema. Raises etree.XMLSyntaxError."""
    q = f"{{{namespace}}}"
    names = ("IdBer", "LhNr", "CollectieveAangifte", "InkomstenverhoudingInitieel", "InkomstenverhoudingIntrekking")
    for _, element in parse(path, ("end",), tag=[q + name for name in names]):
        match etree.QName(element).localname:
            case "IdBer":
                yield Head(element.text or "")
            case "LhNr":
                yield Unit(element.text or "")
            case "CollectieveAangifte":
                yield _part(element, q)
            case "InkomstenverhoudingInitieel":
                yield _ikv(element, q)
                forget(element)
            case _:
                yield Withdrawal(*_key(element, q), int(element.findtext(q + "NumIV")))
                forget(element)


def _part(collective: Any, q: str) -> Part:
    parent = collective.getparent()
    kind = {"VolledigeAangifte": "volledig", "AanvullendeAangifte": "aanvullend"}.get(
        etree.QName(parent).localname, "correctie"
    )
    place = parent if kind == "correctie" else parent.getparent()
    totals, saldi, tot_gen = {}, [], None
    for child in collective:
        name = etree.QName(child).localname
        if name == "SaldoCorrectiesVoorgaandTijdvak":
            saldi.append((_tijdvak(child, q), int(child.findtext(q + "Saldo"))))
        elif name == "TotGen":
            tot_gen = int(child.text)
        else:
            totals[name] = int(child.text)
    return Part(kind, _tijdvak(place, q), totals, saldi, tot_gen)


def _tijdvak(element: Any, q: str) -> Tijdvak:
    return _day(element.findtext(q + "DatAanvTv")), _day(element.findtext(q + "DatEindTv"))


def _ikv(element: Any, q: str) -> Ikv:
    person, data = element.find(q + "NatuurlijkPersoon"), element.find(q + "Werknemersgegevens")
    amounts = {}
    for place, name in enumerate(AMOUNTS):
        text = data.findtext(q + name)
        if text not in (None, "0.00", "0"):
            cents = int(Decimal(text) * 100)
            if cents:
                amounts[place] = cents
    end = element.findtext(q + "DatEind")
    return Ikv(
        person.findtext(q + "SofiNr") or "",
        element.findtext(q + "PersNr") or "",
        int(element.findtext(q + "NumIV")),
        amounts,
        bool(person.findtext(q + "SignNm")),
        bool(person.findtext(q + "Gebdat")),
        person.find(q + "AdresBinnenland") is not None or person.find(q + "AdresBuitenland") is not None,
        _day(element.findtext(q + "DatAanv")),
        _day(end) if end else None,
    )


def _key(element: Any, q: str) -> tuple[str, str]:
    return element.findtext(q + "SofiNr") or "", element.findtext(q + "PersNr") or ""


def _day(text: str) -> date:
    """A date as the schema lets it through; an offset is no part of a day."""
    return date.fromisoformat(text.strip()[:10])
