"""Delivering one file so that the partner sees it exactly once (spec transport, section 9.1).

1. write to a temporary name, check size and hash of what arrived;
2. the same for the sidecar, which gets its final name first: where the data file is, all is there;
3. rename the data file, never onto another.

Wherever this is cut off, running it again ends in the same place, because of one invariant: *a sidecar without its
data file, whose temporary file is gone too, means that the rename happened and the partner took the file away.*
Therefore a sidecar of an interrupted attempt is removed before the temporary file it belongs to.

A partner that takes the sidecar along leaves nothing to be seen. For that one case the sender remembers that the rename
was begun (``Naming``): when it was, and the temporary file is gone, it happened. So who finds the temporary file there
takes that back, before the file goes. The other way round too: of a sender that remembers, a rename that was not begun
did not happen, whatever became of the temporary file.

What is left is a rename that was begun and not confirmed, of a file of which nothing is to be seen: most likely it was
taken, and sending it again would be twice. It is given as ``already`` and not ``seen``; whoever gets that tells people.
"""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from contextlib import closing
from itertools import islice

from exchanges.core.disk import reason
from exchanges.core.errors import BusinessError, KetensluisError, TransportError
from exchanges.core.transport.channel import Naming, Outgoing, Progress, Sent
from exchanges.core.transport.files import CHUNK, Files
from exchanges.core.transport.names import (
    SIDECAR,
    is_own_temp,
    remote_path,
    require_directory,
    require_name,
    require_sha256,
    sidecar_hash,
    sidecar_text,
    temp_name,
)

_SIDECAR_MAX = 4096
# Of what interrupted attempts left, as much is removed at a time: each takes an answer of the partner.
_MOST_LEFT = 32


def deliver(files: Files, local: Outgoing, directory: str, name: str, sha256: str,
            readback_limit: int | None = None, progress: Progress | None = None, naming: Naming | None = None) -> Sent:
    """See ``Channel.deliver``. Files above ``readback_limit`` bytes (None: never) are checked on size only."""
    require_name(name)
    require_sha256(sha256)
    try:
        with local.open("rb") as file:
            size = file.seek(0, io.SEEK_END)
    except OSError as error:
        raise BusinessError(f"{local} is niet te lezen: {reason(error)}.") from error
    if size == 0:
        raise BusinessError(f"{local} is leeg; een leeg bestand wordt niet geleverd.")
    there = require_directory(directory)
    return _Delivery(files, there, name, sha256, size, readback_limit, progress, naming).run(local)


def read_sidecar(files: Files, path: str, name: str) -> str | None:
    """The hash in the sidecar of ``path``; None when there is no sidecar, empty when it is not one of ``name``."""
    size = files.size(path + SIDECAR)
    if size is None:
        return None
    if size > _SIDECAR_MAX:
        return ""
    return sidecar_hash(b"".join(files.read(path + SIDECAR, size)), name)


