"""The administration behind a counter: how often something of it was read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from exchanges.administration.adapters import open_source as really

OPEN = "tests.counted_source:open_source"
reads: list[str] = []


class Counted:
    def __init__(self, source: Any) -> None:
        self._source = source

    def snapshot(self, tables: Any, optional: Any, out: Path) -> Any:
        reads.append("snapshot")
        return self._source.snapshot(tables, optional, out)


def open_source(**where: Any) -> Counted:
    reads.append("open")
    return Counted(really(**where))
