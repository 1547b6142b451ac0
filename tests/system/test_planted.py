"""Every kind of planted error is found, and nothing is reported that was not planted: 5,000 clients, three seeds."""

from __future__ import annotations

import json
from collections import Counter

import pyarrow as pa
import pytest

from exchanges.administration.demo import generate
from exchanges.administration.demo.errors import GROUPS
from exchanges.core.bsn import pseudonyms
from exchanges.core.errors import Blocked
from exchanges.dkd_reintegratie.rules import RULES
from tests.chain import GEMEENTE, Chain, chain

CLIENTS = 5000
SEEDS = (1, 2, 3)
# Those that reject a record: with only these planted, the delivery itself goes through.
IN_RECORDS = {rule.code for rule in RULES if rule.scope == "record"}

pytestmark = pytest.mark.system


def planted(town: Chain) -> Counter[tuple[str, str | None]]:
    """(code, pseudonym) of every label; without a person the pseudonym is None."""
    labels = json.loads((town.source / "planted.json").read_text(encoding="utf-8"))
    keys = pa.array([label["bsn"] or None for label in labels], pa.string())
    named = pseudonyms(keys, town.settings.pseudonymise_with()).to_pylist()
    return Counter(zip([label["code"] for label in labels], named, strict=True))


def found(town: Chain, delivery: str) -> Counter[tuple[str, str | None]]:
    table = town.ledger.findings(delivery)
    once = table.filter(pa.compute.equal(table["step"], "map"))
    return Counter(zip(once["code"].to_pylist(), once["record"].to_pylist(), strict=True))


@pytest.mark.parametrize("seed", SEEDS)
def test_every_planted_error_is_found_and_nothing_else(tmp_path, seed):
    generate(tmp_path / "bron", GEMEENTE, CLIENTS, seed, errors={"dkd_reintegratie"})
    town = chain(tmp_path / "huis", tmp_path / "bron")
    delivery = town.open()

    # A wrong setting at the partner is among what is planted, and rightly stops the delivery.
    assert isinstance(town.deliver(delivery), Blocked)

    wanted, reported = planted(town), found(town, delivery)
    assert wanted - reported == Counter(), "missed"
    assert reported - wanted == Counter(), "not planted"
    # An old last delivery cannot stand beside one that is missing, which is planted (tests/unit/dkd_reintegratie).
    assert {code for code, _ in wanted} == set(GROUPS["dkd_reintegratie"])
    assert set(GROUPS["dkd_reintegratie"]) >= {rule.code for rule in RULES} - {"CD-02", "DKD-LEV-03"}
    assert town.inbox == []


@pytest.mark.parametrize("seed", SEEDS)
def test_clean_data_give_no_finding_at_all(tmp_path, seed):
    generate(tmp_path / "bron", GEMEENTE, CLIENTS, seed + 10, errors=False)
    town = chain(tmp_path / "huis", tmp_path / "bron")
    delivery = town.open()

    assert town.finish(delivery) is None

    assert town.ledger.findings(delivery).to_pylist() == []
    assert town.delivery(delivery).state == "accepted"
    report = town.report(delivery)
    assert report["verdict"]["closed"] and report["findings"] == [] and report["not_assessed"] == []


def test_records_with_planted_errors_stay_here_and_all_others_arrive(tmp_path):
    generate(tmp_path / "bron", GEMEENTE, CLIENTS, 4, errors=IN_RECORDS & set(GROUPS["dkd_reintegratie"]))
    town = chain(tmp_path / "huis", tmp_path / "bron")
    delivery = town.open()

    assert town.finish(delivery) is None

    mild = {rule.code for rule in RULES if rule.severity in ("info", "warning")} - {"LKS-GRP-01"}
    labels = json.loads((town.source / "planted.json").read_text(encoding="utf-8"))
    # Without subsidy type 10 rejects, types 11 and 12 only warn.
    severe = [one for one in labels if one["code"] not in mild and not one["what"].startswith("Type 11")]
    named = set(pseudonyms(pa.array([one["bsn"] for one in severe]), town.settings.pseudonymise_with()).to_pylist())
    table = town.ledger.findings(delivery)
    assert set(table.filter(pa.compute.equal(table["severity"], "error"))["record"].to_pylist()) == named
    mapped = next(step for step in town.report(delivery)["steps"] if step["step"] == "map")
    persons = next(line for line in mapped["measures"] if line["measure"] == "client")
    assert persons["rejected"] == len({one["persoon_id"] for one in severe}) and persons["closed"]
    assert town.report(delivery)["receipt"]["accepted"] == persons["out"]
