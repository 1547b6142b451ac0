"""A PostgreSQL server of its own on a Unix socket, gone after the tests; nothing listens on the network.

    with postgres_server() as address:
        engine = create_engine(address.format(database="postgres"))
"""

from __future__ import annotations

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.needs import need


@contextmanager
def postgres_server() -> Iterator[str]:
    """Gives the SQLAlchemy address of a fresh server, with ``{database}`` to fill in."""
    programs = need("postgres").parent
    home = Path(tempfile.mkdtemp(prefix="ksl-pg-", dir="/tmp"))  # short: a socket path has at most 107 characters
    user = _account()
    if user is not None:
        shutil.chown(home, user)
    run: dict[str, Any] = {"user": user, "cwd": home, "check": True, "stdout": subprocess.DEVNULL}
    data = home / "data"
    kind = ["-U", "ketensluis", "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"]
    try:
        subprocess.run([programs / "initdb", "-D", data, *kind], **run)
        options = f"-c listen_addresses='' -c unix_socket_directories={home} -c fsync=off"
        subprocess.run([programs / "pg_ctl", "-D", data, "-w", "-l", home / "log", "-o", options, "start"], **run)
        try:
            yield "postgresql+psycopg://ketensluis@/{database}?host=" + str(home)
        finally:
            subprocess.run([programs / "pg_ctl", "-D", data, "-w", "-m", "immediate", "stop"], **run)
    finally:
        shutil.rmtree(home, ignore_errors=True)


def _account() -> str | None:
    """PostgreSQL refuses to run as root, as tests in a container often do."""
    if os.getuid() != 0:
        return None
    names = {entry.pw_name for entry in pwd.getpwall()}
    return "postgres" if "postgres" in names else "nobody"
