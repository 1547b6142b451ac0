"""Every kind of planted error of the wage tax declaration is found, and nothing is told that was not planted."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pyarrow as pa
import pytest

from exchanges.administration.demo import generate
from exchanges.administration.demo.errors import GROUPS
from exchanges.core.bsn import pseudonyms
from exchanges.core.errors import Blocked
from exchanges.loonaangifte.rules import DECLARATION
from tests.chain import GEMEENTE, Chain, chain

CLIENTS = 5000
SEEDS = (1, 2, 3)
EXCHANGE = "loonaangifte"
Found = Counter[tuple[str, str | None]]
# What no administration can break: settings, what the partner has, and what would be a fault of the program; and R-11,
# which never comes alone (two relations with one number are IKV-DUBBEL as well).
OTHERWISE = {f"LA-{name}" for name in ("BRON", "CT-4", "GAT", "R-03", "R-04", "R-05", "R-06", "R-11", "R-22", "R-23",
                                       "R-24", "R-25", "R-26", "R-30", "TERMIJN")}  # fmt: skip

pytestmark = pytest.mark.system


def planted(town: Chain, group: str) -> Found:
    labels = json.loads((town.source / "planted.json").read_text(encoding="utf-8"))
    mine = [label for label in labels if label["code"] in GROUPS[group]]
    keys = pa.array([label["bsn"] or None for label in mine], pa.string())
    named = pseudonyms(keys, town.settings.pseudonymise_with()).to_pylist()
    return Counter(zip([label["code"] for label in mine], named, strict=True))


def found(town: Chain, month: str = "2026-10") -> Found:
    """What the selection is told of; the delivery is stopped by it, or not."""
    delivery = town.open(month)
    town.deliver(delivery)
    table = town.ledger.findings(delivery)
    once = table.filter(pa.compute.equal(table["step"], "map"))
    return Counter(zip(once["code"].to_pylist(), once["record"].to_pylist(), strict=True))


def town_with(home: Path, seed: int, errors: set[str], exchange: str = EXCHANGE) -> Chain:
    generate(home / "bron", GEMEENTE, CLIENTS, seed, errors=errors)
    return chain(home / exchange, home / "bron", exchange=exchange)


@pytest.mark.parametrize("seed", SEEDS)
def test_every_planted_error_is_found_and_nothing_else(tmp_path, seed):
    usual = found(town_with(tmp_path / "schoon", seed, set()))
    # Of some clients the birth date is not whole, in every municipality.
    assert {code for code, _ in usual} == {"LA-R-09"} and len(usual) < CLIENTS // 100

    town = town_with(tmp_path / "fout", seed, {EXCHANGE})
    wanted, told = planted(town, EXCHANGE), found(town) - usual
    assert wanted - told == Counter(), "missed"
    assert told - wanted == Counter(), "not planted"
    assert {code for code, _ in wanted} == set(GROUPS[EXCHANGE]) == {rule.code for rule in DECLARATION} - OTHERWISE
    assert isinstance(town.deliver(town.open()), Blocked) and town.inbox == []


@pytest.mark.parametrize("month", ["2026-01", "2026-12"])
def test_at_both_ends_of_the_year(tmp_path, month):
    towns = []
    for name, errors in (("schoon", False), ("fout", {EXCHANGE})):
        generate(tmp_path / name / "bron", GEMEENTE, 300, 1, errors=errors, period=month)
        towns.append(chain(tmp_path / name / "huis", tmp_path / name / "bron", exchange=EXCHANGE))
    wanted = planted(towns[1], EXCHANGE)
    assert found(towns[1], month) - found(towns[0], month) == wanted
    # In January there is no earlier month of the year to pay over.
    assert set(GROUPS[EXCHANGE]) - {code for code, _ in wanted} == ({"LA-BUITEN"} if month == "2026-01" else set())


def test_the_groups_leave_each_other_alone(tmp_path):
    """With the errors of both planted each exchange finds its own, the same as without the other's."""
    both = {*GROUPS}
    for exchange in GROUPS:
        alone = town_with(tmp_path / f"alleen {exchange}", 1, {exchange}, exchange)
        together = town_with(tmp_path / f"samen {exchange}", 1, both, exchange)
        assert planted(together, exchange) == planted(alone, exchange) != Counter()
        assert found(together) == found(alone)


def test_what_only_warns_stops_nothing(tmp_path):
    mild = {rule.code for rule in DECLARATION if rule.severity == "warning"} & set(GROUPS[EXCHANGE])
    town = town_with(tmp_path, 4, mild)
    delivery = town.open()
    assert town.finish(delivery) is None
    assert town.delivery(delivery).state == "accepted" and town.report(delivery)["verdict"]["closed"]
