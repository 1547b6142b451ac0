"""XSD files loaded in xmlschema: slow, and the one that can explain (spec transport, section 15).

Import this module only where a diagnosis, a model or a second opinion is wanted: loading xmlschema takes time.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import xmlschema
from lxml import etree
from xmlschema.validators import XsdPatternFacets

from exchanges.core.errors import CatalogueError
from exchanges.core.schemas.compiled import closure


def diagnostic(xsd: Path) -> xmlschema.XMLSchema10:
    """The schema of one XSD file, local files only, entities refused; loaded once per process.

    Raises CatalogueError when it is not usable.
    """
    return _load(xsd.resolve())


def tree_of(xml: bytes) -> etree._Element:
    """The tree xmlschema can judge: comments and instructions gone, because it takes those for child elements.

    Raises lxml.etree.XMLSyntaxError. Entities stay unread; a DOCTYPE is for the caller to refuse.
    """
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, remove_comments=True, remove_pis=True
    )
    return etree.fromstring(xml, parser)


def accepts(schema: xmlschema.XMLSchema10, xml: bytes) -> bool:
    """The verdict of xmlschema on a document."""
    try:
        return bool(schema.is_valid(tree_of(xml), use_location_hints=False))
    except (xmlschema.XMLSchemaException, KeyError):
        return False  # some xsi:type values make 4.3 raise where it should refuse


def refused_for_patterns(schema: xmlschema.XMLSchema10, xml: bytes) -> bool:
    """Whether xmlschema refuses a document, and for nothing but texts that do not fit their pattern."""
    try:
        errors = list(schema.iter_errors(tree_of(xml), use_location_hints=False))
    except (xmlschema.XMLSchemaException, KeyError):
        return False
    return bool(errors) and all(isinstance(error.validator, XsdPatternFacets) for error in errors)


@lru_cache(maxsize=64)
def _load(xsd: Path) -> xmlschema.XMLSchema10:
    closure(xsd)
    try:
        return xmlschema.XMLSchema10(str(xsd), allow="local", defuse="always")
    except xmlschema.XMLSchemaException as error:
        reason = str(error).strip().splitlines()[0]
        raise CatalogueError(f"Schema {xsd.name} is niet bruikbaar: {reason}") from error
