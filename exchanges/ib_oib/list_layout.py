"""The columns of the monthly list of OIB, and its tags, from ``mappings/IBOIB/<version>/``.

That the list exists, what is in it and two of its tags are known; columns and other tags are assumed (spec ib-signalen
6.1, 6.4), which is why they are data. Which version holds is a matter of the month. Standard library only:
declarations read this.
"""

from __future__ import annotations

import csv
import re
import tomllib
from dataclasses import dataclass
from datetime import date
from functools import cache, cached_property

from exchanges.core.data import data_dir
from exchanges.core.declare import Certainty
from exchanges.core.errors import MappingError
from exchanges.core.period import Period

MESSAGE = "IBOIB"
TABLE = "regel_oib"
NUMBER = "nummer"

NEW_RELATION, ENDED_RELATION = "NIEUWE_INKOMSTENVERHOUDING", "BEEINDIGDE_INKOMSTENVERHOUDING"
NEW_PERIOD, CORRECTED_PERIOD = "NIEUWE_LOONPERIODE", "GECORRIGEERDE_LOONPERIODE"
WITHDRAWN_PERIOD, FIRST_DELIVERY = "VERVALLEN_LOONPERIODE", "EERSTE_LEVERING"
WITHOUT_NET = "ZONDER_NETTO"  # the sheet of what somebody must work out; no class of the IB
IN_KIND, TWO_SPECIALS = "Loon-in-natura", "Bereken-VT-en-EPS"

# What is worked out from a line and says nothing new about it: another month or a better formula makes no other item.
WORKED_OUT = (
    "maand", "maand_reden", "netto_berekend_totaal", "netto_berekend_normaal", "netto_berekend_bijzonder",
    "netto_verschil_totaal", "netto_verschil_normaal", "netto_verschil_bijzonder", "delen_fout", "delen_sluiten",
    "netto_stand", "netto_redenen", "netto_met_vt", "netto_vakantietoeslag", "blad",
)  # fmt: skip
# Columns of ``regel_oib`` that are no content of the item (``Intake.of_file``).
OF_FILE = ("gemeentecode", "rapportagemaand", *WORKED_OUT)

_TYPES = {"code", "tekst", "bsn", "datum", "maand", "bedrag", "getal", "geheel", "jn", "lijst"}
_NOTED = ("bedrag", "datum", "maand", "jn", "lijst")
_TYPE = re.compile(r"([a-z]+)(?:\(([0-9]+)\))?")
_CARD = {"1..1": True, "1..n": True, "0..1": False}


@dataclass(frozen=True)
class Field:
    """One column. ``name`` is ours, ``column`` what stands in the file, ``also`` another spelling of it. ``type`` as in
    :mod:`exchanges.core.receive.values`; ``length`` in characters. ``certainty`` is that of the column in this list,
    ``name_certainty`` that of its name and meaning."""

    name: str
    column: str
    also: str
    type: str
    length: int | None
    required: bool
    certainty: Certainty
    name_certainty: Certainty
    remark: str


@dataclass(frozen=True)
class Layout:
    """One version. ``notations`` are the ways of writing by type; ``classes`` and ``labels`` the tags with what they
    mean: a line has one class and any number of labels."""

    version: str
    certainty: Certainty
    first: date
    last: date
    fields: tuple[Field, ...]
    notations: dict[str, tuple[str, ...]]
    classes: dict[str, str]
    labels: dict[str, str]

    @cached_property
    def columns(self) -> dict[str, Field]:
        """By every spelling of the column in lower case, as files are read."""
        return {name.lower(): one for one in self.fields for name in (one.column, one.also) if name}


def layout(period: Period) -> Layout:
    """The version that holds on the last day of ``period``. Raises MappingError when that is not exactly one."""
    found = [one for one in layouts() if one.first <= period.end <= one.last]
    if len(found) != 1:
        raise MappingError(f"Mapping {MESSAGE}: voor {period} gelden {len(found)} versies; het moet er een zijn.")
    return found[0]


@cache
def layouts() -> tuple[Layout, ...]:
    """Every version. Raises MappingError naming file and row."""
    return tuple(_layout(path.name) for path in sorted((data_dir("mappings") / MESSAGE).iterdir()))


def _layout(version: str) -> Layout:
    where = data_dir("mappings") / MESSAGE / version
    try:
        head = tomllib.loads((where / "layout.toml").read_text(encoding="utf-8"))
    except OSError:
        raise MappingError(f"Mapping {MESSAGE}/{version}/layout.toml ontbreekt of is niet te lezen.") from None
    fields = tuple(_field(row, f"{MESSAGE}/{version}/velden.csv, regel {number}")
                   for number, row in enumerate(_rows(version, "velden.csv"), start=2))  # fmt: skip
    spelled = [name.lower() for one in fields for name in (one.column, one.also) if name]
    if len(spelled) > len(set(spelled)):
        raise MappingError(f"Mapping {MESSAGE}/{version}/velden.csv: een kolom staat er twee keer in.")
    tags: dict[str, dict[str, str]] = {"klasse": {}, "label": {}}
    for number, row in enumerate(_rows(version, "labels.csv"), start=2):
        if row["soort"] not in tags:
            raise MappingError(f"Mapping {MESSAGE}/{version}/labels.csv, regel {number}: soort is klasse of label.")
        tags[row["soort"]][row["label"]] = row["omschrijving"]
    notations = {kind: tuple(head["notaties"].get(kind, ())) for kind in _NOTED}
    if not all(notations.values()):
        raise MappingError(f"Mapping {MESSAGE}/{version}/layout.toml: geef notaties van {', '.join(_NOTED)}.")
    return Layout(head["version"], head["certainty"], head["valid_from"], head.get("valid_to", date.max), fields,
                  notations, tags["klasse"], tags["label"])  # fmt: skip


def _rows(version: str, name: str) -> list[dict[str, str]]:
    try:
        with (data_dir("mappings") / MESSAGE / version / name).open(encoding="utf-8", newline="") as file:
            return list(csv.DictReader(file, delimiter=";"))
    except OSError:
        raise MappingError(f"Mapping {MESSAGE}/{version}/{name} ontbreekt of is niet te lezen.") from None


def _field(row: dict[str, str], where: str) -> Field:
    match = _TYPE.fullmatch(row["type"])
    if not match or match[1] not in _TYPES or row["voorkomen"] not in _CARD:
        raise MappingError(f"Mapping {where}: type of voorkomen bestaat niet; kies uit {', '.join(sorted(_TYPES))} en "
                           f"{', '.join(_CARD)}.")  # fmt: skip
    return Field(
        row["veld"], row["kolom"], row["ook"], match[1], int(match[2]) if match[2] else None, _CARD[row["voorkomen"]],
        row["zekerheid"], row["naam_zekerheid"], row["toelichting"],  # type: ignore[arg-type]
    )  # fmt: skip
