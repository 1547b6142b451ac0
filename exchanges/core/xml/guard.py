"""What a file from outside may not be, seen from its first bytes before it is read."""

from __future__ import annotations

import re
import stat
from pathlib import Path

from exchanges.core.findings import finding
from exchanges.core.xml.split import HasDoctype, root_of

MAX_BYTES = 4 * 1024**3
_DECLARED = re.compile(rb"""^<\?xml[^>]*?encoding\s*=\s*["']([A-Za-z0-9._-]+)["']""")
_MAGIC = {b"\x1f\x8b": "gzip", b"PK\x03\x04": "zip", b"BZh": "bzip2", b"\xfd7zXZ": "xz", b"%PDF": "pdf"}
_UTF16 = (b"\xff\xfe", b"\xfe\xff", b"<\x00", b"\x00<")
_SOURCE = "spec transport 15"


def guard(path: Path, max_bytes: int = MAX_BYTES) -> list[dict[str, object]]:
    """Findings on the raw file: no regular file, empty, too large, packed, other encoding, DOCTYPE. None means it may
    be parsed."""
    status = path.stat()
    size = status.st_size
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        # A pipe has no size, and is empty when it was read once.
        return [finding("XML-00", "error", "Dit is geen gewoon bestand, maar een pijp of apparaat.",
                        action="Bewaar het eerst en noem dan dat bestand.", source=_SOURCE)]
    if size == 0:
        return [finding("XML-00", "error", "Het bestand is leeg.", action="Lever het bestand opnieuw.", source=_SOURCE)]
    if size > max_bytes:
        return [finding("XML-02", "error", f"Het bestand is groter dan {max_bytes // 1024**2} MiB.",
                        action="Splits de levering.", source=_SOURCE)]
    with path.open("rb") as file:
        head = file.read(4096)
    if found := guard_head(head):
        return found
    try:
        with path.open("rb") as file:
            root_of(file)
    except HasDoctype:
        return [finding("XML-05", "error", "Het bestand heeft een DOCTYPE of eigen entiteiten; dat wordt niet gelezen.",
                        action="Lever XML zonder DOCTYPE.", source=_SOURCE)]
    return []


def guard_head(head: bytes) -> list[dict[str, object]]:
    """The same by the first bytes alone: packed, another kind of file, another encoding than UTF-8."""
    for magic, name in _MAGIC.items():
        if head.startswith(magic):
            return [finding("XML-03", "error", f"Het bestand is ingepakt of van een ander soort ({name}), geen XML.",
                            action="Pak het uit en lever de XML.", source=_SOURCE)]
    if head.startswith(_UTF16):
        return [_encoding("UTF-16")]
    declared = _DECLARED.match(head.removeprefix(b"\xef\xbb\xbf").lstrip())
    if declared and declared[1].upper() not in (b"UTF-8", b"US-ASCII"):
        return [_encoding(declared[1].decode("ascii"))]
    return []


def _encoding(name: str) -> dict[str, object]:
    return finding("XML-04", "error", f"Het bestand heeft codering {name}; afgesproken is UTF-8.",
                   action="Lever het bestand in UTF-8.", source="spec transport, WS006")
