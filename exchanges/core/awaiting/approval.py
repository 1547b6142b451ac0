"""Waiting for a person without holding a worker: Airflow's human-in-the-loop task, with our rules (spec airflow3, 3).

The question stands on Airflow's page, and a trigger watches the books beside it: who decides with ``sluis approve``
lets the run go on, or stops it, as well. So the task is deferred and not in Airflow's ``awaiting_input``, which nothing
but the page can end; the page takes an answer of a deferred task just the same.

Airflow knows who answered and not what was approved, so the sha256 and the summary that were shown travel with the
question and come back with the answer. Who may answer is decided by the books, not by the page: an answer that does
not count leaves the question where it was. The page cannot say why, so the rules are in the question, and why is in the
task log and the register.

Airflow never changes the text of a question: a task that is cleared shows the old one, also when the file has become
another. Nobody may agree to what is not shown, so then the task ends, and ``sluis approve`` or a new run asks.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, ClassVar

from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param

from exchanges.core.errors import AwaitingApproval, BusinessError, UsageError

YES, NO = "Akkoord", "Weigeren"
REASON = "reden"
RULES = (
    "Een reden is verplicht; zonder persoonsgegevens. Wie de levering startte kan geen akkoord geven. Een antwoord dat "
    "niet telt, verandert niets: de vraag blijft staan, en in het log van deze taak staat waarom."
)


def fields() -> dict[str, Param]:
    """What is asked beside the choice: the ``params`` of the task."""
    return {REASON: Param("", type="string", title="Reden", description=RULES)}


@dataclass(frozen=True)
class Question:
    """``subject`` and ``body`` (Markdown) are shown; ``sha256`` and ``summary`` say of what they are."""

    subject: str
    body: str
    sha256: str
    summary: str


@dataclass(frozen=True)
class Answer:
    """What a person chose. ``actor`` is empty where Airflow does not know who it was."""

    given: bool
    actor: str
    reason: str
    sha256: str
    summary: str


class ApprovalTask(HITLOperator):  # type: ignore[misc]
    """Runs the step ``approve``; where somebody must agree first, asks, and books the answer.

    ``run`` does the step of a delivery, ``question`` says what to show, ``decide`` books an answer and raises
    BusinessError or UsageError when it does not count. ``patience`` is how long an answer may stay away; then the task
    fails, and the delivery still waits: ``sluis approve`` or another run. ``params`` are those of :func:`fields`.
    """

    template_fields: ClassVar[tuple[str, ...]] = ("delivery_id",)

    def __init__(
        self, *, delivery_id: Any, run: Callable[[str, str], dict[str, Any]], question: Callable[[str], Question],
        decide: Callable[[str, Answer], None], patience: timedelta, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(subject="Akkoord", options=[YES, NO], **kwargs)
        self.delivery_id = delivery_id
        self.patience = patience
        self.run_step, self.question, self.decide = run, question, decide
        self.show_return_value_in_logs = False

    def execute(self, context: Any) -> dict[str, Any]:
        try:
            return self.run_step(self.delivery_id, "approve")
        except AwaitingApproval:
            asked = self.question(self.delivery_id)
        self._show(context, asked)
        from exchanges.core.awaiting.decided import DecisionTrigger

        trigger = DecisionTrigger(
            str(context["task_instance"].id), self.delivery_id, asked.sha256, asked.summary,
            (datetime.now(UTC) + self.patience).isoformat(),
        )  # fmt: skip
        # What was shown is known again when somebody answers, whatever the delivery has become by then. Raises.
        shown = {"sha256": asked.sha256, "summary": asked.summary}
        self.defer(trigger=trigger, method_name="execute_complete", kwargs={"shown": shown})
        raise AssertionError

    def _show(self, context: Any, asked: Question) -> None:
        """Put the question on the page. Raises AwaitingApproval when another one stands there and stays."""
        from airflow.sdk.execution_time.comms import CreateHITLDetailPayload
        from airflow.sdk.execution_time.task_runner import SUPERVISOR_COMMS

        self.subject, self.body = asked.subject, asked.body
        stands: Any = SUPERVISOR_COMMS.send(
            msg=CreateHITLDetailPayload(
                ti_id=context["task_instance"].id, options=self.options, subject=asked.subject, body=asked.body,
                defaults=None, params=self.serialized_params, multiple=False, assigned_users=[],
            )
        )  # fmt: skip
        if (stands.subject, stands.body) != (asked.subject, asked.body):
            raise AwaitingApproval(
                f"Levering {self.delivery_id} wacht op akkoord, maar deze pagina toont nog een eerder bestand. Beslis "
                f"met sluis approve show {self.delivery_id}, of start een nieuwe run."
            )

    def execute_complete(
        self, context: Any, event: Mapping[str, Any], shown: Mapping[str, str] | None = None
    ) -> dict[str, Any]:
        """Somebody answered here, the books say that something was decided elsewhere, or time was up."""
        answer = _answer(event, shown or {})
        if answer is not None:
            try:
                self.decide(self.delivery_id, answer)
            except (BusinessError, UsageError) as declined:
                self.log.warning("Dit antwoord telt niet: %s", declined)
        try:
            return self.run_step(self.delivery_id, "approve")
        except AwaitingApproval:
            if "error" in event:
                raise
        return self.execute(context)


def _answer(event: Mapping[str, Any], shown: Mapping[str, str]) -> Answer | None:
    """None when nobody answered on the page, or none of what it asks. The texts are a stranger's: whatever they hold,
    only these are taken."""
    chosen = event.get("chosen_options")
    if chosen not in ([YES], [NO]):
        return None
    user = event.get("responded_by_user") or {}
    reason = (event.get("params_input") or {}).get(REASON, "")
    return Answer(
        given=chosen == [YES],
        actor=str(user.get("name") or user.get("id") or ""),
        reason=reason if isinstance(reason, str) else "",
        sha256=shown.get("sha256", ""),
        summary=shown.get("summary", ""),
    )

