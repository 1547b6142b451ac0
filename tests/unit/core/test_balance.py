"""In = out + rejected + excluded + held + duplicate, and nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.balance import Balance, require_closed
from exchanges.core.errors import BalanceError
from exchanges.core.reports.dutch import number

PARTS = ("out", "rejected", "excluded", "held", "duplicate")
COUNTS = st.fixed_dictionaries({part: st.integers(0, 10**12) for part in PARTS})


@given(COUNTS)
def test_what_adds_up_is_closed(parts):
    line = Balance("personen", "aantal", sum(parts.values()), **parts)
    assert line.closed and line.as_dict()["closed"] is True
    require_closed("map", [line])


@given(COUNTS, st.sampled_from(["into", *PARTS]), st.integers(1, 10**6))
def test_one_more_anywhere_is_not(parts, where, more):
    whole = {"into": sum(parts.values()), **parts}
    whole[where] += more
    line = Balance("personen", "aantal", **whole)
    assert not line.closed
    with pytest.raises(BalanceError, match="Stap map: personen sluit niet") as raised:
        require_closed("map", [Balance("goed", "aantal", 1, 1), line])
    assert f"verschil {number(more if where == 'into' else -more)} (" in str(raised.value)


def test_numbers_are_as_people_write_them_and_amounts_in_euros():
    with pytest.raises(BalanceError, match=r"verschil 0,01 \(in 1\.234\.567,89, uit 1\.234\.567,88\)"):
        require_closed("select", [Balance("netto", "cent", 123456789, 123456788)])


def test_the_error_is_one_line_with_the_numbers():
    with pytest.raises(BalanceError) as raised:
        require_closed("build", [Balance("client", "aantal", 10, 9)])
    assert "verschil 1" in str(raised.value) and "in 10, uit 9" in str(raised.value) and "\n" not in str(raised.value)
