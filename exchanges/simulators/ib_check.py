"""How the simulated Inlichtingenbureau judges a file: with code of its own, nothing of core.

The file is read twice as a stream: once against its schema, once for its content.

ASSUMED throughout: the real checks and codes are not public (spec ib-signalen, section 15).
"""

from __future__ import annotations

import hashlib
from array import array
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
from lxml import etree

from exchanges.simulators.faults import Faults
from exchanges.simulators.reading import (
    Unreadable,
    compile_schema,
    elfproef,
    forget,
    not_well_formed,
    parse,
    refused_element,
    root_tag,
)

# Outcome of a record: index in this list; 0 is accepted.
OUTCOMES = (
    ("", ""),
    ("IB-AFW-01", "Persoon onbekend bij ontvanger"),
    ("IB-AFW-02", "Loonwaardepercentage ontbreekt of is niet geldig"),
    ("IB-AFW-03", "Burgerservicenummer voldoet niet aan de elfproef"),
    ("IB-AFW-04", "Burgerservicenummer komt vaker voor in dit bestand"),
)
ACCEPTED, UNKNOWN_PERSON, WRONG_PERCENTAGE, WRONG_BSN, DOUBLE = range(5)


@dataclass(frozen=True)
class Kind:
    """A file the partner knows: its root, its schema folder, its records, where a record has its BSN, and where the
    Kop says how many there are."""

    root: str
    folder: str
    record: str
    bsn: str
    count: str = "AantalBerichten"


class Offered(Protocol):
    """A verdict in the making, as far as the Kop has a say in it."""

    offered: int


KINDS = (
    Kind("{urn:ketensluis:aanname:dkd-verzamelbestand:v0001}Verzamelbestand", "DKDVerzamelbestand/v0001",
         "{http://bkwi.nl/SuwiML/Diensten/GSDDossierReintegratie/v0200}GSDReintegratieInfoResponse",
         "ClientSuwi/Burgerservicenr"),
    Kind("{urn:ketensluis:aanname:dkd-verwijsindexbestand:v0001}Verwijsindexbestand", "DKDVerwijsindexbestand/v0001",
         "{http://bkwi.nl/SuwiML/Diensten/IBVerwijsindex/v0300}IBVerwijsindex", "Burgerservicenr"),
)


@dataclass
class Verdict:
    """What became of a file. ``keys`` (BSN as number) and ``outcomes`` (index in OUTCOMES) run in file order.

    With a ``reason`` the file as a whole is refused, and the records say nothing.
    """

    name: str
    sha256: str
    offered: int = 0
    reason: str = ""
    struck: int = 0  # rejected by a fault switch, not for what the record is
    keys: array[int] = field(default_factory=lambda: array("I"))
    outcomes: bytearray = field(default_factory=bytearray)

    @property
    def accepted(self) -> int:
        return 0 if self.reason else self.outcomes.count(ACCEPTED)

    @property
    def rejected(self) -> int:
        return self.offered - self.accepted

    @property
    def status(self) -> str:
        if self.reason:
            return "afgekeurd"
        return "deels_verwerkt" if self.rejected else "verwerkt"


