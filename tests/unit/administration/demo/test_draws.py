"""Chance as a function: the same for a row whatever is drawn around it, and fair enough."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from exchanges.administration.demo.draws import Draws

DRAWS = Draws("0153", 7)


@given(st.integers(0, 500), st.integers(1, 500))
def test_a_row_does_not_depend_on_its_batch(first: int, count: int) -> None:
    whole = DRAWS.unit("naam", np.arange(1000))
    assert (DRAWS.unit("naam", np.arange(first, first + count)) == whole[first:first + count]).all()


def test_purpose_seed_and_municipality_give_other_draws() -> None:
    numbers = np.arange(1000)
    drawn = DRAWS.unit("naam", numbers)
    for other in (DRAWS.unit("straat", numbers), Draws("0153", 8).unit("naam", numbers),
                  Draws("0363", 7).unit("naam", numbers)):
        assert abs(np.corrcoef(drawn, other)[0, 1]) < 0.1


def test_draws_are_fair() -> None:
    numbers = np.arange(100_000)
    unit = DRAWS.unit("eerlijk", numbers)
    assert unit.min() >= 0
    assert unit.max() < 1
    assert abs(unit.mean() - 0.5) < 0.005
    whole = DRAWS.whole("dobbelsteen", numbers, 1, 6)
    assert sorted(set(whole.tolist())) == [1, 2, 3, 4, 5, 6]
    assert np.abs(np.bincount(whole)[1:] / 100_000 - 1 / 6).max() < 0.01
    choice = DRAWS.choice("keuze", numbers, (70, 0, 30))
    assert np.abs(np.bincount(choice, minlength=3) / 100_000 - [0.7, 0, 0.3]).max() < 0.01
    assert abs(DRAWS.chance("kans", numbers, 0.2).mean() - 0.2) < 0.01
