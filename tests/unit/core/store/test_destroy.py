"""What is destroyed is gone, in every kind of store, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.store import Store


@pytest.fixture(params=["disk", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    return Store(tmp_path / "store" if request.param == "disk" else f"memory://proef-{tmp_path.name}-{id(request)}")


def test_an_artefact_that_is_destroyed_cannot_be_read(store: Store) -> None:
    first = store.put_bytes("0153", b"een", name="een", media_type="x")
    other = store.put_bytes("0153", b"twee", name="twee", media_type="x")
    store.put_bytes("0344", b"een", name="een", media_type="x")
    copy = store.local("0153", first.sha256)
    assert store.destroy("0153", first.sha256) is True
    assert store.destroy("0153", first.sha256) is False
    assert not copy.exists() and not store.exists("0153", first.sha256)
    with pytest.raises(BusinessError):
        store.local("0153", first.sha256)
    assert store.exists("0153", other.sha256) and store.exists("0344", first.sha256)
    assert store.put_bytes("0153", b"een", name="een", media_type="x") == first
    assert store.local("0153", first.sha256).read_bytes() == b"een"


def test_quarantine_is_told_and_destroyed_with_what_was_written_about_it(store: Store, tmp_path: Path) -> None:
    assert store.quarantined("0153") == []
    for number, name in enumerate(("fout.csv", "999990019.csv")):
        path = tmp_path / name
        path.write_text(f"inhoud {number}")
        store.quarantine("0153", path, f"reden {number}")
    kept = store.quarantined("0153")
    assert sorted((one.reason, one.name, one.size) for one in kept) == [
        ("reden 0", "fout.csv", 8), ("reden 1", None, 8)
    ]  # fmt: skip
    assert store.destroy_quarantined("0153", kept[0].sha256) is True
    assert store.quarantined("0153") == kept[1:]
    assert store.destroy_quarantined("0153", kept[0].sha256) is False


def test_only_what_can_be_an_artefact_is_destroyed(store: Store) -> None:
    for gemeente, sha256 in (("../0344", "a" * 64), ("0153", "../../x"), ("0153", "")):
        with pytest.raises(UsageError):
            store.destroy(gemeente, sha256)
        with pytest.raises(UsageError):
            store.destroy_quarantined(gemeente, sha256)
