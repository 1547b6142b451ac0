"""Six months of income through the real chain: the lists per class are what was planted, and nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from exchanges.core.period import Period
from exchanges.ib_oib.comparison import INCOME
from exchanges.simulators.uwv_polis import Polis, Truth
from exchanges.simulators.uwv_polis_book import Item
from tests.oib import Town, bsns, town

MONTHS = [Period(2026, month) for month in range(7, 13)]
KEYS = {level.name: [field.name for field in level.key] for level in INCOME.levels}
CLASSES = {
    "NIEUWE_INKOMSTENVERHOUDING", "INGETROKKEN_INKOMSTENVERHOUDING", "BEEINDIGDE_INKOMSTENVERHOUDING",
    "NIEUWE_LOONPERIODE", "GECORRIGEERDE_LOONPERIODE", "VERVALLEN_LOONPERIODE", "EERSTE_LEVERING",
}  # fmt: skip


def listed(place: Town, delivery: str) -> dict[str, set[Item]]:
    """By class the items that were told, those that only are counted included."""
    out: dict[str, set[Item]] = {kind: set() for kind in CLASSES}
    for role in ("nieuw/inkomen", "apart/inkomen"):
        for row in place.rows(delivery, role):
            level = str(row["niveau"])
            item = Item(level, tuple(row[name] for name in KEYS[level]))  # type: ignore[arg-type]
            assert item not in out[str(row["klasse"])], "told twice"
            out[str(row["klasse"])].add(item)
    return out


def planted(truth: Truth) -> dict[str, set[Item]]:
    return {kind: set(truth.of(kind)) for kind in CLASSES}


@pytest.mark.parametrize("seed", [11, 12])
def test_precision_and_recall_are_whole_in_every_class(tmp_path: Path, seed: int) -> None:
    place, polis, people = town(tmp_path / "huis"), Polis(seed), bsns(40)
    place.outbox.mkdir(parents=True, exist_ok=True)
    seen: set[str] = set()
    for period in MONTHS:
        month = polis.month(period, people)
        month.write(place.outbox / f"OIB_ANTWOORDEN_0153_{period}_1.zip")
        delivery, stopped = place.receive(str(period))
        assert stopped is None, stopped
        truth = planted(month.truth)
        assert listed(place, delivery) == truth, period
        seen |= {kind for kind, items in truth.items() if items}
        assert all(proof["holds"] for proof in place.proofs(delivery))
        codes = place.findings(delivery)
        missing = sum(codes.count(code) for code in ("OIB-FOUT", "OIB-GEEN-ANTWOORD"))
        assert missing == len(month.truth.not_asked)
        assert place.chain.report(delivery)["verdict"]["closed"]
    assert len(seen) >= 6, seen
    _again(place)


def _again(place: Town) -> None:
    """The last month in another file: nothing new is told, nothing booked, and no list that is there changes."""
    folder = place.chain.home / "lijsten" / "0153"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    last = sorted(place.outbox.glob("*2026-12*"))[-1]
    last.with_name("OIB_ANTWOORDEN_0153_2026-12_2.zip").write_bytes(last.read_bytes() + b"")
    _, stopped = place.receive("2026-12", new=True)
    assert stopped is not None
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before
