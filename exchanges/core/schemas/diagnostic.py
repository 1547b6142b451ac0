"""XSD files loaded in xmlschema: slow, and the one that can explain (spec transport, section 15).

Import this module only where a diagnosis, a model or a second opinion is wanted: loading xmlschema takes time.
"""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

import xmlschema

from exchanges.core.errors import CatalogueError
from exchanges.core.schemas.compiled import closure


def diagnostic(xsd: Path) -> xmlschema.XMLSchema10:
    """The schema of one XSD file, local files only, entities refused; loaded once per process.

    Raises CatalogueError when it is not usable.
    """
    return _load(xsd.resolve())


def accepts(schema: xmlschema.XMLSchema10, document: Any) -> bool:
    """The verdict of xmlschema on an lxml tree."""
    try:
        return bool(schema.is_valid(document, use_location_hints=False))
    except (xmlschema.XMLSchemaException, KeyError):
        return False  # some xsi:type values make 4.3 raise where it should refuse


@lru_cache(maxsize=64)
def _load(xsd: Path) -> xmlschema.XMLSchema10:
    closure(xsd)
    try:
        return xmlschema.XMLSchema10(str(xsd), allow="local", defuse="always")
    except xmlschema.XMLSchemaException as error:
        reason = str(error).strip().splitlines()[0]
        raise CatalogueError(f"Schema {xsd.name} is niet bruikbaar: {reason}") from error
