"""Fetching: capped, checked, and never half."""

from __future__ import annotations

import hashlib
from collections.abc import Generator
from pathlib import Path

import pytest

from exchanges.core.errors import InputRefused, TransportError, UsageError
from exchanges.core.transport import FolderChannel
from exchanges.core.transport.folder import _FolderFiles
from exchanges.core.transport.pickup import fetch

DATA = b"<verslag/>" * 10_000
HASH = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "partner"
    (folder / "uit").mkdir(parents=True)
    (folder / "uit" / "v.xml").write_bytes(DATA)
    return folder


@pytest.fixture
def to(tmp_path: Path) -> Path:
    (tmp_path / "ik").mkdir()
    return tmp_path / "ik" / "verslag.xml"


def test_fetch_into_a_file_and_into_a_folder(root: Path, to: Path) -> None:
    with FolderChannel(root) as channel:
        assert channel.fetch("uit", "v.xml", to, len(DATA)) == to
        assert channel.fetch("uit", "v.xml", to.parent, len(DATA)) == to.parent / "v.xml"
    assert to.read_bytes() == DATA
    assert {path.name for path in to.parent.iterdir()} == {"verslag.xml", "v.xml"}


def test_not_there_yet_is_none_but_no_directory_is_an_error(root: Path, to: Path) -> None:
    (root / "uit" / "leeg.xml").touch()
    with FolderChannel(root) as channel:
        assert channel.fetch("uit", "anders.xml", to, 10) is None
        assert channel.fetch("uit", "leeg.xml", to, 10) is None
        with pytest.raises(TransportError, match="bestaat niet"):
            channel.fetch("weg", "v.xml", to, 10)
    assert not to.exists()


def test_too_big_is_refused_unread(root: Path, to: Path) -> None:
    with FolderChannel(root) as channel, pytest.raises(InputRefused, match="meer dan de grens"):
        channel.fetch("uit", "v.xml", to, len(DATA) - 1)
    assert list(to.parent.iterdir()) == []


@pytest.mark.parametrize("sidecar", [f"{HASH}  v.xml\n", f"{HASH} *v.xml\n", HASH, f"{HASH.upper()}  v.xml\r\n"])
def test_a_sidecar_that_agrees(root: Path, to: Path, sidecar: str) -> None:
    (root / "uit" / "v.xml.sha256").write_text(sidecar)
    with FolderChannel(root) as channel:
        assert channel.fetch("uit", "v.xml", to, len(DATA)) == to


@pytest.mark.parametrize("sidecar", [f"{'0' * 64}  v.xml\n", f"{HASH}  w.xml\n", "", "x" * 5000, HASH[:-1]])
def test_a_sidecar_that_does_not_agree_leaves_what_was_there(root: Path, to: Path, sidecar: str) -> None:
    (root / "uit" / "v.xml.sha256").write_text(sidecar)
    to.write_text("vorige")
    with FolderChannel(root) as channel, pytest.raises(TransportError, match="klopt niet"):
        channel.fetch("uit", "v.xml", to, len(DATA))
    assert to.read_text() == "vorige" and list(to.parent.iterdir()) == [to]


class Growing(_FolderFiles):
    def read(self, path: str, size: int) -> Generator[bytes, None, None]:
        yield from super().read(path, size)
        with (self.root / path).open("ab") as file:
            file.write(b"!")


def test_a_file_that_grows_meanwhile_is_not_taken(root: Path, to: Path) -> None:
    with pytest.raises(TransportError, match="veranderde"):
        fetch(Growing(root), "uit", "v.xml", to, 10**9)
    assert list(to.parent.iterdir()) == []


class Shrinking(_FolderFiles):
    def size(self, path: str) -> int | None:
        size = super().size(path)
        return None if size is None else size + 1


def test_a_file_shorter_than_announced_is_not_taken(root: Path, to: Path) -> None:
    with pytest.raises(TransportError, match="korter"):
        fetch(Shrinking(root), "uit", "v.xml", to, 10**9)
    assert list(to.parent.iterdir()) == []


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", "a\x00b", "x" * 256])
def test_names_that_cannot_be(root: Path, to: Path, name: str) -> None:
    with FolderChannel(root) as channel, pytest.raises(UsageError):
        channel.fetch("uit", name, to, 10)


def test_an_unwritable_target_is_a_transport_error(root: Path, tmp_path: Path) -> None:
    with FolderChannel(root) as channel, pytest.raises(TransportError, match="niet te schrijven"):
        channel.fetch("uit", "v.xml", tmp_path / "geen" / "map" / "v.xml", len(DATA))


def test_progress(root: Path, to: Path) -> None:
    seen: list[tuple[int, int]] = []
    with FolderChannel(root) as channel:
        channel.fetch("uit", "v.xml", to, len(DATA), progress=lambda done, total: seen.append((done, total)))
    assert seen[-1] == (len(DATA), len(DATA))
