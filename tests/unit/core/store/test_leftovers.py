"""What a killed process left is taken away when it is old, and nothing else is."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import fsspec
import pytest

from exchanges.core.store import Store
from exchanges.core.store.leftovers import sweep_unfinished


@pytest.fixture
def root(tmp_path: Path) -> Path:
    store = Store(tmp_path)
    store.put_bytes("0153", b"blijft", name="a", media_type="text/plain")
    (tmp_path / "0153" / "tijdelijk").mkdir(exist_ok=True)
    return tmp_path


def part(root: Path, name: str, age: timedelta, gemeente: str = "0153") -> Path:
    path = root / gemeente / "tijdelijk" / f"{name}.part"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"half")
    then = (datetime.now(UTC) - age).timestamp()
    os.utime(path, (then, then))
    return path


def test_only_old_ones_of_this_gemeente_go(root: Path) -> None:
    old, young = part(root, "oud", timedelta(hours=25)), part(root, "jong", timedelta(hours=23))
    other = part(root, "ander", timedelta(days=9), "0344")
    before = {path for path in root.rglob("*") if path.is_file()}
    assert sweep_unfinished(str(root), "0153") == 1
    assert before - {path for path in root.rglob("*") if path.is_file()} == {old}
    assert young.exists() and other.exists()


def test_nothing_there_is_nothing_to_do(tmp_path: Path) -> None:
    assert sweep_unfinished(str(tmp_path), "0153") == 0


def test_the_end_of_another_while_looking(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    part(root, "oud", timedelta(days=2))
    part(root, "weg", timedelta(days=2))
    filesystem = fsspec.filesystem("file")
    honest = type(filesystem).modified

    def modified(self, path):
        if "weg" in path:
            Path(path).unlink()
        return honest(self, path)

    monkeypatch.setattr(type(filesystem), "modified", modified)
    assert sweep_unfinished(str(root), "0153") == 1


def test_elsewhere_than_on_a_disk() -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/opruimen/0153/tijdelijk/a.part", b"half")
    assert sweep_unfinished("memory://opruimen", "0153") == 0
    assert sweep_unfinished("memory://opruimen", "0153", timedelta(0)) == 1
    assert not memory.exists("/opruimen/0153/tijdelijk/a.part")
