"""The data keys of a municipality, wrapped by its key, in small files beside the data: ``<gemeente>/sleutels/``.

One file for each generation and never two writers of one: of processes that make a first generation at the same time
each has its own, and both stay readable. Another key of the municipality rewraps these files and nothing else.
"""

from __future__ import annotations

import base64
import hmac
import json
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.keys.sealed import ID_BYTES, KEY_BYTES, DataKey

if TYPE_CHECKING:
    from exchanges.core.keys.ring import KeyRing

FOLDER = "sleutels"
_NONCE_BYTES = 12
_VERSION = 1


class Shelf(Protocol):
    """Where the small files are: of a store."""

    def names(self, folder: str) -> list[str]: ...

    def content(self, key: str) -> bytes: ...

    def keep(self, gemeente: str, key: str, data: bytes, *, replace: bool = False) -> None:
        """Write a small file at once and lastingly."""


@dataclass(frozen=True)
class Wrapped:
    """A data key as it is kept. ``wrapped_by`` tells two keys of a municipality apart and says nothing of either."""

    number: int
    id: bytes
    made: str
    wrapped_by: str
    secret: bytes = field(repr=False)

    @property
    def name(self) -> str:
        return f"{self.number:04d}-{self.id.hex()}.json"

    def about(self, gemeente: str) -> bytes:
        return f"ketensluis sleutel v{_VERSION} {gemeente} {self.number} {self.id.hex()}".encode()


