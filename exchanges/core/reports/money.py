"""The part of a report that leads from what was paid to what is owed, line by line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from exchanges.core.declare import Unit


@dataclass(frozen=True)
class MoneyLine:
    """A line of the money ladder; see :class:`exchanges.core.declare.Rung`. ``gap``: what does not fit."""

    kind: Literal["begin", "plus", "min", "rest", "stand"]
    title: str
    value: int
    gap: int
    unit: Unit = "cent"

    @property
    def step(self) -> bool:
        """Whether it is added to the level above it, instead of being a level."""
        return self.kind not in ("begin", "stand")

    @property
    def adds(self) -> int:
        """What is added to the level above it; a level as it is. Taking off less than nothing is adding."""
        return -self.value if self.kind in ("min", "rest") else self.value
