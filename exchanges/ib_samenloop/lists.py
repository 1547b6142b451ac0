"""The signal lists: a sheet per kind, the criminal-justice ones apart (spec ib-signalen 5, SEC-21)."""

from __future__ import annotations

from exchanges.core.declare import Certainty
from exchanges.core.lists.declare import Column, Kind, Sheet, SignalList
from exchanges.ib_samenloop.kinds import Field, common, kinds, restricted

# How a type of the mapping is shown.
_KINDS: dict[str, Kind] = {
    "code": "code", "tekst": "tekst", "bsn": "bsn", "dag": "datum", "datum": "deeldatum", "maand": "code",
    "jaar": "jaar", "bedrag": "bedrag", "getal": "getal", "jn": "janee", "lijst": "tekst",
}  # fmt: skip
# The order in which somebody who works through the list needs them; the others follow.
_FIRST = ("bsn", "dossiernummer", "signaalnummer", "datum_signaal")
# A tab has room for 26 characters.
_TABS = {"HOU": "Hogeschool of universiteit", "BX1R": "Box 1 overig resultaat"}
_SHORT = ("bsn", "iban", "ikv")  # words of which every letter is a capital
_ON_THE_SHEET = "signaaltype"  # a sheet has one kind


def signal_list() -> SignalList:
    """One sheet per kind, in the order of the mapping."""
    term = min(kinds()[code].keep_months for code in restricted())
    return SignalList(
        title="Samenloopsignalen",
        sheets=tuple(
            Sheet(
                kind.table,
                _TABS.get(kind.code, kind.title),
                (*_common(), *(_column(field) for field in kind.content)),
                sort=("bsn", "signaalnummer"),
                kinds=(kind.code,),
            )
            for kind in kinds().values()
        ),
        restricted=tuple(kinds()[code].table for code in restricted()),
        kind="signaaltype",
        retention="Tot het einde van de afhandeling, en daarna de termijn van de soort (aanname).",
        restricted_retention=f"Tot het einde van de afhandeling, en daarna {term} maanden"
        " (aanname).",
    )


def _common() -> tuple[Column, ...]:
    shown = [field for field in common() if field.name != _ON_THE_SHEET]
    place = {name: number for number, name in enumerate(_FIRST)}
    return tuple(_column(field) for field in sorted(shown, key=lambda field: place.get(field.name, len(_FIRST))))


def _column(field: Field) -> Column:
    width = {"tekst": 30, "bsn": 12, "bedrag": 14, "dag": 18}.get(field.type, 16)
    if field.name == "iban":  # what does not fit is cut off by the cell beside it
        width = 24
    heading = _heading(field.name)
    certainty: Certainty = field.certainty  # type: ignore[assignment]
    return Column(field.name, heading, _KINDS[field.type], max(width, len(heading) + 3), certainty)


def _heading(name: str) -> str:
    words = name[:1].upper() + name[1:].replace("_", " ")
    return " ".join(word.upper() if word.lower() in _SHORT else word for word in words.split(" "))
