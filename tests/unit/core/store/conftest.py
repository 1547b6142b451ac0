from __future__ import annotations

from pathlib import Path
from uuid import uuid4

import pytest

from exchanges.core.store import disk
from tests.unit.core.store.place import DATA, Place


@pytest.fixture(params=["disk", "memory"])
def place(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Place:
    monkeypatch.setattr(disk, "_SEEN", {})
    url = f"memory://proef-{uuid4().hex}" if request.param == "memory" else str(tmp_path / "opslag")
    return Place(url, tmp_path / "sleutels", tmp_path / "ruimte")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bericht.xml"
    path.write_bytes(DATA)
    return path
