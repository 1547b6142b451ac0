"""What the triggerer watches while a question stands: whether it was decided, in the books or on the page."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from exchanges.core.errors import TechnicalError

FIRST = 0.25  # seconds; the wait doubles
LONGEST = 15.0


class DecisionTrigger(BaseTrigger):  # type: ignore[misc]
    """Fires when nothing is to be decided any more of the file and summary (``sha256``, ``summary``) of a delivery;
    when somebody answered on the page of task instance ``ti_id``; or at ``until`` (ISO 8601, with zone).

    An answer on the page by itself resumes a task that is deferred. One that came before it was does not: so the page
    is looked at too, once, and the books from then on.
    """

    def __init__(
        self, ti_id: str, delivery_id: str, sha256: str, summary: str, until: str, seconds: float = FIRST
    ) -> None:
        super().__init__()
        self.ti_id, self.delivery_id = ti_id, delivery_id
        self.sha256, self.summary = sha256, summary
        self.until, self.seconds = until, seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        names = ("ti_id", "delivery_id", "sha256", "summary", "until", "seconds")
        return "exchanges.core.awaiting.decided.DecisionTrigger", {name: getattr(self, name) for name in names}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        event, pause = await asyncio.to_thread(_answer, self.ti_id), self.seconds
        while event is None:
            if await asyncio.to_thread(self._settled):
                event = {"settled": True}
            elif datetime.now(UTC) >= datetime.fromisoformat(self.until):
                event = {"error": "timeout"}
            else:
                await asyncio.sleep(pause)
                pause = min(pause * 2, LONGEST)
        yield TriggerEvent(event)

    def _settled(self) -> bool:
        from exchanges.core.approve import desk
        from exchanges.core.approve.decisions import Shown

        try:
            return desk.settled(self.delivery_id, Shown(self.sha256, self.summary))
        except TechnicalError:  # books that cannot be read now: the next look may tell
            return False


def _answer(ti_id: str) -> dict[str, Any] | None:
    """As the page hands it to the task. None where there is none, and under ``dag.test``: nobody there can tell."""
    from uuid import UUID

    from airflow.sdk.exceptions import AirflowRuntimeError
    from airflow.sdk.execution_time import task_runner
    from airflow.sdk.execution_time.hitl import get_hitl_detail_content_detail
    from airflow.sdk.execution_time.supervisor import InProcessSupervisorComms

    if isinstance(getattr(task_runner, "SUPERVISOR_COMMS", None), InProcessSupervisorComms):
        return None
    try:
        found = get_hitl_detail_content_detail(UUID(ti_id))
    except AirflowRuntimeError:  # the question is gone: the task was cleared
        return None
    if not found.response_received or not found.chosen_options:
        return None
    user = found.responded_by_user
    return {
        "chosen_options": list(found.chosen_options),
        "params_input": found.params_input or {},
        "responded_at": found.responded_at,
        "responded_by_user": user and {"id": user.id, "name": user.name},
    }
