"""The password of an Airflow connection, from whatever secrets backend Airflow has."""

from __future__ import annotations

import sys


def password_of(connection: str) -> str:
    """Empty when there is none; and outside a running task, for only that can ask for it."""
    # Airflow sets it in the process of a task: elsewhere nobody answers, and importing Airflow takes seconds.
    if not hasattr(sys.modules.get("airflow.sdk.execution_time.task_runner"), "SUPERVISOR_COMMS"):
        return ""
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException

    try:
        return Connection.get(connection).password or ""
    except AirflowNotFoundException:
        return ""
