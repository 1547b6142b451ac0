"""The protections of a delivery, each to be taken out of a child: a test must then see what it was for."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def take_out(name: str) -> None:
    PROTECTIONS[name]()


def _temporary_name() -> None:
    """The file is written under its own name at once."""
    from exchanges.core.transport.delivery import _Delivery

    def run(self: Any, local: Any) -> Any:
        there = self.files.size(self.path)
        if there is not None:
            return self._already_there(there)
        self.temp = self.path
        self._upload_data(local)
        self._put_sidecar()
        return self._sent(already=False, seen=True)

    _Delivery.run = run  # type: ignore[method-assign]


def _looking_first() -> None:
    """Whatever is or was at the partner, the file is sent."""
    from exchanges.core.transport.delivery import _Delivery

    def run(self: Any, local: Any) -> Any:
        for path in (self.path, f"{self.path}.sha256"):
            self.files.remove(path)
        self._upload_data(local)
        self._put_sidecar()
        self._rename_data()
        return self._sent(already=False, seen=self._seen())

    _Delivery.run = run  # type: ignore[method-assign]


def _intent() -> None:
    """Nothing is in the books before the first byte leaves."""
    from exchanges.core.ledger import Ledger
    from exchanges.core.steps.measured import INTENT

    honest = Ledger.event

    def event(self: Any, id: Any, actor: str, action: str, *rest: Any) -> None:
        if action != INTENT:
            honest(self, id, actor, action, *rest)

    Ledger.event = event  # type: ignore[method-assign]


def _remembering() -> None:
    """That the file was about to get its name is not in the books."""
    from exchanges.core.steps.deliver import Named

    Named.begin = lambda self: None  # type: ignore[method-assign]


def _alone() -> None:
    """Everybody works on a delivery at the same moment."""
    from exchanges.core.ledger import Ledger

    @contextmanager
    def alone(self: Any, id: str, seconds: float = 600) -> Iterator[None]:
        yield

    Ledger.alone = alone  # type: ignore[method-assign]


def _told_once() -> None:
    from exchanges.core.ledger import Ledger

    Ledger.event_once = Ledger.event  # type: ignore[assignment, method-assign]


def _hash_on_reading() -> None:
    """Bytes are used as they lie there."""
    from exchanges.core.store.disk import Disk

    def read(self: Any, key: str, sha256: str, *, anew: bool = False) -> Any:
        return self.root / key

    Disk.read = read  # type: ignore[method-assign]


def _no_overwriting() -> None:
    """A file gets its name whether something has that name or not."""
    from exchanges.core.transport.folder import _FolderFiles

    def rename(self: Any, old: str, new: str) -> None:
        self._at(old).replace(self._at(new))

    _FolderFiles.rename = rename  # type: ignore[method-assign]


def _sweeping() -> None:
    """What a killed process left is left."""
    from exchanges.core import run, workfolder

    run.sweep = workfolder.sweep = lambda place: 0  # type: ignore[assignment]
    run.sweep_unfinished = lambda url, gemeente: 0  # type: ignore[assignment]


PROTECTIONS: dict[str, Callable[[], None]] = {
    "temporary name": _temporary_name,
    "looking first": _looking_first,
    "intent": _intent,
    "remembering": _remembering,
    "alone": _alone,
    "told once": _told_once,
    "hash on reading": _hash_on_reading,
    "no overwriting": _no_overwriting,
    "sweeping": _sweeping,
}
