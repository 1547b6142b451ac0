"""What is wrong with a file, in Dutch and without the value.

libxml2 puts the refused value in its messages; only the kind of error and the place are used here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from exchanges.core.xml.columns import NONE, Fault, Faults, Numbers

__all__ = ["Fault", "Faults"]

ORDER = "Dit element hoort hier niet, of er ontbreekt een element ervoor of erna."
_TEXTS = {
    "SCHEMAV_CVC_PATTERN_VALID": ("XSD-PATROON", "De waarde heeft niet de vorm die het schema vraagt."),
    "SCHEMAV_CVC_LENGTH_VALID": ("XSD-LENGTE", "De waarde heeft niet de lengte die het schema vraagt."),
    "SCHEMAV_CVC_MINLENGTH_VALID": ("XSD-LENGTE", "De waarde is korter dan het schema toestaat."),
    "SCHEMAV_CVC_MAXLENGTH_VALID": ("XSD-LENGTE", "De waarde is langer dan het schema toestaat."),
    "SCHEMAV_CVC_ENUMERATION_VALID": ("XSD-CODE", "De waarde staat niet in de lijst van het schema."),
    "SCHEMAV_CVC_MININCLUSIVE_VALID": ("XSD-BEREIK", "Het getal is kleiner dan het schema toestaat."),
    "SCHEMAV_CVC_MAXINCLUSIVE_VALID": ("XSD-BEREIK", "Het getal is groter dan het schema toestaat."),
    "SCHEMAV_CVC_TOTALDIGITS_VALID": ("XSD-BEREIK", "Het getal heeft meer cijfers dan het schema toestaat."),
    "SCHEMAV_CVC_DATATYPE_VALID_1_2_1": ("XSD-TYPE", "De waarde is niet van het soort dat het schema vraagt."),
    "SCHEMAV_ELEMENT_CONTENT": ("XSD-VOLGORDE", ORDER),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": ("XSD-TEKST", "Tussen de elementen staat tekst; dat mag hier niet."),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_1": ("XSD-TEKST", "Dit element moet leeg zijn."),
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": ("XSD-ATTRIBUUT", "Dit element heeft een attribuut dat er niet mag staan."),
    "SCHEMAV_CVC_ELT_1": ("XSD-WORTEL", "Het schema kent dit bericht niet: wortel of naamruimte klopt niet."),
}
# One bad value gives a second, general error on the same element; the first says it all.
_ECHO = frozenset({"SCHEMAV_CVC_DATATYPE_VALID_1_2_1", "SCHEMAV_CVC_TYPE_3_1_3"})
_NUMBER = r"\[[0-9]+\]"
_PREFIXED = re.compile(r"(?<=/)[^/@*\[:]+:[^/\[]+")
# A name with a number in it that could be a person's: whoever made the file can put anything in a name.
_TELLING = re.compile(r"[0-9]{5,}")
_LONGEST_NAME = 80
MOST_FAULTS = 200_000


def schema_faults(log: Iterable[Any], document: Any, record: tuple[str, ...]) -> Faults:
    """Entries of a libxml2 error log on ``document``, lines and records as they are in it.

    ``record`` are the names (without namespace) from the root to a record; empty: the document has no records.
    """
    # All that is asked of an entry, in one go: every object made here is made once for every fault.
    entries = [(entry.type_name, entry.path or "", entry.line) for entry in log]
    if not entries:
        return Faults.of(())
    names, paths, lines = (list(column) for column in zip(*entries, strict=True))
    told = pa.table({"name": names, "path": pa.array(paths, pa.string()), "line": pa.array(lines, pa.int64())})
    told = told.take(_said_once(told))
    path = told["path"].combine_chunks()
    if pc.any(pc.match_substring(path, "*")).as_py():
        path = pa.array([_named(one, document) if "*" in one else one for one in path.to_pylist()], pa.string())
    bare = pc.replace_substring_regex(path, _NUMBER, "").dictionary_encode()
    name = told["name"].combine_chunks().dictionary_encode()
    places = [_place(one, record) for one in bare.dictionary.to_pylist()]
    within = np.array([inside for _, inside in places], np.bool_)[bare.indices.to_numpy()]
    number = np.where(within, _number(path, len(record)), NONE) if record else np.full(len(path), NONE)
    # Each pair of what is said and where, numbered.
    pair = name.indices.to_numpy().astype(np.int64) * len(places) + bare.indices.to_numpy()
    pairs, kind = np.unique(pair, return_inverse=True)
    said = [_TEXTS.get(one, ("XSD", "Het schema staat dit niet toe.")) for one in name.dictionary.to_pylist()]
    kinds = [(*said[one // len(places)], places[one % len(places)][0]) for one in pairs.tolist()]
    return Faults(kinds, kind.astype(np.int64), told["line"].to_numpy(), number)


def _said_once(told: pa.Table) -> pa.Array:
    """The rows without the echoes: those of a general kind, of a place that had one before."""
    numbered = told.append_column("row", pa.array(np.arange(told.num_rows)))
    first = numbered.group_by(["path", "line"], use_threads=False).aggregate([("row", "min")])["row_min"]
    echo = pc.is_in(told["name"], value_set=pa.array(sorted(_ECHO)))
    return numbered["row"].filter(pc.or_(pc.invert(echo), pc.is_in(numbered["row"], value_set=first.combine_chunks())))


def syntax_fault(error: Any) -> Fault:
    """A file that is not well-formed XML. The parser's own message may hold content, so it is not repeated."""
    line = getattr(error, "lineno", None) or None
    return Fault("XML-01", "Het bestand is geen goed gevormde XML; vanaf deze plaats is het niet te lezen.", "", line)


