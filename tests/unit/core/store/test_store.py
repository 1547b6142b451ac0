"""What holds on every file system; what only a local one can do is in test_disk.py."""

from __future__ import annotations

import hashlib
import json
import os
import time
from pathlib import Path
from uuid import uuid4

import fsspec
import pytest

from exchanges.core.errors import BusinessError, UsageError
from exchanges.core.keys.ring import KeyRing
from exchanges.core.keys.sources import FolderKeys
from exchanges.core.store import Artefact, Store

DATA = b"<Bericht>\xc3\xa9</Bericht>\n" * 100_000  # more than one block of 1 MiB
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture(params=["path", "file", "memory"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "memory":
        return f"memory://proef-{uuid4().hex}"
    return f"{'file://' if request.param == 'file' else ''}{tmp_path}/opslag"


@pytest.fixture
def store(url: str) -> Store:
    return Store(url)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bericht.xml"
    path.write_bytes(DATA)
    return path


def keys(url: str) -> set[str]:
    """Every file in the store, relative to its root."""
    filesystem, root = fsspec.core.url_to_fs(url)
    return {found.removeprefix(root).lstrip("/") for found in filesystem.find(root)}


def test_a_file_goes_in_and_comes_out(store: Store, url: str, file: Path) -> None:
    made = store.put("0153", file, name="bericht.xml", media_type="application/xml", rows=7)
    assert made == Artefact(SHA, len(DATA), "application/xml", 7, "bericht.xml")
    assert store.local("0153", SHA).read_bytes() == DATA
    with store.open("0153", SHA) as stream:
        assert stream.read() == DATA
    assert file.read_bytes() == DATA
    assert keys(url) == {f"0153/{SHA[:2]}/{SHA}"}


def test_bytes_go_in_and_come_out(store: Store, url: str) -> None:
    made = store.put_bytes("0153", b"", name="leeg.csv", media_type="text/csv")
    assert made == Artefact(hashlib.sha256(b"").hexdigest(), 0, "text/csv", None, "leeg.csv")
    assert store.local("0153", made.sha256).read_bytes() == b""


def test_another_process_reads_the_same(store: Store, url: str, file: Path) -> None:
    store.put("0153", file, name="x", media_type="x")
    assert Store(url).local("0153", SHA).read_bytes() == DATA


def test_a_moved_file_is_given_away(store: Store, url: str, file: Path) -> None:
    assert store.put("0153", file, name="x", media_type="x", move=True).sha256 == SHA
    assert not file.exists()
    assert store.local("0153", SHA).read_bytes() == DATA
    assert keys(url) == {f"0153/{SHA[:2]}/{SHA}"}


@pytest.mark.parametrize("move", [False, True])
def test_the_same_bytes_again_leave_the_first_alone(store: Store, url: str, file: Path, move: bool) -> None:
    first = store.put_bytes("0153", DATA, name="eerste", media_type="x")
    second = store.put("0153", file, name="tweede", media_type="x", move=move)
    assert (second.sha256, second.name) == (first.sha256, "tweede")
    assert file.exists() is not move
    assert keys(url) == {f"0153/{SHA[:2]}/{SHA}"}


def test_what_the_caller_knows_of_its_own_file(store: Store, file: Path) -> None:
    made = store.put("0153", file, name="x", media_type="x", move=True, sha256=SHA)
    assert (made.sha256, made.size) == (SHA, len(DATA))
    assert store.local("0153", SHA).read_bytes() == DATA


def test_a_file_that_is_not_what_the_caller_thinks_is_refused(store: Store, url: str, file: Path) -> None:
    with pytest.raises(BusinessError, match="veranderd"):
        store.put("0153", file, name="x", media_type="x", sha256="0" * 64)
    assert keys(url) == set()
    assert file.read_bytes() == DATA


def test_a_gemeente_sees_its_own_only(store: Store) -> None:
    store.put_bytes("0153", DATA, name="x", media_type="x")
    assert store.exists("0153", SHA) and not store.exists("0344", SHA)
    with pytest.raises(BusinessError, match="is er niet"):
        store.local("0344", SHA)
    store.put_bytes("0344", DATA, name="x", media_type="x")
    assert store.local("0344", SHA) != store.local("0153", SHA)


@pytest.mark.parametrize("gemeente", ["", "153", "01533", "..", "0153/../0344", "./0153", "015a", "٠١٥٣", "0153\n"])
def test_a_gemeente_is_four_digits(store: Store, url: str, file: Path, gemeente: str) -> None:
    calls = [
        lambda: store.put(gemeente, file, name="x", media_type="x", move=True),
        lambda: store.put_bytes(gemeente, DATA, name="x", media_type="x"),
        lambda: store.local(gemeente, SHA),
        lambda: store.open(gemeente, SHA),
        lambda: store.exists(gemeente, SHA),
        lambda: store.quarantine(gemeente, file, "fout"),
    ]
    for call in calls:
        with pytest.raises(UsageError, match="vier cijfers"):
            call()
    assert keys(url) == set()
    assert file.exists()


@pytest.mark.parametrize("sha256", ["", SHA[:-1], SHA.upper(), "../" + SHA, SHA + "\n", f"{SHA[:31]}/../{SHA[:29]}"])
def test_an_artefact_is_a_sha256(store: Store, file: Path, sha256: str) -> None:
    calls = [
        lambda: store.local("0153", sha256),
        lambda: store.open("0153", sha256),
        lambda: store.exists("0153", sha256),
        lambda: store.put("0153", file, name="x", media_type="x", sha256=sha256),
    ]
    for call in calls:
        with pytest.raises(UsageError, match="sha256"):
            call()


def test_altered_bytes_are_refused_by_name(store: Store, url: str) -> None:
    store.put_bytes("0153", DATA, name="x", media_type="x")
    alter(url, f"0153/{SHA[:2]}/{SHA}", DATA.replace(b"B", b"b", 1))
    for reader in (store, Store(url)):
        with pytest.raises(BusinessError, match=f"{SHA} van gemeente 0153 is veranderd"):
            reader.local("0153", SHA)
        with pytest.raises(BusinessError, match="veranderd"):
            reader.open("0153", SHA)


def test_the_same_bytes_do_not_pass_over_a_shortened_artefact(store: Store, url: str, file: Path) -> None:
    store.put_bytes("0153", DATA, name="x", media_type="x")
    alter(url, f"0153/{SHA[:2]}/{SHA}", DATA[:-1])
    with pytest.raises(BusinessError, match="veranderd"):
        Store(url).put("0153", file, name="x", media_type="x")


def alter(url: str, key: str, data: bytes) -> None:
    filesystem, root = fsspec.core.url_to_fs(url)
    address = f"{root}/{key}"
    time.sleep(0.05)  # a file system tells time in steps of some milliseconds
    if not url.startswith("memory"):
        Path(address).chmod(0o644)
    with filesystem.open(address, "wb") as sink:
        sink.write(data)


def test_a_source_that_is_no_file(store: Store, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="bestaat niet"):
        store.put("0153", tmp_path / "999990019.xml", name="x", media_type="x")
    with pytest.raises(UsageError, match="gewoon bestand"):
        store.put("0153", tmp_path, name="x", media_type="x")
    os.mkfifo(tmp_path / "pijp")
    with pytest.raises(UsageError, match="gewoon bestand"):
        store.quarantine("0153", tmp_path / "pijp", "fout")


def test_quarantine_keeps_the_original_and_the_reason(store: Store, url: str, file: Path) -> None:
    made = store.quarantine("0153", file, "XML te diep: 10.000 niveaus")
    assert (made.sha256, made.size, made.name) == (SHA, len(DATA), "bericht.xml")
    assert keys(url) == {f"0153/quarantaine/{SHA}", f"0153/quarantaine/{SHA}.reason.json"}
    assert read(url, f"0153/quarantaine/{SHA}") == DATA
    note = json.loads(read(url, f"0153/quarantaine/{SHA}.reason.json"))
    assert note.pop("moment").endswith("+00:00")
    assert note == {"reden": "XML te diep: 10.000 niveaus", "bestandsnaam": "bericht.xml", "sha256": SHA,
                    "grootte": len(DATA)}
    assert file.read_bytes() == DATA
    # What is in quarantine is not an artefact.
    assert not store.exists("0153", SHA)


def test_the_first_reason_stays(store: Store, url: str, file: Path) -> None:
    for reason in ("eerste", "tweede"):
        store.quarantine("0153", file, reason)
    assert json.loads(read(url, f"0153/quarantaine/{SHA}.reason.json"))["reden"] == "eerste"


def test_quarantine_writes_no_bsn(store: Store, url: str, tmp_path: Path) -> None:
    path = tmp_path / "client_999990019.xml"
    path.write_bytes(b"kapot")
    made = store.quarantine("0153", path, "Client 999990019 staat dubbel")
    note = read(url, f"0153/quarantaine/{made.sha256}.reason.json").decode()
    assert "999990019" not in note + made.name
    assert json.loads(note)["bestandsnaam"] is None
    assert json.loads(note)["reden"] == "Client [bsn] staat dubbel"


def test_quarantine_takes_any_file_name(store: Store, url: str, tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode(b"caf\xe9\n.xml")
    path.write_bytes(b"kapot")
    made = store.quarantine("0153", path, "fout")
    assert json.loads(read(url, f"0153/quarantaine/{made.sha256}.reason.json"))["bestandsnaam"] == "caf\ufffd\n.xml"


def read(url: str, key: str) -> bytes:
    filesystem, root = fsspec.core.url_to_fs(url)
    data: bytes = filesystem.cat_file(f"{root}/{key}")
    return data


def test_what_two_read_at_a_time_comes_out_whole_twice(url: str, tmp_path: Path) -> None:
    """Sealed, so that it is read from where it lies."""
    keys = FolderKeys(tmp_path / "sleutels")
    store = Store(url, KeyRing((keys,), keys))
    data = bytes(range(256)) * 20_000  # of several pieces
    known = store.put_bytes("0153", data, name="a", media_type="text/plain").sha256
    with store.open("0153", known) as one:
        begin = one.read(1)
        with store.open("0153", known) as other:
            assert store.size("0153", known) == len(data)
            assert other.read() == data
        assert begin + one.read() == data


def test_an_address_of_an_unknown_kind_is_a_wrong_setting() -> None:
    with pytest.raises(UsageError, match="Opslag onzin:// is hier niet te gebruiken") as raised:
        Store("onzin://geheim@x/y")
    assert "geheim" not in str(raised.value)
