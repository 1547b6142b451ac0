"""Waiting for a file without holding a worker: a task that leaves the wait to the triggerer (spec airflow3, 2)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, ClassVar

from airflow.sdk import BaseOperator

from exchanges.core.errors import PartnerSilent


class ArrivalSensor(BaseOperator):  # type: ignore[misc]
    """Runs a step that waits for the partner; where there is nothing yet, a trigger watches and the step runs again.

    ``run`` does the step of a delivery. ``patience`` is how long a file may stay away: after that the task fails, and
    the report says that nothing came.
    """

    template_fields: ClassVar[tuple[str, ...]] = ("delivery_id",)

    def __init__(
        self, *, delivery_id: Any, step: str, run: Callable[[str, str], dict[str, Any]], first_poke: timedelta,
        patience: timedelta, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.delivery_id = delivery_id
        self.step = step
        self.run_step = run
        self.first_poke = first_poke
        self.patience = patience

    def execute(self, context: Any) -> dict[str, Any]:
        try:
            return self.run_step(self.delivery_id, self.step)
        except PartnerSilent:
            from exchanges.core.awaiting.trigger import ArrivalTrigger

            trigger = ArrivalTrigger(self.delivery_id, self.first_poke.total_seconds())
            # Raises: the task is taken up again in `arrived`.
            self.defer(trigger=trigger, method_name="arrived", timeout=self.patience)
            raise

    def arrived(self, context: Any, event: Any = None) -> dict[str, Any]:
        """The trigger saw a file. One that is gone again, or known, is waited for anew."""
        return self.execute(context)
