"""Who looks in an installation that has no books, most often under a wrong KETENSLUIS_HOME, is told so; nothing is made
there, and an empty ledger passes for no answer."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path

import pytest

from exchanges.cli.app import COMMANDS, main
from exchanges.cli.guard import WITHOUT_LEDGER
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings

ID = "dkd_reintegratie/0153/2026-10/0001"
MONTH = ("--gemeente", "0153", "--period", "2026-10")
DIGEST = ("--sha256", "ab" * 32, "--reason", "goed")
GIVEN = {
    "why": [ID], "where": ["--gemeente", "0153", "--reason", "proef"], "report": [ID], "resend": [ID], "refeed": [ID],
    "bundle": [*MONTH, "--out", "bundel.zip"], "verrekening": ["--gemeente", "0153", "--periode", "2026-10"],
    "approve list": [], "approve show": [ID], "approve give": [ID, *DIGEST], "approve refuse": [ID, *DIGEST],
    "correct replace": [ID], "correct add": [ID], "correct withdraw": [ID], "correct confirm": [ID],
    "correct refused": [ID], "correct standing": [*MONTH],
    "loonaangifte jaar": ["--gemeente", "0153", "--jaar", "2026"],
    "loonaangifte bank": ["--gemeente", "0153", "--jaar", "2026", "."],
    "signals status": ["--gemeente", "0153"], "signals move": ["12", "toegewezen", "--gemeente", "0153"],
    "signals terugmelding add": ["12", "--gemeente", "0153", "--register", "BRP", "--veld", "woonadres"],
    "signals terugmelding list": ["--gemeente", "0153"], "signals terugmelding send": ["--gemeente", "0153"],
    "retention run": ["--dry-run"], "keys rotate": ["--gemeente", "0153"], "keys destroy": ["--gemeente", "0153"],
    "keys encrypt": ["--gemeente", "0153"], "quarantine list": ["--gemeente", "0153"],
    "quarantine open": ["ab", "--gemeente", "0153"], "ledger anchor": [], "ledger verify": [],
    "ledger export": ["--out", "keten.jsonl"], "access overview": ["--period", "2026-10"], "access incidents": [],
    "access pack": ["--year", "2026", "--out", "pak.zip"], "lks taken": ["--gemeente", "0153"],
    "lks stand": ["--gemeente", "0153"],
}  # fmt: skip


@pytest.fixture
def sluis(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """The exit code and the answer of a command whose home is not there, with a BSN on standard input."""
    for name in ("PSEUDONYM_KEY", "LEDGER"):
        monkeypatch.delenv(f"KETENSLUIS_{name}", raising=False)
    monkeypatch.setenv("KETENSLUIS_HOME", str(tmp_path / "nergens"))
    monkeypatch.chdir(tmp_path)

    def call(*words: str) -> str:
        monkeypatch.setattr("sys.argv", ["sluis", *words])
        monkeypatch.setattr("sys.stdin", io.StringIO("999990019\n"))
        with pytest.raises(SystemExit) as ended:
            main()
        out = capsys.readouterr()
        return f"{ended.value.code or 0} {out.out}{out.err}"

    return call


def settle(tmp_path: Path) -> Path:
    """The home, with settings and nothing else."""
    home = tmp_path / "nergens"
    home.mkdir()
    town = 'naam = "Een"\nbron = { soort = "csv", locatie = "x" }\nvanaf = { loonaangifte = "2026-12" }\n'
    (home / "ketensluis.toml").write_text(f"[gemeente.0153]\n{town}", encoding="utf-8")
    return home


def test_of_every_command_it_is_known_whether_it_needs_the_books() -> None:
    assert set(GIVEN) == set(COMMANDS) - WITHOUT_LEDGER | {"ledger verify"} and set(COMMANDS) >= WITHOUT_LEDGER


@pytest.mark.parametrize("command", GIVEN)
def test_where_there_are_no_books_they_are_not_made_and_one_line_says_so(
    sluis: Callable[..., str], tmp_path: Path, command: str
) -> None:
    told = sluis(*command.split(), *GIVEN[command])
    place = tmp_path / "nergens"
    assert told == (
        f"2 sluis: Er is geen register van leveringen in {place}; controleer KETENSLUIS_HOME. De eerste sluis run maakt"
        " het.\n"
    )
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(("asked", "said"), [
    (["ledger", "key"], "Er is geen sleutel van ankers in "), (["keys", "show"], "Instellingen "),
    (["keys", "show", "--gemeente", "0153"], "Instellingen "), (["calendar"], "Instellingen "),
])  # fmt: skip
def test_what_needs_something_else_makes_nothing_either(
    sluis: Callable[..., str], tmp_path: Path, asked: list[str], said: str
) -> None:
    assert sluis(*asked).startswith(f"2 sluis: {said}{tmp_path / 'nergens'}") and list(tmp_path.iterdir()) == []


def test_a_new_installation_has_a_calendar_before_its_first_delivery(sluis: Callable[..., str], tmp_path: Path) -> None:
    home = settle(tmp_path)
    assert "er is geen levering" in sluis("calendar", "--exchange", "loonaangifte", "--at", "2027-02-15")
    assert [path.name for path in home.iterdir()] == ["ketensluis.toml"]


def test_whose_pseudonyms_are_in_the_books_is_not_asked_with_another_key(
    sluis: Callable[..., str], tmp_path: Path
) -> None:
    """A fresh key gives everybody another name: nobody would be found, and that would pass for an answer."""
    home = settle(tmp_path)
    open_ledger(Settings(home=home))
    told = sluis("where", "--gemeente", "0153", "--reason", "proef")
    assert told == (
        f"2 sluis: De sleutel van de pseudoniemen is niet in {home / 'pseudoniem.sleutel'}; zet haar uit een kopie"
        " terug.\n"
    )
