"""A draft is an artefact as any other, and never lies in clear; what is read in any order is what was written."""

from __future__ import annotations

import hashlib
import io
import os
import stat
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchanges.core.errors import BusinessError, TechnicalError
from exchanges.core.keys.sealed import END_BYTES, HEAD_BYTES, PIECE, is_sealed
from exchanges.core.store import Artefact, Store, disk
from tests.unit.core.store.place import DATA, KEY, SHA, Place, nowhere


def drafted(store: Store, path: Path, blocks: list[bytes], sha256: str = SHA) -> Artefact:
    with store.draft("0153", path) as draft:
        for block in blocks:
            draft.write(block)
        draft.end(sha256)
    return store.adopt("0153", draft, name="bericht", media_type="application/xml", rows=7)


def bits(data: bytes, size: int) -> list[bytes]:
    return [data[begin : begin + size] for begin in range(0, len(data), size)]


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize("size", [70_001, PIECE, 3 * PIECE])
def test_a_draft_becomes_an_artefact(place: Place, tmp_path: Path, sealed: bool, size: int) -> None:
    path = tmp_path / "bericht.xml"
    made = drafted(place.store(sealed), path, bits(DATA, size))
    assert made == Artefact(SHA, len(DATA), "application/xml", 7, "bericht") and not path.exists()
    assert nowhere(place) is sealed and is_sealed(place.all()[KEY]) is sealed
    later = place.store(sealed)
    assert later.size("0153", SHA) == len(DATA) and later.local("0153", SHA).read_bytes() == DATA
    with later.open("0153", SHA) as stream:
        assert stream.read() == DATA


def test_nothing_of_it_lies_in_clear_while_it_is_written(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "bericht.xml"
    with place.store().draft("0153", path) as draft:
        for block in bits(DATA, 300_000):
            draft.write(block)
            assert b"999990019" not in path.read_bytes()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        draft.end(SHA)
    assert b"999990019" not in path.read_bytes() and path.stat().st_size > len(DATA)


def test_what_has_not_ended_does_not_open(place: Place, tmp_path: Path) -> None:
    """A program that was killed leaves no end; whatever puts such a file into the store, it is no content."""
    path = tmp_path / "bericht.xml"
    with place.store().draft("0153", path) as draft:
        draft.write(DATA)
    place.write(KEY, path.read_bytes())
    with pytest.raises(BusinessError, match="is veranderd"):
        place.store().local("0153", SHA)


def test_a_draft_of_what_is_there_leaves_it_alone(place: Place, tmp_path: Path) -> None:
    drafted(place.store(), tmp_path / "een", [DATA])
    before = place.all()[KEY]
    assert drafted(place.store(), tmp_path / "twee", [DATA]).sha256 == SHA
    assert place.all()[KEY] == before and not (tmp_path / "twee").exists()


def test_a_draft_does_not_pass_for_another_artefact(place: Place, tmp_path: Path) -> None:
    """Who says a sha256 that is not that of what was written has an artefact that does not open."""
    drafted(place.store(), tmp_path / "bericht.xml", [b"iets anders"])
    disk._SEEN.clear()
    with pytest.raises(BusinessError, match="is veranderd"):
        place.store().local("0153", SHA)


def test_a_draft_does_not_write_over_a_file(place: Place, tmp_path: Path) -> None:
    path = tmp_path / "bericht.xml"
    path.write_bytes(b"van een ander")
    with pytest.raises(TechnicalError):
        place.store().draft("0153", path)
    assert path.read_bytes() == b"van een ander"


def test_a_draft_on_another_disk_is_copied_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place = Place(str(tmp_path / "opslag"), tmp_path / "sleutels", tmp_path / "ruimte")
    monkeypatch.setattr(disk.Disk, "take", lambda self, path, key: None)
    path = tmp_path / "bericht.xml"
    drafted(place.store(), path, [DATA])
    assert nowhere(place) and not path.exists() and place.store().local("0153", SHA).read_bytes() == DATA


# --- read in any order


@pytest.mark.parametrize("sealed", [True, False])
def test_any_part_in_any_order(place: Place, sealed: bool) -> None:
    place.store(sealed).put_bytes("0153", DATA, name="x", media_type="x")
    with place.store(sealed).unhashed("0153", SHA) as file:
        assert (file.seek(0, io.SEEK_END), file.read(), file.tell()) == (len(DATA), b"", len(DATA))
        for begin, size in ((PIECE - 3, 7), (0, 1), (2 * PIECE, 5), (PIECE, PIECE), (PIECE - 1, 2 * PIECE), (5, -1)):
            assert file.seek(begin) == begin
            assert file.read(size) == (DATA[begin : begin + size] if size >= 0 else DATA[begin:])
        assert file.seek(-4, io.SEEK_CUR) == len(DATA) - 4
        assert file.read(100) == DATA[-4:]
        file.seek(0)
        assert hashlib.file_digest(file, "sha256").hexdigest() == SHA  # type: ignore[arg-type]
    assert not sealed or list(place.room.iterdir()) == []


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(size=st.integers(0, 3 * PIECE), steps=st.lists(st.tuples(st.integers(0, 3 * PIECE), st.integers(-1, 2 * PIECE))))
def test_as_a_file_in_memory(place: Place, size: int, steps: list[tuple[int, int]]) -> None:
    data = os.urandom(64) * (size // 64)
    made = place.store().put_bytes("0153", data, name="x", media_type="x")
    twin = io.BytesIO(data)
    with place.store().unhashed("0153", made.sha256) as file:
        for begin, many in steps:
            assert (file.seek(begin), file.read(many), file.tell()) == (twin.seek(begin), twin.read(many), twin.tell())


def test_what_was_altered_is_told_where_it_is_read(place: Place) -> None:
    place.store().put_bytes("0153", DATA, name="x", media_type="x")
    there = bytearray(place.all()[KEY])
    there[HEAD_BYTES + PIECE + 16 + 9] ^= 1
    place.write(KEY, bytes(there))
    with place.store().unhashed("0153", SHA) as file:
        assert file.read(100) == DATA[:100]
        with pytest.raises(BusinessError, match="is veranderd"):
            file.read()
    there[-END_BYTES] ^= 1
    place.write(KEY, bytes(there))
    with pytest.raises(BusinessError, match="is veranderd"):
        place.store().unhashed("0153", SHA)
    with pytest.raises(BusinessError, match="is er niet"):
        place.store().unhashed("0153", "0" * 64)
