"""Where a store is: a path, or an address of fsspec."""

from __future__ import annotations

from typing import Any

from fsspec.core import url_to_fs

from exchanges.core.errors import UsageError


def file_system(url: str) -> tuple[Any, str]:
    """What an address leads to, and the root there. Raises UsageError, with no more of the address in it than its kind:
    there may be a password in the rest."""
    try:
        filesystem, root = url_to_fs(url)
    except (ValueError, ImportError, TypeError):
        raise UsageError(
            f"Opslag {url.partition('://')[0]}:// is hier niet te gebruiken (KETENSLUIS_STORE); geef een map, of een"
            " adres van een soort waarvan het pakket is geïnstalleerd (s3fs voor s3://)."
        ) from None
    return filesystem, str(root)
