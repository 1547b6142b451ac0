"""Put an official package beside our own schemas, so that the verdicts can be compared.

The user gets the package from its publisher; only the one the catalogue names, byte for byte, is accepted. It is
kept in ``<home>/official/<package>`` with a note of where it came from.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import tempfile
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from exchanges.core.disk import make_writable
from exchanges.core.errors import CatalogueError
from exchanges.core.schemas.catalogue import Catalogue
from exchanges.core.schemas.entry import SchemaEntry
from exchanges.core.schemas.package import read_package
from exchanges.core.schemas.treehash import hash_of, tree_hash

_NOTE = ".herkomst.json"


@dataclass(frozen=True)
class Installed:
    """``provenance`` is the note beside the package; ``already``: it was there, nothing was written."""

    message: str
    version: str
    package: str
    sha256: str
    path: Path
    provenance: Path
    files: int
    already: bool


def official_dir(home: Path) -> Path:
    """Where packages are installed under a data home: what ``verify`` takes as ``official``."""
    return home / "official"


def install(package: Path, home: Path, catalogue: Catalogue | None = None) -> Installed:
    """Install a folder, a zip or a single schema file. Safe to repeat and to interrupt: the package appears whole or
    not at all.

    Raises UsageError (not there, or nothing may be written under ``home``), TechnicalError (no room), InputRefused
    (unsafe or no package, see :func:`package.read_package`), CatalogueError (another release than the catalogue names,
    or the installed copy was changed afterwards).
    """
    entry, files = _recognised(package, read_package(package), catalogue or Catalogue.load())
    assert entry.package is not None and entry.package_sha256 is not None
    target = official_dir(home) / entry.package
    note = target.with_name(target.name + _NOTE)
    done = Installed(entry.message, entry.version, entry.package, entry.package_sha256, target, note, len(files), False)
    if target.exists():
        if tree_hash(target) != entry.package_sha256:
            raise CatalogueError(
                f"De geïnstalleerde kopie van {entry.package} is gewijzigd; verwijder haar en installeer opnieuw."
            )
        if note.is_file():
            return Installed(**{**vars(done), "already": True})
    else:
        _place(files, target)
    _write_note(note, entry, package, files)
    return done


def _recognised(
    package: Path, files: list[tuple[str, bytes]], catalogue: Catalogue
) -> tuple[SchemaEntry, list[tuple[str, bytes]]]:
    """The entry these files are the package of; folders around everything do not count."""
    variants = [files]
    while all("/" in name for name, _ in files) and len({name.partition("/")[0] for name, _ in files}) == 1:
        files = [(name.partition("/")[2], content) for name, content in files]
        variants.append(files)
    by_hash = {entry.package_sha256: entry for entry in catalogue.own if entry.package}
    for variant in variants:
        entry = by_hash.get(hash_of(variant))
        if entry is not None:
            return entry, variant
    known = ", ".join(sorted(entry.package or "" for entry in by_hash.values()))
    raise CatalogueError(
        f"Pakket {package.name} is niet gelijk aan een pakket in de schemacatalogus (sha256 wijkt af); bekend: {known}."
    )


def _place(files: list[tuple[str, bytes]], target: Path) -> None:
    make_writable(target.parent)
    building = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        for name, content in files:
            path = building / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        building.chmod(0o755)
        building.replace(target)
    except OSError:
        if not target.exists():  # another process placing the same package is no failure: the content is the same
            raise
    finally:
        shutil.rmtree(building, ignore_errors=True)


def _write_note(note: Path, entry: SchemaEntry, package: Path, files: list[tuple[str, bytes]]) -> None:
    source = hashlib.sha256(package.read_bytes()).hexdigest() if package.is_file() else None
    content = {
        "package": entry.package, "publisher": entry.publisher, "sha256": entry.package_sha256,
        "message": entry.message, "version": entry.version, "source": package.name, "source_sha256": source,
        "installed": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": [{"path": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
                  for name, data in sorted(files)],
    }
    draft = note.with_name(f".{note.name}.{os.getpid()}")
    draft.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    draft.replace(note)
