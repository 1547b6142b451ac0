"""The store on a local disk: no copies, nothing half, nothing replaced."""

from __future__ import annotations

import errno
import hashlib
import os
import resource
import signal
import stat
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from exchanges.core.errors import BusinessError, TechnicalError
from exchanges.core.store import Store, disk, hashing
from exchanges.core.store import store as store_module
from exchanges.core.store.hashing import Hashed

DATA = os.urandom(3 << 20)
SHA = hashlib.sha256(DATA).hexdigest()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "opslag"


@pytest.fixture
def store(root: Path) -> Store:
    return Store(str(root))


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "bericht.xml"
    path.write_bytes(DATA)
    return path


def files(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if not path.is_dir())


def place(root: Path) -> Path:
    return root / "0153" / SHA[:2] / SHA


def another_process(root: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setattr(disk, "_SEEN", {})
    return Store(str(root))


def count_hashing(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    hashed: list[Path] = []

    def counted(path: Path) -> tuple[str, int]:
        hashed.append(path)
        return hashing.hash_file(path)

    monkeypatch.setattr(disk, "hash_file", counted)
    monkeypatch.setattr(store_module, "hash_file", counted)
    return hashed


def test_reading_is_the_artefact_itself(store: Store, root: Path, file: Path) -> None:
    store.put("0153", file, name="x", media_type="x")
    assert store.local("0153", SHA) == place(root)


def test_moving_on_one_file_system_copies_nothing(store: Store, root: Path, file: Path) -> None:
    number = file.stat().st_ino
    store.put("0153", file, name="x", media_type="x", move=True)
    assert place(root).stat().st_ino == number


def test_a_file_with_another_name_elsewhere_is_copied(store: Store, root: Path, file: Path, tmp_path: Path) -> None:
    other = tmp_path / "ook.xml"
    other.hardlink_to(file)
    store.put("0153", file, name="x", media_type="x", move=True)
    other.write_bytes(b"anders")
    assert store.local("0153", SHA).read_bytes() == DATA
    assert not file.exists()


def test_moving_a_symbolic_link_copies_what_it_points_to(store: Store, root: Path, file: Path, tmp_path: Path) -> None:
    link = tmp_path / "link.xml"
    link.symlink_to(file)
    store.put("0153", link, name="x", media_type="x", move=True)
    assert file.read_bytes() == DATA
    assert not link.is_symlink() and not place(root).is_symlink()
    assert store.local("0153", SHA).read_bytes() == DATA


def test_artefacts_are_read_only_and_folders_private(store: Store, root: Path, file: Path) -> None:
    store.put("0153", file, name="x", media_type="x", move=True)
    other = store.put_bytes("0153", b"abc", name="x", media_type="x")
    quarantined = store.quarantine("0153", store.local("0153", other.sha256), "fout")
    for path in (place(root), store.local("0153", other.sha256), root / "0153/quarantaine" / quarantined.sha256):
        assert stat.S_IMODE(path.stat().st_mode) == 0o444
    assert {stat.S_IMODE(path.stat().st_mode) for path in root.rglob("*") if path.is_dir()} == {0o700}


def test_a_hash_is_counted_once(store: Store, root: Path, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = count_hashing(monkeypatch)
    store.put("0153", file, name="x", media_type="x", move=True, sha256=SHA)
    store.local("0153", SHA)
    assert hashed == []
    Store(str(root)).local("0153", SHA)
    assert hashed == []
    later = another_process(root, monkeypatch)
    later.local("0153", SHA)
    later.local("0153", SHA)
    assert hashed == [place(root)]


@pytest.mark.parametrize("fails", [False, True])
def test_what_is_stored_together_is_lasting_at_the_end(
    store: Store, root: Path, file: Path, monkeypatch: pytest.MonkeyPatch, fails: bool
) -> None:
    """Also when one of them fails: the others may be in the books already."""
    synced: list[Path] = []
    store.put_bytes("0153", b"de map is er", name="x", media_type="x")
    monkeypatch.setattr(disk, "sync_folder", synced.append)
    with suppress(ZeroDivisionError), store.together():
        store.put("0153", file, name="x", media_type="x")
        assert place(root).exists() and place(root).parent not in synced
        if fails:
            raise ZeroDivisionError
    assert place(root).parent in synced


def test_an_artefact_that_was_there_is_not_trusted(
    store: Store, root: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Same name, same size, other bytes: the writer did not put them there and must not vouch for them."""
    store.put("0153", file, name="x", media_type="x")
    place(root).chmod(0o644)
    place(root).write_bytes(bytes(len(DATA)))
    later = another_process(root, monkeypatch)
    later.put("0153", file, name="x", media_type="x")
    with pytest.raises(BusinessError, match="veranderd"):
        later.local("0153", SHA)


def test_altered_after_it_was_checked_and_with_its_old_time(store: Store, root: Path, file: Path) -> None:
    store.put("0153", file, name="x", media_type="x")
    path = store.local("0153", SHA)
    before = path.stat()
    # A file system tells time in steps, of some milliseconds or, on a busy machine, many more.
    while path.parent.stat().st_ctime_ns <= before.st_ctime_ns:
        time.sleep(0.01)
        path.parent.chmod(0o700)
    path.chmod(0o644)
    with path.open("r+b") as stream:
        stream.write(b"?")
    path.chmod(0o444)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    with pytest.raises(BusinessError, match="veranderd"):
        store.local("0153", SHA)


def test_a_step_back_does_not_lead_to_another_gemeente(store: Store, root: Path, file: Path) -> None:
    store.put("0153", file, name="x", media_type="x")
    (root / "0344").mkdir()
    there = f"0153/{place(root).relative_to(root / '0153')}"
    assert disk.Disk(root).size(there) == len(DATA) and disk.Disk(root).size(f"0344/../{there}") is None


def test_links_do_not_lead_to_another_gemeente(store: Store, root: Path, file: Path) -> None:
    store.put("0153", file, name="x", media_type="x")
    theirs = root / "0344" / SHA[:2]
    theirs.mkdir(parents=True)
    (theirs / SHA).symlink_to(place(root))
    assert not store.exists("0344", SHA)
    with pytest.raises(BusinessError, match="is er niet"):
        store.local("0344", SHA)
    (theirs / SHA).unlink()
    theirs.rmdir()
    theirs.symlink_to(place(root).parent)
    with pytest.raises(BusinessError, match="is er niet"):
        store.open("0344", SHA)


def test_a_store_behind_a_link_works(tmp_path: Path, root: Path, file: Path) -> None:
    root.mkdir()
    (tmp_path / "via").symlink_to(root)
    behind = Store(str(tmp_path / "via"))
    behind.put("0153", file, name="x", media_type="x")
    assert behind.local("0153", SHA).read_bytes() == DATA


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS])
@pytest.mark.parametrize("call", ["write", "fsync", "link"])
def test_a_disk_that_fails_leaves_nothing_half(
    store: Store, root: Path, file: Path, monkeypatch: pytest.MonkeyPatch, call: str, number: int
) -> None:
    def fail(*_: Any, **__: Any) -> None:
        raise OSError(number, os.strerror(number), "/srv/999990019.xml")

    target: tuple[Any, str] = (Hashed, "read") if call == "write" else (os, call)
    with monkeypatch.context() as patch:
        patch.setattr(*target, fail)
        for move in (False, True):
            with pytest.raises(TechnicalError) as refusal:
                store.put("0153", file, name="x", media_type="x", move=move and call != "write")
            assert "\n" not in str(refusal.value) and "999990019" not in str(refusal.value)
            assert refusal.value.__cause__ is None and refusal.value.__suppress_context__
    assert files(root) == []
    assert file.read_bytes() == DATA
    store.put("0153", file, name="x", media_type="x", move=True)
    assert store.local("0153", SHA).read_bytes() == DATA


def test_a_full_disk_is_called_full(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(TechnicalError, match="de schijf is vol"):
        store.put_bytes("0153", DATA, name="x", media_type="x")


def test_a_file_that_outgrows_the_limit_of_the_process(root: Path, file: Path) -> None:
    """A real failing write, in a process of its own."""
    code = f"""
from pathlib import Path
from exchanges.core.errors import TechnicalError
from exchanges.core.store import Store
try:
    Store({str(root)!r}).put("0153", Path({str(file)!r}), name="x", media_type="x")
except TechnicalError as error:
    print(error)
"""

    def limit() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 20, 1 << 20))

    done = subprocess.run([sys.executable, "-c", code], preexec_fn=limit, capture_output=True, text=True, check=True)
    assert "groter dan de opslag toelaat" in done.stdout
    assert files(root) == []


def test_a_root_that_is_no_folder(tmp_path: Path, file: Path) -> None:
    (tmp_path / "geen-map").write_text("")
    with pytest.raises(TechnicalError, match="geen map"):
        Store(str(tmp_path / "geen-map")).put("0153", file, name="x", media_type="x")
    assert file.exists()


def test_no_rights_are_called_no_rights(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(Path, "mkdir", refuse)
    with pytest.raises(TechnicalError, match="geen rechten"):
        store.put_bytes("0153", DATA, name="x", media_type="x")


def test_without_hard_links_it_still_works(
    store: Store, root: Path, file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise PermissionError(errno.EPERM, "Operation not permitted")

    monkeypatch.setattr(os, "link", refuse)
    store.put("0153", file, name="x", media_type="x")
    number = place(root).stat().st_ino
    store.put("0153", file, name="x", media_type="x", move=True)
    assert place(root).stat().st_ino == number
    assert files(root) == [f"0153/{SHA[:2]}/{SHA}"]


def test_a_writer_killed_halfway_leaves_no_artefact(root: Path, store: Store) -> None:
    code = f"""
import os, signal
from io import BytesIO
from exchanges.core.store import Store
class Source(BytesIO):
    def read(self, size=-1):
        if self.tell():
            os.kill(os.getpid(), signal.SIGKILL)
        return super().read(size)
Store({str(root)!r})._add("0153", Source(bytes(5 << 20)), None)
"""
    assert subprocess.run([sys.executable, "-c", code]).returncode == -signal.SIGKILL
    [left] = files(root)
    assert left.startswith("0153/tijdelijk/")


def test_many_processes_put_the_same_bytes(root: Path, store: Store, file: Path) -> None:
    code = f"""
import sys
import time
from pathlib import Path
from exchanges.core.store import Store
store = Store({str(root)!r})
print("klaar", flush=True)
sys.stdin.readline()
for n in range(10):
    made = store.put("0153", Path({str(file)!r}), name="x", media_type="x")
    assert store.local("0153", made.sha256).stat().st_size == made.size
print(made.sha256)
"""
    running = [
        subprocess.Popen([sys.executable, "-c", code], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        for _ in range(4)
    ]
    for process in running:
        assert process.stdout is not None and process.stdout.readline() == "klaar\n"
    assert {process.communicate("\n", timeout=120)[0].strip() for process in running} == {SHA}
    assert files(root) == [f"0153/{SHA[:2]}/{SHA}"]
    assert store.local("0153", SHA).read_bytes() == DATA
