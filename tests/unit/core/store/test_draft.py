"""A draft is an artefact as any other, and never lies in clear; what is read in any order is what was written."""

from __future__ import annotations

import errno
import hashlib
import io
import os
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchanges.core.errors import BusinessError, MappingError, TechnicalError, UsageError
from exchanges.core.keys.sealed import END_BYTES, HEAD_BYTES, PIECE, Unsealed, is_sealed
from exchanges.core.store import Artefact, Store, disk
from tests.unit.core.store.place import DATA, KEY, SHA, Place, nowhere


def drafted(store: Store, path: Path, blocks: list[bytes], sha256: str = SHA) -> Artefact:
    with store.draft("0153", path) as draft:
        for block in blocks:
            draft.write(block)
        draft.end(sha256)
    return store.adopt(draft, name="bericht", media_type="application/xml", rows=7)


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


def test_a_draft_of_what_is_there_no_more_as_it_was_is_told(place: Place, tmp_path: Path) -> None:
    drafted(place.store(), tmp_path / "een", [DATA])
    place.write(KEY, place.all()[KEY][:-1])
    with pytest.raises(BusinessError, match="is veranderd"):
        drafted(place.store(), tmp_path / "twee", [DATA])


def test_what_was_sealed_under_a_wrong_name_does_not_pass_for_what_has_it(place: Place, tmp_path: Path) -> None:
    drafted(place.store(), tmp_path / "bericht.xml", [b"iets anders"])
    with pytest.raises(BusinessError, match="is veranderd"):
        place.store().put_bytes("0153", DATA, name="x", media_type="x")


def test_a_draft_is_lasting_before_it_has_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    place, done = Place(str(tmp_path / "opslag"), tmp_path / "sleutels", tmp_path / "ruimte"), []
    store, path, sync, link = place.store(), tmp_path / "bericht.xml", os.fsync, os.link
    store.put_bytes("0153", b"sleutels zijn er", name="x", media_type="x")
    monkeypatch.setattr(os, "fsync", lambda handle: (done.append(str(Path(f"/proc/self/fd/{handle}").readlink())),
                                                     sync(handle)))  # fmt: skip
    monkeypatch.setattr(os, "link", lambda old, new: (done.append("link"), link(old, new)))
    drafted(store, path, [DATA])
    assert done.index(str(path)) < done.index("link") < len(done) - 1
    assert done[-1].endswith(f"/0153/{SHA[:2]}")


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


@pytest.mark.parametrize("sealed", [True, False])
def test_on_one_disk_that_is_mounted_twice_it_is_copied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, sealed: bool
) -> None:
    """Two volumes of a container: the same device, and still no link or rename from the one to the other."""

    def refuse(old: Path, new: Path) -> None:
        if "werk" in str(old):
            raise OSError(errno.EXDEV, "Invalid cross-device link")
        link(old, new)

    place, link = Place(str(tmp_path / "opslag"), tmp_path / "sleutels", tmp_path / "ruimte"), os.link
    (tmp_path / "werk").mkdir()
    monkeypatch.setattr(os, "link", refuse)
    drafted(place.store(sealed), tmp_path / "werk/bericht.xml", [DATA])
    assert place.store(sealed).local("0153", SHA).read_bytes() == DATA
    assert list((tmp_path / "werk").iterdir()) == [] and not list(tmp_path.rglob("*.part"))


@pytest.mark.parametrize("sealed", [True, False])
def test_what_became_shorter_is_not_adopted_and_keeps_no_place(place: Place, tmp_path: Path, sealed: bool) -> None:
    """Else what is made anew would never get there."""
    path = tmp_path / "bericht.xml"
    with place.store(sealed).draft("0153", path) as draft:
        draft.write(DATA)
        draft.end(SHA)
    os.truncate(path, 1000)
    with pytest.raises(BusinessError, match="maak de stap opnieuw"):
        place.store(sealed).adopt(draft, name="bericht", media_type="x")
    drafted(place.store(sealed), tmp_path / "opnieuw.xml", [DATA])
    assert place.store(sealed).local("0153", SHA).read_bytes() == DATA


