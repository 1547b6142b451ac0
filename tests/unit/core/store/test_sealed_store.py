"""A store with keys: on every file system the same, nothing in clear on it, and nothing of another gemeente opens."""

from __future__ import annotations

import gc
import hashlib
import json
import os
import stat
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.keys.generations import Generations
from exchanges.core.keys.ring import KeyRing
from exchanges.core.keys.sealed import END_BYTES, HEAD_BYTES, PIECE, TAG_BYTES, Broken, DataKey, is_sealed
from exchanges.core.keys.sources import FolderKeys
from exchanges.core.store import Artefact, Store, disk
from tests.unit.core.store.place import DATA, KEY, SHA, Place, nowhere, put

# --- in and out


def test_what_goes_in_comes_out_and_is_not_to_be_read_in_between(place: Place, file: Path) -> None:
    made = place.store().put("0153", file, name="bericht.xml", media_type="application/xml", rows=7)
    assert made == Artefact(SHA, len(DATA), "application/xml", 7, "bericht.xml")
    assert nowhere(place) and file.read_bytes() == DATA
    later = place.store()
    assert later.exists("0153", SHA) and later.size("0153", SHA) == len(DATA)
    assert later.local("0153", SHA).read_bytes() == DATA
    with later.open("0153", SHA) as stream:
        assert stream.read() == DATA


def test_a_store_without_keys_would_have_been_found(place: Place) -> None:
    """What the other tests look for is there to be found."""
    place.store(sealed=False).put_bytes("0153", DATA, name="x", media_type="x")
    assert not nowhere(place)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25)
