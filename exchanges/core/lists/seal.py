"""One sealed file, that only who it is for can open: age with an X25519 key of the municipality.

What is sealed is a stream: it is never on disk in clear. Sealing needs the public key only, so whoever makes the lists
cannot open them afterwards. The format is public (age-encryption.org/v1): any age program opens the file.
"""

from __future__ import annotations

import io
import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyrage
from pyrage import x25519

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.store.failures import storage_failures

ENDING = ".age"


@dataclass(frozen=True)
class Seal:
    """The public keys (``age1…``) from the settings: ``recipient`` of the municipality, ``restricted`` of the role in
    it that may see criminal-justice data.

    Raises UsageError for a key that is none, or that is used for both.
    """

    recipient: str
    restricted: str | None = None

    def __post_init__(self) -> None:
        for key in (self.recipient, self.restricted):
            if key is not None:
                _recipient(key)
        if self.restricted == self.recipient:
            raise UsageError("Verzegelen: het beperkte bestand heeft de sleutel van het gewone; geef een andere.")


def seal(pieces: Iterable[bytes], recipient: str, path: Path) -> None:
    """Write ``pieces``, sealed for ``recipient``, to a new file that its owner alone can read. An error of whoever
    makes the pieces is raised as it was; then the file is incomplete and cannot be opened. Raises TechnicalError for
    the disk."""
    source = _Source(iter(pieces))
    with storage_failures("een verzegeld bestand schrijven"), open(path, "xb", opener=private) as sink:
        try:
            pyrage.encrypt_io(source, sink, [_recipient(recipient)])
        except (pyrage.EncryptError, OSError):
            # The library passes on the text of an error and not the error.
            if source.failed is not None:
                raise source.failed from None
            raise
        sink.flush()
        os.fsync(sink.fileno())


def unseal(path: Path, identity: str, out: Path) -> None:
    """Open a sealed file into ``out``, a zip file. ``identity`` is the secret key (``AGE-SECRET-KEY-1…``).

    Raises UsageError for a key that is none, BusinessError when the file is not for this key, cut off or changed,
    TechnicalError for the disk; then nothing is left of ``out``."""
    try:
        key = x25519.Identity.from_str(identity)
    except pyrage.IdentityError:
        raise UsageError("Openen: dit is geen geheime sleutel van age (AGE-SECRET-KEY-1…).") from None
    with (
        storage_failures("een verzegeld bestand openen"),
        path.open("rb") as source,
        open(out, "xb", opener=private) as sink,
    ):
        try:
            pyrage.decrypt_io(source, sink, [key])
            sink.flush()
        except BaseException as error:
            out.unlink()
            # Of a damaged file the library makes an OSError too; one of the disk has a number.
            if isinstance(error, pyrage.DecryptError) or (isinstance(error, OSError) and error.errno is None):
                raise BusinessError(
                    f"Openen: {path.name} is niet voor deze sleutel, of is beschadigd; vraag het bestand opnieuw op."
                ) from None
            raise


def private(path: str, flags: int) -> int:
    """For ``open``: a file that its owner alone can read."""
    return os.open(path, flags, 0o600)


class _Source(io.RawIOBase):
    """An iterator of bytes as a file that can be read."""

    def __init__(self, pieces: Iterator[bytes]) -> None:
        self._pieces = pieces
        self._left = memoryview(b"")
        self.failed: BaseException | None = None

    def readable(self) -> bool:
        return True

    def read(self, size: int = -1) -> bytes:
        try:
            while not self._left:
                self._left = memoryview(next(self._pieces))
        except StopIteration:
            return b""
        except BaseException as error:
            self.failed = error
            raise
        size = len(self._left) if size < 0 else size
        part, self._left = bytes(self._left[:size]), self._left[size:]
        return part


def _recipient(key: str) -> Any:
    try:
        return x25519.Recipient.from_str(key)
    except pyrage.RecipientError:
        raise UsageError("Verzegelen: de sleutel van de ontvanger is geen openbare sleutel van age (age1…).") from None
