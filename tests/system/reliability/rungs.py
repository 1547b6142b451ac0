"""Every write, fsync, rename, new file and new folder of a process, whoever makes it: counted, refused, or looked at.

``rungs.c`` is loaded in front of the C library; here it is built and spoken to. See there what the modes do.
"""

from __future__ import annotations

import ctypes
import subprocess
from pathlib import Path

from tests.needs import need

_COUNT, _FULL, _TELL = range(3)
_SOURCE = Path(__file__).with_name("rungs.c")


def built(folder: Path) -> Path:
    """The library, for LD_PRELOAD. Skips the test where there is no compiler."""
    made = folder / "rungs.so"
    subprocess.run([need("cc"), "-O1", "-shared", "-fPIC", "-o", made, _SOURCE, "-ldl", "-lpthread"], check=True)
    return made


def arm(folder: Path, nth: int) -> None:
    """From the ``nth`` call below ``folder`` on there is no room. For a process that has the library in front."""
    _set(folder, nth, _FULL)


def tell(folder: Path, tell: int, hear: int) -> None:
    """Before every call below ``folder`` its kind and its path go to the descriptor ``tell``, a line, and it waits for
    one byte from ``hear``."""
    _set(folder, 0, _TELL, tell, hear)


def listed(folder: Path, to: int) -> None:
    """The kind and the path of every call below ``folder`` go to the descriptor ``to``, a line each."""
    _set(folder, 0, _COUNT, to)


def disarm() -> int:
    """How many calls there were since it was armed."""
    library = ctypes.CDLL(None)
    library.rungs_count.restype = ctypes.c_long
    count = int(library.rungs_count())
    library.rungs_arm(b"", ctypes.c_long(0), _COUNT, -1, -1)
    return count


def _set(folder: Path, nth: int, mode: int, tell: int = -1, hear: int = -1) -> None:
    ctypes.CDLL(None).rungs_arm(f"{folder}/".encode(), ctypes.c_long(nth), mode, tell, hear)
