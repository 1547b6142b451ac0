"""A file is there whole or not at all."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest

from exchanges.core.errors import TechnicalError, UsageError
from exchanges.core.store.whole import new_file, whole_file


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


@pytest.mark.parametrize("links", [True, False])
def test_what_came_there_meanwhile_is_not_written_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, links: bool
) -> None:
    def none(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    if not links:
        monkeypatch.setattr(os, "link", none)
    path = tmp_path / "bundel.zip"
    with new_file(path, "schrijven") as file:
        file.write(b"eerste")
    with pytest.raises(UsageError, match="bestaat al"), new_file(path, "schrijven"):
        raise AssertionError("it is told before anything is made")
    other = tmp_path / "ander.zip"
    with pytest.raises(UsageError, match="bestaat al"), new_file(other, "schrijven") as file:
        other.write_bytes(b"van een ander")
        file.write(b"tweede")
    assert {one.name: one.read_bytes() for one in tmp_path.iterdir()} == {
        "bundel.zip": b"eerste", "ander.zip": b"van een ander"
    }


def test_a_file_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    told = pytest.raises(TechnicalError, match="Opslag: het pak schrijven lukt niet")
    with told as caught, new_file(tmp_path / "pak.zip", "het pak schrijven") as file:
        file.write(b"half")
        raise OSError(errno.ENOSPC, "full")
    assert "\n" not in str(caught.value) and list(tmp_path.iterdir()) == []
