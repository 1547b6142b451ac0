"""What ``sluis ledger`` is given: what is not there is told by its name, and nothing passes for held that was not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from exchanges.cli.app import main
from exchanges.core.evidence.daily import verify_and_anchor
from exchanges.core.evidence.export import export
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings
from tests.unit.core.ledger.filled import fill


@pytest.fixture
def sluis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The answer of ``sluis ledger …``, with its exit code before it; there are an anchor and an export."""
    settings = Settings(home=tmp_path)
    ledger = open_ledger(settings)
    fill(ledger)
    verify_and_anchor(settings)
    export(ledger, tmp_path / "keten.jsonl", settings.anchor_folders)
    (tmp_path / "leeg").mkdir()
    monkeypatch.setenv("KETENSLUIS_HOME", str(tmp_path))
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["sluis", "ledger", *words])
        with pytest.raises(SystemExit) as ended:
            main()
        out = capsys.readouterr()
        return f"{ended.value.code or 0} {out.out}{out.err}"

    return call


def test_what_is_to_be_held_against_it_must_be_there(sluis: Callable[..., str]) -> None:
    """A copy of one's own with a typing error in its name passed for one that fits."""
    assert "past bij 1 anker" in sluis("verify", "--export", "keten.jsonl", "--anchors", "ankers")
    for given, said in (("nergens", "Map nergens is er niet"), ("leeg", "In map leeg ligt geen anker")):
        told = sluis("verify", "--export", "keten.jsonl", "--anchors", given)
        assert told.startswith("2 ") and f"{said}; geef met --anchors" in told and "heel" not in told


@pytest.mark.parametrize(("asked", "said"), [
    (["verify", "--export", "nergens.jsonl"], "Bestand nergens.jsonl is er niet; geef met --export"),
    (["verify", "--export", "leeg"], "Bestand leeg is er niet; geef met --export"),
    (["verify", "--public-key", "nergens.pem"], "Bestand nergens.pem is er niet; geef met --public-key"),
    (["export", "--out", "nergens/keten.jsonl"], "Map nergens is er niet, dus keten.jsonl kan daar niet komen"),
    (["export", "--out", "leeg"], "leeg is een map; geef een bestandsnaam"),
    (["key", "--out", "nergens/anker.pem"], "Map nergens is er niet, dus anker.pem kan daar niet komen"),
])  # fmt: skip
def test_what_is_not_there_is_a_wrong_argument(sluis: Callable[..., str], asked: list[str], said: str) -> None:
    told = sluis(*asked)
    assert told.startswith("2 ") and said in told
