"""Failures of the storage itself as one Dutch line; the cause can pass, so a retry makes sense."""

from __future__ import annotations

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from exchanges.core.errors import BusinessError, TechnicalError

_REASONS = {
    errno.ENOSPC: "de schijf is vol; maak ruimte en start opnieuw",
    errno.EDQUOT: "het schijfquotum is op; maak ruimte en start opnieuw",
    errno.EFBIG: "het bestand is groter dan de opslag toelaat",
    errno.EACCES: "geen rechten op de map; geef de gebruiker van dit proces schrijfrechten",
    errno.EPERM: "geen rechten op de map; geef de gebruiker van dit proces schrijfrechten",
    errno.ENOENT: "een map of bestand is er niet; controleer de instelling van de opslag",
    errno.EROFS: "de opslag is alleen-lezen",
    errno.ENOTDIR: "een deel van het pad is geen map; controleer de instelling van de opslag",
    errno.EEXIST: "een deel van het pad is geen map; controleer de instelling van de opslag",
    errno.EMFILE: "te veel open bestanden",
    errno.EIO: "de schijf geeft een leesfout of schrijffout",
}


@contextmanager
def storage_failures(action: str) -> Iterator[None]:
    """Turn an OSError into TechnicalError. The original is cut off: its file name may come from outside."""
    try:
        yield
    except OSError as error:
        reason = _REASONS.get(error.errno or 0) or f"fout {error.errno or type(error).__name__}"
        raise TechnicalError(f"Opslag: {action} lukt niet: {reason}.") from None


def altered(gemeente: str, sha256: str) -> BusinessError:
    return BusinessError(
        f"Artefact {sha256} van gemeente {gemeente} is veranderd nadat het is opgeslagen; gebruik het niet, "
        "zet de reservekopie terug of maak de levering opnieuw."
    )


def missing(gemeente: str, sha256: str) -> BusinessError:
    return BusinessError(f"Artefact {sha256} van gemeente {gemeente} is er niet; maak de stap opnieuw.")
