"""Where a process of these tests is hit, and with what: a named function is wrapped in the child, never in the product.

A ``Strike`` counts the calls of one place that match, and acts just before or just after the one it is meant for.
"""

from __future__ import annotations

import functools
import os
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Literal

When = Literal["before", "after"]
Act = Literal["kill", "foreign", "pause", "meet"]


@dataclass(frozen=True)
class Strike:
    """At the ``nth`` call (from 1) of ``place`` of which the arguments hold ``match``. ``kill`` is SIGKILL;
    ``foreign`` is somebody else who puts ``data`` (a path) there;
    ``pause`` gives others half a second; ``meet`` waits, for two seconds at most, until another process is there too,
    in the folder ``data``."""

    place: str = ""
    nth: int = 1
    when: When = "before"
    match: str = ""
    act: Act = "kill"
    data: str = ""

    def install(self) -> None:
        hook = _Hook(self)
        PLACES[self.place](hook)


class _Hook:
    def __init__(self, strike: Strike) -> None:
        self.strike, self.count = strike, 0

    def __call__(self, when: When, told: str) -> None:
        """Called around every call of the place; ``told`` are its arguments as text."""
        strike = self.strike
        if strike.match not in told:
            return
        self.count += when == "before"
        if when != strike.when or self.count < strike.nth:
            return
        if self.count > strike.nth:
            return
        if strike.act == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        elif strike.act == "pause":
            time.sleep(0.5)
        elif strike.act == "meet":
            _meet(Path(strike.data))
        else:
            Path(strike.data).write_bytes(b"van een ander")


def _meet(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    (folder / str(os.getpid())).touch()
    until = time.monotonic() + 2
    while len(list(folder.iterdir())) < 2 and time.monotonic() < until:
        time.sleep(0.01)


def wrap(owner: Any, name: str, hook: _Hook) -> None:
    """``owner.name`` with the hook around it."""
    honest = getattr(owner, name)

    @functools.wraps(honest)
    def hooked(*args: Any, **more: Any) -> Any:
        told = " ".join(str(one) for one in args if isinstance(one, str | Path))
        hook("before", told)
        result = honest(*args, **more)
        hook("after", told)
        return result

    setattr(owner, name, hooked)


def _of_session(name: str) -> Callable[[_Hook], None]:
    def install(hook: _Hook) -> None:
        from exchanges.core.transport.session import SftpSession

        wrap(SftpSession, name, hook)

    return install


def _folder_rename(hook: _Hook) -> None:
    from exchanges.core.transport.folder import _FolderFiles

    wrap(_FolderFiles, "rename", hook)


def _commits(hook: _Hook) -> None:
    """The end of every transaction that writes: before and after it is lasting."""
    from exchanges.core.ledger.database import Database

    honest = Database.write

    @contextmanager
    def write(self: Database) -> Iterator[Any]:
        with honest(self) as connection:
            yield connection
            hook("before", "")
        hook("after", "")

    Database.write = write  # type: ignore[method-assign]


def _events(hook: _Hook) -> None:
    from exchanges.core.ledger import Ledger

    for name in ("event", "event_once"):
        wrap(Ledger, name, hook)


def _pieces(hook: _Hook) -> None:
    """Every piece of a file that is handed to the connection."""
    from paramiko.sftp import CMD_WRITE

    from exchanges.core.transport.wire import WireClient

    _in_a_hundred()
    honest = WireClient._async_request

    def request(self: WireClient, waiting: Any, kind: int, *rest: Any) -> Any:
        if kind != CMD_WRITE:
            return honest(self, waiting, kind, *rest)
        hook("before", "")
        number = honest(self, waiting, kind, *rest)
        hook("after", "")
        return number

    WireClient._async_request = request


def _read_back(hook: _Hook) -> None:
    """Every piece that is read back from the partner."""
    from exchanges.core.transport.wire import WireClient

    _in_a_hundred()
    wrap(WireClient, "_data", hook)


def _in_a_hundred() -> None:
    """The file of a small municipality goes in one piece; a large one in thousands. Here it goes in a hundred."""
    from exchanges.core.transport import delivery, wire

    def chunks(local: Path) -> Iterator[bytes]:
        with local.open("rb") as file:
            data = file.read()
        size = -(-len(data) // 100)
        wire.CHUNK = size
        for place in range(0, len(data), size):
            yield data[place : place + size]

    delivery._local_chunks = chunks


def _step(hook: _Hook) -> None:
    """The function of a step: what it makes, not yet booked. Told is the name of the step."""
    from exchanges.core import run

    for name, honest in list(run.FUNCTIONS["out"].items()):

        def hooked(context: Any, honest: Any = honest, name: str = name) -> Any:
            hook("before", name)
            result = honest(context)
            hook("after", name)
            return result

        run.FUNCTIONS["out"][name] = hooked


def _booked(hook: _Hook) -> None:
    """A whole step with its booking. Told is the name of the step."""
    from exchanges.core import run

    wrap(run, "run_step", hook)


def _work(hook: _Hook) -> None:
    """The work folder: while a step makes its files, none can be longer than ``data`` bytes. Told is the name of the
    step."""
    from exchanges.core import run

    def limited(honest: Any) -> Any:
        def step(context: Any) -> Any:
            resource.setrlimit(resource.RLIMIT_FSIZE, (int(hook.strike.data), resource.RLIM_INFINITY))
            try:
                return honest(context)
            finally:
                resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))

        return step

    name = hook.strike.match
    run.FUNCTIONS["out"][name] = limited(run.FUNCTIONS["out"][name])


def _receipt_saved(hook: _Hook) -> None:
    from exchanges.core.ledger import Ledger

    wrap(Ledger, "save_receipt", hook)


def _clock(hook: _Hook) -> None:
    """The clock of this machine is ``data`` seconds ahead, for all of our own code."""
    off = timedelta(seconds=int(hook.strike.data))

    class Alike(type(datetime)):  # type: ignore[misc]
        def __instancecheck__(cls, one: object) -> bool:
            return isinstance(one, datetime)

    class Wrong(datetime, metaclass=Alike):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return datetime.now(tz) + off

    for name, module in list(sys.modules.items()):
        if name.startswith("exchanges.") and getattr(module, "datetime", None) is datetime:
            module.datetime = Wrong  # type: ignore[attr-defined]


PLACES: dict[str, Callable[[_Hook], None]] = {
    "step": _step,
    "booked": _booked,
    "commit": _commits,
    "event": _events,
    "piece": _pieces,
    "read back": _read_back,
    "work": _work,
    "receipt saved": _receipt_saved,
    "clock": _clock,
    "folder.rename": _folder_rename,
    **{f"sftp.{name}": _of_session(name) for name in ("__init__", "size", "names", "write", "rename", "remove")},
}