def doctype_fault() -> Fault:
    return Fault("XML-05", "Het bestand heeft een DOCTYPE of eigen entiteiten; dat wordt niet gelezen.", "", None)


def root_fault(line: int | None) -> Fault:
    return Fault(*_TEXTS["SCHEMAV_CVC_ELT_1"], "", line)


def unsplittable_fault() -> Fault:
    text = "De records in dit grote bestand zijn niet te onderscheiden, of een ervan is te groot; niets is ingelezen."
    return Fault("XML-06", text, "", None)


def crowded_fault(path: str, line: int | None, record: int | None) -> Fault:
    text = "Het schema staat hierin zo veel niet toe dat het niet per element gezegd wordt."
    return Fault("XSD", text, _place(path, ())[0], line, record)


def too_many_fault() -> Fault:
    return Fault("XML-07", f"Er zijn meer dan {MOST_FAULTS} fouten; de rest staat niet in deze lijst.", "", None)


@lru_cache(maxsize=512)
def _place(path: str, record: tuple[str, ...]) -> tuple[str, bool]:
    """A libxml2 path without numbers as it is shown, and whether it is in a record."""
    names = tuple(step.rpartition(":")[2] for step in path.strip("/").split("/"))
    shown = "/".join("(onbekend)" if len(name) > _LONGEST_NAME or _TELLING.search(name) else name for name in names)
    return shown, bool(record) and names[: len(record)] == record


def _number(path: pa.Array, level: int) -> Numbers:
    """Which of its name, from 0, the element at ``level`` is among its siblings."""
    counted = pc.extract_regex(path, rf"^(?:/[^/]*){{{level - 1}}}/[^/]*\[(?P<number>[0-9]+)\](?:/|$)")
    number = pc.cast(pc.struct_field(counted, "number"), pa.int64())
    found: Numbers = pc.subtract(pc.fill_null(number, 1), 1).to_numpy()
    return found


def _named(path: str, document: Any) -> str:
    """The path with names; libxml2 writes ``*`` for an element in a default namespace, and counts all siblings. Of a
    prefix it means how the element is written, whatever namespace that is where it stands."""
    found = document.xpath(_PREFIXED.sub(r"*[name()='\g<0>']", path))
    elements = [*reversed(list(found[0].iterancestors())), found[0]] if found else []
    return "".join(
        f"/{element.tag.rpartition('}')[2]}[{1 + sum(1 for _ in element.itersiblings(element.tag, preceding=True))}]"
        for element in elements
    )
