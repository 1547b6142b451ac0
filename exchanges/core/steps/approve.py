"""approve: whether a second person must agree before the file leaves, and whether one has (SEC-19, design rule 10)."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from exchanges.core.approve.decisions import (
    ASKED,
    PASSED,
    STARTED,
    VOID,
    Decision,
    Shown,
    approved,
    bound,
    decision,
    shown_in,
)
from exchanges.core.approve.judge import Judgement, judge, refused_text, waiting_text
from exchanges.core.ledger import EventRow, Ledger, StepRow
from exchanges.core.steps.context import Context, Result

Standing = Literal["off", "not_required", "waiting", "given", "refused"]
PROGRAM = "ketensluis"


def approve(context: Context) -> Result:
    """Books what was weighed (``details``: sha256, summary, shown, compared_with, limit, standing). The delivery waits,
    stops because of a refusal, or passes.

    A decision about another file or another summary than these is made void here, for good.
    """
    events = context.ledger.events(context.delivery.id)
    judged = judge(context, events)
    last = decision(events)
    if last is not None and last.shown != judged.shown:
        _book(context, events, VOID, judged.shown, "vervallen")
        last = None
    details = {
        **judged.shown.as_dict(),
        "shown": judged.summary,
        "compared_with": judged.before,
        "limit": judged.summary["limit"],
    }

    def ended(standing: Standing, *, blocked: str = "", waits: str = "") -> Result:
        return Result(details={**details, "standing": standing}, blocked=blocked, waits=waits)

    if not context.settings.approval_required:
        return ended("off")
    if not judged.required:
        _book(context, events, PASSED, judged.shown, "niet nodig", judged)
        return ended("not_required")
    if last is None:
        _book(context, events, ASKED, judged.shown, "gevraagd", judged)
        return ended("waiting", waits=waiting_text(context.delivery.id, judged.shown, judged.found.required))
    if not last.given:
        return ended("refused", blocked=refused_text(context.delivery.id, last.actor, last.reason))
    return ended("given")


def started(ledger: Ledger, id: str, actor: str) -> None:
    """A person starts a run of the delivery: who does not approve it."""
    ledger.event(id, actor, STARTED, id, "begonnen")


def agreed(steps: Mapping[str, StepRow], events: Iterable[EventRow]) -> Decision | None:
    """The approval of what the steps have made by now, if there is one."""
    asked = steps["approve"].details if "approve" in steps else {}
    if not all(step in steps and steps[step].done for step in ("build", "check", "reconcile")):
        return None
    last = approved(events, Shown(str(asked.get("sha256")), str(asked.get("summary"))))
    return last if last is not None and steps["build"].details.get("sha256") == last.shown.sha256 else None


def _book(
    context: Context, events: Sequence[EventRow], action: str, shown: Shown, result: str,
    judged: Judgement | None = None,
) -> None:  # fmt: skip
    """Once for what is so: looking again at the same file tells nothing new."""
    latest = next(reversed(bound(events)), None)
    if latest is not None and latest.action == action and shown_in(latest) == shown:
        return
    reasons = {} if judged is None else {
        "shown": [one.text for one in (judged.found.required or judged.found.passed)]
    }  # fmt: skip
    context.ledger.event(context.delivery.id, PROGRAM, action, shown.sha256, result, {**shown.as_dict(), **reasons})
