"""Where an event comes from (SEC-11, BIO2 8.15.01): machine, version of the program, and the run it is part of."""

from __future__ import annotations

import os
import socket
from functools import cache
from importlib.metadata import PackageNotFoundError, version

from exchanges.core.store.privacy import without_bsn

# Airflow gives these to a task.
_RUN = ("AIRFLOW_CTX_DAG_ID", "AIRFLOW_CTX_DAG_RUN_ID")


def origin() -> str:
    """``machine ketensluis-0.1.0 dag/run`` in a task of Airflow, else ``… proces-1234``. Somebody may have put a BSN in
    the name of a run: that becomes stars."""
    run = "/".join(filter(None, map(os.environ.get, _RUN))) or f"proces-{os.getpid()}"
    return without_bsn(f"{socket.gethostname()} {_program()} {run}").replace("\0", "")


@cache
def _program() -> str:
    try:
        return f"ketensluis-{version('ketensluis')}"
    except PackageNotFoundError:  # run from a folder that was not installed
        return "ketensluis"