class _Delivery:
    def __init__(self, files: Files, directory: str, name: str, sha256: str, size: int, readback_limit: int | None,
                 progress: Progress | None, naming: Naming | None) -> None:
        self.files = files
        self.directory = directory
        self.name = name
        self.sha256 = sha256
        self.size = size
        self.readback_limit = readback_limit
        self.progress = progress
        self.naming = naming
        self.done = 0
        self.path = remote_path(directory, name)
        self.temp = remote_path(directory, temp_name(name, sha256))
        self._temp_of_sidecar = remote_path(directory, temp_name(name + SIDECAR, sha256))

    def run(self, local: Outgoing) -> Sent:
        there = self.files.size(self.path)
        if there is not None:
            return self._already_there(there)
        if self._taken_before() or self._named_before():
            return self._sent(already=True, seen=False)
        self._sweep()
        self._upload_data(local)
        if self.files.size(self.path) is not None:
            raise self._other_content()
        self._put_sidecar()
        self._rename_data()
        return self._sent(already=False, seen=self._seen())

    # --- what earlier attempts left behind

    def _already_there(self, there: int) -> Sent:
        if there != self.size or not self._same_bytes():
            raise self._other_content()
        if read_sidecar(self.files, self.path, self.name) != self.sha256:
            self.files.remove(self.path + SIDECAR)
            self._put_sidecar()
        self._sweep()
        return self._sent(already=True, seen=True)

    def _same_bytes(self) -> bool:
        if self._reads_back(self.size):
            return self._remote_hash(self.path, self.size) == self.sha256
        return read_sidecar(self.files, self.path, self.name) == self.sha256

    def _taken_before(self) -> bool:
        """Whether these bytes were delivered before and are gone since. Leaves no sidecar when it says no."""
        said = read_sidecar(self.files, self.path, self.name)
        if said is None:
            return False
        if not said:
            raise BusinessError(f"Bij de ontvanger staat al een {self.name}{SIDECAR} dat geen controlebestand van deze "
                                "levering is; er is niets verstuurd.")
        if self.files.size(remote_path(self.directory, temp_name(self.name, said))) is not None:
            self.files.remove(self.path + SIDECAR)
            return False
        if said != self.sha256:
            raise self._other_content()
        if self.naming is not None and self.naming.tells() and not self.naming.begun():
            # Cut off before the file was to get its name; somebody took the temporary file away since.
            self.files.remove(self.path + SIDECAR)
            return False
        return True

    def _named_before(self) -> bool:
        """Whether an attempt that was cut off had given the file its name, and all of it is gone since."""
        if self.naming is None or not self.naming.begun():
            return False
        if self.files.size(self.temp) is None:
            return True
        self.naming.undone()
        return False

    def _sweep(self) -> None:
        """Remove what interrupted attempts under this name left; only files that carry our pattern."""
        try:
            names = self.files.names(self.directory)
        except TransportError:
            # A partner may forbid listing; then the leftovers are theirs to clean. What has a name that we are to write
            # to goes all the same: as a link it would lead to another file.
            self.files.discard(self.temp)
            self.files.discard(self._temp_of_sidecar)
            return
        left = (entry for entry in names if is_own_temp(entry, self.name))
        for entry in islice(left, _MOST_LEFT):
            self.files.remove(remote_path(self.directory, entry))

    # --- sending

    def _upload_data(self, local: Outgoing) -> None:
        digest = hashlib.sha256()

        def chunks() -> Iterator[bytes]:
            for chunk in _local_chunks(local):
                digest.update(chunk)
                yield chunk
                self._count(len(chunk))

        self._write(self.temp, chunks())
        if digest.hexdigest() != self.sha256:
            self.files.discard(self.temp)
            raise BusinessError(f"{local} is veranderd na de controle: de hash klopt niet; er is niets geleverd.")
        self._verify(self.temp, self.size, self.sha256)

    def _put_sidecar(self) -> None:
        content = sidecar_text(self.name, self.sha256)
        self._write(self._temp_of_sidecar, iter([content]))
        self._verify(self._temp_of_sidecar, len(content), hashlib.sha256(content).hexdigest())
        self.files.rename(self._temp_of_sidecar, self.path + SIDECAR)

    def _write(self, path: str, chunks: Iterator[bytes]) -> None:
        try:
            self.files.write(path, chunks)
        except KetensluisError:  # of the partner's side, or of ours while it is read
            self.files.discard(path)  # a full disk stays full if half a file stays on it
            raise

    def _verify(self, path: str, size: int, sha256: str) -> None:
        arrived = self.files.size(path)
        if arrived != size:
            self.files.discard(path)
            raise TransportError(f"{self.name} kwam niet heel aan: {arrived or 0} van {size} bytes; probeer opnieuw.")
        if self._reads_back(size) and self._remote_hash(path, size) != sha256:
            self.files.discard(path)
            raise TransportError(f"{self.name} kwam beschadigd aan: de hash na teruglezen klopt niet; probeer opnieuw.")

    def _rename_data(self) -> None:
        if self.naming is not None:
            self.naming.begin()
        try:
            self.files.rename(self.temp, self.path)
        except TransportError:
            if self._lost_the_race():
                self.files.discard(self.path + SIDECAR)  # our sidecar must not vouch for the file of another
                raise self._other_content() from None
            raise

    def _lost_the_race(self) -> bool:
        """Whether another sender gave another file this name first. No when nobody can see it: then what went wrong
        with the rename is what must be told."""
        try:
            there = self.files.size(self.path)
            if there is None or self.files.size(self.temp) is None:
                return False
            return there != self.size or self._remote_hash(self.path, there) != self.sha256
        except TransportError:
            return False

    def _seen(self) -> bool:
        """Whether the file is there under its final name. The rename was confirmed, so that it is not, is no failure:
        some servers move a file the moment it appears, and a connection that breaks now changes nothing. What can be
        seen must be so, though: there are servers that confirm what they did not do."""
        try:
            there = self.files.size(self.path)
            stayed = there is None and self.files.size(self.temp) is not None
        except TransportError:
            return False
        if stayed:
            if self.naming is not None:
                self.naming.undone()
            raise TransportError(f"De ontvanger bevestigde dat {self.name} zijn naam kreeg, en toch staat het er nog "
                                 "onder zijn tijdelijke naam; meld het de ontvanger en probeer het opnieuw.")
        if there is not None and there != self.size:
            raise self._other_content()
        return there is not None

    # --- small things

    def _reads_back(self, size: int) -> bool:
        return self.readback_limit is None or size <= self.readback_limit

    def _remote_hash(self, path: str, size: int) -> str:
        digest = hashlib.sha256()
        with closing(self.files.read(path, size)) as chunks:
            for chunk in chunks:
                digest.update(chunk)
                if path == self.temp:
                    self._count(len(chunk))
        return digest.hexdigest()

    def _count(self, more: int) -> None:
        self.done += more
        if self.progress is not None:
            self.progress(self.done, self.size * 2 if self._reads_back(self.size) else self.size)

    def _other_content(self) -> BusinessError:
        return BusinessError(f"Bij de ontvanger staat al {self.name}: zelfde naam, andere inhoud. Er is niets "
                             "overschreven. Overleg met de ontvanger welke geldt, laat de andere daar weghalen, en "
                             "start opnieuw.")

    def _sent(self, *, already: bool, seen: bool) -> Sent:
        return Sent(remote_path=self.path, size=self.size, sha256=self.sha256, host_key=self.files.host_key,
                    server=self.files.server, already=already, seen=seen)


def _local_chunks(local: Outgoing) -> Iterator[bytes]:
    try:
        with local.open("rb") as file:
            while chunk := file.read(CHUNK):
                yield chunk
    except OSError as error:
        raise TransportError(f"{local} is niet te lezen: {reason(error)}.") from error
