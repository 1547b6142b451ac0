"""How large a file a channel takes."""

from __future__ import annotations

import zlib

from exchanges.core.errors import BusinessError
from exchanges.core.transport.channel import Outgoing

MEGABYTE = 1_000_000  # the smaller reading of MB: what fits this, fits the other
_CHUNK = 1024 * 1024


def require_compressed_size(path: Outgoing, megabytes: int) -> None:
    """Raise BusinessError when ``path``, compressed as gzip does, is more than ``megabytes``. Stops looking there."""
    limit, done = megabytes * MEGABYTE, 0
    packer = zlib.compressobj()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            done += len(packer.compress(chunk))
            if done > limit:
                break
        else:
            done += len(packer.flush())
    if done > limit:
        raise BusinessError(
            f"Het bestand is gecomprimeerd meer dan {megabytes} MB, en groter neemt dit kanaal niet aan; er is niets "
            "verzonden. Stel voor deze partner het kanaal voor grote bestanden in (grens_mb)."
        )
