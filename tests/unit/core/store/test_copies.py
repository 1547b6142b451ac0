"""A copy in clear is whole or not there."""

from __future__ import annotations

import resource
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from exchanges.core.store.copies import Copies


@dataclass
class Opened:
    data: bytes

    def blocks(self):
        yield self.data


@pytest.mark.parametrize("sha256", [None, "0" * 64])
def test_a_disk_with_room_for_half_of_it_leaves_no_half_copy(tmp_path: Path, sha256: str | None) -> None:
    """A raw file would write the half, and say so in a number only."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
    try:
        with pytest.raises(OSError, match="too large"):
            Copies(lambda: tmp_path).of("0153/ab/abc", Opened(b"x" * 100_000), sha256)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert list(tmp_path.iterdir()) == []


def test_who_wants_the_same_at_the_same_moment_gets_the_same_copy(tmp_path: Path) -> None:
    copies, both = Copies(lambda: tmp_path), threading.Barrier(2, timeout=0.2)

    class Slow(Opened):
        def blocks(self):
            try:
                both.wait()  # nobody comes: the other waits for the copy
            except threading.BrokenBarrierError:
                yield self.data

    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda data: copies.of("0153/ab/abc", Slow(data), None), [b"x", b"x"])
    assert first == second and [path.read_bytes() for path in tmp_path.iterdir()] == [b"x"]
