"""A file is there whole or not at all."""

from __future__ import annotations

import os
import stat
from pathlib import Path

import pytest

from exchanges.core.store.whole import whole_file


def test_it_takes_the_place_of_what_was_there_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path, lasting, honest = tmp_path / "verslag", list[str](), os.fsync

    def seen(handle: int) -> None:
        lasting.append("map" if stat.S_ISDIR(os.fstat(handle).st_mode) else path.read_text())
        honest(handle)

    monkeypatch.setattr(os, "fsync", seen)
    path.write_text("oud")
    with whole_file(path) as file:
        file.write(b"nieuw")
        assert path.read_text() == "oud"
    assert path.read_text() == "nieuw" and stat.S_IMODE(path.stat().st_mode) == 0o600
    assert lasting == ["oud", "map"]  # the content before it has the name, the name before it is told
    assert list(tmp_path.iterdir()) == [path]


def test_after_an_error_nothing_of_it_stays(tmp_path: Path) -> None:
    path = tmp_path / "verslag"
    with pytest.raises(KeyboardInterrupt), whole_file(path) as file:
        file.write(b"half")
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []
