"""A copy in clear is whole or not there."""

from __future__ import annotations

import resource
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
