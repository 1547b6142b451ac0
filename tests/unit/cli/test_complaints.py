"""A command that is given wrongly is told in one line of Dutch, whichever way it is wrong."""

from __future__ import annotations

import errno
import re

import pytest

from exchanges.cli import main

# Words of Typer and of the library that reads values for it.
ENGLISH = re.compile(r"\b(?:Usage|Error|Try|Did|Missing|No such|Invalid|Input|should|Got|Option|requires|does)\b")


@pytest.mark.parametrize(("words", "told"), [
    ("onzin", "Opdracht 'onzin' bestaat niet. Uitleg: sluis --help."),
    ("demo-x", "Opdracht 'demo-x' bestaat niet; lijkt op 'demo', 'demo-data'. Uitleg: sluis --help."),
    ("schemas onzin", "Opdracht 'onzin' bestaat niet. Uitleg: sluis schemas --help."),
    ("run", "Argument 'exchange' ontbreekt. Uitleg: sluis run --help."),
    ("demo-data", "Optie '--out' ontbreekt. Uitleg: sluis demo-data --help."),
    ("demo-data --kleur", "Optie '--kleur' bestaat niet. Uitleg: sluis demo-data --help."),
    ("demo-data --erors", "Optie '--erors' bestaat niet; lijkt op --errors, --periode."
     " Uitleg: sluis demo-data --help."),
    ("demo-data --out", "Optie '--out' moet een waarde hebben. Uitleg: sluis --help."),
    ("demo-data --json=ja", "Optie '--json' heeft geen waarde. Uitleg: sluis --help."),
    ("demo-data --out x --clients 0", "Waarde van '--clients' is niet goed; geef 1 of meer."
     " Uitleg: sluis demo-data --help."),
    ("demo-data --out x --clients veel", "Waarde van '--clients' is niet goed; geef een geheel getal."
     " Uitleg: sluis demo-data --help."),
    ("run x --periode 2026-10 --wacht lang", "Waarde van '--wacht' is niet goed; geef een getal, met een punt voor de"
     " decimalen. Uitleg: sluis run --help."),
    ("why a b", "Te veel opgegeven: b. Uitleg: sluis why --help."),
])  # fmt: skip
def test_what_is_given_wrongly(
    words: str, told: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["sluis", *words.split()])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert (ended.value.code, said.out, said.err) == (2, "", f"sluis: {told}\n")
    assert ENGLISH.search(said.err) is None


def test_a_group_without_a_command_shows_what_there_is(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["sluis", "schemas"])
    with pytest.raises(SystemExit) as ended:
        main()
    said = capsys.readouterr()
    assert ended.value.code == 2 and said.err.startswith("Gebruik: sluis schemas") and "verify" in said.err


def test_a_full_disk_is_told_once(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    def full() -> int:
        raise OSError(errno.ENOSPC, "vol")

    monkeypatch.setattr("exchanges.cli.app._call", full)
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr().err
    assert ended.value.code == 3
    assert told.startswith("sluis: opdracht afgebroken: de schijf is vol; maak ruimte") and told.count("\n") == 1
