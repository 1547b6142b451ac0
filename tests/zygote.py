"""A process that has imported the command line and forks for every command: what a command costs without the imports.

Reads on standard input one JSON object a line, ``args``, ``env``, ``cwd`` and the files ``stdin``, ``stdout`` and
``stderr``; answers with the exit code and the seconds of processor time of the fork. Ends with its input.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import threading

# What the commands import when they run. Nothing of it may start a thread: those do not survive a fork.
IMPORTED = (
    "exchanges.cli", "exchanges.core.run", "exchanges.core.afterwards", "exchanges.core.inspect",
    "exchanges.core.receive.refeed", "exchanges.core.retention.plan", "exchanges.core.lists.publish",
    "exchanges.core.transport.sftp", "exchanges.administration.adapters", "exchanges.administration.door",
    "exchanges.simulators.ib", "alembic.command", "duckdb", "pyarrow.parquet", "pyarrow.compute", "pyarrow.csv",
    "exchanges.core.access.roles", "exchanges.core.calendar", "exchanges.core.correct",
    "exchanges.core.schemas.diagnostic",
    "exchanges.dkd_reintegratie.rules", "exchanges.ib_lks.rules", "exchanges.ib_oib.settlement.publish",
    "exchanges.ib_rechtmatigheid.rules", "exchanges.ib_samenloop.proofs", "exchanges.loonaangifte.rules",
    "exchanges.loonaangifte.jaar", "sqlalchemy.dialects.sqlite", "xmlschema", "jinja2", "fsspec.implementations.local",
)  # fmt: skip


def serve() -> None:
    for name in IMPORTED:
        importlib.import_module(name)
    assert threading.active_count() == 1
    for line in sys.stdin:
        asked = json.loads(line)
        pid = os.fork()
        if not pid:
            _command(asked)
        _, status, used = os.wait4(pid, 0)
        print(json.dumps([os.waitstatus_to_exitcode(status), used.ru_utime + used.ru_stime]), flush=True)


def _command(asked: dict[str, object]) -> None:
    """Never returns."""
    code = 70
    try:
        os.environ.clear()
        os.environ.update(asked["env"])  # type: ignore[call-overload]
        os.chdir(str(asked["cwd"]))
        for number, (name, mode) in enumerate((("stdin", "r"), ("stdout", "w"), ("stderr", "w"))):
            os.dup2(os.open(str(asked[name]), os.O_RDONLY if mode == "r" else os.O_WRONLY), number)
            setattr(sys, name, os.fdopen(number, mode, encoding="utf-8", closefd=False))
        sys.argv = ["sluis", *asked["args"]]  # type: ignore[misc]
        from exchanges.cli import main

        main()
    except SystemExit as ended:
        code = ended.code if isinstance(ended.code, int) else 0 if ended.code is None else 1
    except BaseException:
        import traceback

        traceback.print_exc()
    finally:
        # What a process does when it ends: threads are waited for, what is still in a buffer is written.
        threading._shutdown()  # type: ignore[attr-defined]
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


if __name__ == "__main__":
    serve()