@given(st.sampled_from([0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE]) | st.integers(0, 3 * PIECE), st.booleans())
def test_any_size_comes_back(place: Place, size: int, moved: bool) -> None:
    data = os.urandom(16) * (size // 16) + bytes(size % 16)
    path = place.room.with_name("los")
    path.write_bytes(data)
    made = place.store().put("0153", path, name="x", media_type="x", move=moved)
    assert path.exists() is not moved
    later = place.store()
    assert (made.sha256, later.size("0153", made.sha256)) == (hashlib.sha256(data).hexdigest(), size)
    assert later.local("0153", made.sha256).read_bytes() == data
    with later.open("0153", made.sha256) as stream:
        assert b"".join(iter(lambda: stream.read(70_000), b"")) == data


def test_the_address_is_of_the_content(place: Place) -> None:
    """So the ledger is as it was, and the same bytes are there once."""
    first = put(place)
    before = place.all()[KEY]
    assert put(place) == first and place.all()[KEY] == before
    assert set(place.all()) == {KEY} | {name for name in place.all() if name.startswith("0153/sleutels/")}
    assert is_sealed(before) and len(before) == HEAD_BYTES + len(DATA) + 3 * TAG_BYTES + END_BYTES


@pytest.mark.parametrize("move", [False, True])
def test_a_file_that_is_not_what_the_caller_says_is_refused(place: Place, file: Path, move: bool) -> None:
    with pytest.raises(BusinessError, match="veranderd"):
        place.store().put("0153", file, name="x", media_type="x", sha256="0" * 64, move=move)
    assert file.exists() and not [name for name in place.all() if "sleutels" not in name]


def test_what_was_sealed_under_a_wrong_name_is_found_when_it_is_read(place: Place, tmp_path: Path) -> None:
    """By who has the key: a fault of the program. The seal is right, the sha256 is not."""
    store = place.store()
    with store.draft("0153", tmp_path / "bericht.xml") as draft:
        draft.write(DATA)
        draft.end("0" * 64)
    store.adopt(draft, name="x", media_type="x")
    disk._SEEN.clear()
    for _ in range(2):
        with pytest.raises(BusinessError, match="veranderd"):
            store.local("0153", "0" * 64)
    with pytest.raises(BusinessError, match="veranderd"), store.open("0153", "0" * 64) as stream:
        stream.read()


# --- a hand on what lies there


def flipped(place: int) -> Callable[[bytes], bytes]:
    return lambda data: data[:place] + bytes([data[place] ^ 1]) + data[place + 1 if place != -1 else len(data) :]


STEP = PIECE + TAG_BYTES
HANDS: dict[str, Callable[[bytes], bytes]] = {
    "head": flipped(20), "size": flipped(-20), "first piece": flipped(HEAD_BYTES + 5), "last": flipped(-1),
    "last piece": flipped(-END_BYTES - 1),
    "cut off": lambda data: data[:-1], "a piece less": lambda data: data[:HEAD_BYTES + 2 * STEP],
    "only a head": lambda data: data[:HEAD_BYTES], "half a head": lambda data: data[:20],
    "longer": lambda data: data + b"x",
    "swapped": lambda data: (data[:HEAD_BYTES] + data[HEAD_BYTES + STEP : HEAD_BYTES + 2 * STEP]
                             + data[HEAD_BYTES : HEAD_BYTES + STEP] + data[HEAD_BYTES + 2 * STEP :]),
    "in clear, and other": lambda data: DATA[:-1] + b"?", "empty": lambda data: b"",
}  # fmt: skip


@pytest.mark.parametrize("hand", HANDS.values(), ids=HANDS)
def test_altered_is_told_and_nothing_of_it_stays(place: Place, hand: Callable[[bytes], bytes]) -> None:
    put(place)
    there = place.all()[KEY]
    assert hand(there) != there
    place.write(KEY, hand(there))
    disk._SEEN.clear()
    later = place.store()
    with pytest.raises(BusinessError, match=f"{SHA} van gemeente 0153 is veranderd") as told:
        later.local("0153", SHA)
    assert "\n" not in str(told.value) and list(place.room.iterdir()) == []
    with pytest.raises(BusinessError, match="is veranderd"), later.open("0153", SHA) as stream:
        stream.read()
    place.write(KEY, there)
    assert place.store().local("0153", SHA).read_bytes() == DATA


@pytest.mark.parametrize("hand", ["cut off", "a piece less", "only a head", "longer"])
def test_of_a_file_of_another_length_not_a_byte_is_handed_out(place: Place, hand: str) -> None:
    put(place)
    place.write(KEY, HANDS[hand](place.all()[KEY]))
    with pytest.raises(BusinessError, match="is veranderd"):
        place.store().open("0153", SHA)


@pytest.mark.parametrize("hand", ["cut off", "a piece less", "longer", "head", "size", "last"])
def test_what_is_stored_again_is_not_taken_for_what_is_left_of_it(place: Place, hand: str) -> None:
    """Else a step would be done, and what it made not there."""
    put(place)
    place.write(KEY, HANDS[hand](place.all()[KEY]))
    with pytest.raises(BusinessError, match="is veranderd"):
        put(place)


def test_also_when_this_process_wrote_it_itself(place: Place) -> None:
    store = place.store()
    store.put_bytes("0153", DATA, name="x", media_type="x")
    place.write(KEY, flipped(-1)(place.all()[KEY]))
    with pytest.raises(BusinessError, match="is veranderd"):
        store.local("0153", SHA)


@pytest.mark.parametrize("read", [Store.local, Store.open, Store.unhashed])
def test_what_somebody_puts_there_in_clear_is_not_taken_for_what_was_just_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, read: Callable[[Store, str, str], Any]
) -> None:
    """Between that it got its name and that this process remembers it: of the same size, without a key."""
    place, honest = Place(str(tmp_path / "opslag"), tmp_path / "sleutels", tmp_path / "ruimte"), disk.Disk.trust

    def late(self: disk.Disk, key: str) -> None:
        place.write(key, bytes(len(DATA)))
        honest(self, key)

    monkeypatch.setattr(disk.Disk, "trust", late)
    store = place.store()
    store.put_bytes("0153", DATA, name="x", media_type="x")
    with pytest.raises(BusinessError, match="is veranderd"):
        read(store, "0153", SHA)


def test_another_artefact_in_its_place_does_not_open(place: Place) -> None:
    put(place)
    other = put(place, DATA + b"meer")
    place.write(KEY, place.all()[f"0153/{other.sha256[:2]}/{other.sha256}"])
    with pytest.raises(BusinessError, match="is veranderd"):
        place.store().local("0153", SHA)


def test_refused_files_and_artefacts_are_not_each_other(place: Place, file: Path) -> None:
    put(place, b"iets")
    place.store().quarantine("0153", file, "fout")
    place.write(KEY, place.all()[f"0153/quarantaine/{SHA}"])
    with pytest.raises(BusinessError, match="is veranderd"):
        place.store().local("0153", SHA)


# --- two municipalities


