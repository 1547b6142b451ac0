"""What a file of LKS signals holds, as data: ``mappings/IBLKS`` (spec ib-signalen 7; the columns are assumed).

The file does not say its version; the one that holds in the period is taken. Standard library only: declarations read
this.
"""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass
from functools import cache
from typing import Any

from exchanges.core.data import data_dir
from exchanges.core.errors import MappingError
from exchanges.core.period import Period

MESSAGE = "IBLKS"
TYPES = ("code", "bsn", "loonheffingennummer", "dag", "procent")
NOTATIONS = {"dag": ("jjjjmmdd", "jjjj-mm-dd", "d-m-jjjj"), "procent": ("komma", "punt")}
_TYPE = re.compile(r"([a-z]+)(?:\(([0-9]+)\))?")


@dataclass(frozen=True)
class Column:
    """``type`` is one of TYPES: ``dag`` a day that exists, ``procent`` hundredths of a percent. ``notations`` are how
    it may be written, ``values`` the only ones it may have (none: any). ``required`` names the kinds of signal that
    must have it; ``always``: all of them. ``length`` in characters."""

    name: str
    type: str
    length: int | None
    notations: tuple[str, ...]
    always: bool
    required: tuple[str, ...]
    values: tuple[str, ...]
    certainty: str


@dataclass(frozen=True)
class Layout:
    version: str
    certainty: str
    columns: tuple[Column, ...]

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class Milestone:
    """A moment of the re-integration of somebody ill, ``week`` weeks after the first day of illness."""

    code: str
    name: str
    week: int


@cache
def kinds() -> dict[str, str]:
    """Name by code of the kinds of signal."""
    return {row["code"]: row["naam"] for row in _rows("soorten.csv")}


@cache
def milestones() -> tuple[Milestone, ...]:
    """In order of time."""
    found = [Milestone(row["code"], row["naam"], int(row["week"])) for row in _rows("mijlpalen.csv")]
    return tuple(sorted(found, key=lambda one: one.week))


def layout(period: Period) -> Layout:
    """The version that holds on the last day of ``period``. Raises MappingError when there is none, or more than
    one."""
    held = []
    for path in sorted((data_dir("mappings") / MESSAGE).glob("*/layout.toml")):
        head = tomllib.loads(path.read_text(encoding="utf-8"))
        if head["valid_from"] <= period.end and ("valid_to" not in head or period.end <= head["valid_to"]):
            held.append(head)
    if len(held) != 1:
        raise MappingError(f"Mapping {MESSAGE}: in {period} gelden {len(held)} versies; dat moet er een zijn.")
    return _layout(held[0])


def _layout(head: dict[str, Any]) -> Layout:
    where = f"{head['version']}/kolommen.csv"
    columns = [_column(row, f"{where}, regel {number}") for number, row in enumerate(_rows(where), start=2)]
    if len({column.name for column in columns}) < len(columns):
        raise MappingError(f"Mapping {MESSAGE}/{where}: een kolom staat er twee keer in.")
    return Layout(head["version"], head["certainty"], tuple(columns))


def _column(row: dict[str, str], where: str) -> Column:
    match = _TYPE.fullmatch(row["type"])
    if not match or match[1] not in TYPES:
        raise MappingError(f"Mapping {MESSAGE}/{where}: type bestaat niet; kies uit {', '.join(TYPES)}.")
    notations = tuple(row["notatie"].split())
    if bool(notations) != (match[1] in NOTATIONS) or set(notations) - set(NOTATIONS.get(match[1], ())):
        raise MappingError(f"Mapping {MESSAGE}/{where}: deze notatie past niet bij type {match[1]}.")
    required = () if row["verplicht"] in ("ja", "nee") else tuple(row["verplicht"].split())
    if set(required) - set(kinds()):
        raise MappingError(f"Mapping {MESSAGE}/{where}: verplicht is ja, nee, of een soort uit soorten.csv.")
    return Column(row["kolom"], match[1], int(match[2]) if match[2] else None, notations, row["verplicht"] == "ja",
                  required, tuple(row["waarden"].split()), row["zekerheid"])


def _rows(name: str) -> list[dict[str, str]]:
    try:
        with (data_dir("mappings") / MESSAGE / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter=";"))
    except OSError:
        raise MappingError(f"Mapping {MESSAGE}/{name} ontbreekt of is niet te lezen.") from None
