"""Chance without a stream: every draw is a function of (seed, purpose, number).

A row therefore keeps its values whatever the batch size, the number of clients or the month that is generated;
that is what makes two successive months of one municipality differ only where something happened. The mixing
function is splitmix64 (Steele, Lea and Flood, 2014), written in numpy on whole columns.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

_GAMMA = np.uint64(0x9E3779B97F4A7C15)
_MIX1 = np.uint64(0xBF58476D1CE4E5B9)
_MIX2 = np.uint64(0x94D049BB133111EB)


@dataclass(frozen=True)
class Draws:
    """All chance of one municipality. ``purpose`` names what a draw is for, so that draws do not correlate."""

    gemeente: str
    seed: int

    def bits(self, purpose: str, numbers: Ints) -> NDArray[np.uint64]:
        """64 mixed bits per number; shape of ``numbers``."""
        key = hashlib.blake2b(f"{self.gemeente}/{self.seed}/{purpose}".encode(), digest_size=8).digest()
        with np.errstate(over="ignore"):
            z = numbers.astype(np.uint64) * _GAMMA + np.uint64(int.from_bytes(key, "little"))
            z = (z ^ (z >> np.uint64(30))) * _MIX1
            z = (z ^ (z >> np.uint64(27))) * _MIX2
            return z ^ (z >> np.uint64(31))

    def unit(self, purpose: str, numbers: Ints) -> Floats:
        """Uniform in [0, 1)."""
        return (self.bits(purpose, numbers) >> np.uint64(11)).astype(np.float64) * 2.0**-53

    def whole(self, purpose: str, numbers: Ints, low: int, high: int) -> Ints:
        """Uniform whole numbers, ``low`` and ``high`` included."""
        return (low + np.floor(self.unit(purpose, numbers) * (high - low + 1))).astype(np.int64)

    def chance(self, purpose: str, numbers: Ints, probability: float) -> Bools:
        return self.unit(purpose, numbers) < probability

    def choice(self, purpose: str, numbers: Ints, weights: Sequence[float]) -> Ints:
        """Index into ``weights``, drawn in proportion to them."""
        edges = np.cumsum(np.asarray(weights, dtype=np.float64))
        return np.searchsorted(edges / edges[-1], self.unit(purpose, numbers), side="right").astype(np.int64)