def test_what_is_of_another_municipality_does_not_open(place: Place) -> None:
    """Also with its data keys along, and the same bytes in its own place."""
    put(place)
    put(place, gemeente="0344")
    there = place.all()
    [own] = [name for name in there if name.startswith("0153/sleutels/")]
    theirs = KEY.replace("0153/", "0344/")
    place.write(theirs, there[KEY])
    with pytest.raises(BusinessError, match="gemeente 0344 is veranderd"):
        place.store().local("0344", SHA)
    place.write(own.replace("0153/", "0344/"), there[own])
    with pytest.raises((BusinessError, UsageError), match="Gemeente 0344"):
        place.store().local("0344", SHA)
    assert place.store().local("0153", SHA).read_bytes() == DATA


def test_a_place_is_of_its_municipality_also_where_two_have_one_key(
    place: Place, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = DataKey(bytes(8), bytes(range(32)))
    monkeypatch.setattr(Generations, "newest", lambda self, gemeente: one)
    monkeypatch.setattr(Generations, "of", lambda self, gemeente, id: one)
    put(place)
    place.write(KEY.replace("0153/", "0344/"), place.all()[KEY])
    with pytest.raises(BusinessError, match="gemeente 0344 is veranderd"):
        place.store().local("0344", SHA)
    there = place.store().safe("0153", "bevraging").seal("p:1", DATA)
    with pytest.raises(Broken):
        place.store().safe("0344", "bevraging").open("p:1", there)


def test_what_does_not_open_is_not_left_open(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Of a store with many wrong files the process would run out of them."""
    put(place)
    place.write(KEY, flipped(-1)(place.all()[KEY]))
    store, opened = place.store(), []
    honest = store.sealing.backend.open  # type: ignore[union-attr]
    monkeypatch.setattr(store.sealing.backend, "open",  # type: ignore[union-attr]
                        lambda key: opened.append(honest(key)) or opened[-1])  # fmt: skip
    for read in (store.open, store.local, store.unhashed):
        with pytest.raises(BusinessError, match="is veranderd"):
            read("0153", SHA)
    assert len(opened) == 3 and all(file.closed for file in opened)


def test_a_file_of_the_store_itself_is_not_written_over_unasked(place: Place) -> None:
    put(place)
    [name] = [name for name in place.all() if "sleutels" in name]
    before = place.all()[name]
    shelf = place.store().sealing.generations._shelf  # type: ignore[union-attr]
    shelf.keep("0153", name, b"anders")
    assert place.all()[name] == before
    shelf.keep("0153", name, b"anders", replace=True)
    assert place.all()[name] == b"anders"


def test_one_municipality_cannot_use_the_key_of_another(place: Place) -> None:
    put(place)
    put(place, gemeente="0344")
    (place.keys.folder / "0153.sleutel").write_bytes((place.keys.folder / "0344.sleutel").read_bytes())
    with pytest.raises(UsageError, match=r"Gemeente 0153: de sleutel in bestand .* is niet die"):
        place.store().local("0153", SHA)
    assert place.store().local("0344", SHA).read_bytes() == DATA


# --- keys that are missing


def test_without_the_key_nothing_is_read_and_nothing_is_written(place: Place) -> None:
    put(place)
    [key] = place.keys.find("0153")
    place.keys.destroy("0153")
    later = place.store()
    calls: list[Callable[[], Any]] = [
        lambda: later.local("0153", SHA), lambda: later.open("0153", SHA),
        lambda: later.put_bytes("0153", b"nieuw", name="x", media_type="x"),
    ]  # fmt: skip
    for call in calls:
        with pytest.raises(UsageError, match="Gemeente 0153 heeft geen sleutel") as told:
            call()
        assert "sleutels/0153.sleutel" in str(told.value) and "\n" not in str(told.value)
        assert key.hex()[:8] not in str(told.value)
    assert not (place.keys.folder / "0153.sleutel").exists(), "no other key is made in place of a lost one"
    assert len(place.all()) == 2, "nothing half stays"
    place.keys.replace("0153", [key])
    assert place.store().local("0153", SHA).read_bytes() == DATA


def test_without_the_data_keys_it_says_so(place: Place) -> None:
    put(place)
    [name] = [name for name in place.all() if "sleutels" in name]
    there = place.all()[name]
    place.files.rm_file(f"{place.root}/{name}")
    with pytest.raises(BusinessError, match="zet de reservekopie van die map terug"):
        place.store().local("0153", SHA)
    # Going on makes new ones; with the old ones back, all of it is readable.
    new = put(place, b"nieuw")
    with pytest.raises(BusinessError, match="is veranderd"):
        place.store().local("0153", SHA)
    place.write(name, there)
    assert place.store().local("0153", SHA).read_bytes() == DATA
    assert place.store().local("0153", new.sha256).read_bytes() == b"nieuw"


@pytest.mark.parametrize("hand", [
    lambda said: {**said, "sleutel": said["sleutel"][:-8] + "AAAAAAA="}, lambda said: {**said, "generatie": 7},
    lambda said: {**said, "id": "00" * 8}, lambda said: {**said, "versie": 2}, lambda said: {}, lambda said: [],
    lambda said: {**said, "sleutel": "geen base64"},
])  # fmt: skip
def test_a_data_key_that_was_altered_is_told(place: Place, hand: Callable[[Any], Any]) -> None:
    put(place)
    [name] = [name for name in place.all() if "sleutels" in name]
    place.write(name, json.dumps(hand(json.loads(place.all()[name]))).encode())
    with pytest.raises(BusinessError, match="veranderd"):
        place.store().local("0153", SHA)


def test_keys_are_in_no_file_of_the_store(place: Place) -> None:
    put(place)
    [key] = place.keys.find("0153")
    secret = place.store().sealing.generations.newest("0153").secret
    everything = b"".join(place.all().values())
    for found in (key, secret):
        assert found not in everything and found.hex().encode() not in everything


# --- copies in clear


def test_copies_are_for_their_owner_and_gone_with_the_store(tmp_path: Path) -> None:
    keys = FolderKeys(tmp_path / "sleutels")
    store = Store(tmp_path / "opslag", KeyRing((keys,), keys))
    store.put_bytes("0153", DATA, name="x", media_type="x")
    copy = store.local("0153", SHA)
    assert store.local("0153", SHA) == copy
    assert stat.S_IMODE(copy.stat().st_mode) == 0o400 and stat.S_IMODE(copy.parent.stat().st_mode) == 0o700
    assert store.destroy("0153", SHA) and not copy.exists()
    store.put_bytes("0153", DATA, name="x", media_type="x")
    copy = store.local("0153", SHA)
    del store
    gc.collect()
    assert not copy.parent.exists()


def test_a_stream_makes_no_copy(place: Place) -> None:
    put(place)
    with place.store().open("0153", SHA) as stream:
        stream.read()
    assert list(place.room.iterdir()) == []


def test_what_was_written_on_disk_is_lasting_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As without keys: first the bytes, then the name, then the folder."""
    place, done = Place(str(tmp_path / "opslag"), tmp_path / "sleutels", tmp_path / "ruimte"), []
    put(place, b"sleutels zijn er")
    store = place.store()
    honest_sync, honest_link = os.fsync, os.link
    monkeypatch.setattr(os, "fsync", lambda handle: (done.append(str(Path(f"/proc/self/fd/{handle}").readlink())),
                                                     honest_sync(handle)))  # fmt: skip
    monkeypatch.setattr(os, "link", lambda old, new: (done.append(f"link {new}"), honest_link(old, new)))
    store.put_bytes("0153", DATA, name="x", media_type="x")
    part, *_, link, folder = done
    assert "/tijdelijk/" in part and link.endswith(SHA) and folder.endswith(f"/0153/{SHA[:2]}")


def test_a_safe_opens_by_name_purpose_and_municipality(place: Place) -> None:
    safe = place.store().safe("0153", "bevraging")
    there = safe.seal("p:1", DATA)
    assert b"999990019" not in there and place.store().safe("0153", "bevraging").open("p:1", there) == DATA
    others = [("0153", "bevraging", "p:2"), ("0153", "verzending", "p:1"), ("0344", "bevraging", "p:1")]
    for gemeente, purpose, name in others:
        put(place, b"x", gemeente)
        with pytest.raises(Broken):
            place.store().safe(gemeente, purpose).open(name, there)
    for wrong in (there[:-1], there + b"x", b"", there[:30]):
        with pytest.raises(Broken):
            safe.open("p:1", wrong)
    assert place.store(sealed=False).safe("0153", "x").seal("p:1", b"iets") == b"iets"
    assert BytesIO(there).read(1) == b"\xd7"
