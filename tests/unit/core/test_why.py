"""Why is this person not in this delivery: rule by rule, with a pseudonym, at every stage of a delivery."""

from __future__ import annotations

import pytest

from exchanges.core.errors import UsageError
from exchanges.core.why import why
from tests.chain import Chain, chain
from tests.rows import write_csv

SENT, REJECTED, REFUSED, ENDED, ELSEWHERE, UNKNOWN = (
    "999990019", "999990020", "999990007", "999990032", "999990044", "999990056",
)  # fmt: skip


def person(number: int, bsn: str, **more: str) -> dict[str, str]:
    return {"persoon_id": f"P{number}", "bsn": bsn, "achternaam": "Jansen", **more}


def trajectory(number: int, **more: str) -> dict[str, str]:
    return {"traject_id": f"T{number}", "persoon_id": f"P{number}", "doel": "1", "datum_begin": "2025-01-01", **more}


TABLES = {
    "persoon": [
        person(1, SENT), person(2, REJECTED), person(3, REFUSED), person(4, ENDED), person(5, ELSEWHERE,
            gemeentecode="0344"),
    ],
    "traject": [
        trajectory(1), trajectory(2, doel="7"), trajectory(3), trajectory(4, datum_begin="2019-01-01",
            datum_einde="2019-12-31"),
        trajectory(5),
    ],
    "voorziening": [{
        "voorziening_id": "V4", "persoon_id": "P4", "traject_id": "T4", "registratienummer": "R4", "type": "30",
        "datum_begin": "20190101", "datum_einde": "20191231",
    }],
}  # fmt: skip


@pytest.fixture(scope="module")
def answered(tmp_path_factory) -> tuple[Chain, str]:
    """Of the three that are fit to go one is rejected by our rules; the partner refuses the first that it gets."""
    home = tmp_path_factory.mktemp("waarom")
    town = chain(home, write_csv(home / "bron", TABLES), kind="csv")
    delivery = town.open()
    assert town.finish(delivery, ["reject-count=1"]) is None
    return town, delivery


def ask(answered, bsn: str) -> dict:
    town, delivery = answered
    found = why(delivery, bsn, town.settings)
    assert bsn not in str(found) and found["person"].startswith("p:")
    return found


def reasons(found: dict) -> list[str]:
    return [rule["code"] for rule in found["rules"] if rule["excluded"]]


def test_who_was_sent_and_accepted(answered):
    found = ask(answered, SENT)
    assert (found["selected"], found["in_file"], found["sent"], found["answer"]) == (True, True, True, "geaccepteerd")
    assert (
        found["conclusion"]
        == "De persoon zit wel in het bestand, en het is verzonden. De partner heeft de persoon geaccepteerd."
    )
    assert reasons(found) == []
    assert {rule["code"]: rule["kept"] for rule in found["rules"]}["SEL-GEMEENTE"] == 1


def test_who_was_refused_by_the_partner(answered):
    found = ask(answered, REFUSED)
    assert (found["in_file"], found["answer"]) == (True, "afgewezen")
    assert [row["code"] for row in found["findings"]] == ["IB-AFW-01"]
    assert "heeft de persoon afgewezen. Reden: " in found["conclusion"]


def test_who_was_rejected_by_our_own_rules(answered):
    found = ask(answered, REJECTED)
    assert (found["selected"], found["in_file"], found["answer"]) == (True, False, None)
    assert [row["code"] for row in found["findings"]] == ["CD-01"]
    assert found["conclusion"].startswith("De persoon is geselecteerd, maar afgewezen: De code voor het doel")


def test_who_has_nothing_in_the_window(answered):
    found = ask(answered, ENDED)
    assert reasons(found) == ["SEL-VENSTER", "SEL-LEEG", "SEL-GEEN"]
    assert found["conclusion"].startswith("De persoon is niet geselecteerd: De voorziening eindigde")
    assert not found["selected"] and not found["in_file"]


def test_who_belongs_to_another_municipality(answered):
    found = ask(answered, ELSEWHERE)
    assert reasons(found) == ["SEL-GEMEENTE"]
    assert found["conclusion"] == "De persoon is niet geselecteerd: De persoon hoort bij een andere gemeente."


def test_who_is_not_in_the_administration(answered):
    found = ask(answered, UNKNOWN)
    assert found["rows_in_source"] == 0
    assert found["conclusion"] == "De bron van deze levering kent dit BSN niet."
    assert all(rule["kept"] == rule["excluded"] == 0 for rule in found["rules"])


@pytest.mark.parametrize("typed", ["999990057", "99999005", "Jansen"])
def test_what_is_no_bsn_may_have_been_copied_wrongly(answered, typed):
    assert ask(answered, typed)["conclusion"] == (
        "De bron van deze levering kent dit BSN niet. Het voldoet ook niet aan de elfproef; kijk of het goed is"
        " overgenomen."
    )


def test_every_rule_of_the_selection_is_told_with_its_source(answered):
    from exchanges.dkd_reintegratie.selection import RULES

    rules = ask(answered, SENT)["rules"]
    assert [(rule["code"], rule["text"], rule["certainty"]) for rule in rules] == [
        (rule.code, rule.text, rule.certainty) for rule in RULES
    ]


def test_a_delivery_stopped_by_an_empty_selection_can_be_asked(tmp_path):
    town = chain(tmp_path, write_csv(tmp_path / "bron", {"persoon": TABLES["persoon"][3:4],
        "traject": TABLES["traject"][3:4]}),
                 kind="csv")  # fmt: skip
    delivery = town.open()
    assert town.deliver(delivery) is not None
    found = why(delivery, ENDED, town.settings)
    assert reasons(found) == ["SEL-LEEG", "SEL-GEEN"] and not found["sent"]


def test_a_delivery_that_has_not_begun_cannot(tmp_path):
    town = chain(tmp_path, write_csv(tmp_path / "bron", TABLES), kind="csv")
    with pytest.raises(UsageError, match="nog geen selectie"):
        why(town.open(), SENT, town.settings)
    with pytest.raises(UsageError, match="bestaat niet"):
        why("dkd_reintegratie/0153/2026-10/0009", SENT, town.settings)
