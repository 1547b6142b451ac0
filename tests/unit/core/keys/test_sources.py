"""Where keys come from, and what is said when there is none."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace

import pytest

from exchanges.core.errors import UsageError
from exchanges.core.keys.ring import KeyRing
from exchanges.core.keys.sources import AirflowKeys, EnvironmentKeys, FolderKeys
from exchanges.core.settings import Settings
from exchanges.core.store.opening import key_ring, open_store

FIRST, SECOND = "1f" * 32, "A2" * 32


@pytest.fixture
def folder(tmp_path: Path) -> FolderKeys:
    return FolderKeys(tmp_path / "sleutels")


def put(folder: FolderKeys, text: str, gemeente: str = "0153") -> None:
    folder.folder.mkdir(exist_ok=True)
    (folder.folder / f"{gemeente}.sleutel").write_text(text)


def test_a_key_is_made_once_for_its_owner_alone(folder: FolderKeys) -> None:
    assert folder.find("0153") == []
    made = folder.make("0153")
    assert folder.make("0153") == made == folder.find("0153") and len(made[0]) == 32
    assert folder.make("0344") != made
    assert stat.S_IMODE(folder.folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.folder.iterdir()} == {0o600}
    assert sorted(path.name for path in folder.folder.iterdir()) == ["0153.sleutel", "0344.sleutel"]


def test_who_make_it_at_once_have_the_same(folder: FolderKeys) -> None:
    ready = threading.Barrier(8)

    def make(_: int) -> list[bytes]:
        ready.wait()
        return folder.make("0153")

    with ThreadPoolExecutor(8) as pool:
        made = list(pool.map(make, range(8)))
    assert made == [folder.find("0153")] * 8


def test_several_keys_the_first_is_in_use(folder: FolderKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    both = [bytes.fromhex(FIRST), bytes.fromhex(SECOND)]
    for text in (f"{FIRST}\n{SECOND}\n", f"{FIRST} {SECOND}", f"{FIRST},{SECOND}", f"  {FIRST};\t{SECOND}\n\n"):
        put(folder, text)
        monkeypatch.setenv("KETENSLUIS_SLEUTEL_0153", text)
        assert folder.find("0153") == EnvironmentKeys().find("0153") == both
    folder.replace("0153", [*reversed(both)])
    assert folder.find("0153") == [*reversed(both)]


@pytest.mark.parametrize("text", ["", "geheim", FIRST[:-1], f"{FIRST}0", f"{FIRST}\n{FIRST[:-2]}zz", "\xff" * 64])
def test_what_is_no_key_is_told_without_telling_it(
    folder: FolderKeys, text: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(folder, text)
    monkeypatch.setenv("KETENSLUIS_SLEUTEL_0153", text or "x")
    for source in (folder, EnvironmentKeys()):
        with pytest.raises(UsageError) as told:
            source.find("0153")
        assert "0153" in str(told.value) and source.where("0153") in str(told.value) and "\n" not in str(told.value)
        assert not text or (text not in str(told.value) and FIRST[:20] not in str(told.value))


def test_the_first_source_that_has_it_counts(folder: FolderKeys, monkeypatch: pytest.MonkeyPatch) -> None:
    ring = KeyRing((EnvironmentKeys(), folder))
    put(folder, SECOND)
    assert ring.keys("0153") == [bytes.fromhex(SECOND)] and ring.folder("0153") is folder
    monkeypatch.setenv("KETENSLUIS_SLEUTEL_0153", FIRST)
    assert ring.keys("0153") == [bytes.fromhex(FIRST)] and ring.folder("0153") is None
    assert ring.where("0153") == "omgevingsvariabele KETENSLUIS_SLEUTEL_0153"


def test_without_a_key_it_is_told_where_was_looked(folder: FolderKeys) -> None:
    ring = KeyRing((AirflowKeys(), EnvironmentKeys(), folder))
    for ask in (ring.keys, ring.first):
        with pytest.raises(UsageError) as told:
            ask("0153")
        for source in ring.sources:
            assert source.where("0153") in str(told.value)
        assert "\n" not in str(told.value) and not folder.folder.exists()


def test_a_destroyed_key_is_gone(folder: FolderKeys) -> None:
    [key] = folder.make("0153")
    other = folder.make("0344")
    assert folder.destroy("0153") is True and folder.destroy("0153") is False
    assert folder.find("0153") == [] and folder.find("0344") == other
    assert key.hex() not in "".join(path.read_text() for path in folder.folder.iterdir())


@pytest.mark.parametrize("does", ["replace", "destroy"])
def test_what_a_killed_process_left_of_a_key_goes_too(folder: FolderKeys, tmp_path: Path, does: str) -> None:
    """Killed while it made a first key, and while it put another in its place."""
    [key] = folder.make("0153")
    for name, keys in ((".0153.1", FIRST), (".0344.1", SECOND)):
        (folder.folder / name).write_text(f"{keys}\n{key.hex()}\n")
    os.link(folder.folder / "0153.sleutel", folder.folder / ".0153.2")
    kept = tmp_path / "zoals-een-schijf-het-bewaart"
    os.link(folder.folder / ".0153.1", kept)
    if does == "replace":
        folder.replace("0153", [bytes.fromhex(SECOND), key])
        assert folder.find("0153") == [bytes.fromhex(SECOND), key]
    else:
        assert folder.destroy("0153")
    left = {path.name for path in folder.folder.iterdir()}
    assert left == {".0344.1"} | ({"0153.sleutel"} if does == "replace" else set())
    assert FIRST.encode() not in kept.read_bytes()


# --- Airflow


@pytest.fixture
def task(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """As in the process of a task, with these connections."""
    known: dict[str, str] = {}

    class Missing(Exception):
        pass

    class Connection:
        @staticmethod
        def get(name: str) -> SimpleNamespace:
            if name not in known:
                raise Missing
            return SimpleNamespace(password=known[name])

    runner = SimpleNamespace(SUPERVISOR_COMMS=object())
    monkeypatch.setitem(sys.modules, "airflow.sdk.execution_time.task_runner", runner)
    monkeypatch.setitem(sys.modules, "airflow.sdk", SimpleNamespace(Connection=Connection))
    monkeypatch.setitem(sys.modules, "airflow.sdk.exceptions", SimpleNamespace(AirflowNotFoundException=Missing))
    return known


def test_a_connection_of_airflow(task: dict[str, str]) -> None:
    assert AirflowKeys().find("0153") == []
    task["ketensluis_sleutel_0153"] = FIRST
    assert AirflowKeys().find("0153") == [bytes.fromhex(FIRST)] and AirflowKeys().find("0344") == []
    task["ketensluis_sleutel_0153"] = "wachtwoord"
    with pytest.raises(UsageError, match="Airflow-verbinding ketensluis_sleutel_0153") as told:
        AirflowKeys().find("0153")
    assert "wachtwoord" not in str(told.value)


def test_the_key_of_airflow_goes_before_the_others(task: dict[str, str], tmp_path: Path) -> None:
    task["ketensluis_sleutel_0153"] = FIRST
    store = open_store(Settings(home=tmp_path))
    store.put_bytes("0153", b"iets", name="x", media_type="x")
    assert not (tmp_path / "sleutels").exists()
    task.clear()
    with pytest.raises(UsageError, match="0153"):
        open_store(Settings(home=tmp_path)).put_bytes("0153", b"nog iets", name="x", media_type="x")


def test_without_a_task_airflow_is_not_even_imported(tmp_path: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from exchanges.core.settings import Settings\n"
        "from exchanges.core.store.opening import open_store\n"
        f"open_store(Settings(home=Path({str(tmp_path)!r}))).put_bytes('0153', b'x', name='x', media_type='x')\n"
        "print([name for name in sys.modules if name.split('.')[0] == 'airflow'])\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


# --- what the settings say


def test_in_production_no_key_is_made_by_itself(tmp_path: Path) -> None:
    ring = key_ring(Settings(home=tmp_path, production=True))
    assert ring is not None
    with pytest.raises(UsageError, match="sluis keys make"):
        ring.first("0153")
    assert not (tmp_path / "sleutels").exists()


def test_in_production_nothing_lies_in_clear(tmp_path: Path) -> None:
    assert key_ring(Settings(home=tmp_path, keys="geen")) is None
    with pytest.raises(UsageError, match="in productie wordt alles versleuteld"):
        open_store(Settings(home=tmp_path, keys="geen", production=True))


@pytest.mark.parametrize("production", [True, False])
def test_keys_are_never_beside_the_data(tmp_path: Path, production: bool) -> None:
    inside = tmp_path / "artefacten" / "sleutels"
    (tmp_path / "artefacten").mkdir()
    (tmp_path / "via").symlink_to(tmp_path / "artefacten")
    for folder in (inside, tmp_path / "artefacten", tmp_path / "via" / "sleutels", tmp_path / "x/../artefacten/y"):
        with pytest.raises(UsageError, match="ligt in de opslag"):
            open_store(Settings(home=tmp_path, keys=str(folder), production=production))
    open_store(Settings(home=tmp_path, keys=str(tmp_path / "elders"), production=production))
    open_store(Settings(home=tmp_path, store="memory://x", keys=str(inside), production=production))


@pytest.mark.parametrize(("said", "kinds"), [
    ("", [AirflowKeys, EnvironmentKeys, FolderKeys]), ("airflow", [AirflowKeys]), ("omgeving", [EnvironmentKeys]),
    ("/srv/sleutels", [FolderKeys]),
])  # fmt: skip
def test_the_settings_say_which_sources(tmp_path: Path, said: str, kinds: list[type]) -> None:
    ring = key_ring(Settings(home=tmp_path, keys=said))
    assert ring is not None and [type(source) for source in ring.sources] == kinds
    where = said if said.startswith("/") else str(tmp_path / "sleutels")
    assert [str(source.folder) for source in ring.sources if isinstance(source, FolderKeys)] in ([], [where])


def test_who_may_not_read_the_key_is_told(folder: FolderKeys) -> None:
    from exchanges.core.errors import TechnicalError

    folder.folder.mkdir()
    (folder.folder / "0153.sleutel").mkdir()
    with pytest.raises(TechnicalError) as told:
        folder.find("0153")
    assert os.linesep not in str(told.value)
