"""Arrow as this package wants it: imported by everything that runs a step, before anything else.

Memory comes from the system allocator: Arrow's own pool keeps what a step has used, and the next step, or the SQL
engine, then takes its share on top of it (200,000 clients: a peak of 340 MB instead of 500).

And without pandas. At the first array made from a list, pyarrow imports pandas to see whether the list is a Series:
over a second and 40 MB for every command, and nothing here ever hands it one. Looking while pandas cannot be imported
settles that question; an explicit ``to_pandas`` imports it as usual.
"""

from __future__ import annotations

import os
import sys
from importlib.abc import MetaPathFinder
from typing import Any

# Read by Arrow when it is loaded; a pool set afterwards is not that of its kernels.
os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")

import pyarrow as pa


class _NoPandas(MetaPathFinder):
    def find_spec(self, name: str, path: Any, target: Any = None) -> None:
        if name == "pandas":
            raise ImportError(name)


def without_pandas() -> None:
    """Does nothing when pandas is imported already."""
    if "pandas" not in sys.modules:
        closed = _NoPandas()
        sys.meta_path.insert(0, closed)
        try:
            pa.array([0])
        finally:
            sys.meta_path.remove(closed)


without_pandas()
