"""Where tests write: in memory where there is room for that, for a suite that syncs every file waits for its disk."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

_MEMORY = Path("/dev/shm")
_NAME = "ksl-tests-"
_ROOM = 6 << 30  # bytes; a container often has 64 MB there


def settle() -> Path | None:
    """A folder for this run and the processes it starts, told to them as TMPDIR; None where somebody chose already, or
    the usual place will do. A short name: the path of a socket has at most 107 characters."""
    if "TMPDIR" in os.environ or not _roomy():
        return None
    for left in _MEMORY.glob(f"{_NAME}*"):
        if not Path("/proc", left.name.removeprefix(_NAME)).exists():
            shutil.rmtree(left, ignore_errors=True)  # of a run that was killed
    folder = _MEMORY / f"{_NAME}{os.getpid()}"
    folder.mkdir()
    folder.chmod(0o711)  # a server that may not be root passes through
    os.environ["TMPDIR"] = tempfile.tempdir = str(folder)
    return folder


def _roomy() -> bool:
    return Path("/proc/self").exists() and os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ROOM
