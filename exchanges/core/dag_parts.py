"""What the tasks of all DAGs share: when something is tried again, and what a mapped task is called."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import ExceptionRetryPolicy, RetryAction, RetryRule, get_current_context

from exchanges.core.errors import TechnicalError

# Only what may have recovered by itself is tried again; wrong content or wrong settings stay wrong.
RETRY = ExceptionRetryPolicy(
    rules=[RetryRule(exception=TechnicalError, action=RetryAction.RETRY, reason="technische fout")],
    default=RetryAction.FAIL,
)
RETRIES = 4
RETRY_DELAY = timedelta(minutes=1)  # 1, 2, 4, 8 minutes
LONGEST_DELAY = timedelta(minutes=30)


def default_args(owner: str, retry_delay: timedelta) -> dict[str, Any]:
    return {
        "owner": owner,
        "retries": RETRIES,
        "retry_delay": retry_delay,
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": LONGEST_DELAY,
        "retry_policy": RETRY,
    }


def label(gemeente: str) -> None:
    """Show the municipality instead of 0, 1, 2 in the mapped task (``map_index_template``)."""
    context: Any = get_current_context()
    context["gemeente"] = gemeente
