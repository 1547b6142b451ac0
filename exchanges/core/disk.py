"""Why a disk refused, in Dutch words, with what to do; and what makes a rename last. Nothing heavy: every DAG parse
reads it."""

from __future__ import annotations

import errno
import os
import re
import tempfile
from pathlib import Path

from exchanges.core.errors import TechnicalError, UsageError

REASONS = {
    errno.ENOSPC: "de schijf is vol; maak ruimte en start opnieuw",
    errno.EDQUOT: "het schijfquotum is op; maak ruimte en start opnieuw",
    errno.EFBIG: "het bestand is groter dan de opslag toelaat",
    errno.EACCES: "geen rechten op de map; geef de gebruiker van dit proces schrijfrechten",
    errno.EPERM: "geen rechten op de map; geef de gebruiker van dit proces schrijfrechten",
    errno.ENOENT: "een map of bestand is er niet; controleer de instelling van de opslag",
    errno.EROFS: "de opslag is alleen-lezen",
    errno.ENOTDIR: "een deel van het pad is geen map; controleer de instelling van de opslag",
    errno.EEXIST: "een deel van het pad is geen map; controleer de instelling van de opslag",
    errno.EISDIR: "het is een map, geen bestand",
    errno.EMFILE: "te veel open bestanden",
    errno.EIO: "de schijf geeft een leesfout of schrijffout",
}
# What can only be about the disk, whoever says it.
_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EROFS, errno.EIO}
# How DuckDB and SQLite tell of it: they give no errno.
_TOLD = {
    re.compile(r"No space left on device|database or disk is full"): errno.ENOSPC,
    re.compile(r"Disk quota exceeded"): errno.EDQUOT,
    re.compile(r"File too large"): errno.EFBIG,
    re.compile(r"disk I/O error|Input/output error"): errno.EIO,
}


def reason(error: OSError) -> str:
    """Of any error of a file."""
    return REASONS.get(error.errno or 0) or f"fout {error.errno or type(error).__name__}"


def no_room(error: Exception) -> str | None:
    """The reason when the disk is what failed; None when it is something else. Of the text of the error nothing is
    given."""
    if isinstance(error, OSError):
        return REASONS[error.errno] if error.errno in _ROOM else None
    if type(error).__module__.partition(".")[0] in ("sqlite3", "duckdb", "_duckdb"):
        text = str(error)
        return next((REASONS[number] for pattern, number in _TOLD.items() if pattern.search(text)), None)
    return None


def make_home(folder: Path) -> None:
    """The folder of the installation. Raises UsageError where it cannot be; a full disk is told as anywhere."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if no_room(error):
            raise
        raise UsageError(f"KETENSLUIS_HOME {folder} kan de map niet zijn: {reason(error)}.") from None


def make_writable(folder: Path) -> None:
    """The folder that somebody named. Raises UsageError when it cannot be there, or nothing may be written in it;
    TechnicalError when the disk is what fails, which is no fault of who named it."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _write(folder)
    except OSError as error:
        kind = TechnicalError if no_room(error) else UsageError
        raise kind(f"In {folder} kan niet worden geschreven: {reason(error)}.") from None


def refusal(folder: Path) -> str | None:
    """Why nothing can be written in ``folder`` at this moment, found by doing it; None when it can."""
    try:
        _write(folder)
    except OSError as error:
        return reason(error)
    return None


def _write(folder: Path) -> None:
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        file.write(bytes(4096))
        os.fsync(file.fileno())


def sync_folder(folder: Path) -> None:
    """A rename is only lasting when the folder is."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
