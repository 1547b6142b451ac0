"""The local folder keeps to the same protocol; here what is its own."""

from __future__ import annotations

import errno
import hashlib
import os
from pathlib import Path

import pytest

from exchanges.core.errors import BusinessError, TransportError
from exchanges.core.transport import FolderChannel

DATA = b"inhoud"
HASH = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def local(tmp_path: Path) -> Path:
    path = tmp_path / "a.xml"
    path.write_bytes(DATA)
    return path


@pytest.fixture
def root(tmp_path: Path) -> Path:
    (tmp_path / "zone" / "in").mkdir(parents=True)
    return tmp_path / "zone"


def test_deliver_twice_and_list(root: Path, local: Path) -> None:
    with FolderChannel(root) as channel:
        assert not channel.deliver(local, "in", "A.xml", HASH).already
        assert channel.deliver(local, "in", "A.xml", HASH).already
        (root / "in" / ".verborgen").touch()
        (root / "in" / "bezig.part").touch()
        (root / "in" / "map").mkdir()
        assert channel.listdir("in") == ["A.xml", "A.xml.sha256"]
    assert (root / "in" / "A.xml").read_bytes() == DATA


def test_other_content_is_refused(root: Path, local: Path) -> None:
    (root / "in" / "A.xml").write_bytes(b"anders")
    with FolderChannel(root) as channel, pytest.raises(BusinessError, match="andere inhoud"):
        channel.deliver(local, "in", "A.xml", HASH)


def test_a_missing_root_or_directory_is_a_transport_error(tmp_path: Path, root: Path, local: Path) -> None:
    with pytest.raises(TransportError, match="bestaat niet"), FolderChannel(tmp_path / "weg"):
        pass
    with FolderChannel(root) as channel:
        with pytest.raises(TransportError):
            channel.deliver(local, "weg", "A.xml", HASH)
        with pytest.raises(TransportError):
            channel.listdir("weg")


def test_a_file_system_without_links(root: Path, local: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object, **__: object) -> None:
        raise OSError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    with FolderChannel(root) as channel:
        channel.deliver(local, "in", "A.xml", HASH)
        files = channel._files
        files.write("in/B.xml", iter([b"b"]))
        with pytest.raises(TransportError):
            files.rename("in/B.xml", "in/A.xml")
    assert (root / "in" / "A.xml").read_bytes() == DATA


def test_a_full_disk_is_a_transport_error_and_leaves_nothing(root: Path, local: Path,
                                                             monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with FolderChannel(root) as channel, pytest.raises(TransportError, match="de schijf is vol"):
        channel.deliver(local, "in", "A.xml", HASH)
    assert list((root / "in").iterdir()) == []
