"""``sluis quarantine``: a refused file can be had back, whatever it was called."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from exchanges.cli.app import main
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings
from exchanges.core.store.opening import open_store

DATA = b"geen XML"


@pytest.mark.parametrize("name", [b"\xe9" * 251 + b".xml", b"x" * 251 + b".xml", b"gewoon.xml"])
def test_a_file_with_any_name_can_be_laid_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: bytes
) -> None:
    home, came = tmp_path / "huis", tmp_path / os.fsdecode(name)
    home.mkdir()
    (home / "ketensluis.toml").write_text(
        '[gemeente.0153]\nnaam = "Enschede"\nbron = { soort = "parquet", locatie = "x" }\n', encoding="utf-8"
    )
    came.write_bytes(DATA)
    open_ledger(Settings(home=home))
    kept = open_store(Settings(home=home)).quarantine("0153", came, "geen XML")
    monkeypatch.setenv("KETENSLUIS_HOME", str(home))
    monkeypatch.setattr("sys.argv", ["sluis", "quarantine", "open", kept.sha256[:12], "--gemeente", "0153"])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert (ended.value.code, told.err) == (0, "")
    (out,) = (home / "herstel" / "0153").iterdir()
    assert out.read_bytes() == DATA and out.name == (kept.sha256 if len(name) > 200 else name.decode())


@pytest.mark.parametrize(("gemeente", "code", "out", "err"), [
    ("0153", 0, "Er ligt niets in quarantaine.\n", ""),
    ("0135", 2, "", "sluis: Gemeente 0135 staat niet in de instellingen.\n"),
])  # fmt: skip
def test_nothing_there_is_said_and_is_not_the_answer_for_who_is_not_served(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
    gemeente: str, code: int, out: str, err: str,
) -> None:  # fmt: skip
    (tmp_path / "ketensluis.toml").write_text(
        '[gemeente.0153]\nnaam = "Enschede"\nbron = { soort = "parquet", locatie = "x" }\n', encoding="utf-8"
    )
    open_ledger(Settings(home=tmp_path))
    monkeypatch.setenv("KETENSLUIS_HOME", str(tmp_path))
    monkeypatch.setattr("sys.argv", ["sluis", "quarantine", "list", "--gemeente", gemeente])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert (ended.value.code, told.out, told.err) == (code, out, err)
