"""Dated data files: code lists and parameters, chosen by the period of the delivery.

``mappings/codelijsten/*.csv``: ``tag;code;omschrijving;geldig_van;geldig_tot;volledig;zekerheid;bron``
(``volledig`` = ja when every legal code is in the list; an unknown code is then an error, else a warning).
``mappings/parameters/<exchange>.csv``: ``parameter;waarde;geldig_van;geldig_tot;zekerheid;bron;omschrijving``.
An empty ``geldig_tot`` means still valid. Loaded at run time, so a corrected list needs no release.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from exchanges.core.data import data_dir
from exchanges.core.errors import CatalogueError
from exchanges.core.period import Period

_CODES = ("tag", "code", "omschrijving", "geldig_van", "geldig_tot", "volledig", "zekerheid", "bron")
_PARAMETERS = ("parameter", "waarde", "geldig_van", "geldig_tot", "zekerheid", "bron", "omschrijving")


@dataclass(frozen=True)
class Code:
    tag: str
    code: str
    title: str
    complete: bool
    certainty: str


@dataclass(frozen=True)
class ParameterRow:
    name: str
    value: str | int
    certainty: str
    source: str
    remark: str


def _valid(row: dict[str, str], period: Period) -> bool:
    first = date.fromisoformat(row["geldig_van"])
    last = date.fromisoformat(row["geldig_tot"]) if row["geldig_tot"] else date.max
    return first <= period.end and period.end <= last


def _rows(path: Path, columns: tuple[str, ...], period: Period) -> list[dict[str, str]]:
    """The rows that count in ``period``. People keep these files, in spreadsheet programs as well: raises
    CatalogueError, with file and line, for what those make of them."""
    valid = []
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            reader = csv.DictReader(file, delimiter=";")
            if tuple(reader.fieldnames or ()) != columns:
                raise CatalogueError(f"{path.name}: de eerste regel moet {';'.join(columns)} zijn.")
            for row in reader:
                if None in row or None in row.values():
                    raise CatalogueError(f"{path.name}, regel {reader.line_num}: {len(columns)} kolommen verwacht.")
                try:
                    if _valid(row, period):
                        valid.append(row)
                except ValueError:
                    raise CatalogueError(f"{path.name}, regel {reader.line_num}: geldig_van en geldig_tot zijn datums "
                                         "als jjjj-mm-dd.") from None
    except UnicodeDecodeError:
        raise CatalogueError(f"{path.name} is geen UTF-8; bewaar het als UTF-8.") from None
    return valid


def code_lists(period: Period, folder: Path | None = None) -> list[Code]:
    """All codes valid on the last day of ``period``. Raises CatalogueError when one code is valid twice, or
    a file is not as above."""
    seen: dict[tuple[str, str], Code] = {}
    for path in sorted((folder or data_dir("mappings") / "codelijsten").glob("*.csv")):
        for row in _rows(path, _CODES, period):
            place = row["tag"], row["code"]
            if place in seen:
                raise CatalogueError(f"Codelijst {path.name}: {place[0]} {place[1]!r} geldt in {period} twee keer.")
            seen[place] = Code(*place, row["omschrijving"], row["volledig"] == "ja", row["zekerheid"])
    return list(seen.values())


def parameters(exchange: str, period: Period, folder: Path | None = None) -> dict[str, ParameterRow]:
    """The parameters of ``exchange`` on ``period``; an exchange without a file has none.

    Whole numbers come as int, the rest as text (codes keep leading zeros). Raises CatalogueError on an overlap,
    or when the file is not as above.
    """
    path = (folder or data_dir("mappings") / "parameters") / f"{exchange}.csv"
    found: dict[str, ParameterRow] = {}
    for row in _rows(path, _PARAMETERS, period) if path.exists() else []:
        name, text = row["parameter"], row["waarde"]
        if name in found:
            raise CatalogueError(f"Parameter {name} van {exchange} geldt in {period} twee keer.")
        number = text.isdigit() and (text == "0" or not text.startswith("0"))
        found[name] = ParameterRow(
            name, int(text) if number else text, row["zekerheid"], row["bron"], row["omschrijving"]
        )
    return found