class Checker:
    """Judges files. ``schemas`` is the folder of the schema catalogue; raises FileNotFoundError when a schema is
    missing, so that a simulator without schemas does not start."""

    def __init__(self, schemas: Path, faults: Faults) -> None:
        self.faults = faults
        self.schemas = {kind.root: (kind, compile_schema(schemas / kind.folder, kind.root)) for kind in KINDS}

    def check(self, path: Path, sidecar: bytes) -> Verdict:
        """Judge ``path``; ``sidecar`` is what came with it."""
        with path.open("rb") as file:
            verdict = Verdict(path.name, hashlib.file_digest(file, "sha256").hexdigest())
        try:
            if sidecar != f"{verdict.sha256}  {path.name}\n".encode():
                raise Refused("IB-BST-01: controlesom klopt niet met het bestand")
            kind, schema = self._recognise(path)
            head = head_of(path, kind, schema, verdict)
            self._read(path, kind, verdict)
            self._judge_file(head, verdict)
        except Refused as refused:
            verdict.reason = str(refused)
        except Unreadable as error:
            verdict.reason = f"IB-BST-02: {error}"
        return verdict

    def _recognise(self, path: Path) -> tuple[Kind, etree.XMLSchema]:
        root = root_tag(path)
        if root not in self.schemas:
            raise Refused("IB-BST-03: dit bericht is niet bekend")
        return self.schemas[root]

    def _read(self, path: Path, kind: Kind, verdict: Verdict) -> None:
        try:
            for _, element in parse(path, ("end",), tag=[kind.record]):
                self._judge_record(element.findtext(kind.bsn) or "", element, verdict)
                forget(element)
        except etree.XMLSyntaxError as error:
            raise not_well_formed(error) from None

    def _judge_record(self, bsn: str, record: Any, verdict: Verdict) -> None:
        number = len(verdict.keys) + 1
        if not (bsn.isascii() and bsn.isdigit() and len(bsn) == 9):
            raise Refused(f"IB-BST-05: bericht {number} heeft geen burgerservicenummer van negen cijfers")
        faults = self.faults
        if not elfproef(bsn):
            outcome = WRONG_BSN
        elif not all(_is_percentage(subsidy) for subsidy in record.iter("Loonkostensubsidie")):
            outcome = WRONG_PERCENTAGE
        elif verdict.struck < faults.reject_count or (faults.reject_every and number % faults.reject_every == 0):
            outcome = UNKNOWN_PERSON
            verdict.struck += 1
        else:
            outcome = ACCEPTED
        verdict.keys.append(int(bsn))
        verdict.outcomes.append(outcome)

    def _judge_file(self, head: dict[str, str], verdict: Verdict) -> None:
        count = len(verdict.keys)
        if verdict.offered != count:
            raise Refused(f"IB-BST-06: kop noemt {verdict.offered} berichten, het bestand heeft er {count}")
        keys = pa.Array.from_buffers(pa.uint32(), count, [None, pa.py_buffer(verdict.keys)])
        order = pc.sort_indices(keys)
        ordered = keys.take(order)
        if head.get("Controlegetal") != control_total(ordered):
            raise Refused("IB-BST-07: controlegetal klopt niet met de burgerservicenummers")
        again = order.slice(1).filter(pc.equal(ordered.slice(1), ordered.slice(0, max(count - 1, 0))))
        for place in again.to_pylist():
            verdict.outcomes[place] = DOUBLE
        if self.faults.reject_file:
            raise Refused("IB-BST-99: bestand afgekeurd door de ontvanger")


class Refused(Exception):
    """The file as a whole is refused. The text goes into the report and on the screen: never a value."""


def head_of(path: Path, kind: Kind, schema: etree.XMLSchema, verdict: Offered) -> dict[str, str]:
    """The values of the Kop. Its count goes into the verdict at once, for a file that is refused further on."""
    head: dict[str, str] = {}
    records = 0
    try:
        for _, element in parse(path, ("end",), tag=["Kop", kind.record], schema=schema):
            if element.tag == "Kop":
                head = {child.tag: (child.text or "").strip() for child in element}
                count = head.get(kind.count, "")
                verdict.offered = int(count) if count.isdecimal() and len(count) < 10 else 0
            else:
                records += 1
            forget(element)
    except etree.XMLSyntaxError as error:
        element = refused_element(error)
        if element is None:
            raise not_well_formed(error) from None
        raise Refused(f"IB-BST-04: niet geldig volgens het schema, element {element}, na bericht {records}") from None
    return head


def _is_percentage(subsidy: Any) -> bool:
    """A subsidy needs a loonwaarde: five digits with two implied decimals, above 0 and below 100 %, not negative."""
    text = subsidy.findtext("PercLoonwaardeTovWml/Percentage") or ""
    sign = subsidy.findtext("PercLoonwaardeTovWml/CdPositiefNegatief") or "+"
    return sign == "+" and text.isascii() and text.isdigit() and len(text) == 5 and 0 < int(text) < 10_000


def control_total(ordered: pa.Array) -> str:
    """sha256 of the sorted BSNs joined by a line feed, in pieces."""
    digest = hashlib.sha256()
    for start in range(0, len(ordered), 65_536):
        lines = "\n".join(f"{key:09d}" for key in ordered.slice(start, 65_536).to_pylist())
        digest.update((("\n" if start else "") + lines).encode())
    return digest.hexdigest()
