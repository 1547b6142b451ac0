"""A polisadministratie that remembers: six months told as they were planted, no more and no less."""

from __future__ import annotations

from itertools import islice
from pathlib import Path

import pytest

from exchanges.core.period import Period
from exchanges.simulators.uwv_polis import Polis
from exchanges.simulators.uwv_responses import free_bsns
from tests.unit.simulators.polis_months import CLASSES, Chain, found_items

BSNS = list(islice(free_bsns(), 150))
MONTHS = [Period(2026, month) for month in range(7, 13)]


def asked(place: int) -> list[str]:
    """Some leave the population and some come, and some come back."""
    return [bsn for number, bsn in enumerate(BSNS) if number % 7 != place % 7 or place == 0]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_six_months_are_told_as_planted(tmp_path: Path, seed: int) -> None:
    polis, chain, seen = Polis(seed), Chain(tmp_path), dict.fromkeys(CLASSES, 0)
    for place, period in enumerate(MONTHS):
        month = polis.month(period, asked(place))
        found = chain.follow(month)
        assert found.closed and found.people.not_asked == len(month.truth.not_asked)
        lists = found_items(found)
        for kind in CLASSES:
            truth = month.truth.of(kind)
            assert set(lists[kind]) == set(truth), (period, kind)
            seen[kind] += len(truth)
            for item, row in lists[kind].items():
                if kind == "GECORRIGEERDE_LOONPERIODE":
                    assert row["correctie"] == truth[item].sort
                for column in (name for name in row if name.endswith("_verschil")):
                    assert row[column] == truth[item].difference(column.removesuffix("_verschil")), (period, kind)
    assert all(seen.values()), seen  # a class that never came was not tested


def test_the_same_seed_gives_the_same_bytes(tmp_path: Path) -> None:
    first, second = (Polis(5).month(MONTHS[0], BSNS[:40]).write(tmp_path / name) for name in ("a.zip", "b.zip"))
    assert first.read_bytes() == second.read_bytes()


def test_a_month_that_is_past_cannot_be_asked() -> None:
    polis = Polis(1)
    polis.month(MONTHS[1], BSNS[:2])
    with pytest.raises(ValueError, match="voorbij"):
        polis.month(MONTHS[0], BSNS[:2])
