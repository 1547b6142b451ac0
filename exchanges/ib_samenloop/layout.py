"""Where the fields stand in a file: the layouts 07, 08 and 09, from ``mappings/IBSamenloop/<version>/``.

That these versions exist is known, and what each does with a BSN that cannot be verified; columns and elements are
assumed (spec ib-signalen section 5). Which version holds is not a matter of dates: the file says it.
"""

from __future__ import annotations

import csv
import tomllib
from dataclasses import dataclass
from functools import cache, cached_property

from exchanges.core.errors import MappingError
from exchanges.ib_samenloop.kinds import MESSAGE, Field, fields, folder

VERSIONS = ("07", "08", "09")
# What stands in the bank fields of a signal whose BSN could not be verified.
UNVERIFIED = ("niet", "leeg", "nvt")
_NOTATIONS = {
    "dag": {"jjjjmmdd", "d-m-jjjj", "jjjj-mm-dd"}, "datum": {"jjjjmmdd"}, "bedrag": {"komma", "punt"},
    "maand": {"jjjjmm", "jjjj-mm"}, "jn": {"J/N"}, "lijst": {","},
}


@dataclass(frozen=True)
class Place:
    """A field in a file: name of the column or path of the element, and how the value is written there."""

    field: Field
    name: str
    notation: str


@dataclass(frozen=True)
class Layout:
    """One version. ``unverified`` says per form (csv, xml) what a signal with an unverified BSN looks like: ``niet``
    (it is not delivered), ``leeg`` (bank fields empty), ``nvt`` (``N.v.t.`` and zeros)."""

    version: str
    certainty: str
    namespace: str
    root: str
    csv: tuple[Place, ...]
    xml: tuple[Place, ...]
    unverified: dict[str, str]

    @cached_property
    def columns(self) -> dict[str, Place]:
        """By name of the CSV column in lower case, as files are read."""
        return {place.name.lower(): place for place in self.csv}

    def places(self, form: str) -> tuple[Place, ...]:
        return self.csv if form == "csv" else self.xml


@cache
def layout(version: str) -> Layout:
    """Raises MappingError naming file and row."""
    where = folder() / version
    try:
        head = tomllib.loads((where / "layout.toml").read_text(encoding="utf-8"))
        with (where / "layout.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter=";"))
    except OSError:
        raise MappingError(f"Mapping {MESSAGE}/{version} ontbreekt of is niet te lezen.") from None
    known = {(one.name, one.kind): one for one in fields()}
    places: dict[str, list[Place]] = {"csv": [], "xml": []}
    for number, row in enumerate(rows, start=2):
        field = known.get((row["veld"], row["soort"]))
        if field is None:
            raise MappingError(f"Mapping {MESSAGE}/{version}/layout.csv, regel {number}: dit veld staat niet in "
                               "velden.csv.")
        for form, into in places.items():
            notation = row[f"{form}_notatie"]
            if not row[form]:
                continue
            if notation not in _NOTATIONS.get(field.type, {""}):
                raise MappingError(f"Mapping {MESSAGE}/{version}/layout.csv, regel {number}: deze notatie past niet "
                                   f"bij type {field.type}.")
            into.append(Place(field, row[form], notation))
    unverified = {form: head["vermogen"][form] for form in places}
    if not set(unverified.values()) <= set(UNVERIFIED):
        raise MappingError(f"Mapping {MESSAGE}/{version}/layout.toml: vermogen moet {', '.join(UNVERIFIED)} zijn.")
    return Layout(version, head["certainty"], head["xml"]["namespace"], head["xml"]["root"], tuple(places["csv"]),
                  tuple(places["xml"]), unverified)


def layouts() -> tuple[Layout, ...]:
    return tuple(layout(version) for version in VERSIONS)
