"""``sluis approve`` as somebody types it: what waits, what it is, and deciding, with the exit codes of a script."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from exchanges.cli import app
from tests.chain import EXCHANGE, Chain, chain
from tests.rows import write_csv

PEOPLE = [{"persoon_id": "P1", "bsn": "999990007", "achternaam": "Berg"}]
TRACKS = [{"traject_id": "T1", "persoon_id": "P1", "doel": "1", "datum_begin": "2025-01-01"}]
DELIVERY = f"{EXCHANGE}/0153/2026-10/0001"
RUN = ("run", EXCHANGE, "--periode", "2026-10", "--wacht", "0")

Sluis = Callable[..., tuple[int, str, str]]


@pytest.fixture
def town(tmp_path: Path) -> Chain:
    return chain(tmp_path / "huis", write_csv(tmp_path / "bron", {"persoon": PEOPLE, "traject": TRACKS}), kind="csv")


@pytest.fixture
def sluis(town: Chain, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Sluis:
    monkeypatch.setenv("KETENSLUIS_HOME", str(town.home))
    monkeypatch.setenv("KETENSLUIS_APPROVAL", "vereist")

    def typed(*words: str) -> tuple[int, str, str]:
        monkeypatch.setattr("sys.argv", ["sluis", *words])
        with pytest.raises(SystemExit) as ended:
            app.main()
        said = capsys.readouterr()
        return int(ended.value.code or 0), said.out, said.err

    return typed


def command(text: str, word: str) -> list[str]:
    """The command as it is shown, with a reason of somebody."""
    found = re.search(rf"sluis (approve {word} \S+ --sha256 \S+ --summary \S+) --reason", text)
    assert found is not None, text
    return [*found[1].split(), "--reason", "Aantallen kloppen."]


def test_from_waiting_to_sent_with_the_commands_that_are_shown(sluis: Sluis, town: Chain) -> None:
    assert town.ledger.deliveries() == []
    assert sluis("approve", "list") == (0, "Er wacht niets op akkoord.\n", "")
    # A code that was mistyped is not answered with nothing.
    mistyped = sluis("approve", "list", "--gemeente", "153")
    assert mistyped == (2, "", "sluis: Gemeente 153 staat niet in de instellingen.\n")
    code, out, _ = sluis(*RUN, "--actor", "anna")
    assert code == 1 and "wacht op akkoord" in out and "eerste levering" in out and town.inbox == []
    assert command(out, "give")
    code, out, _ = sluis("approve", "list")
    assert code == 1 and DELIVERY in out and "1 levering wacht op akkoord" in out
    code, shown, _ = sluis("approve", "show", DELIVERY)
    assert code == 0
    for text in ("Waarom akkoord nodig is", "In de bron: 1", "Aantal personen: 1", "Gestart door anna", "0 ontbreekt"):
        assert text in shown, text
    code, _, err = sluis(*command(shown, "give"), "--actor", "Anna")
    assert code == 1 and "zelf gestart" in err
    code, out, _ = sluis(*command(shown, "give"), "--actor", "bert")
    assert code == 0 and "sluis run" in out
    carries_on = re.search(r"sluis (run \S+ --periode .+)", out)
    assert carries_on is not None
    code, out, _ = sluis(*carries_on[1].split(), "--actor", "anna", "--wacht", "0")
    assert code == 3 and "akkoord door bert" in sluis("approve", "show", DELIVERY)[1]
    assert len([name for name in town.inbox if name.endswith(".xml")]) == 1


def test_refusing_says_so_in_the_state_and_sends_nothing(sluis: Sluis, town: Chain) -> None:
    sluis(*RUN, "--actor", "anna")
    shown = sluis("approve", "show", DELIVERY)[1]
    code, out, _ = sluis(*command(shown, "refuse"), "--actor", "bert")
    assert code == 0 and "geweigerd" in out
    code, out, _ = sluis(*RUN, "--actor", "anna")
    assert code == 1 and "geweigerd door bert: Aantallen kloppen" in out and town.inbox == []
    assert "geweigerd door bert" in sluis("approve", "show", DELIVERY)[1]


def test_as_json_for_a_script(sluis: Sluis) -> None:
    sluis(*RUN, "--actor", "anna", "--json")
    code, out, _ = sluis("approve", "list", "--json")
    (found,) = map(json.loads, out.splitlines())
    assert code == 1 and (found["delivery"], found["standing"], found["started_by"]) == (DELIVERY, "waiting", ["anna"])
    assert len(found["sha256"]) == len(found["summary"]) == 64 and found["decision"] is None
    seen = ("--sha256", found["sha256"], "--summary", found["summary"], "--reason", "goed", "--json")
    code, out, _ = sluis("approve", "give", DELIVERY, *seen, "--actor", "bert")
    assert code == 0 and json.loads(out)["decision"]["actor"] == "bert"


def test_used_wrongly(sluis: Sluis) -> None:
    assert sluis("approve", "show", DELIVERY)[0] == 2
    assert sluis("approve", "list", "--exchange", "onbekend")[0] == 2
    sluis(*RUN, "--actor", "anna")
    code, _, err = sluis("approve", "give", DELIVERY, "--sha256", "0" * 12, "--reason", "x", "--actor", "bert")
    assert code == 1 and "niet meer wat u zag" in err
    code, _, err = sluis("approve", "give", DELIVERY, "--sha256", "0" * 12)
    assert code == 2


@pytest.fixture
def account(town: Chain, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """Nobody plays another here: ``account`` says which account of the machine it is. ``portaal`` may speak for
    others, and only bert and carla have roles beside it."""
    monkeypatch.delenv("KETENSLUIS_ACTORS")
    path = town.home / "ketensluis.toml"
    roles = '[rollen]\nportaal = "integratie"\nbert = "consulent"\ncarla = "auditor"\nbeheer = "integratie"\n'
    path.write_text(f'namens = ["portaal"]\n{roles}{path.read_text(encoding="utf-8")}', encoding="utf-8")

    def become(name: str) -> None:
        for module in ("acting", "roles"):
            monkeypatch.setattr(f"exchanges.core.access.{module}.actor", lambda: name)

    return become


def test_without_a_name_it_is_the_account_and_another_name_does_not_change_that(sluis: Sluis, account) -> None:
    account("beheer")
    sluis(*RUN)
    shown = sluis("approve", "show", DELIVERY)[1]
    assert "Gestart door beheer" in shown
    code, _, err = sluis(*command(shown, "give"))
    assert code == 1 and "beheer heeft" in err
    code, _, err = sluis(*command(shown, "give"), "--actor", "bert")
    assert code == 2 and "Account beheer mag niet voor een ander spreken" in err
    account("bert")
    assert sluis(*command(shown, "give"))[0] == 0


def test_who_speaks_for_another_is_booked_with_that_name_and_its_role_counts(sluis: Sluis, account) -> None:
    account("portaal")
    code, _, err = sluis(*RUN, "--actor", "carla")
    assert code == 2 and "Rol auditor mag sluis run niet gebruiken" in err
    sluis(*RUN, "--actor", "beheer")
    shown = sluis("approve", "show", DELIVERY)[1]
    assert "Gestart door portaal namens beheer" in shown
    assert sluis(*command(shown, "give"))[0] == 1  # the account that spoke
    assert sluis(*command(shown, "give"), "--actor", "beheer")[0] == 1
    assert sluis(*command(shown, "give"), "--actor", "carla")[0] == 2
    assert sluis(*command(shown, "give"), "--actor", "bert")[0] == 0
    assert "akkoord door portaal namens bert" in sluis("approve", "show", DELIVERY)[1]


def test_who_comes_second_hears_it_and_says_so_to_decide_otherwise(sluis: Sluis) -> None:
    sluis(*RUN, "--actor", "anna")
    shown = sluis("approve", "show", DELIVERY)[1]
    assert sluis(*command(shown, "give"), "--actor", "bert")[0] == 0
    code, _, err = sluis(*command(shown, "give"), "--actor", "carla")
    assert code == 1 and "bert gaf al akkoord" in err
    code, _, err = sluis(*command(shown, "refuse"), "--actor", "carla")
    assert code == 1 and "--alsnog" in err
    assert sluis(*command(shown, "refuse"), "--actor", "carla", "--alsnog")[0] == 0


@pytest.mark.parametrize(("option", "value"), [
    ("--sha256", ""), ("--sha256", "abc123"), ("--sha256", "geen-sha256-dus"), ("--sha256", "ab" * 33),
    ("--summary", "abc123"),
])  # fmt: skip
def test_what_is_no_sha256_is_a_wrong_argument_and_no_decision(
    sluis: Sluis, town: Chain, option: str, value: str
) -> None:
    sluis(*RUN, "--actor", "anna")
    shown = sluis("approve", "show", DELIVERY)[1]
    given = command(shown, "give")
    given[given.index(option) + 1] = value
    before = len(town.ledger.events(DELIVERY))
    code, out, err = sluis(*given, "--actor", "bert")
    assert code == 2 and out == "" and err.startswith(f"sluis: Waarde van {option} is niet goed: geef minstens de ee")
    assert len(town.ledger.events(DELIVERY)) == before
    # What can be one, and is of another file, is a decision that does not count.
    given[given.index(option) + 1] = "0" * 12
    assert sluis(*given, "--actor", "bert")[0] == 1
