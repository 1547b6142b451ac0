"""``sluis correct``, and ``sluis refeed`` of what was sent, as they are typed: exit codes, what is told, no BSN."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from exchanges.cli.app import app
from exchanges.core.errors import BusinessError, PartnerSilent, UsageError
from tests.chain import Chain, chain
from tests.rows import write_csv
from tests.sluis import nobody_in

FIRST, SECOND = "dkd_reintegratie/0153/2026-10/0001", "dkd_reintegratie/0153/2026-10/0002"
OF = ("correct", "standing", "--gemeente", "0153", "--period", "2026-10")
Sluis = Callable[..., Result]


def rows(name: str) -> dict[str, list[dict[str, str]]]:
    people = [("P1", "999990007", name), ("P2", "999990019", "Dal")]
    return {
        "persoon": [{"persoon_id": id, "bsn": bsn, "achternaam": own} for id, bsn, own in people],
        "traject": [{"traject_id": id, "persoon_id": id, "datum_begin": "2025-01-01", "doel": "1"}
                    for id, _, _ in people],
    }  # fmt: skip


@pytest.fixture
def town(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Chain:
    """October was answered: the first of two was refused, and is repaired in the administration."""
    made = chain(tmp_path / "huis", write_csv(tmp_path / "bron", rows("Berg")), kind="csv")
    monkeypatch.setenv("KETENSLUIS_HOME", str(made.home))
    monkeypatch.setenv("KETENSLUIS_PSEUDONYM_KEY", "sleutel van de tests")
    assert made.finish(made.open(), ["reject-count=1"]) is None
    write_csv(made.source, rows("Bergsma"))
    return made


@pytest.fixture
def sluis() -> Sluis:
    def call(*words: str, stdin: str = "") -> Result:
        done = CliRunner().invoke(app, words, input=stdin)
        assert nobody_in(done.output, repr(done.exception)), words
        return done

    return call


def lines(done: Result) -> list[dict[str, Any]]:
    return [json.loads(line) for line in done.stdout.splitlines()]


def test_what_was_refused_is_listed_added_and_stands(town: Chain, sluis: Sluis) -> None:
    listed = sluis("correct", "refused", FIRST, "--json")
    (row,) = lines(listed)
    assert listed.exit_code == 1 and row["code"] == "IB-AFW-01" and row["record"].startswith("p:")
    assert "1 afgewezen, waarvan 0 hersteld." in sluis("refeed", FIRST, "--list", "--name", "kees").stdout

    given = ("correct", "add", FIRST, "--actor", "kees", "--reason", "melding 12")
    sent = sluis(*given, "--json")
    assert sent.exit_code == PartnerSilent.exit_code and lines(sent)[0]["delivery"] == SECOND
    town.answer()
    done = sluis(*given)
    assert done.exit_code == 0 and "Dit is aangenomen." in done.stdout
    assert f"{SECOND}: geaccepteerd" in done.stdout and "verslag:" in done.stdout

    told = sluis("correct", "refused", FIRST).stdout
    assert "1 afgewezen, waarvan 1 hersteld." in told and "bij ontvanger. Herstel" in told
    (found,) = lines(sluis(*OF, "--json"))
    assert (found["total"]["in_force"], found["total"]["refused"]) == (2, 0)
    assert [one["kind"] for one in found["deliveries"]] == ["levering", "aanvulling"]
    table = sluis(*OF).stdout.splitlines()
    assert table[1].split() == [FIRST, "levering", "2", "1", "0", "0", "0", "1", "0", "1"]
    assert table[3].split() == ["de", "periode", "2", "2", "0", "0", "0", "0", "0", "1"]

    told = sluis(*OF, "--person", "--actor", "anna", stdin="999990007\n")
    assert f"geldt door levering {SECOND}" in told.stdout and "afgewezen door de partner" in told.stdout
    (asked,) = lines(sluis(*OF, "--person", "--json", stdin="999990007\n"))
    assert asked["in_force"] == SECOND
    assert "In geen levering" in sluis(*OF, "--person", stdin="999990020\n").stdout
    assert isinstance(sluis(*OF, "--person").exception, UsageError)


def test_refeed_of_what_was_sent_is_an_addition(town: Chain, sluis: Sluis) -> None:
    sent = sluis("refeed", FIRST, "--name", "kees", "--reason", "melding 12", "--json")
    assert sent.exit_code == PartnerSilent.exit_code and lines(sent)[0]["delivery"] == SECOND
    with_file = sluis("refeed", SECOND, "--name", "kees", "--reason", "x", "--file", "hersteld.csv")
    assert isinstance(with_file.exception, UsageError)


def test_a_new_delivery_of_what_stands_is_a_replacement(town: Chain, sluis: Sluis) -> None:
    refused = sluis("run", "dkd_reintegratie", "--periode", "2026-10", "--nieuw")
    assert refused.exit_code == 2 and f"sluis correct replace {FIRST}" in refused.output
    assert len(town.ledger.deliveries()) == 1
    sent = sluis("correct", "replace", FIRST, "--actor", "kees", "--reason", "verkeerde selectie")
    assert sent.exit_code == PartnerSilent.exit_code and SECOND in sent.stdout


def test_a_delivery_is_taken_back_by_two_people(town: Chain, sluis: Sluis) -> None:
    proposed = sluis("correct", "withdraw", FIRST, "--actor", "kees", "--reason", "verkeerde maand")
    assert proposed.exit_code == 0 and "nog zonder gevolg" in proposed.stdout and "aangenomen" in proposed.stdout
    same = sluis("correct", "confirm", FIRST, "--actor", "kees").exception
    assert isinstance(same, BusinessError) and "dezelfde persoon" in str(same)
    assert "ingetrokken" in sluis("correct", "confirm", FIRST, "--actor", "anna").stdout
    asked = sluis("where", "--gemeente", "0153", "--reason", "proef", stdin="999990019\n").stdout
    assert f"{FIRST}  verzamelbestand  ingetrokken\n" in asked and "  daarna: ingetrokken op " in asked
    assert "Daarna is dat ingetrokken op " in sluis("why", FIRST, stdin="999990019\n").stdout
    assert f"{FIRST}: ingetrokken" in sluis("run", "dkd_reintegratie", "--periode", "2026-10").stdout
    for given, said in (("", "Geen BSN op de standaardinvoer; geef"), ("999990007\n999990019\n", "een BSN per keer")):
        asked = sluis(*OF, "--person", stdin=given)
        assert isinstance(asked.exception, UsageError) and said in str(asked.exception)
    again = sluis("correct", "withdraw", FIRST, "--actor", "kees", "--reason", "nog eens")
    assert isinstance(again.exception, UsageError)
    (found,) = lines(sluis(*OF, "--json"))
    assert (found["total"]["in_force"], found["total"]["withdrawn"]) == (0, 2)
    assert sluis("run", "dkd_reintegratie", "--periode", "2026-10", "--nieuw", "--wacht", "0").exit_code == 3
