"""Six months of the simulated polisadministratie: all that was planted is found under its class, and nothing else."""

from __future__ import annotations

import random
import tempfile
from itertools import islice
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.core.period import Period
from exchanges.simulators.uwv_polis import NAMES, Polis
from exchanges.simulators.uwv_responses import free_bsns
from tests.unit.simulators.polis_months import Chain, explain, hold, imperfect

BSNS = tuple(islice(free_bsns(), 300))
FIRST = Period(2026, 8)


@pytest.mark.parametrize(("seed", "months"), [(1, 13), (2, 3), (3, 6)])
def test_six_months_are_told_as_they_were_planted(tmp_path: Path, seed: int, months: int) -> None:
    """Over the end of a year, with persons that come, go and come back. ``months``: how far a question goes back."""
    polis, chain = Polis(seed, months=months), Chain(tmp_path)
    told: dict[str, int] = {}
    for number in range(6):
        asked = [bsn for bsn in BSNS if random.Random(f"{seed} {bsn} {number}").random() < 0.94]
        month = polis.month(FIRST.shift(number), asked)
        compared = chain.follow(month)
        assert explain(compared, month.truth) == []
        assert imperfect(hold(compared, month.truth)) == {}
        for one in month.truth.told:
            told[one.kind] = told.get(one.kind, 0) + 1
    # Nothing is proven of a class that nobody planted.
    assert len(told) == 7 and min(told.values()) > 20


@st.composite
def histories(draw: st.DrawFn) -> list[dict[str, list[str] | None]]:
    """Per month what happens to each of a few persons; None: nobody asks."""
    happening = st.lists(st.sampled_from(NAMES), max_size=4)
    people = BSNS[: draw(st.integers(1, 4))]
    fate = st.one_of(happening, happening, happening, st.none())
    return [{bsn: draw(fate) for bsn in people} for _ in range(draw(st.integers(2, 6)))]


@settings(max_examples=12)
@given(histories(), st.integers(0, 10_000), st.integers(1, 5), st.integers(0, 11))
def test_whatever_happens_is_told_once(
    history: list[dict[str, list[str] | None]], seed: int, months: int, start: int
) -> None:
    first = FIRST.shift(start)
    fate = {first.shift(number): happens for number, happens in enumerate(history)}
    polis = Polis(seed, months=months, plan=lambda bsn, period: fate[period].get(bsn) or [])
    with tempfile.TemporaryDirectory() as folder:
        chain = Chain(Path(folder))
        for period, happens in fate.items():
            month = polis.month(period, [bsn for bsn, what in happens.items() if what is not None])
            compared = chain.follow(month)
            assert explain(compared, month.truth) == []
            assert imperfect(hold(compared, month.truth)) == {}
