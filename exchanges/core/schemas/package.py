"""An official package as it comes from outside: a folder, a zip or one schema file. Read with suspicion, only its
schema files."""

from __future__ import annotations

import os
import re
import stat
import zipfile
import zlib
from pathlib import Path

from exchanges.core.errors import InputRefused, UsageError
from exchanges.core.schemas.treehash import SUFFIXES

# The largest official package known has under a hundred files and 1 MB; these leave room for a whole publisher.
MOST_FILES = 5_000
MOST_BYTES = 50_000_000
MOST_RATIO = 200
_DEEPEST = 20
_BLOCK = 1 << 16


def read_package(package: Path) -> list[tuple[str, bytes]]:
    """The schema files in ``package``: (relative posix path, content), sorted.

    Raises UsageError when it is not there, InputRefused (one line, Dutch) when it is not safe or not a package: a path
    that leaves the package, a link, a password, a bomb, a damaged zip, too many files, no schema at all.
    """
    if package.is_dir():
        files = _from_folder(package)
    elif package.is_file() and package.suffix.lower() in SUFFIXES:
        _within(package, 1, package.stat().st_size)
        files = [(package.name, package.read_bytes())]
    elif package.is_file():
        files = _from_zip(package)
    else:
        raise UsageError(
            f"Pakket {package.name} bestaat niet; geef de map, het zip-bestand of het schemabestand van de uitgever."
        )
    if not files:
        raise InputRefused(f"Pakket {package.name} bevat geen schema's (*.xsd, *.wsdl).")
    return sorted(files)


def _from_folder(folder: Path) -> list[tuple[str, bytes]]:
    found: list[tuple[str, bytes]] = []
    total = 0
    for above, _, names in os.walk(folder, followlinks=False):
        for name in names:
            path = Path(above, name)
            if path.suffix.lower() not in SUFFIXES:
                continue
            if not stat.S_ISREG(path.lstat().st_mode):
                raise _refused(folder, "bevat een verwijzing in plaats van een bestand")
            total += path.stat().st_size
            _within(folder, len(found) + 1, total)
            found.append((path.relative_to(folder).as_posix(), path.read_bytes()))
    return found


def _from_zip(package: Path) -> list[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(package) as archive:
            return _members(package, archive)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, UnicodeDecodeError, ValueError) as error:
        raise _refused(package, "is geen leesbaar zip-bestand") from error


def _members(package: Path, archive: zipfile.ZipFile) -> list[tuple[str, bytes]]:
    found: dict[str, bytes] = {}
    total = 0
    members = archive.infolist()
    _within(package, len(members), 0)
    for member in members:
        name = _checked_name(package, member)
        if member.is_dir() or Path(name).suffix.lower() not in SUFFIXES:
            continue
        if member.flag_bits & 1:
            raise _refused(package, "is met een wachtwoord beveiligd")
        if name in found:
            raise _refused(package, "bevat hetzelfde bestand meer dan eens")
        content = _content(package, archive, member, MOST_BYTES - total)
        total += len(content)
        found[name] = content
    return list(found.items())


def _checked_name(package: Path, member: zipfile.ZipInfo) -> str:
    name = member.filename
    parts = name.rstrip("/").split("/")
    kind = stat.S_IFMT(member.external_attr >> 16)
    if (
        name.startswith("/") or "\\" in name or ":" in name or len(parts) > _DEEPEST
        or any(part in ("", ".", "..") for part in parts) or re.search(r"[\x00-\x1f\x7f]", name)
    ):
        raise _refused(package, "bevat een bestandsnaam die buiten het pakket wijst of niet mag")
    if kind not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise _refused(package, "bevat een verwijzing in plaats van een bestand")
    return name


def _content(package: Path, archive: zipfile.ZipFile, member: zipfile.ZipInfo, room: int) -> bytes:
    """The file, counted while it unpacks: what a zip says about its own sizes is not to be trusted."""
    blocks: list[bytes] = []
    size = 0
    with archive.open(member) as stream:
        while block := stream.read(_BLOCK):
            size += len(block)
            if size > room or (size > _BLOCK and size > MOST_RATIO * max(member.compress_size, 1)):
                raise _refused(package, "wordt bij het uitpakken te groot")
            blocks.append(block)
    return b"".join(blocks)


def _within(package: Path, files: int, size: int) -> None:
    if files > MOST_FILES or size > MOST_BYTES:
        raise _refused(package, f"is te groot (hoogstens {MOST_FILES} bestanden en {MOST_BYTES // 1_000_000} MB)")


def _refused(package: Path, reason: str) -> InputRefused:
    return InputRefused(f"Pakket {package.name} is geweigerd: het {reason}.")
