"""``sluis check``: what is asked of it wrongly is told, instead of being judged by."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.cli import main


@pytest.mark.parametrize("code", ["153", "abcd", "٠١٥٣", "01530", ""])
def test_what_is_no_municipality_is_not_judged_by(
    code: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every record would be of another municipality than that one."""
    monkeypatch.setattr("sys.argv", ["sluis", "check", str(tmp_path / "bericht.xml"), "--gemeente", code])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert (ended.value.code, said.out) == (2, "")
    assert said.err == "sluis: Dit is geen gemeentecode; geef vier cijfers, bijvoorbeeld --gemeente 0153.\n"
