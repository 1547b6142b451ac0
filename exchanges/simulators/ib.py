"""The Inlichtingenbureau, simulated: an SFTP server that checks what it gets and answers with a processing report.

Below ``root``: ``in/`` and ``uit/`` for the client, ``.ib/`` for itself (keys, what it has seen before).
That the IB offers SFTP, these folders and this report are ASSUMED (spec ib-signalen, section 3).
"""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from exchanges.core.data import data_dir
from exchanges.core.transport.sftp import SftpSettings
from exchanges.simulators.faults import Faults
from exchanges.simulators.ib_check import Checker, Verdict
from exchanges.simulators.ib_report import report_name, write_report
from exchanges.simulators.keys import new_key, pin
from exchanges.simulators.sftp_files import Site
from exchanges.simulators.sftp_server import SftpServer

_POLL = 0.5  # seconds; a file that comes another way than by SFTP is seen too
_SIDECAR = ".sha256"


class IbSimulator:
    """``with IbSimulator(root) as ib``: listens on ``ib.host``:``ib.port`` until the end of the block.

    ``ib.settings`` is what a channel needs; ``ib.known_hosts``, ``ib.client_key`` and ``ib.username`` are its parts.
    Host key and client key are new for every instance. ``status`` gets one short line per event, without personal data.
    """

    host = "127.0.0.1"
    username = "gemeente"

    def __init__(self, root: Path, *, faults: Faults | None = None, port: int = 0, schemas: Path | None = None,
                 status: Callable[[str], None] | None = None) -> None:
        self.root = root
        self.faults = faults or Faults()
        self.status = status or (lambda _: None)
        self.inbox, self.outbox, self._own = root / "in", root / "uit", root / ".ib"
        self._taken = self._own / "ontvangen"
        for folder in (self.inbox, self.outbox, self._taken):
            folder.mkdir(parents=True, exist_ok=True)
        self._checker = Checker(schemas or data_dir("schemas"), self.faults)
        self._memory = _Memory(self._own / "verwerkt.jsonl")
        self._looked_at: dict[Path, tuple[int, int, bytes]] = {}
        self._wake = threading.Event()
        self._stopping = False
        self._worker = threading.Thread(target=self._work, name="ib-simulator", daemon=True)

        self.client_key = self._own / "client_key"
        self.known_hosts = self._own / "known_hosts"
        host_key = new_key(self._own / "host_key")
        site = Site(root, self.faults, self._named, self.status)
        self._server = SftpServer(site, host_key, self.username, new_key(self.client_key), self.host, port)
        self.port = self._server.port
        pinned = new_key(self._own / "other_key") if self.faults.changed_host_key else host_key
        pin(self.known_hosts, self.host, self.port, pinned)

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
        """Ends all connections; a file being checked is finished first."""
        self._server.stop()
        self._stopping = True
        self._wake.set()
        if self._worker.is_alive():
            self._worker.join()

    def wait_for_report(self, name: str, timeout: float = 30.0) -> Path | None:
        """The report on the file delivered as ``name``, once it is there; None after ``timeout`` seconds."""
        path = self.outbox / report_name(name)
        with self._memory.changed:
            return path if self._memory.changed.wait_for(path.exists, timeout) else None

    # --- in the thread of a connection

    def _named(self, name: str) -> None:
        """A file got its name in the inbox."""
        if self.faults.move_on_arrival:
            data = self.inbox / name.removesuffix(_SIDECAR)
            sidecar = data.with_name(data.name + _SIDECAR)
            if data.exists() and sidecar.exists():
                sidecar.replace(self._taken / sidecar.name)
                data.replace(self._taken / data.name)
        self._wake.set()

    # --- in the worker

    def _work(self) -> None:
        while not self._stopping:
            self._wake.wait(_POLL)
            self._wake.clear()
            for folder in (self.inbox, self._taken):
                for sidecar in sorted(folder.glob(f"[!.]*{_SIDECAR}")):
                    self._look_at(sidecar.with_name(sidecar.name.removesuffix(_SIDECAR)), sidecar)

    def _look_at(self, data: Path, sidecar: Path) -> None:
        try:
            found = data.stat()
            seen = (found.st_size, found.st_mtime_ns, sidecar.read_bytes())
        except OSError:
            return  # not complete yet, or taken away between two looks
        if self._looked_at.get(data) != seen:
            self._looked_at[data] = seen
            try:
                self._receive(data, seen[2])
            except Exception as error:  # a simulator that dies would look like a partner that is silent
                self.status(f"{data.name}: niet verwerkt door een fout in de simulator, {type(error).__name__}")

    def _receive(self, data: Path, sidecar: bytes) -> None:
        if self.faults.never_answer:
            self.status(f"{data.name}: ontvangen, geen antwoord (storing)")
            return
        verdict = self._checker.check(data, sidecar)
        if self._memory.knows(verdict):
            self.status(f"{data.name}: al eerder ontvangen, geen nieuw verslag")
            return
        if not verdict.reason and self._memory.has_name(verdict.name):
            verdict.reason = "IB-BST-08: deze bestandsnaam is al eerder ontvangen met andere inhoud"
        write_report(verdict, self.outbox)
        self._memory.remember(verdict)
        self.status(_line(verdict))


class _Memory:
    """What was answered before, by name and hash; survives a restart. No keys of records in it."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.changed = threading.Condition()
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
        self._seen = {(entry["name"], entry["sha256"]) for entry in map(json.loads, lines)}

    def knows(self, verdict: Verdict) -> bool:
        return (verdict.name, verdict.sha256) in self._seen

    def has_name(self, name: str) -> bool:
        return any(seen == name for seen, _ in self._seen)

    def remember(self, verdict: Verdict) -> None:
        entry = {"name": verdict.name, "sha256": verdict.sha256, "status": verdict.status,
                 "aangeboden": verdict.offered, "geaccepteerd": verdict.accepted, "afgewezen": verdict.rejected}
        with self.changed:
            self._seen.add((verdict.name, verdict.sha256))
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
            self.changed.notify_all()


def serve(root: Path, port: int = 0, faults: Faults | None = None, *, status: Callable[[str], None] | None = None,
          stop: threading.Event | None = None) -> None:
    """Run until ``stop`` is set, or Ctrl-C or SIGTERM comes. The first status line says where it listens."""
    ended = stop or threading.Event()
    in_main = threading.current_thread() is threading.main_thread()
    before = signal.signal(signal.SIGTERM, lambda *_: ended.set()) if in_main else None
    try:
        with IbSimulator(root, faults=faults, port=port, status=status) as ib:
            ib.status(f"IB-simulator luistert op {ib.host}:{ib.port}, gebruiker {ib.username}, "
                      f"sleutel {ib.client_key}, known_hosts {ib.known_hosts}")
            ended.wait()
    except KeyboardInterrupt:
        pass
    finally:
        if in_main:
            signal.signal(signal.SIGTERM, before)


def _line(verdict: Verdict) -> str:
    if verdict.reason:
        return f"{verdict.name}: afgekeurd, {verdict.reason}"
    return (f"{verdict.name}: {verdict.offered} berichten, {verdict.accepted} geaccepteerd, "
            f"{verdict.rejected} afgewezen")