@pytest.mark.parametrize("sealed", [True, False])
def test_what_has_not_ended_is_not_adopted_and_what_has_is_not_written_on(
    place: Place, tmp_path: Path, sealed: bool
) -> None:
    with place.store(sealed).draft("0153", tmp_path / "half") as draft:
        draft.write(DATA)
    with pytest.raises(UsageError):
        place.store(sealed).adopt(draft, name="bericht", media_type="x")
    assert KEY not in place.all()
    with place.store(sealed).draft("0153", tmp_path / "heel") as draft:
        draft.write(DATA)
        draft.end(SHA)
        for call in (lambda: draft.write(b"meer"), lambda: draft.end(SHA)):
            with pytest.raises(ValueError, match="ended or failed"):
                call()
    assert place.store(sealed).adopt(draft, name="bericht", media_type="x").size == len(DATA)
    assert place.store(sealed).local("0153", SHA).read_bytes() == DATA


def test_an_end_of_what_is_no_sha256_is_none(place: Place, tmp_path: Path) -> None:
    with place.store().draft("0153", tmp_path / "bericht.xml") as draft, pytest.raises(UsageError):
        draft.end("../0344")
    assert draft.sha256 == ""


# --- a disk that fails


@contextmanager
def room(size: int) -> Iterator[None]:
    """No file may become larger than ``size`` bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


@pytest.mark.parametrize("sealed", [True, False])
@pytest.mark.parametrize(("many", "size"), [(1, len(DATA)), (3, 30_000)], ids=["written", "at the end"])
def test_a_full_disk_is_told_in_one_line_and_makes_no_artefact(
    place: Place, tmp_path: Path, sealed: bool, many: int, size: int
) -> None:
    """Also where it shows only when what was held back is written."""
    store = place.store(sealed)
    store.put_bytes("0153", b"sleutels zijn er", name="x", media_type="x")
    draft = store.draft("0153", tmp_path / "bericht.xml")
    with room(25_000), pytest.raises(TechnicalError, match=r"een bestand schrijven lukt niet: .*groter") as told, draft:
        for block in bits(DATA[:size], size // many):
            draft.write(block)
        draft.end(SHA)
    assert "\n" not in str(told.value) and draft.sha256 == ""
    with pytest.raises(UsageError):
        store.adopt(draft, name="x", media_type="x")
    assert KEY not in place.all()


@pytest.mark.parametrize("sealed", [True, False])
def test_after_a_write_that_failed_it_does_not_go_on(place: Place, tmp_path: Path, sealed: bool) -> None:
    """What would be vouched for is not what was given."""
    with place.store(sealed).draft("0153", tmp_path / "bericht.xml") as draft:
        with room(25_000), pytest.raises(TechnicalError):
            draft.write(DATA)
        for call in (lambda: draft.write(DATA), lambda: draft.end(SHA)):
            with pytest.raises(ValueError, match="ended or failed"):
                call()


def test_what_went_wrong_first_is_what_is_heard(place: Place, tmp_path: Path) -> None:
    """Not that what was held back until then does not fit either."""
    draft = place.store().draft("0153", tmp_path / "bericht.xml")
    with room(10), pytest.raises(MappingError), draft:
        draft.write(b"iets")
        raise MappingError("kolom ontbreekt")


def test_data_keys_that_cannot_be_read_are_told_in_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = Place(str(tmp_path / "opslag"), tmp_path / "sleutels", tmp_path / "ruimte")
    place.store().put_bytes("0153", DATA, name="x", media_type="x")
    monkeypatch.setattr(disk.Disk, "content", _fail)
    with pytest.raises(TechnicalError, match="leesfout"):
        place.store().draft("0153", tmp_path / "bericht.xml")


def test_a_disk_that_fails_while_it_is_read_is_told_in_one_line(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    place.store().put_bytes("0153", DATA, name="x", media_type="x")
    with place.store().open("0153", SHA) as stream, place.store().unhashed("0153", SHA) as file:
        monkeypatch.setattr(Unsealed, "piece", _fail)
        for opened in (stream, file):
            with pytest.raises(TechnicalError, match=r"een artefact lezen lukt niet: .*leesfout"):
                opened.read()


def _fail(*_: object) -> bytes:
    raise OSError(errno.EIO, "Input/output error", "/srv/999990019.xml")


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
