"""How the simulated Inlichtingenbureau judges a file of benefit dossiers (rechtmatigheidscontrole), line by line.

With code of its own, nothing of core. Known (spec ib-signalen, section 4): a dossier with an end date older than 15
months is refused, per line, and the file is then ``incompleet``. Codes and the rest are ASSUMED.
"""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
from lxml import etree

from exchanges.simulators.faults import Faults
from exchanges.simulators.ib_check import Kind, Refused, control_total, head_of
from exchanges.simulators.reading import Unreadable, compile_schema, elfproef, forget, not_well_formed, parse, root_tag

KIND = Kind(
    "{urn:ketensluis:aanname:rm-aanlevering:v0001}Aanlevering",
    "RMAanlevering/v0001",
    "Regel",
    "Burgerservicenr",
    "AantalRegels",
)
MONTHS = 15
# A code for the municipality that does not exist; the simulator has no list of those that do.
NO_MUNICIPALITY = "0000"
TEXTS = {
    "RM-E01": "Einddatum ouder dan 15 maanden",
    "RM-E02": "BSN ongeldig (elfproef)",
    "RM-E03": "Dubbele regel",
    "RM-E04": "Einddatum voor aanvangsdatum",
    "RM-E05": "Onbekende gemeentecode",
    "IB-AFW-01": "Persoon onbekend bij ontvanger",
}


@dataclass(frozen=True)
class RefusedLine:
    """A line that was refused, by what makes it one."""

    bsn: str
    dossiernummer: str
    regeling: str
    code: str


@dataclass
class LineVerdict:
    """What became of a file, by line. With a ``reason`` the file as a whole is refused."""

    name: str
    sha256: str
    offered: int = 0
    reason: str = ""
    struck: int = 0  # refused by a fault switch, not for what the line is
    lines: list[RefusedLine] = field(default_factory=list)

    @property
    def accepted(self) -> int:
        return 0 if self.reason else self.offered - len(self.lines)

    @property
    def rejected(self) -> int:
        return self.offered - self.accepted

    @property
    def status(self) -> str:
        if self.reason:
            return "afgekeurd"
        return "incompleet" if self.lines else "verwerkt"


class LineChecker:
    """Judges files of dossiers. ``schemas`` is the folder of the schema catalogue; raises FileNotFoundError when the
    schema is missing."""

    def __init__(self, schemas: Path, faults: Faults) -> None:
        self.faults = faults
        self.schema = compile_schema(schemas / KIND.folder, KIND.root)

    @staticmethod
    def knows(path: Path) -> bool:
        """Whether this is a file of dossiers."""
        try:
            return root_tag(path) == KIND.root
        except Unreadable:
            return False

    def check(self, path: Path, sidecar: bytes) -> LineVerdict:
        """Judge ``path``; ``sidecar`` is what came with it."""
        with path.open("rb") as file:
            verdict = LineVerdict(path.name, hashlib.file_digest(file, "sha256").hexdigest())
        try:
            if sidecar != f"{verdict.sha256}  {path.name}\n".encode():
                raise Refused("IB-BST-01: controlesom klopt niet met het bestand")
            head = head_of(path, KIND, self.schema, verdict)
            self._read(path, head, verdict)
        except Refused as refused:
            verdict.reason = str(refused)
        except Unreadable as error:
            verdict.reason = f"IB-BST-02: {error}"
        return verdict

    def _read(self, path: Path, head: dict[str, str], verdict: LineVerdict) -> None:
        oldest = _oldest(head["Levermaand"])
        unknown = head["Gemeentecode"] == NO_MUNICIPALITY
        keys, seen, number = array("I"), set[tuple[str, str, str]](), 0
        try:
            for number, (_, line) in enumerate(parse(path, ("end",), tag=[KIND.record]), start=1):
                key = _text(line, "Burgerservicenr"), _text(line, "Dossiernummer"), _text(line, "Regeling")
                keys.append(int(key[0]))
                code = "RM-E05" if unknown else "RM-E03" if key in seen else self._code(line, oldest, number, verdict)
                if code:
                    verdict.lines.append(RefusedLine(*key, code))
                seen.add(key)
                forget(line)
        except etree.XMLSyntaxError as error:
            raise not_well_formed(error) from None
        if verdict.offered != number:
            raise Refused(f"IB-BST-06: kop noemt {verdict.offered} regels, het bestand heeft er {number}")
        ordered = pa.Array.from_buffers(pa.uint32(), number, [None, pa.py_buffer(keys)]).sort()
        if head["Controlegetal"] != control_total(ordered):
            raise Refused("IB-BST-07: controlegetal klopt niet met de burgerservicenummers")
        if self.faults.reject_file:
            raise Refused("IB-BST-99: bestand afgekeurd door de ontvanger")

    def _code(self, line: Any, oldest: str, number: int, verdict: LineVerdict) -> str:
        """Why this line is refused; empty when it is not. Days are ISO, so they compare as text."""
        end, faults = _text(line, "DatumEinde"), self.faults
        if not elfproef(_text(line, "Burgerservicenr")):
            return "RM-E02"
        if end and end < _text(line, "DatumAanvang"):
            return "RM-E04"
        if end and end < oldest:
            return "RM-E01"
        if verdict.struck < faults.reject_count or (faults.reject_every and number % faults.reject_every == 0):
            verdict.struck += 1
            return "IB-AFW-01"
        return ""


def _oldest(month: str) -> str:
    """The first end date that is not too old, for a levermaand as jjjjmm."""
    months = int(month[:4]) * 12 + int(month[4:]) - 1 - MONTHS
    return date(months // 12, months % 12 + 1, 1).isoformat()


def _text(line: Any, name: str) -> str:
    return line.findtext(name) or ""
