"""What people are handed beside the lists is sealed for the municipality; in production never otherwise."""

from __future__ import annotations

import os
import stat
import zipfile
from pathlib import Path

import pytest
from pyrage import x25519

from exchanges.core.errors import UsageError
from exchanges.core.lists.handing import handed, require_key
from exchanges.core.lists.seal import unseal

TEXT = b"bsn;naam\n999990019;Berg\n" * 100


@pytest.fixture
def made(tmp_path: Path) -> list[Path]:
    work = tmp_path / "werk"
    work.mkdir()
    paths = [work / "opgaven-2026.csv", work / "opgaven-2026.html"]
    for path in paths:
        path.write_bytes(TEXT)
    return paths


def test_sealed_in_one_file_that_the_municipality_opens(made: list[Path], tmp_path: Path) -> None:
    key = x25519.Identity.generate()
    out = tmp_path / "uit"
    [path] = handed(made, out, str(key.to_public()))
    assert path == out / "opgaven-2026.zip.age" and list(out.iterdir()) == [path] and not list(made[0].parent.iterdir())
    assert stat.S_IMODE(path.stat().st_mode) == 0o600 and stat.S_IMODE(out.stat().st_mode) == 0o700
    assert b"999990019" not in path.read_bytes()
    unseal(path, str(key), tmp_path / "open.zip")
    with zipfile.ZipFile(tmp_path / "open.zip") as opened:
        assert {name: opened.read(name) for name in opened.namelist()} == dict.fromkeys(
            ("opgaven-2026.csv", "opgaven-2026.html"), TEXT
        )


def test_without_a_key_in_clear_for_the_owner_alone(made: list[Path], tmp_path: Path) -> None:
    paths = handed(made, tmp_path / "uit", "")
    assert [path.read_bytes() for path in paths] == [TEXT, TEXT]
    assert {stat.S_IMODE(path.stat().st_mode) for path in paths} == {0o600}


def test_in_production_never_in_clear() -> None:
    with pytest.raises(UsageError, match="Gemeente 0153 heeft geen sleutel bij lijsten"):
        require_key("", True, "0153")
    require_key("age1x", True, "0153")
    require_key("", False, "0153")


def test_what_was_there_is_replaced(made: list[Path], tmp_path: Path) -> None:
    (tmp_path / "uit").mkdir()
    (tmp_path / "uit" / made[0].name).write_bytes(b"oud")
    assert handed(made, tmp_path / "uit", "")[0].read_bytes() == TEXT


def test_it_lasts_before_the_original_goes_and_what_a_kill_left_is_gone(
    made: list[Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out, lasting, honest = tmp_path / "uit", list[str](), os.fsync
    (tmp_path / "uit").mkdir()
    left = out / f".{made[0].name}"
    left.write_bytes(b"half")
    left.chmod(0o644)

    def seen(handle: int) -> None:
        here = Path(f"/proc/self/fd/{handle}").readlink()
        lasting.append(here.name)
        assert made[0].exists() and (here != out or (out / made[0].name).read_bytes() == TEXT)
        honest(handle)

    monkeypatch.setattr(os, "fsync", seen)
    [path] = handed(made[:1], out, "")
    assert lasting == [left.name, "uit"] and list(out.iterdir()) == [path]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
