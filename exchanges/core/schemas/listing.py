"""The catalogue as rows, for ``sluis schemas list`` and for the provenance in reports."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.schemas.entry import SchemaEntry, Unsupported
from exchanges.core.schemas.install import official_dir
from exchanges.core.schemas.treehash import hash_of, tree_hash


def list_schemas(home: Path | None = None, catalogue: Catalogue | None = None) -> list[dict[str, Any]]:
    """One row per version, by message and date, ready for JSON.

    ``installed`` is about the official package under ``home``: ``yes``, ``no``, ``changed`` (not the bytes of the
    catalogue) or ``none`` (there is no official package, or no home was given). A version that is known but not
    supported has ``supported`` false and a ``reason``.
    """
    found = catalogue or Catalogue.load()
    known: list[SchemaEntry | Unsupported] = [*found.entries, *found.unsupported]
    known.sort(key=lambda item: (item.message, item.valid_from))
    return [_row(item, found.folder, home) for item in known]


def schema_sha256(entry: SchemaEntry, folder: Path) -> str:
    """The hash of all our XSD files that decide about ``entry``: what a report names as its schema."""
    return _own_hash(tuple(entry.xsds.values()), folder)


def _row(item: SchemaEntry | Unsupported, folder: Path, home: Path | None) -> dict[str, Any]:
    row: dict[str, Any] = {
        "message": item.message, "version": item.version, "namespace": item.namespace, "roots": list(item.roots),
        "valid_from": item.valid_from.isoformat(), "valid_to": item.valid_to.isoformat() if item.valid_to else None,
        "certainty": item.certainty, "source": item.source, "supported": isinstance(item, SchemaEntry),
        "reason": "", "date_certainty": item.certainty, "package": None, "package_sha256": None,
        "installed": "none", "schema_sha256": None, "remarks": "",
    }
    if isinstance(item, Unsupported):
        return {**row, "reason": item.reason}
    return {
        **row, "date_certainty": item.date_certainty, "package": item.package, "package_sha256": item.package_sha256,
        "installed": _installed(item, home), "schema_sha256": schema_sha256(item, folder), "remarks": item.remarks,
    }


def _installed(entry: SchemaEntry, home: Path | None) -> str:
    if entry.package is None or home is None:
        return "none"
    place = official_dir(home) / entry.package
    if not place.exists():
        return "no"
    return "yes" if tree_hash(place) == entry.package_sha256 else "changed"


@lru_cache(maxsize=64)
def _own_hash(xsds: tuple[Path, ...], folder: Path) -> str:
    from exchanges.core.schemas.compiled import closure

    files = {path for xsd in xsds for path in closure(xsd)}
    return hash_of([(path.relative_to(folder.resolve()).as_posix(), path.read_bytes()) for path in files])
