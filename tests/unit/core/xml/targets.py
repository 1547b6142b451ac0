"""Targets to hold files against: a schema that takes everything, and those of the repository."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path

import pyarrow as pa
from lxml import etree

from exchanges.core.mapping.table import MessageMapping, load_mapping
from exchanges.core.schemas.compiled import compile_xsd
from exchanges.core.xml.stream import Target

REPO = Path(__file__).resolve().parents[4]
_numbers = count()


def any_schema(mapping: MessageMapping) -> Target:
    """A schema that takes whatever is in the root, for when only the read-back is under test."""
    prefix, _, local = mapping.root.tag.rpartition(":")
    text = f"""<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema" targetNamespace="{mapping.namespaces[prefix]}">
               <xs:element name="{local}" type="xs:anyType"/></xs:schema>"""
    return Target(f"anything-{next(_numbers)}", lambda: etree.XMLSchema(etree.fromstring(text)), mapping)


def collection() -> Target:
    """The DKD batch file, with its own schema."""
    xsd = REPO / "schemas/DKDVerzamelbestand/v0001/verzamelbestand.xsd"
    return Target("test-dkd", lambda: compile_xsd(xsd), load_mapping("DKDVerzamelbestand", "v0001"), xsd)


class Kept:
    """A sink that keeps every table it is given, and counts restarts."""

    def __init__(self) -> None:
        self.parts: list[Mapping[str, pa.Table]] = []
        self.restarts = 0

    def add(self, tables: Mapping[str, pa.Table]) -> None:
        self.parts.append(tables)

    def restart(self) -> None:
        self.parts = []
        self.restarts += 1

    def tables(self) -> dict[str, pa.Table]:
        return {
            name: pa.concat_tables([part[name] for part in self.parts]).combine_chunks()
            for name in (self.parts[0] if self.parts else {})
        }
