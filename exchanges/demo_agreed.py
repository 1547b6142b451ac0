"""The second person of the demo: agrees, at the page of Airflow, to what waits there.

It answers through the function behind Airflow's own API, as a user would with a browser; what that answer is worth is
for the core to say. Nobody who reads this would agree unseen: for the demo the reason says so.
"""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Any, Self

WHO = "b.bakker"
REASON = "Demo: aantallen, totalen en verschil bekeken."
_PAUSE = 0.05  # seconds between looks: a run that finds no answer yet looks away for a second


class Colleague:
    """Answers every question that is asked while the block runs. What goes wrong in between is raised at its end."""

    def __enter__(self) -> Self:
        self._done, self._trouble = threading.Event(), []  # type: tuple[threading.Event, list[Exception]]
        self._thread = threading.Thread(target=self._work, name=WHO, daemon=True)
        self._thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
                 ) -> None:  # fmt: skip
        self._done.set()
        self._thread.join()
        if self._trouble and error is None:
            raise self._trouble[0]

    def _work(self) -> None:
        while not self._done.wait(_PAUSE):
            try:
                for question in _open_questions():
                    _agree(question)
            except Exception as error:
                self._trouble.append(error)
                return


def _open_questions() -> list[Any]:
    from airflow.models.hitl import HITLDetail
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from airflow.utils.state import TaskInstanceState
    from sqlalchemy import select

    with create_session() as session:
        query = (
            select(TaskInstance).join(HITLDetail, TaskInstance.id == HITLDetail.ti_id)
            .where(TaskInstance.state == TaskInstanceState.AWAITING_INPUT, HITLDetail.responded_at.is_(None))
        )  # fmt: skip
        found = list(session.scalars(query))
        session.expunge_all()
    return found


def _agree(asked: Any) -> None:
    from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser
    from airflow.api_fastapi.core_api.datamodels.hitl import UpdateHITLDetailPayload
    from airflow.api_fastapi.core_api.routes.public.hitl import update_hitl_detail
    from airflow.utils.session import create_session

    from exchanges.core.awaiting.approval import REASON as FIELD
    from exchanges.core.awaiting.approval import YES

    answer = UpdateHITLDetailPayload(chosen_options=[YES], params_input={FIELD: REASON})
    with create_session() as session:
        update_hitl_detail(
            asked.dag_id, asked.run_id, asked.task_id, answer,
            user=SimpleAuthManagerUser(username=WHO, role="op"), session=session, map_index=asked.map_index,
        )  # fmt: skip
