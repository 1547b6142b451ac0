"""What the schema refuses, in Dutch and without the value.

libxml2 puts the refused value in its messages; only the kind of error and the place are used here.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

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
    "SCHEMAV_ELEMENT_CONTENT": ("XSD-VOLGORDE", "Dit element hoort hier niet, of er ontbreekt een element ervoor of erna."),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_3": ("XSD-TEKST", "Tussen de elementen staat tekst; dat mag hier niet."),
    "SCHEMAV_CVC_COMPLEX_TYPE_2_1": ("XSD-TEKST", "Dit element moet leeg zijn."),
    "SCHEMAV_CVC_COMPLEX_TYPE_3_2_1": ("XSD-ATTRIBUUT", "Dit element heeft een attribuut dat er niet mag staan."),
    "SCHEMAV_CVC_ELT_1": ("XSD-WORTEL", "Het schema kent dit bericht niet: wortel of naamruimte klopt niet."),
}
# One bad value gives a second, general error on the same element; the first says it all.
_ECHO = frozenset({"SCHEMAV_CVC_DATATYPE_VALID_1_2_1", "SCHEMAV_CVC_TYPE_3_1_3"})
_STEP = re.compile(r"\[[0-9]+\]")


@dataclass(frozen=True)
class Fault:
    """One refusal: ``record`` counts the records of the file from 0, null outside the records."""

    code: str
    text: str
    path: str
    line: int | None
    record: int | None = None


def schema_faults(log: Iterable[Any], depth: int, first_record: int, line_shift: int) -> list[Fault]:
    """Entries of a libxml2 error log on one piece. ``depth`` is the number of steps to a record."""
    faults: list[Fault] = []
    seen: set[tuple[str, int]] = set()
    for entry in log:
        place = (entry.path or "", entry.line)
        if entry.type_name in _ECHO and place in seen:
            continue
        seen.add(place)
        code, text = _TEXTS.get(entry.type_name, ("XSD", "Het schema staat dit niet toe."))
        steps = (entry.path or "").strip("/").split("/")
        record = None
        if len(steps) >= depth:
            number = re.search(r"\[([0-9]+)\]$", steps[depth - 1])
            record = first_record + (int(number[1]) - 1 if number else 0)
        faults.append(Fault(code, text, _plain(steps), entry.line + line_shift, record))
    return faults


def syntax_fault(error: Any) -> Fault:
    """A file that is not well-formed XML. The parser's own message may hold content, so it is not repeated."""
    line = getattr(error, "lineno", None) or None
    return Fault("XML-01", "Het bestand is geen goed gevormde XML; vanaf deze plaats is het niet te lezen.", "", line)


def _plain(steps: list[str]) -> str:
    return "/".join(_STEP.sub("", step).rpartition(":")[2] for step in steps)
