"""One forge and one stage for all tests in this folder, and the account of what they saw."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator

import pytest

from tests.system.reliability import document
from tests.system.reliability.cases import Case
from tests.system.reliability.forge import Forge
from tests.system.reliability.scene import Stage

Account = Callable[[Case, str], None]
# Set by make reliability: write down what is seen, instead of holding it against what was written down.
WRITES = "KETENSLUIS_RELIABILITY"


@pytest.fixture(scope="session")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    with Forge() as forge:
        yield Stage(forge, tmp_path_factory.mktemp("toneel"))


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
