"""One hash for a folder of schema files, the same on every machine.

sha256 over the lines ``<relative posix path> NUL <sha256 of the file> LF``, sorted by path, of the ``*.xsd`` and
``*.wsdl`` files only: a PDF or a note beside the schemas does not change what the schemas say.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

SUFFIXES = (".xsd", ".wsdl")


def schema_files(root: Path) -> list[tuple[str, Path]]:
    """The files that count: (path relative to ``root``, path), sorted. A single file is a tree of one."""
    if root.is_file():
        return [(root.name, root)]
    found = (path for path in root.rglob("*") if path.suffix.lower() in SUFFIXES and path.is_file())
    return sorted((path.relative_to(root).as_posix(), path) for path in found)


def tree_hash(root: Path) -> str:
    """The hash of ``root``, 64 hexadecimals."""
    return hash_of([(name, path.read_bytes()) for name, path in schema_files(root)])


def hash_of(files: list[tuple[str, bytes]]) -> str:
    """The same hash for files that are not on disk (yet): (relative posix path, content)."""
    lines = (f"{name}\0{hashlib.sha256(content).hexdigest()}\n" for name, content in sorted(files))
    return hashlib.sha256("".join(lines).encode()).hexdigest()
