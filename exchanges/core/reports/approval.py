"""The part of a report that says who agreed to the delivery, when, why and having seen what (SEC-19)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exchanges.core.access.who import same_person
from exchanges.core.reports.codec import DocumentError

ApprovalStanding = Literal["off", "not_required", "waiting", "given", "refused"]


@dataclass(frozen=True)
class ApprovalReason:
    """What was looked at, a whole sentence with its numbers."""

    code: str
    text: str


@dataclass(frozen=True)
class ApprovalAct:
    """Something that happened: ``title`` says what in words, ``moment`` is UTC (``2026-11-29T08:15:00Z``), ``day`` and
    ``time`` are that moment for a reader here. ``shown`` are the reasons for asking as they were seen."""

    what: Literal["started", "asked", "given", "refused", "declined", "void", "passed"]
    title: str
    actor: str
    moment: str
    day: str
    time: str
    reason: str
    sha256: str
    summary: str
    shown: tuple[str, ...] = ()


@dataclass(frozen=True)
class ApprovalPart:
    """``required`` are the reasons why a second person must agree, ``passed`` what gave no cause. ``sha256`` is of the
    file, ``summary`` the digest of what is shown of it.
    ``limit`` is how far a number may be from that of ``compared_with``, as a reader sees it."""

    standing: ApprovalStanding
    text: str
    compared_with: str | None
    limit: str
    sha256: str
    summary: str
    required: tuple[ApprovalReason, ...]
    passed: tuple[ApprovalReason, ...]
    history: tuple[ApprovalAct, ...]

    def __post_init__(self) -> None:
        if self.standing == "not_required" and self.required:
            raise DocumentError("standing does not follow from the reasons")
        if self.standing in ("given", "refused"):
            acts = [act for act in self.history if act.what in ("given", "refused", "void")]
            last = acts[-1] if acts else None
            if last is None or (last.what, last.sha256, last.summary) != (self.standing, self.sha256, self.summary):
                raise DocumentError("standing does not follow from the history")
            before = self.history[: self.history.index(last)]
            starters = [act.actor for act in before if act.what == "started"]
            if last.what == "given" and any(same_person(last.actor, starter) for starter in starters):
                raise DocumentError("given by who started it")
