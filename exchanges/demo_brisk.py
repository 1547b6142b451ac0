"""``dag.test`` of Airflow looks again after a second where no task may start yet, at every join of a mapped group.
Inside the block it does so at once."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

_ASKS = "airflow.sdk.definitions.dag"
_PAUSE = 0.02  # seconds


@contextmanager
def brisk() -> Iterator[None]:
    """What anything else waits for stays as it is."""
    wait = time.sleep

    def sleep(seconds: float) -> None:
        wait(_PAUSE if sys._getframe(1).f_globals.get("__name__") == _ASKS else seconds)

    time.sleep = sleep
    try:
        yield
    finally:
        time.sleep = wait
