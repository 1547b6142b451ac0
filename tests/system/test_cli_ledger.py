"""``sluis ledger``: verify, anchor, export and verify elsewhere, as a user does it."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.core.ledger import Ledger
from exchanges.core.run import open_ledger
from exchanges.core.settings import Settings
from exchanges.core.store.privacy import holds_bsn
from tests.sluis import sluis
from tests.unit.core.ledger.filled import altered, fill


@pytest.fixture
def ledger(tmp_path: Path) -> Ledger:
    made = open_ledger(Settings(home=tmp_path))
    fill(made)
    return made


def test_the_books_hold_here_and_elsewhere(tmp_path: Path, ledger: Ledger) -> None:
    first = sluis(tmp_path, "ledger", "verify")
    assert first.code == 0 and "De keten is heel: 23 gebeurtenissen." in first.out and "geen ankers" in first.out
    anchored = sluis(tmp_path, "ledger", "anchor")
    assert anchored.code == 0 and anchored.out.startswith("Anker 1 op plaats 23: ")
    assert "er is geen nieuw gezet" in sluis(tmp_path, "ledger", "anchor").out
    found = sluis(tmp_path, "ledger", "verify", "--json").json
    assert (found["ok"], found["events"], found["anchors"], found["deliveries"]) == (True, 24, 1, 2)

    away = tmp_path / "accountant"
    away.mkdir()
    assert sluis(tmp_path, "ledger", "export", "--out", away / "keten.jsonl", "--json").json["events"] == 24
    assert sluis(tmp_path, "ledger", "key", "--out", away / "sleutel.pem").code == 0
    asked = sluis(away, "ledger", "verify", "--export", away / "keten.jsonl")
    assert asked.code == 2 and "--public-key" in asked.err
    checked = sluis(away, "ledger", "verify", "--export", away / "keten.jsonl", "--public-key", away / "sleutel.pem")
    assert checked.code == 0 and "De keten is heel: 24" in checked.out and "1 anker" in checked.out
    assert not holds_bsn((away / "keten.jsonl").read_text() + anchored.out)
    assert [path.name for path in away.iterdir() if path.is_dir()] == []  # no installation was made to look at it


def test_what_is_wrong_is_one_sentence_and_the_code_is_one(tmp_path: Path, ledger: Ledger) -> None:
    sluis(tmp_path, "ledger", "anchor")
    with altered(ledger, "UPDATE event SET result = 'goed' WHERE place = 3", stays=True):
        pass
    told = sluis(tmp_path, "ledger", "verify")
    assert told.code == 1 and told.out == (
        "Plaats 3 van de keten (levering proef/0153/2026-10/0001, stap afgerond): deze gebeurtenis is veranderd nadat "
        "zij is geschreven.\n"
    )
    breach = sluis(tmp_path, "ledger", "verify", "--json").json["breaches"][0]
    assert (breach["place"], breach["kind"], breach["action"]) == (3, "veranderd", "stap afgerond")
    refused = sluis(tmp_path, "ledger", "anchor")
    assert refused.code == 1 and "Plaats 3 van de keten" in refused.err and refused.err.count("\n") == 2


def test_a_balance_that_was_altered_is_one_sentence(tmp_path: Path, ledger: Ledger) -> None:
    with altered(ledger, "UPDATE balance SET rejected = 2 WHERE step = 'select'", stays=True):
        pass
    told = sluis(tmp_path, "ledger", "verify")
    assert told.code == 1 and "2026-10/0001, stap select: de balans is veranderd" in told.out
