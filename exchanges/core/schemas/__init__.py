"""The schema catalogue: dated message versions, compiled schemas, proof against the official packages."""

from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.schemas.entry import SchemaEntry, Unsupported

__all__ = ["Catalogue", "SchemaEntry", "Unsupported"]
