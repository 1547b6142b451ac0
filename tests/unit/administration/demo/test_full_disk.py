"""A disk that is full while a municipality is made: the reason is told, and nothing half stays."""

from __future__ import annotations

import resource
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from exchanges.administration.demo import generate
from exchanges.core.errors import TechnicalError
from exchanges.core.guard import guarded


@pytest.fixture
def full() -> Iterator[Callable[..., None]]:
    """From the call on no file can grow."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    yield lambda *done: resource.setrlimit(resource.RLIMIT_FSIZE, (0, before[1]))
    resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("corrections", [False, True])
def test_of_a_run_that_found_no_room_nothing_stays(
    tmp_path: Path, full: Callable[..., None], corrections: bool
) -> None:
    """It is full once the rows are written, so that no file can be ended."""
    with pytest.raises(TechnicalError, match="groter dan de opslag toelaat"), guarded("demo-data"):
        generate(tmp_path / "uit", "0153", 200, 1, corrections=corrections, progress=full)
    assert list((tmp_path / "uit").iterdir()) == []
