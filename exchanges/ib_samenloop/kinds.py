"""The kinds of signals and their fields, from ``mappings/IBSamenloop/soorten.csv`` and ``velden.csv``.

The names of the twelve information products are known; codes, fields and terms are assumed (spec ib-signalen section
5), which is why they are data. Standard library only: declarations read this.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from exchanges.core.data import data_dir
from exchanges.core.errors import MappingError

MESSAGE = "IBSamenloop"
PER_FILE = "bestand"   # ``soort`` of the fields that are the same for all signals of a file
TYPES = ("code", "tekst", "bsn", "dag", "datum", "maand", "jaar", "bedrag", "getal", "jn", "lijst")
_TYPE = re.compile(r"([a-z]+)(?:\(([0-9]+)\))?")


@dataclass(frozen=True)
class Field:
    """One value of a signal. ``type`` is one of TYPES: ``bedrag`` is whole cents, ``dag`` a day that exists, ``datum``
    a jjjjmmdd of which day and month may be 00. ``length`` in characters, None: no limit of its own."""

    name: str
    kind: str                 # code of the kind it is content of; empty: of every signal; PER_FILE
    type: str
    length: int | None
    required: bool
    certainty: str

    @property
    def id(self) -> str:
        """Unique over all kinds: ``saldo`` of kind VRM is ``vrm_saldo``."""
        return f"{self.kind.lower()}_{self.name}" if self.kind not in ("", PER_FILE) else self.name


@dataclass(frozen=True)
class Kind:
    """One kind of signal. ``sources`` are the registers it may come from; ``restricted``: criminal-justice data, with
    storage, role and retention of their own (SEC-21); ``keep_months`` counts from the end of handling."""

    code: str
    product: str
    title: str
    sources: tuple[str, ...]
    element: str
    restricted: bool
    keep_months: int
    certainty: str
    content: tuple[Field, ...]

    @property
    def table(self) -> str:
        return self.code.lower()


@cache
def fields() -> tuple[Field, ...]:
    """All fields, in the order of the list. Raises MappingError naming the row."""
    return tuple(_field(row, number) for number, row in enumerate(_rows("velden.csv"), start=2))


@cache
def kinds() -> dict[str, Kind]:
    """By code, in the order of the list."""
    found: dict[str, Kind] = {}
    for row in _rows("soorten.csv"):
        code = row["code"]
        if code in found:
            raise MappingError(f"Mapping {MESSAGE}/soorten.csv: soort {code} staat er twee keer in.")
        found[code] = Kind(
            code, row["product"], row["naam"], tuple(row["bron"].split()), row["xml"], row["beperkt"] == "ja",
            int(row["bewaren_maanden"]), row["zekerheid"], tuple(one for one in fields() if one.kind == code),
        )
    strange = sorted({one.kind for one in fields()} - {"", PER_FILE, *found})
    if strange:
        raise MappingError(f"Mapping {MESSAGE}/velden.csv: soort {strange[0]} staat niet in soorten.csv.")
    return found


def common() -> tuple[Field, ...]:
    """The fields that every signal has of its own."""
    return tuple(one for one in fields() if not one.kind)


def restricted() -> tuple[str, ...]:
    """Codes of the kinds that are criminal-justice data."""
    return tuple(code for code, kind in kinds().items() if kind.restricted)


def months_kept() -> dict[str, int]:
    """By code, from the end of handling, of a signal that had no consequence (spec ib-signalen 13, SEC-16, SEC-21)."""
    return {code: kind.keep_months for code, kind in kinds().items()}


def folder() -> Path:
    return data_dir("mappings") / MESSAGE


def _rows(name: str) -> list[dict[str, str]]:
    try:
        with (folder() / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter=";"))
    except OSError:
        raise MappingError(f"Mapping {MESSAGE}/{name} ontbreekt of is niet te lezen.") from None


def _field(row: dict[str, str], number: int) -> Field:
    match = _TYPE.fullmatch(row["type"])
    if not match or match[1] not in TYPES:
        raise MappingError(f"Mapping {MESSAGE}/velden.csv, regel {number}: type bestaat niet; kies uit "
                           f"{', '.join(TYPES)}.")
    return Field(row["veld"], row["soort"], match[1], int(match[2]) if match[2] else None, row["verplicht"] == "ja",
                 row["zekerheid"])
