"""A partner, simulated: an SFTP drop box with somebody behind it who looks at what arrives.

Below ``root``: an inbox and an outbox for the client, and a folder of its own (keys, what it remembers).
"""

from __future__ import annotations

import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import ClassVar, Self

from exchanges.core.transport.sftp import SftpSettings
from exchanges.simulators.faults import WireFaults
from exchanges.simulators.keys import new_key, pin
from exchanges.simulators.sftp_files import Site
from exchanges.simulators.sftp_server import SftpServer
from exchanges.simulators.sidecar import SIDECAR

_POLL = 0.5  # seconds; a file that comes another way than by SFTP is seen too


class PartnerSimulator:
    """``with …(root) as partner``: listens on ``partner.host``:``partner.port`` until the end of the block.

    ``partner.settings`` is what a channel needs; ``known_hosts``, ``client_key`` and ``username`` are its parts. Host
    key and client key are new for every instance. ``status`` gets one short line per event, without personal data.
    A subclass says what it is called and what it does with a file that is complete (``receive``), in one thread.
    """

    name: ClassVar[str]
    inbox_name: ClassVar[str]
    outbox_name: ClassVar[str]
    own_name: ClassVar[str]
    host = "127.0.0.1"
    username = "gemeente"

    def __init__(self, root: Path, *, faults: WireFaults, port: int = 0,
                 status: Callable[[str], None] | None = None) -> None:
        self.root = root
        self.wire = faults
        self.status = status or (lambda _: None)
        self.inbox, self.outbox, self.own = root / self.inbox_name, root / self.outbox_name, root / self.own_name
        self._taken = self.own / "ontvangen"
        for folder in (self.inbox, self.outbox, self._taken):
            folder.mkdir(parents=True, exist_ok=True)
        self._looked_at: dict[Path, tuple[int, int, bytes]] = {}
        self._wake = threading.Event()
        self.stopping = threading.Event()
        self._worker = threading.Thread(target=self._work, name=f"{self.own_name[1:]}-simulator", daemon=True)

        self.client_key = self.own / "client_key"
        self.known_hosts = self.own / "known_hosts"
        host_key = new_key(self.own / "host_key")
        site = Site(root, faults, self._named, self.status, self.inbox_name, self.outbox_name)
        self._server = SftpServer(site, host_key, self.username, new_key(self.client_key), self.host, port)
        self.port = self._server.port
        pinned = new_key(self.own / "other_key") if faults.changed_host_key else host_key
        pin(self.known_hosts, self.host, self.port, pinned)

    def receive(self, data: Path, sidecar: bytes) -> None:
        """Look at one file, and answer. ``sidecar`` is what came with it."""
        raise NotImplementedError

    @property
    def settings(self) -> SftpSettings:
        """Settings of a channel to this simulator."""
        return SftpSettings(self.host, self.port, self.username, self.client_key, self.known_hosts)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None,
                 trace: TracebackType | None) -> None:
        self.stop()

    def start(self) -> None:
        self._server.start()
        self._worker.start()

    def stop(self) -> None:
        """Ends all connections; a file being looked at is finished first."""
        self._server.stop()
        self.stopping.set()
        self._wake.set()
        if self._worker.is_alive():
            self._worker.join()

    # --- in the thread of a connection

    def _named(self, name: str) -> None:
        """A file got its name in the inbox."""
        if self.wire.move_on_arrival:
            data = self.inbox / name.removesuffix(SIDECAR)
            sidecar = data.with_name(data.name + SIDECAR)
            if data.exists() and sidecar.exists():
                sidecar.replace(self._taken / sidecar.name)
                data.replace(self._taken / data.name)
        self._wake.set()

    # --- in the worker

    def _work(self) -> None:
        while not self.stopping.is_set():
            self._wake.wait(_POLL)
            self._wake.clear()
            for folder in (self.inbox, self._taken):
                for sidecar in sorted(folder.glob(f"[!.]*{SIDECAR}")):
                    self._look_at(sidecar.with_name(sidecar.name.removesuffix(SIDECAR)), sidecar)

    def _look_at(self, data: Path, sidecar: Path) -> None:
        try:
            found = data.stat()
            seen = (found.st_size, found.st_mtime_ns, sidecar.read_bytes())
        except OSError:
            return  # not complete yet, or taken away between two looks
        if self._looked_at.get(data) != seen:
            self._looked_at[data] = seen
            try:
                if self.wire.never_answer:
                    self.status(f"{data.name}: ontvangen, geen antwoord (storing)")
                else:
                    self.receive(data, seen[2])
            except Exception as error:  # a simulator that dies would look like a partner that is silent
                self.status(f"{data.name}: niet verwerkt door een fout in de simulator, {type(error).__name__}")


def serve(partner: Callable[[], PartnerSimulator], stop: threading.Event | None = None) -> None:
    """Run until ``stop`` is set, or Ctrl-C or SIGTERM comes. The first status line says where it listens."""
    ended = stop or threading.Event()
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, lambda *_: ended.set()) if in_main else None
    try:
        with partner() as one:
            one.status(f"{one.name}-simulator luistert op {one.host}:{one.port}, gebruiker {one.username}, "
                       f"sleutel {one.client_key}, known_hosts {one.known_hosts}")
            ended.wait()
    except KeyboardInterrupt:
        pass
    finally:
        if in_main:
            signal.signal(signal.SIGTERM, before)
