"""A file on its way into a store: sealed from its first byte, before anybody knows what it will be called."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from exchanges.core.keys.sealed import Sealer, sealed_size
from exchanges.core.store.artefact import artefact_key
from exchanges.core.store.failures import storage_failures

_ACTION = "een bestand schrijven"


class Draft:
    """Bytes of ``gemeente`` written one after the other to a new file at ``path``, which must not be there. With a
    ``sealer`` they lie there sealed. Whoever writes it hashes it, and says at the end what that gave (``end``);
    :meth:`exchanges.core.store.Store.adopt` then makes it an artefact. ``sha256`` is empty until it has ended.

    Raises TechnicalError for the disk. After an error, as after the end, nothing can be written (ValueError).
    """

    def __init__(self, path: Path, gemeente: str, sealer: Sealer | None) -> None:
        self.path = path
        self.gemeente = gemeente
        self.size = 0
        self.sha256 = ""
        self._sealer = sealer
        with storage_failures(_ACTION):
            handle = os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            self._file = os.fdopen(handle, "wb", buffering=1 << 16)
            if sealer is not None:
                self._file.write(sealer.head)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._close()

    @property
    def stored_size(self) -> int:
        """Bytes of the file, once it has ended."""
        return self.size if self._sealer is None else sealed_size(self.size)

    def write(self, data: bytes | memoryview, /) -> None:
        view = memoryview(data)
        with self._writing():
            self._file.writelines([view] if self._sealer is None else self._sealer.add(view))
        self.size += view.nbytes

    def end(self, sha256: str) -> None:
        """All has been written, and that is its sha256."""
        place = artefact_key(self.gemeente, sha256)
        with self._writing():
            if self._sealer is not None:
                self._file.writelines(self._sealer.end(place))
            self._file.close()
        self.sha256 = sha256

    @contextmanager
    def _writing(self) -> Iterator[None]:
        if self._file.closed:
            raise ValueError("nothing is written to a draft that has ended or failed")
        try:
            with storage_failures(_ACTION):
                yield
        except BaseException:
            self._close()
            raise

    def _close(self) -> None:
        # Of what has not ended the rest need not reach the disk: what went wrong before that is what must be heard.
        with suppress(OSError):
            self._file.close()
