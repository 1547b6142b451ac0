"""Failures of the storage itself as one Dutch line; the cause can pass, so a retry makes sense."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from exchanges.core.disk import reason
from exchanges.core.errors import BusinessError, TechnicalError


@contextmanager
def storage_failures(action: str) -> Iterator[None]:
    """Turn an OSError into TechnicalError. The original is cut off: its file name may come from outside."""
    try:
        yield
    except OSError as error:
        raise TechnicalError(f"Opslag: {action} lukt niet: {reason(error)}.") from None


def altered(gemeente: str, sha256: str) -> BusinessError:
    return BusinessError(
        f"Artefact {sha256} van gemeente {gemeente} is veranderd nadat het is opgeslagen; gebruik het niet, "
        "zet de reservekopie terug of maak de levering opnieuw."
    )


def missing(gemeente: str, sha256: str) -> BusinessError:
    return BusinessError(f"Artefact {sha256} van gemeente {gemeente} is er niet; maak de stap opnieuw.")
