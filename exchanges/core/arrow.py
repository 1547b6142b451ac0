"""Arrow as this package wants it: imported by everything that runs a step, before anything else.

Memory comes from the system allocator (the package says so before Arrow is loaded, whoever loads it): Arrow's own pool
keeps what a step has used, and the next step, or the SQL engine, then takes its share on top of it (200,000 clients: a
peak of 340 MB instead of 500). glibc does the same per thread, so it gets two arenas, and gives back what is free after
each step.

And without pandas. At the first array made from a list, pyarrow imports pandas to see whether the list is a Series:
over a second and 40 MB for every command, and nothing here ever hands it one. Looking while pandas cannot be imported
settles that question; an explicit ``to_pandas`` imports it as usual.
"""

from __future__ import annotations

import ctypes
import sys
from importlib.abc import MetaPathFinder
from typing import Any

import pyarrow as pa


class _NoPandas(MetaPathFinder):
    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        if name == "pandas":
            raise ImportError(name)


def give_back() -> None:
    """Hand free memory back to the system; does nothing where the C library cannot."""
    if _TRIM is not None:
        _TRIM(0)


def _libc(name: str) -> Any:
    try:
        return getattr(ctypes.CDLL(None), name)
    except (OSError, AttributeError):
        return None


def without_pandas() -> None:
    """Does nothing when pandas is imported already."""
    if "pandas" not in sys.modules:
        closed = _NoPandas()
        sys.meta_path.insert(0, closed)
        try:
            pa.array([0])
        finally:
            sys.meta_path.remove(closed)


_TRIM = _libc("malloc_trim")
_M_ARENA_MAX = -8  # malloc.h
if _TRIM is not None:
    _libc("mallopt")(_M_ARENA_MAX, 2)
without_pandas()
