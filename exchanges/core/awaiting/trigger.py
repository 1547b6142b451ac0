"""What the triggerer watches for: a file that the partner has put ready, and that was not collected before."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseTrigger, TriggerEvent

from exchanges.core.errors import TechnicalError

LONGEST = 600.0


class ArrivalTrigger(BaseTrigger):  # type: ignore[misc]
    """Looks in the partner's directory, first after ``seconds``, then twice as long each time, at most ten minutes."""

    def __init__(self, delivery_id: str, seconds: float) -> None:
        super().__init__()
        self.delivery_id = delivery_id
        self.seconds = seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        return (
            "exchanges.core.awaiting.trigger.ArrivalTrigger",
            {"delivery_id": self.delivery_id, "seconds": self.seconds},
        )

    async def run(self) -> AsyncIterator[TriggerEvent]:
        pause = self.seconds
        while True:
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST)
            # A partner that cannot be reached has not sent anything: the task itself will say so when its time is up.
            try:
                there = await asyncio.to_thread(_arrived, self.delivery_id)
            except TechnicalError:
                there = False
            if there:
                yield TriggerEvent(self.delivery_id)
                return


def _arrived(delivery_id: str) -> bool:
    from exchanges.core import run
    from exchanges.core.receive.collect import waiting
    from exchanges.core.settings import Settings

    settings = Settings()
    with run.step_context(settings, run.open_ledger(settings).delivery(delivery_id)) as context:
        return waiting(context)
