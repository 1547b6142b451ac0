from __future__ import annotations

from pathlib import Path

import pytest

from tests.chain import chain
from tests.rows import write_csv
from tests.unit.core.approve.town import ROWS, Town


@pytest.fixture
def town(tmp_path: Path) -> Town:
    made = chain(tmp_path / "huis", write_csv(tmp_path / "bron", ROWS), kind="csv")
    return Town(made.home, made.source, made.partner)
