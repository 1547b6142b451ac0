"""Work in clear is gone with its process, however that ends; and never while somebody uses it."""

from __future__ import annotations

import os
import signal
import stat
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from exchanges.core import run
from exchanges.core.settings import Settings
from exchanges.core.workfolder import WorkFolder, sweep, work_folder


def test_it_is_there_for_its_owner_and_then_it_is_gone(tmp_path: Path) -> None:
    with work_folder(tmp_path, "0153") as work:
        (work / "map").mkdir()
        (work / "map" / "persoon.parquet").write_text("999990019")
        assert stat.S_IMODE(work.stat().st_mode) == 0o700
        assert sweep(tmp_path) == 0 and work.exists()
    assert list(tmp_path.iterdir()) == []


def test_also_after_an_error(tmp_path: Path) -> None:
    with pytest.raises(ValueError), work_folder(tmp_path, "0153") as work:
        (work / "x").write_text("x")
        raise ValueError
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("next_one", ["a folder", "a command"])
def test_what_a_killed_process_left_goes_at_the_next_start(tmp_path: Path, next_one: str) -> None:
    settings = Settings(home=tmp_path)
    place = settings.work()
    code = (
        "import sys; from pathlib import Path; from exchanges.core.workfolder import work_folder\n"
        "with work_folder(Path(sys.argv[1]), '0153') as work:\n"
        "    (work / 'persoon').write_text('999990019'); print('klaar', flush=True); sys.stdin.read()\n"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(place)], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          text=True) as other:  # fmt: skip
        assert other.stdout is not None and other.stdout.readline() == "klaar\n"
        assert sweep(place) == 0, "it is still at work"
        assert len(list(place.rglob("persoon"))) == 1
        os.kill(other.pid, signal.SIGKILL)
    if next_one == "a folder":
        WorkFolder(place, "0344").close()
    else:
        run.open_ledger(settings)
    assert list(place.iterdir()) == []


def test_many_at_once_never_take_each_others(tmp_path: Path) -> None:
    ready = threading.Barrier(8)

    def work(_: int) -> bool:
        ready.wait()
        for _ in range(25):
            with work_folder(tmp_path, "0153") as folder:
                (folder / "x").write_text("x")
                sweep(tmp_path)
                if not (folder / "x").exists():
                    return False
        return True

    with ThreadPoolExecutor(8) as pool:
        assert all(pool.map(work, range(8)))
    assert list(tmp_path.iterdir()) == []


def test_another_place_for_work(tmp_path: Path) -> None:
    """A folder in memory, or on an encrypted disk."""
    settings = Settings(home=tmp_path / "huis", work_folder=str(tmp_path / "geheugen"))
    assert settings.work() == tmp_path / "geheugen"
    assert stat.S_IMODE(settings.work().stat().st_mode) == 0o700
    assert not (tmp_path / "huis" / "werk").exists()
