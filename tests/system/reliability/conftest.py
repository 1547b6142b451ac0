"""One forge and one stage for all tests in this folder, and the account of what they saw."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.needs import find
from tests.system.reliability import document, rungs
from tests.system.reliability.cases import Case
from tests.system.reliability.forge import Forge
from tests.system.reliability.scene import Stage

Account = Callable[[Case, str], None]
# Set by make reliability: write down what is seen, instead of holding it against what was written down.
WRITES = "KETENSLUIS_RELIABILITY"


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    preload = rungs.built(tmp_path_factory.mktemp("treden")) if find("cc") else None
    with Forge(preload) as forge:
        yield Stage(forge, tmp_path_factory.mktemp("toneel"))


@pytest.fixture
def memory() -> Iterator[Path]:
    """A folder in memory where the system has one: hundreds of times the same home is written there and taken away."""
    fast = Path("/dev/shm")
    folder = Path(tempfile.mkdtemp(prefix="ksl-", dir=fast if os.access(fast, os.W_OK) else None))
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="session")
def account() -> Iterator[Account]:
    """Call it with a case and what was seen of it: that must be what docs/reliability.md says."""
    seen: dict[str, str] = {}
    known = {} if WRITES in os.environ else document.read()

    def account(case: Case, text: str) -> None:
        seen[case.id] = text
        if WRITES not in os.environ:
            row = (case.fault, case.expected, text)
            assert known.get(case.id) == row, "docs/reliability.md says something else; see make reliability"

    yield account
    if WRITES in os.environ:
        document.write(seen)
