"""A losse correctie over an earlier year: chosen per run, beside the declarations, once, and not when there is none."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pytest

from exchanges.core import standing
from exchanges.core.errors import NothingToSend
from exchanges.core.findings import finding, findings_table
from exchanges.core.ledger import Ledger
from tests.wage_town import WageTown, copied, wage_town

LOOSE = "losse_correctie"


@pytest.fixture(scope="module")
def autumn(tmp_path_factory) -> WageTown:
    """October and November of an earlier year, declared and accepted."""
    made = wage_town(tmp_path_factory.mktemp("herfst"), year=2022)
    for month in (10, 11):
        made.pay(month)
        assert made.declare(month).state == "accepted"
    return made


@pytest.fixture
def town(autumn, tmp_path) -> Iterator[WageTown]:
    made = copied(autumn, tmp_path)
    yield made
    made.leave()


def test_what_became_known_afterwards_goes_in_a_message_of_its_own(town):
    before = town.received(10)
    town.pay(10, 2, net=30_000, kind="nabetaling")
    assert town.due(10) > before
    sent = town.declare(11, method=LOOSE)
    assert (sent.id[-7:], sent.method, sent.state) == ("11/0002", LOOSE, "accepted")
    assert not town.chain.ledger.findings(sent.id).num_rows  # the year is over
    assert town.received(10) == town.due(10)
    assert town.verdicts()[-1] == ("11-0002", "akkoord", True)
    report = town.chain.report(sent.id)
    assert report["verdict"]["closed"] and [item["label"] for item in report["waterfall"]] == [
        "Te melden", "Afgewezen door eigen regels", "In het bestand", "Afgewezen door de partner", "Geaccepteerd"
    ]  # fmt: skip


def test_running_it_twice_sends_once_and_leaves_the_declaration_alone(town, monkeypatch):
    town.pay(10, 2, net=30_000, kind="nabetaling")
    first = town.declare(11, method=LOOSE)
    sent = town.inbox
    assert town.declare(11, method=LOOSE) == first and town.inbox == sent
    # Nor does the plain run of that month make anything, whatever was sent after it.
    assert town.declare(11).id[-4:] == "0001" and town.inbox == sent
    # What becomes known later still goes when a new one is asked for, and is measured against the former.
    town.pay(11, 1, net=-20_000, kind="terugbetaling")
    second = town.declare(11, method=LOOSE, new=True)
    assert second.id[-4:] == "0003" and [part.text for part in town.message(second.id).iter("{*}DatAanvTv")] == [
        "2022-11-01"
    ]
    # Had the first been refused for who is in the second, the second would have repaired that; no declaration does.
    stands = standing.records("loonaangifte", "0153", "2022-11", town.chain.settings, method=LOOSE)
    (record,) = (one["record"] for one in stands.to_pylist() if one["delivery"] == second.id)
    told = findings_table([finding("LH-W", "error", "Klopt niet.", record=record)])
    monkeypatch.setattr(Ledger, "findings", lambda *_: told.append_column("step", pa.array(["receipt"])))
    (row,) = standing.refused(first.id, town.chain.settings).to_pylist()
    assert row["repaired_by"] == second.id


def test_nothing_to_correct_is_said_and_sends_nothing(town):
    sent = town.inbox
    delivery = town.open(11, method=LOOSE)
    told = town.deliver(delivery)
    assert isinstance(told, NothingToSend) and told.exit_code == 0
    assert str(told).startswith("Er is niets te corrigeren") and "\n" not in str(told)
    assert town.inbox == sent and town.state(delivery) == "nothing"
    assert town.chain.report(delivery)["verdict"] == {"closed": False, "text": str(told)}
    # Something becomes known: the same delivery goes.
    town.pay(11, 0, net=10_000, kind="nabetaling")
    assert town.declare(11, method=LOOSE).id == delivery and town.state(delivery) == "accepted"
    # With a new one there is nothing any more.
    again = town.open(11, method=LOOSE, new=True)
    assert again != delivery and isinstance(town.deliver(again), NothingToSend)


def test_a_refused_one_counts_nowhere_and_goes_again_under_a_new_message_id(town):
    town.pay(10, 2, net=30_000, kind="nabetaling")
    before = town.received(10)
    refused = town.declare(11, method=LOOSE, refuse_consistency=True)
    assert refused.state == "rejected" and town.received(10) == before
    assert town.declare(11, method=LOOSE).id == refused.id, "only when a new one is asked for"
    again = town.declare(11, method=LOOSE, new=True, late_seconds=0)
    assert again.state == "accepted" and town.received(10) == town.due(10)
    assert [id_ber for id_ber, verdict, _ in town.verdicts() if verdict == "C"] == ["11-0002"]


def test_a_month_that_was_never_declared_cannot_be_corrected(tmp_path):
    town = wage_town(tmp_path, year=2022)
    town.pay(10)
    assert isinstance(town.deliver(town.open(11, method=LOOSE)), NothingToSend)