class Generations:
    """Data keys, by municipality. Nothing that is opened outlives this object.

    Raises UsageError when the key of the municipality is missing or another than wrapped them, BusinessError when a
    file with a data key has been altered.
    """

    def __init__(self, shelf: Shelf, ring: KeyRing) -> None:
        self._shelf = shelf
        self.ring = ring
        self._open: dict[str, list[DataKey]] = {}
        self._lock = threading.Lock()

    def newest(self, gemeente: str) -> DataKey:
        """What is sealed with; a first one is made when there is none."""
        with self._lock:
            if gemeente not in self._open:
                if self.wrapped(gemeente):
                    self._open[gemeente] = self._read(gemeente)
                else:
                    self._open[gemeente] = [self._first(gemeente)]
            return self._open[gemeente][-1]

    def of(self, gemeente: str, id: bytes) -> DataKey | None:
        """The data key with this id; None when the municipality has none that is called so."""
        with self._lock:
            found = self._held(gemeente, id)
            if found is None:
                wrapped = self.wrapped(gemeente)
                if not wrapped:
                    raise _missing(gemeente)
                if id in (one.id for one in wrapped):
                    self._open[gemeente] = self._read(gemeente)
                    found = self._held(gemeente, id)
            return found

    def wrapped(self, gemeente: str) -> list[Wrapped]:
        """Of the municipality, the newest last."""
        folder = f"{gemeente}/{FOLDER}"
        names = [name for name in self._shelf.names(folder) if name.endswith(".json")]
        found = [_parsed(gemeente, self._shelf.content(f"{folder}/{name}")) for name in names]
        return sorted(found, key=lambda one: (one.number, one.id))

    def opens(self, gemeente: str) -> bool:
        """Whether the keys that are there are those that wrapped every data key of the municipality. Raises UsageError
        for a key that is none."""
        marks = {_mark(key) for key in self.ring.keys(gemeente)} if self.ring.has(gemeente) else set()
        return all(one.wrapped_by in marks for one in self.wrapped(gemeente))

    def rewrap(self, gemeente: str, keys: Sequence[bytes]) -> int:
        """Wrap every data key by the first of ``keys``, opened by whichever of them wrapped it, and begin a new
        generation. Gives how many were wrapped by another before. Interrupted and done again it ends the same."""
        with self._lock:
            wrapped = self.wrapped(gemeente)
            opened = self._unwrapped(gemeente, wrapped, keys)
            old = [(one, key) for one, key in zip(wrapped, opened, strict=True) if one.wrapped_by != _mark(keys[0])]
            for one, key in old:
                self._write(gemeente, one.number, key, keys[0], one.made, replace=True)
            opened.append(self._add(gemeente, keys[0], wrapped[-1].number + 1 if wrapped else 1))
            self._open[gemeente] = opened
            return len(old)

    def _read(self, gemeente: str) -> list[DataKey]:
        try:
            return self._unwrapped(gemeente, self.wrapped(gemeente), self.ring.keys(gemeente))
        except UsageError:
            # While the key is replaced, old files may be seen with the new key or the other way round.
            return self._unwrapped(gemeente, self.wrapped(gemeente), self.ring.keys(gemeente))

    def _held(self, gemeente: str, id: bytes) -> DataKey | None:
        return next((key for key in self._open.get(gemeente, ()) if key.id == id), None)

    def _first(self, gemeente: str) -> DataKey:
        """Who puts another key in place of the one of the municipality meanwhile may not have seen this data key, and
        takes away what opens it: then it is wrapped by that other one."""
        key = self.ring.first(gemeente)[0]
        made = self._add(gemeente, key, 1)
        now = self.ring.keys(gemeente)[0]
        if now != key:
            self._write(gemeente, 1, made, now, _now(), replace=True)
        return made

    def _add(self, gemeente: str, key: bytes, number: int) -> DataKey:
        fresh = DataKey(os.urandom(ID_BYTES), os.urandom(KEY_BYTES))
        self._write(gemeente, number, fresh, key, _now())
        return fresh

    def _write(self, gemeente: str, number: int, data_key: DataKey, key: bytes, made: str,
               replace: bool = False) -> None:
        nonce = os.urandom(_NONCE_BYTES)
        bare = Wrapped(number, data_key.id, made, _mark(key), b"")
        secret = nonce + AESGCM(key).encrypt(nonce, data_key.secret, bare.about(gemeente))
        text = json.dumps({
            "versie": _VERSION, "generatie": number, "id": data_key.id.hex(), "gemaakt": made,
            "ingepakt_met": bare.wrapped_by, "sleutel": base64.b64encode(secret).decode(),
        }, indent=1)  # fmt: skip
        self._shelf.keep(gemeente, f"{gemeente}/{FOLDER}/{bare.name}", text.encode(), replace=replace)

    def _unwrapped(self, gemeente: str, wrapped: Sequence[Wrapped], keys: Sequence[bytes]) -> list[DataKey]:
        by_mark = {_mark(key): key for key in keys}
        found = []
        for one in wrapped:
            key = by_mark.get(one.wrapped_by)
            if key is None:
                raise UsageError(
                    f"Gemeente {gemeente}: de sleutel in {self.ring.where(gemeente)} is niet die waarmee haar gegevens"
                    " zijn versleuteld; zet de goede sleutel daar, zo nodig de oude achter de nieuwe."
                )
            try:
                secret = AESGCM(key).decrypt(one.secret[:_NONCE_BYTES], one.secret[_NONCE_BYTES:], one.about(gemeente))
            except (InvalidTag, ValueError):
                raise _altered(gemeente) from None
            found.append(DataKey(one.id, secret))
        return found


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _mark(key: bytes) -> str:
    return hmac.new(key, b"ketensluis kenmerk v1", "sha256").hexdigest()[:16]


def _parsed(gemeente: str, text: bytes) -> Wrapped:
    try:
        said: dict[str, Any] = json.loads(text)
        if said["versie"] != _VERSION:
            raise ValueError
        return Wrapped(int(said["generatie"]), bytes.fromhex(said["id"]), str(said["gemaakt"]),
                       str(said["ingepakt_met"]), base64.b64decode(said["sleutel"], validate=True))  # fmt: skip
    except (ValueError, KeyError, TypeError, AttributeError):
        raise _altered(gemeente) from None


def _missing(gemeente: str) -> BusinessError:
    return BusinessError(
        f"Gemeente {gemeente}: de map {FOLDER} van de opslag is leeg, en zonder die bestanden is niets te lezen; zet de"
        " reservekopie van die map terug."
    )


def _altered(gemeente: str) -> BusinessError:
    return BusinessError(
        f"Gemeente {gemeente}: een bestand in de map {FOLDER} van de opslag is veranderd; gebruik het niet, zet de"
        " reservekopie van die map terug."
    )
