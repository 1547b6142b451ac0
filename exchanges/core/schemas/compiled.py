"""XSD files compiled for libxml2, with nothing fetched and nothing skipped.

libxml2 only warns when an import cannot be found and then validates with a schema that has a hole in it
(spec transport, section 15); here that is an error.
"""

from __future__ import annotations

import threading
from pathlib import Path

from lxml import etree

from exchanges.core.errors import CatalogueError
from exchanges.core.schemas.entry import SchemaEntry

_XS = "{http://www.w3.org/2001/XMLSchema}"
_REFERENCES = (f"{_XS}include", f"{_XS}import", f"{_XS}redefine")
_local = threading.local()


def compiled(entry: SchemaEntry, root: str | None = None) -> etree.XMLSchema:
    """The schema of ``root`` (default: the delivered one), compiled once per process and thread.

    An lxml schema keeps the errors of its last validation, so threads must not share one.
    """
    cache: dict[Path, etree.XMLSchema] = _local.__dict__.setdefault("schemas", {})
    xsd = entry.xsd_of(root or entry.roots[0])
    if xsd not in cache:
        cache[xsd] = compile_xsd(xsd)
    return cache[xsd]


def compile_xsd(xsd: Path) -> etree.XMLSchema:
    """Compile one XSD file with all it includes and imports, from local files only.

    Raises CatalogueError: file missing, not well-formed, with a DOCTYPE, not a schema, or with an include or import
    that is not a local file.
    """
    closure(xsd)
    try:
        schema = etree.XMLSchema(etree.parse(str(xsd), _parser()))
    except (etree.XMLSchemaParseError, etree.XMLSyntaxError, OSError) as error:
        raise CatalogueError(f"Schema {xsd.name} is niet bruikbaar: {error}.") from error
    unresolved = [line.message for line in schema.error_log if line.level >= etree.ErrorLevels.WARNING]
    if unresolved:
        raise CatalogueError(f"Schema {xsd.name} is niet volledig: {unresolved[0].strip()}")
    return schema


def closure(xsd: Path) -> list[Path]:
    """``xsd`` and every file it includes or imports, directly or not, sorted. Raises CatalogueError as above."""
    found: set[Path] = set()
    todo = [xsd.resolve()]
    while todo:
        path = todo.pop()
        if path in found:
            continue
        found.add(path)
        for location in _locations(path):
            target = (path.parent / location).resolve()
            if ":" in location or not target.is_file():
                raise CatalogueError(f"Schema {path.name} verwijst naar {location}, dat hier niet als bestand staat.")
            todo.append(target)
    return sorted(found)


def _locations(path: Path) -> list[str]:
    try:
        tree = etree.parse(str(path), _parser())
    except (etree.XMLSyntaxError, OSError) as error:
        raise CatalogueError(f"Schema {path.name} is niet leesbaar: {error}.") from error
    if tree.docinfo.doctype:
        raise CatalogueError(f"Schema {path.name} heeft een DOCTYPE; dat is niet toegestaan.")
    references = (node for node in tree.getroot() if node.tag in _REFERENCES)
    return [location for node in references if (location := node.get("schemaLocation")) is not None]


def _parser() -> etree.XMLParser:
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
