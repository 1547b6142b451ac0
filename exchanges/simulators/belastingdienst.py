"""The Belastingdienst behind a Digipoort-like gate, simulated: loonaangiften in, statuses of each phase out.

Below ``root``: ``aanlever/`` and ``status/`` for the client, ``.belastingdienst/`` for itself (keys, what it received).
That files are handed over like this, and the form of the statuses, are ASSUMED (spec loonaangifte, section 11).
"""

from __future__ import annotations

import hashlib
import threading
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path

from exchanges.core.data import data_dir
from exchanges.simulators import partner
from exchanges.simulators.belastingdienst_check import Checker, Judgement
from exchanges.simulators.belastingdienst_register import Register
from exchanges.simulators.belastingdienst_status import Attempt, draft_status, publish, status_name
from exchanges.simulators.faults import PhaseFaults
from exchanges.simulators.sidecar import SIDECAR

TRANSPORT, VALIDATION, CONSISTENCY, COMPARISON = range(4)
INBOX, OUTBOX, OWN = "aanlever", "status", ".belastingdienst"


class Office:
    """What happens to a declaration, whatever way it came. For one thread.

    ``answer_all`` looks at what lies in ``aanlever/`` and was not answered; for tests and folders. ``wait`` is how a
    late answer waits.
    """

    def __init__(self, root: Path, *, faults: PhaseFaults | None = None, schemas: Path | None = None,
                 status: Callable[[str], None] | None = None, today: Callable[[], date] | None = None,
                 wait: Callable[[float], object] = time.sleep) -> None:
        self.faults = faults or PhaseFaults()
        self.inbox, self.outbox, self._own = root / INBOX, root / OUTBOX, root / OWN
        for folder in (self.inbox, self.outbox, self._own):
            folder.mkdir(parents=True, exist_ok=True)
        self._tell = status or (lambda _: None)
        self._wait = wait
        self._register = Register(self._own / "register.sqlite")
        self._checker = Checker(schemas or data_dir("schemas"), self._register, self.faults, today)
        self._refused_at_gate = 0

    def close(self) -> None:
        self._register.close()

    def answer_all(self) -> None:
        for sidecar in sorted(self.inbox.glob(f"[!.]*{SIDECAR}")):
            data = sidecar.with_name(sidecar.name.removesuffix(SIDECAR))
            if data.exists():
                self.receive(data, sidecar.read_bytes())

    def receive(self, data: Path, sidecar: bytes) -> None:
        """All phases of one file, as far as it comes."""
        with data.open("rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if self._register.knows(data.name, sha256):
            self._finish(data.name)
            return
        attempt = Attempt(data.name, sha256, self._refused_at_gate + 1)
        if not self._gate(attempt, data, sidecar):
            return
        judged = self._checker.validate(data)
        if judged.trouble:
            draft = self._draft(attempt, VALIDATION, judged)
            self._register.keep(data.name, sha256, judged.id_ber, judged.lh_nr, judged.trouble)
            publish(draft, self.outbox)
            self._twice(attempt, VALIDATION, judged)
            return
        self._say(attempt, VALIDATION, judged)
        self._judge(attempt, data, judged)

    def _gate(self, attempt: Attempt, data: Path, sidecar: bytes) -> bool:
        """Phase 0. What is refused here has not come in: nothing of it is kept, and it may come again as it is."""
        faulty = self._refused_at_gate < self.faults.transport_errors
        if not faulty and sidecar == f"{attempt.sha256}  {data.name}\n".encode():
            self._say(attempt, TRANSPORT, Judgement())
            return True
        self._refused_at_gate += 1
        reason = "verstoring bij de ontvangst" if faulty else "controlesom klopt niet met het bestand"
        data.with_name(data.name + SIDECAR).unlink(missing_ok=True)
        data.unlink()
        self._say(attempt, TRANSPORT, Judgement(trouble="T", reasons=[f"BD-T-01: {reason}"]))
        return False

    def _judge(self, attempt: Attempt, data: Path, judged: Judgement) -> None:
        """Phase 2. The answer is on disk before the register says that there is one."""
        with self._register.judging():
            self._checker.judge(data, judged)
            draft = self._draft(attempt, CONSISTENCY, judged)
            verdict = "akkoord" if judged.accepted else judged.trouble
            self._register.keep(data.name, attempt.sha256, judged.id_ber, judged.lh_nr, verdict)
        if self.faults.late_seconds:
            busy = draft_status(attempt, CONSISTENCY, "in_behandeling", self.outbox, id_ber=judged.id_ber)
            publish(busy, self.outbox)
            self._wait(self.faults.late_seconds)
        if self.faults.wrong_answer:
            other = Attempt(f"ander-{attempt.name}", hashlib.sha256(attempt.sha256.encode()).hexdigest())
            wrong = draft_status(other, CONSISTENCY, "akkoord", self.outbox, id_ber="ander-bericht")
            publish(wrong.rename(wrong.with_name(f".{status_name(attempt.name, CONSISTENCY)}.part")), self.outbox)
            self._tell(f"{attempt.name}: antwoord op een ander bericht gegeven (storing)")
            return
        publish(draft, self.outbox)
        self._twice(attempt, CONSISTENCY, judged)
        if judged.accepted and judged.compared:
            later = Judgement(judged.id_ber, judged.lh_nr, "W", remarks=judged.compared)
            self._say(attempt, COMPARISON, later)

    def _finish(self, name: str) -> None:
        """A file that was judged before: its answer, if that was made but never given."""
        for phase in (VALIDATION, CONSISTENCY):
            draft = self._own / f".{status_name(name, phase)}.part"
            if draft.exists():
                publish(draft, self.outbox)
        self._tell(f"{name}: al eerder ontvangen, niet nog eens verwerkt")

    def _say(self, attempt: Attempt, phase: int, judged: Judgement) -> None:
        publish(self._draft(attempt, phase, judged), self.outbox)
        self._twice(attempt, phase, judged)

    def _twice(self, attempt: Attempt, phase: int, judged: Judgement) -> None:
        if self.faults.answer_twice:
            publish(self._draft(attempt, phase, judged), self.outbox)
        self._tell(f"{attempt.name}: fase {phase} {_status(judged)}"
                   + (f", {len(judged.remarks)} meldingen" if judged.remarks else "")
                   + (f", {judged.reason}" if judged.reasons else ""))

    def _draft(self, attempt: Attempt, phase: int, judged: Judgement) -> Path:
        return draft_status(attempt, phase, _status(judged), self._own, id_ber=judged.id_ber, trouble=judged.trouble,
                            reason=judged.reason, remarks=judged.remarks)


def _status(judged: Judgement) -> str:
    if not judged.accepted:
        return "afgekeurd"
    return "akkoord_met_meldingen" if judged.trouble else "akkoord"


class BelastingdienstSimulator(partner.PartnerSimulator):
    """See :class:`exchanges.simulators.partner.PartnerSimulator`."""

    name, inbox_name, outbox_name, own_name = "Belastingdienst", INBOX, OUTBOX, OWN

    def __init__(self, root: Path, *, faults: PhaseFaults | None = None, port: int = 0, schemas: Path | None = None,
                 status: Callable[[str], None] | None = None, today: Callable[[], date] | None = None) -> None:
        given = faults or PhaseFaults()
        super().__init__(root, faults=given, port=port, status=status)
        self.office = Office(root, faults=given, schemas=schemas, status=self.status, today=today,
                             wait=self.stopping.wait)

    def receive(self, data: Path, sidecar: bytes) -> None:
        self.office.receive(data, sidecar)

    def stop(self) -> None:
        super().stop()
        self.office.close()


def serve(root: Path, port: int = 0, faults: PhaseFaults | None = None, *,
          status: Callable[[str], None] | None = None, stop: threading.Event | None = None) -> None:
    """See :func:`exchanges.simulators.partner.serve`."""
    partner.serve(lambda: BelastingdienstSimulator(root, faults=faults, port=port, status=status), stop)
