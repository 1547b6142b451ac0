"""R-SIG 1 to 5 as lines of control in the report: each is computed, and one that does not hold is seen."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from lxml import etree

from exchanges.administration.demo import generate
from exchanges.core.errors import Blocked
from exchanges.core.receive.proofs import Proof
from exchanges.ib_samenloop import proofs as module
from exchanges.ib_samenloop import rules
from exchanges.ib_samenloop.exchange import EXCHANGE
from exchanges.simulators.ib_signals import Signal, Signals
from tests.chain import GEMEENTE, chain, copied
from tests.signals import Town

MONTH = "2026-10"


@pytest.fixture(scope="module")
def delivered(tmp_path_factory: pytest.TempPathFactory) -> Town:
    """A municipality whose dossiers were accepted, and signals about the people in them."""
    folder = tmp_path_factory.mktemp("aangeleverd")
    generate(folder / "bron", GEMEENTE, 60, 3, errors=False, period=MONTH)
    sender = chain(folder / "huis", folder / "bron", exchange="ib_rechtmatigheid")
    delivery = sender.open(MONTH)
    assert sender.finish(delivery) is None
    lines = etree.fromstring(sender.message(delivery)).iter("Regel")
    people = {line.findtext("Burgerservicenr") or "" for line in lines}
    return Town(replace(sender, exchange="ib_samenloop"), Signals(1, GEMEENTE, sorted(people)))


@pytest.fixture
def place(delivered: Town, tmp_path: Path) -> Town:
    return Town(copied(delivered.chain, tmp_path), Signals(1, GEMEENTE, delivered.sends.bsns))


def strange(place: Town, count: int) -> list[Signal]:
    """Signals about somebody nobody delivered."""
    place.sends.bsns = ["999990019"]
    return place.month(MONTH, count)


def controls(place: Town, delivery: str) -> dict[str, dict[str, Any]]:
    return {line["code"]: line for line in place.chain.report(delivery)["controls"]}


def test_every_reconciliation_is_in_the_report(place: Town) -> None:
    sent = [*place.month(MONTH, 61), *strange(place, 3)]
    place.put(MONTH, sent)
    delivery, stopped = place.receive(MONTH)
    assert stopped is None, stopped
    found = controls(place, delivery)
    assert sorted(found) == [f"R-SIG {number}" for number in range(1, 6)]
    assert all(one["holds"] for one in found.values())
    assert found["R-SIG 1"]["left"] == found["R-SIG 1"]["right"] == len(sent)
    assert place.findings(delivery)["IB-SL-WEES"] == 3
    assert found["R-SIG 2"]["left"] == len(sent) and found["R-SIG 2"]["remark"].startswith("3 signalen ")


def test_what_is_set_apart_is_counted_with_what_was_read(place: Town) -> None:
    sent = place.month(MONTH, 12)
    place.put(MONTH, [*sent, sent[0], sent[1]])
    delivery, stopped = place.receive(MONTH)
    assert stopped is None, stopped
    found = controls(place, delivery)["R-SIG 1"]
    assert found["left"] == found["right"] == len(sent) + 2
    assert found["remark"] == "2 regels apart gezet."


def test_without_dossiers_it_is_not_said_that_everybody_was_delivered(tmp_path: Path) -> None:
    from tests.signals import town

    place = town(tmp_path / "huis", ["999990019"])
    place.put(MONTH, place.month(MONTH, 3))
    delivery, _ = place.receive(MONTH)
    assert sorted(controls(place, delivery)) == ["R-SIG 1", "R-SIG 3", "R-SIG 4", "R-SIG 5"]


def test_somebody_nobody_delivered_and_nobody_is_told_of_stops_it(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    place.put(MONTH, [*place.month(MONTH, 5), *strange(place, 1)])
    intake = EXCHANGE.flows["bestand"]
    silent = tuple(rule for rule in rules.RULES if rule.code != module.ORPHAN)
    monkeypatch.setitem(EXCHANGE.flows, "bestand", replace(intake, rules=silent))  # type: ignore[type-var]
    _, stopped = place.receive(MONTH)
    assert isinstance(stopped, Blocked) and "R-SIG 2" in str(stopped)


def test_a_signal_that_the_reader_loses_stops_it(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    place.put(MONTH, place.month(MONTH, 12))
    delivery = place.chain.open(MONTH)
    assert place.chain.deliver(delivery, "compare") is None
    honest = module.pq.read_metadata

    class Fewer:
        def __init__(self, path: Path) -> None:
            self.num_rows = max(honest(path).num_rows - 1, 0)

    with place.chain.context(delivery) as context, monkeypatch.context() as patch:
        patch.setattr(module.pq, "read_metadata", Fewer)
        found = module._stored(context)
    assert (found.holds, found.blocks, found.left - found.right) == (False, True, 1)


def test_what_waits_too_long_when_a_file_comes_is_counted(place: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    sent = place.month(MONTH, 6)
    place.put(MONTH, sent)
    first, stopped = place.receive(MONTH)
    assert stopped is None and controls(place, first)["R-SIG 3"]["left"] == 0
    came = place.chain.ledger.step_result(first, "collect").finished
    with place.chain.context(first) as context:
        for days, late in ((30, 0), (31, len(sent))):
            row = replace(context.done("collect"), finished=came + timedelta(days=days))
            monkeypatch.setitem(context.passed, "collect", row)
            found: Proof = module._waiting(context)
            assert (found.left, found.holds, found.blocks) == (late, not late, False)


def test_a_number_that_is_published_twice_stops_it(place: Town) -> None:
    place.put(MONTH, place.month(MONTH, 6))
    delivery, _ = place.receive(MONTH)
    row = place.chain.ledger.step_result(delivery, "compare")
    with place.chain.context(delivery) as context:
        path = context.store.local(GEMEENTE, row.artefacts["nieuw/signaal"].sha256)
        apart = context.store.local(GEMEENTE, row.artefacts["nieuw/signaal_strafrecht"].sha256)
        assert pq.read_metadata(path).num_rows
        with duckdb.connect() as con:
            con.execute("CREATE SCHEMA nieuw; CREATE SCHEMA eerder")
            con.execute(f"CREATE VIEW nieuw.signaal AS FROM read_parquet('{path}')")
            con.execute(f"CREATE VIEW nieuw.signaal_strafrecht AS FROM read_parquet('{apart}')")
            con.execute("CREATE VIEW eerder.signaal AS SELECT * FROM nieuw.signaal LIMIT 1")
            found = module._once(con)
    assert (found.left - found.right, found.holds, found.blocks) == (1, False, True)
