"""Six months of signals through the real chain: per kind what is published is what was planted, and nothing twice."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.core.errors import NothingToSend
from exchanges.core.period import Period
from exchanges.simulators.ib_months import Cycle
from exchanges.simulators.ib_signals import KINDS
from tests.oib import bsns
from tests.signals import Town, town
from tests.stored import table

MONTHS = [Period(2026, month) for month in range(7, 13)]


def published(place: Town, delivery: str) -> dict[str, set[str]]:
    row = place.chain.ledger.step_result(delivery, "compare")
    assert row is not None
    out: dict[str, set[str]] = {kind: set() for kind in KINDS}
    for name in ("signaal", "signaal_strafrecht"):
        sha256 = row.artefacts[f"nieuw/{name}"].sha256
        for one in table(place.chain.home, "0153", sha256, ["signaaltype", "signaalnummer"]).to_pylist():
            assert one["signaalnummer"] not in out[one["signaaltype"]]
            out[one["signaaltype"]].add(one["signaalnummer"])
    return out


@pytest.mark.parametrize("seed", [1, 2])
def test_precision_and_recall_are_whole_in_every_kind(tmp_path: Path, seed: int) -> None:
    people = bsns(30)
    place, cycle = town(tmp_path / "huis", people), Cycle(seed, "0153")
    seen, known, clash = set[str](), 0, 0
    for number, period in enumerate(MONTHS):
        month = cycle.month(period, [bsn for at, bsn in enumerate(people) if at % 6 != number])
        path = cycle.write(place.outbox, month)
        delivery, stopped = place.receive(str(period))
        assert stopped is None, stopped
        assert published(place, delivery) == month.new, period
        counts = place.counts(delivery)
        assert (counts["known"], counts["clash"], counts["rejected"]) == (len(month.known), len(month.clash), 0)
        assert place.findings(delivery).get("IN-ZELFDE-NUMMER", 0) == len(month.clash)
        report = place.chain.report(delivery)
        assert report["verdict"]["closed"] and report["summary"]["measures"] == report["summary"]["measures_closed"]
        seen |= {kind for kind, numbers in month.new.items() if numbers}
        known, clash = known + len(month.known), clash + len(month.clash)
        _again(place, path, str(period))
    assert seen == set(KINDS) and known and clash


def _again(place: Town, path: Path, period: str) -> None:
    """The same month once more, under another name: the lists stay as they are, and nobody has more work."""
    folder = place.chain.home / "lijsten" / "0153"
    before = {one.name: one.read_bytes() for one in folder.iterdir()}
    path.with_name(path.name.replace(f"_{period}_", f"_{period}_9")).write_bytes(path.read_bytes())
    _, stopped = place.receive(period, new=True)
    assert isinstance(stopped, NothingToSend)
    assert {one.name: one.read_bytes() for one in folder.iterdir()} == before
