"""Names on the partner's side: the final name, its sidecar, and the temporary names that are ours.

The temporary name holds the hash of the content, so that an interrupted upload can be told from that of other content.
"""

from __future__ import annotations

import re
from typing import NoReturn

from exchanges.core.errors import UsageError

SIDECAR = ".sha256"
PART = ".part"

# Starts with a letter (NCName in Grote Berichten), 200 characters and this set (Digikoppeling GB, MD007).
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9._-]{0,199}", re.ASCII)
_SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")


def require_name(name: str) -> None:
    """Raise UsageError unless ``name`` can be the final name of a delivery."""
    if not _NAME.fullmatch(name):
        _refuse(f"Bestandsnaam {name!r} kan niet: begin met een letter, gebruik alleen A-Z, a-z, 0-9, punt, streep en "
                "liggend streepje, en hoogstens 200 tekens.")
    if name.endswith((SIDECAR, PART)):
        _refuse(f"Bestandsnaam {name!r} kan niet: {SIDECAR} en {PART} zijn van het transport zelf.")


def is_plain(name: str) -> bool:
    """Whether ``name`` is one file name and nothing more; partners choose their own characters."""
    return 0 < len(name) <= 255 and "/" not in name and name not in {".", ".."} and not _CONTROL.search(name)


def require_partner_name(name: str) -> None:
    """Raise UsageError unless ``name`` is one plain file name."""
    if not is_plain(name):
        _refuse(f"Bestandsnaam {name!r} kan niet: geef één naam, zonder map.")


def require_sha256(sha256: str) -> None:
    if not _SHA256.fullmatch(sha256):
        _refuse("De hash van het bestand is geen sha256 (64 tekens 0-9 en a-f).")


def remote_path(directory: str, name: str) -> str:
    """``directory/name``. Raises UsageError for a directory that climbs out of itself."""
    directory = require_directory(directory)
    return f"{directory.rstrip('/')}/{name}"


def require_directory(directory: str) -> str:
    """The directory as given, ``.`` when empty."""
    directory = directory or "."
    if _CONTROL.search(directory) or ".." in directory.split("/"):
        _refuse(f"Map {directory!r} kan niet: '..' en onzichtbare tekens mogen er niet in.")
    return directory


def temp_name(name: str, sha256: str) -> str:
    """Where ``name`` is written before it gets its name; at most 226 characters, hidden on Unix."""
    return f".{name}.{sha256[:12]}{PART}"


def is_own_temp(entry: str, name: str) -> bool:
    """Whether ``entry`` is a temporary name that some delivery of ``name`` made, for the data or the sidecar."""
    pattern = rf"\.{re.escape(name)}({re.escape(SIDECAR)})?\.[0-9a-f]{{12}}{re.escape(PART)}"
    return re.fullmatch(pattern, entry, re.ASCII) is not None


def sidecar_text(name: str, sha256: str) -> bytes:
    """The line ``sha256sum -c`` reads."""
    return f"{sha256}  {name}\n".encode("ascii")


def sidecar_hash(content: bytes, name: str) -> str:
    """The hash a sidecar of ``name`` gives; empty when it is not one. A line with the hash alone is one too."""
    words = content.decode("utf-8", "replace").split(None, 1)
    if not words or not _SHA256.fullmatch(words[0].lower()):
        return ""
    said = words[1].strip().removeprefix("*") if len(words) == 2 else name
    return words[0].lower() if said == name else ""


def _refuse(message: str) -> NoReturn:
    raise UsageError(message)
