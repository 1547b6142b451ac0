"""The artefact store: one folder per gemeente, immutable bytes under their sha256, sealed where there are keys."""

from __future__ import annotations

import json
import os
import secrets
import stat
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from fsspec.implementations.local import LocalFileSystem

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.keys.sealed import HEAD_BYTES, Broken, is_sealed, read_fully
from exchanges.core.store.address import file_system
from exchanges.core.store.artefact import (
    Artefact,
    Quarantined,
    artefact_key,
    check_gemeente,
    check_sha256,
    quarantine_folder,
    quarantine_key,
    temporary_key,
)
from exchanges.core.store.backend import Altered, Backend
from exchanges.core.store.copies import Copies, private_folder
from exchanges.core.store.disk import Disk
from exchanges.core.store.draft import Draft
from exchanges.core.store.failures import altered, missing, storage_failures
from exchanges.core.store.hashing import BLOCK, Hashed, hash_file
from exchanges.core.store.privacy import holds_bsn, without_bsn
from exchanges.core.store.remote import Remote
from exchanges.core.store.sealing import Opened, Safe, Sealing

if TYPE_CHECKING:
    from exchanges.core.keys.ring import KeyRing

_REASON = ".reason.json"


class Store:
    """Bytes in, bytes out; what the bytes mean is in the ledger.

    ``url`` is a path or an fsspec address (``file:///srv/sluis``, ``memory://proef``). ``ring`` has the keys: what is
    stored is sealed before a file system gets it, and what was stored before there were keys can still be read. Without
    it everything lies there as it is. ``room`` gives the private folder for copies to read from; without it a temporary
    one, that is gone with this store. See :func:`exchanges.core.store.opening.open_store`.

    Errors of all methods: UsageError (a gemeente or sha256 that cannot be one, a source file that is not there, a key
    that is missing), BusinessError (an artefact that is missing or altered), TechnicalError (disk full, no rights,
    storage not reachable).
    """

    def __init__(self, url: str | Path, ring: KeyRing | None = None, room: Callable[[], Path] | None = None) -> None:
        filesystem, root = file_system(str(url))
        local = isinstance(filesystem, LocalFileSystem)
        room = room or private_folder(self)
        self._backend: Backend = Disk(Path(root)) if local else Remote(filesystem, root, room)
        self.sealing = Sealing(self._backend, ring) if ring is not None else None
        self._copies = Copies(room)

    def put(self, gemeente: str, path: Path, *, name: str, media_type: str, rows: int | None = None,
            move: bool = False, sha256: str | None = None) -> Artefact:
        """Store a file. ``move`` gives the file away: where it need not be sealed, and on the same file system, it is
        renamed and not copied.

        ``sha256`` is for a file the caller has hashed itself: what is copied is compared with it, and a difference is a
        BusinessError; what is renamed is not hashed again.
        """
        check_gemeente(gemeente)
        present = _source_size(path)
        if sha256 is not None:
            check_sha256(sha256)
        with storage_failures("een artefact opslaan"):
            known = self._take(gemeente, path, sha256) if move and self.sealing is None else None
            if known is None:
                with path.open("rb", buffering=0) as source:
                    known, present = self._add(gemeente, source, sha256)
                if move:
                    path.unlink()
        return Artefact(known, present, media_type, rows, name)

    @contextmanager
    def together(self) -> Iterator[None]:
        """For several artefacts, by several threads: they are lasting when this has ended, which takes the disk hardly
        longer than one of them."""
        with storage_failures("artefacten opslaan"), self._backend.together():
            yield

    def put_bytes(self, gemeente: str, data: bytes, *, name: str, media_type: str, rows: int | None = None) -> Artefact:
        with storage_failures("een artefact opslaan"):
            sha256, size = self._add(gemeente, BytesIO(data), None)
        return Artefact(sha256, size, media_type, rows, name)

    def draft(self, gemeente: str, path: Path) -> Draft:
        """A file of the caller that will be an artefact, to be written at ``path`` as it will lie in the store."""
        check_gemeente(gemeente)
        with storage_failures("een bestand schrijven"):
            return Draft(path, gemeente, self.sealing.sealer(gemeente) if self.sealing is not None else None)

    def adopt(self, draft: Draft, *, name: str, media_type: str, rows: int | None = None) -> Artefact:
        """Make an artefact of a draft that has ended. It is renamed where that can be, else copied as it is. Raises
        UsageError for one that has not."""
        key = artefact_key(draft.gemeente, draft.sha256)
        # Looked at first: what once lies at that key stays there, and what should be there would never get in.
        if _source_size(draft.path) != draft.stored_size:
            raise _changed_underway()
        with storage_failures("een artefact opslaan"):
            placed = self._backend.take(draft.path, key)
            if placed is None:
                with self._part(draft.gemeente) as part:
                    with draft.path.open("rb", buffering=0) as source:
                        self._backend.write(part, iter(lambda: source.read(BLOCK), b""))
                    placed = self._backend.settle(part, key)
                draft.path.unlink()
            self._confirm(draft.gemeente, draft.sha256, draft.size, placed, key)
        return Artefact(draft.sha256, draft.size, media_type, rows, name)

    def exists(self, gemeente: str, sha256: str) -> bool:
        return self.size(gemeente, sha256) is not None

    def size(self, gemeente: str, sha256: str) -> int | None:
        """Bytes of the artefact; None when it is not there."""
        key = artefact_key(gemeente, sha256)
        with storage_failures("een artefact zoeken"):
            if self.sealing is None:
                return self._backend.size(key)
            try:
                return self.sealing.size(key)
            except Broken:
                raise altered(gemeente, sha256) from None

    def local(self, gemeente: str, sha256: str) -> Path:
        """A readable path with exactly the bytes stored: a checked copy that lives as long as this store, or the
        artefact itself where that was not sealed and lies on a local file system. Hashed once per process, and again
        when the file changed."""
        key = artefact_key(gemeente, sha256)
        with storage_failures("een artefact lezen"):
            try:
                opened = self._sealed(gemeente, key)
                if opened is None:
                    return self._plain(key, sha256)
                with opened:
                    known = self._backend.seen(key)
                    copy = self._copies.of(key, opened, None if known else sha256)
                if not known:
                    self._backend.trust(key)
                return copy
            except FileNotFoundError:
                raise missing(gemeente, sha256) from None
            except (Altered, Broken):
                raise altered(gemeente, sha256) from None

    def open(self, gemeente: str, sha256: str) -> BinaryIO:
        """The bytes from begin to end, without a copy where they are sealed. Raises BusinessError also while it is
        read, from the place that was altered on."""
        return self._open(gemeente, sha256, artefact_key(gemeente, sha256))

    def unhashed(self, gemeente: str, sha256: str) -> BinaryIO:
        """The bytes as a file that can be sought in, without a copy where they are sealed. Then they are what was
        sealed under this name; whether that is what the name says is left to a caller who hashes them while reading.
        Raises BusinessError also while it is read, where what was sealed has been altered."""
        key = artefact_key(gemeente, sha256)
        with storage_failures("een artefact lezen"):
            try:
                opened = self._sealed(gemeente, key)
                if opened is None:
                    return self._plain(key, sha256).open("rb")
                return opened.unhashed(lambda: altered(gemeente, sha256))
            except FileNotFoundError:
                raise missing(gemeente, sha256) from None
            except (Altered, Broken):
                raise altered(gemeente, sha256) from None

    def open_quarantined(self, gemeente: str, sha256: str) -> BinaryIO:
        """As ``open``, of a refused file."""
        return self._open(gemeente, sha256, quarantine_key(gemeente, sha256))

    def safe(self, gemeente: str, purpose: str) -> Safe:
        """For small texts that are kept elsewhere, under the keys of the gemeente; ``purpose`` tells what they are."""
        return Safe(self.sealing, check_gemeente(gemeente), purpose)

    def quarantine(self, gemeente: str, path: Path, reason: str, name: str = "") -> Artefact:
        """Keep a refused file as it came, under ``<gemeente>/quarantaine/<sha256>``, with ``<sha256>.reason.json``
        beside it: reason, file name (``name``, else that of ``path``; left out when it holds a BSN), size in bytes,
        time (UTC). The source is left where it is. The same bytes refused again keep their first reason."""
        _source_size(path)
        with storage_failures("een bestand in quarantaine zetten"), self._part(gemeente) as part:
            with path.open("rb", buffering=0) as source:
                sha256, size = self._write(part, gemeente, source, None, quarantine_key)
            key = quarantine_key(gemeente, sha256)
            # A name from outside can hold any bytes; what is not UTF-8 becomes a question mark.
            shown = os.fsencode(name or path.name).decode("utf-8", "replace")
            kept = None if holds_bsn(shown) else shown
            note = {
                "reden": without_bsn(reason), "bestandsnaam": kept, "sha256": sha256, "grootte": size,
                "moment": datetime.now(UTC).isoformat(timespec="seconds"),
            }
            # The reason first: a file in quarantine without a reason would be a riddle.
            with self._part(gemeente) as note_part:
                text = json.dumps(note, ensure_ascii=False, indent=1).encode("utf-8", "replace")
                self._backend.write(note_part, self._small(gemeente, text, f"{key}{_REASON}"))
                self._backend.settle(note_part, f"{key}{_REASON}")
            self._confirm(gemeente, sha256, size, self._backend.settle(part, key), key)
        return Artefact(sha256, size, "application/octet-stream", None, kept or sha256)

    def quarantined(self, gemeente: str) -> list[Quarantined]:
        """The refused files of the gemeente, oldest first."""
        folder = quarantine_folder(gemeente)
        with storage_failures("quarantaine bekijken"):
            found = [self._noted(gemeente, folder, name.removesuffix(_REASON))
                     for name in self._backend.names(folder) if name.endswith(_REASON)]  # fmt: skip
        return sorted(found, key=lambda one: (one.moment, one.sha256))

    def destroy(self, gemeente: str, sha256: str) -> bool:
        """Take an artefact away for good. Whether it was there. Who asks has seen to it that nobody needs it."""
        return self._destroyed(artefact_key(gemeente, sha256))

    def destroy_quarantined(self, gemeente: str, sha256: str) -> bool:
        """Take a refused file away for good, and what was written about it. Whether it was there."""
        key = quarantine_key(gemeente, sha256)
        was = self._destroyed(key)
        # The note last: what it is about is found by it.
        return self._destroyed(f"{key}{_REASON}") or was

    def _destroyed(self, key: str) -> bool:
        with storage_failures("een bestand vernietigen"):
            was = self._backend.size(key) is not None
            self._backend.remove(key)
            self._copies.remove(key)
        return was

    def _open(self, gemeente: str, sha256: str, key: str) -> BinaryIO:
        with storage_failures("een artefact lezen"):
            try:
                opened = self._sealed(gemeente, key)
                if opened is None:
                    return self._plain(key, sha256).open("rb")
                return opened.stream(sha256, lambda: altered(gemeente, sha256))
            except FileNotFoundError:
                raise missing(gemeente, sha256) from None
            except (Altered, Broken):
                raise altered(gemeente, sha256) from None

    def _sealed(self, gemeente: str, key: str) -> Opened | None:
        """What lies at ``key``, opened; None when it is not sealed. Raises UsageError where a store without keys finds
        something sealed: that is not the content, whatever is known of the file."""
        if self.sealing is not None:
            return self.sealing.open(gemeente, key)
        with self._backend.open(key) as file:
            if is_sealed(read_fully(file, HEAD_BYTES)):
                raise UsageError(f"Wat van gemeente {gemeente} is bewaard, is versleuteld; wijs haar sleutel aan met"
                                 " KETENSLUIS_KEYS.")
        return None

    def _plain(self, key: str, sha256: str) -> Path:
        """Of what is not sealed. Where there are keys this process did not write that: so it has not seen it, whatever
        it knows of what lay there."""
        return self._backend.read(key, sha256, anew=self.sealing is not None)

    @contextmanager
    def _part(self, gemeente: str) -> Iterator[str]:
        """Key of an unfinished write; after an error nothing stays."""
        key = temporary_key(gemeente, secrets.token_hex(8))
        try:
            yield key
        except BaseException:
            self._backend.remove(key)
            raise

    def _add(self, gemeente: str, source: BinaryIO, expected: str | None) -> tuple[str, int]:
        with self._part(gemeente) as part:
            sha256, size = self._write(part, gemeente, source, expected, artefact_key)
            key = artefact_key(gemeente, sha256)
            self._confirm(gemeente, sha256, size, self._backend.settle(part, key), key)
        return sha256, size

    def _write(self, part: str, gemeente: str, source: BinaryIO, expected: str | None,
               key: Callable[[str, str], str]) -> tuple[str, int]:
        """(sha256, bytes) of what was written."""
        counted = Hashed(source)
        blocks: Iterable[bytes] = counted
        if self.sealing is not None:
            blocks = self.sealing.blocks(gemeente, counted, lambda: key(gemeente, counted.sha256))
        self._backend.write(part, blocks)
        if expected not in (None, counted.sha256):
            raise _changed_underway()
        return counted.sha256, counted.size

    def _small(self, gemeente: str, text: bytes, place: str) -> list[bytes]:
        if self.sealing is None:
            return [text]
        return list(self.sealing.blocks(gemeente, [text], lambda: place))

    def _noted(self, gemeente: str, folder: str, sha256: str) -> Quarantined:
        try:
            note = json.loads(self._note(gemeente, f"{folder}/{sha256}{_REASON}"))
            if note["sha256"] != sha256:
                raise ValueError
            return Quarantined(sha256, note["grootte"], note["reden"], note["bestandsnaam"],
                               datetime.fromisoformat(note["moment"]))  # fmt: skip
        except (Broken, ValueError, KeyError, TypeError):
            raise altered(gemeente, sha256) from None

    def _note(self, gemeente: str, key: str) -> bytes:
        opened = self._sealed(gemeente, key)
        if opened is None:
            return self._backend.content(key)
        with opened:
            return b"".join(opened.blocks())

    def _take(self, gemeente: str, path: Path, sha256: str | None) -> str | None:
        """Rename the caller's file into the store; None when it has to be copied after all."""
        known = sha256
        size = path.stat().st_size
        if known is None:
            known, size = hash_file(path)
        key = artefact_key(gemeente, known)
        placed = self._backend.take(path, key)
        if placed is None:
            return None
        self._confirm(gemeente, known, size, placed, key)
        return known

    def _confirm(self, gemeente: str, sha256: str, size: int, placed: bool, key: str) -> None:
        """Bytes that were there before are left alone, but not trusted: they must at least have the right size, sealed
        for this place if they are sealed, and are hashed when read."""
        try:
            opened = self._sealed(gemeente, key)
        except (Broken, FileNotFoundError):
            raise altered(gemeente, sha256) from None
        if opened is not None:
            opened.close()
        if size != (self._backend.size(key) if opened is None else opened.content.size):
            raise altered(gemeente, sha256)
        if placed:
            self._backend.trust(key)


def _source_size(path: Path) -> int:
    with storage_failures("een bestand lezen"):
        try:
            status = path.stat()
        except FileNotFoundError:
            raise UsageError("Bestand om op te slaan bestaat niet; controleer het pad.") from None
    if not stat.S_ISREG(status.st_mode):
        raise UsageError("Alleen een gewoon bestand kan worden opgeslagen; controleer het pad.")
    return status.st_size


def _changed_underway() -> BusinessError:
    return BusinessError("Bestand is veranderd nadat het is geschreven: de sha256 of grootte klopt niet meer; "
                         "maak de stap opnieuw.")
