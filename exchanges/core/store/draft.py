"""A file on its way into a store: sealed from its first byte, before anybody knows what it will be called."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from exchanges.core.keys.sealed import Sealer


class Draft:
    """Bytes written one after the other to a new file at ``path``, which must not be there. With a ``sealer`` they lie
    there sealed; ``place`` gives the place in the store of what has a sha256. Whoever writes it hashes it, and says at
    the end what that gave (``end``); :meth:`exchanges.core.store.Store.adopt` then makes it an artefact."""

    def __init__(self, path: Path, sealer: Sealer | None, place: Callable[[str], str]) -> None:
        self.path = path
        self.size = 0
        self.sha256 = ""
        self._sealer, self._place = sealer, place
        self._file = os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb", buffering=1 << 16)
        if sealer is not None:
            self._file.write(sealer.head)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self._file.close()

    def write(self, data: bytes | memoryview, /) -> None:
        view = memoryview(data)
        self.size += view.nbytes
        self._file.writelines([view] if self._sealer is None else self._sealer.add(view))

    def end(self, sha256: str) -> None:
        """All has been written, and that is its sha256."""
        self.sha256 = sha256
        if self._sealer is not None:
            self._file.writelines(self._sealer.end(self._place(sha256)))
        self._file.close()
