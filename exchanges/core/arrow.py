"""Arrow without pandas.

At the first array made from a list, pyarrow imports pandas to see whether the list is a Series: over a second and
40 MB for every command, and nothing here ever hands it one. Looking while pandas cannot be imported settles that
question; an explicit ``to_pandas`` imports it as usual.
"""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import Any

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
