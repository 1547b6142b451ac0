"""The Inlichtingenbureau, simulated: an SFTP server that checks what it gets and answers with a processing report.

Below ``root``: ``in/`` and ``uit/`` for the client, ``.ib/`` for itself (keys, what it has seen before).
That the IB offers SFTP, these folders and this report are ASSUMED (spec ib-signalen, section 3).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from pathlib import Path

from exchanges.core.data import data_dir
from exchanges.simulators import partner
from exchanges.simulators.faults import Faults
from exchanges.simulators.ib_check import Verdict
from exchanges.simulators.ib_desk import Desk
from exchanges.simulators.ib_dossiers import LineVerdict
from exchanges.simulators.ib_report import report_name, write_report


class IbSimulator(partner.PartnerSimulator):
    """See :class:`exchanges.simulators.partner.PartnerSimulator`."""

    name, inbox_name, outbox_name, own_name = "IB", "in", "uit", ".ib"

    def __init__(self, root: Path, *, faults: Faults | None = None, port: int = 0, schemas: Path | None = None,
                 status: Callable[[str], None] | None = None) -> None:
        self.faults = faults or Faults()
        super().__init__(root, faults=self.faults, port=port, status=status)
        self._desk = Desk(schemas or data_dir("schemas"), self.faults)
        self._memory = _Memory(self.own / "verwerkt.jsonl")

    def wait_for_report(self, name: str, timeout: float = 30.0) -> Path | None:
        """The report on the file delivered as ``name``, once it is there; None after ``timeout`` seconds."""
        path = self.outbox / report_name(name)
        with self._memory.changed:
            return path if self._memory.changed.wait_for(path.exists, timeout) else None

    def receive(self, data: Path, sidecar: bytes) -> None:
        verdict = self._desk.check(data, sidecar)
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

    def knows(self, verdict: Verdict | LineVerdict) -> bool:
        return (verdict.name, verdict.sha256) in self._seen

    def has_name(self, name: str) -> bool:
        return any(seen == name for seen, _ in self._seen)

    def remember(self, verdict: Verdict | LineVerdict) -> None:
        entry = {"name": verdict.name, "sha256": verdict.sha256, "status": verdict.status,
                 "aangeboden": verdict.offered, "geaccepteerd": verdict.accepted, "afgewezen": verdict.rejected}
        with self.changed:
            self._seen.add((verdict.name, verdict.sha256))
            with self.path.open("a", encoding="utf-8") as file:
                file.write(json.dumps(entry) + "\n")
            self.changed.notify_all()


def serve(root: Path, port: int = 0, faults: Faults | None = None, *, status: Callable[[str], None] | None = None,
          stop: threading.Event | None = None) -> None:
    """See :func:`exchanges.simulators.partner.serve`."""
    partner.serve(lambda: IbSimulator(root, faults=faults, port=port, status=status), stop)


def _line(verdict: Verdict | LineVerdict) -> str:
    if verdict.reason:
        return f"{verdict.name}: afgekeurd, {verdict.reason}"
    many = "regels" if isinstance(verdict, LineVerdict) else "berichten"
    return (f"{verdict.name}: {verdict.offered} {many}, {verdict.accepted} geaccepteerd, "
            f"{verdict.rejected} afgewezen")
