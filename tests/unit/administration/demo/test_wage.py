"""From benefit to wage: the worked example of the spec, and that nothing is lost in rounding."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from exchanges.administration.demo.wage import CREDIT, FIXED_NET, GROSS, NET, credit_cents, wages

CENTS = st.integers(0, 10_000_000_000)
BELOW, ABOVE = np.array([False]), np.array([True])
NOTHING = np.array([0])


def one(cents: int, mode: int, credit: int, aow: bool = False, withholds: bool = False) -> tuple[int, ...]:
    made = wages(np.array([cents]), np.array([mode]), np.array([credit]), np.array([aow]), np.array([withholds]))
    return tuple(int(column[0]) for column in vars(made).values())


def test_the_worked_example_of_the_spec() -> None:
    """Spec loonaangifte, 7.3: net 1,401.50 below AOW age."""
    assert CREDIT == (25_958, 12_967)
    assert one(140_150, NET, 25_958) == (140_150, 177_728, 37_578, 10_841, 0)


def test_credit() -> None:
    yes, no = ABOVE, BELOW
    assert credit_cents(yes, NOTHING, no).tolist() == [25_958]
    assert credit_cents(yes, NOTHING, yes).tolist() == [12_967]
    assert credit_cents(no, NOTHING, no).tolist() == [0]
    assert credit_cents(yes, np.array([5_958]), no).tolist() == [20_000]
    assert credit_cents(yes, np.array([99_999]), no).tolist() == [0]


def half_up(value: Decimal) -> int:
    return int(value.quantize(Decimal(1), ROUND_HALF_UP))


@given(CENTS, st.sampled_from((0, 10_000, 25_958)), st.booleans(), st.booleans())
def test_net_to_gross_as_written(cents: int, credit: int, aow: bool, withholds: bool) -> None:
    net, wage, tax, employer, withheld = one(cents, NET, credit, aow, withholds)
    rate = Decimal("0.2173") if aow else Decimal("0.5564")
    assert tax == (max(0, half_up((cents - credit) * rate) - credit) if cents >= credit else 0)
    assert wage == cents + tax == net + tax + withheld
    assert employer == (0 if withholds else half_up(wage * Decimal("0.0610")))
    assert withheld == (half_up(wage * Decimal("0.0485")) if withholds else 0)


@given(CENTS, st.sampled_from((0, 10_000, 25_958)), st.booleans(), st.booleans())
def test_gross_to_net_as_written(cents: int, credit: int, aow: bool, withholds: bool) -> None:
    net, wage, tax, _, withheld = one(cents, GROSS, credit, aow, withholds)
    assert wage == cents
    assert tax == max(0, int(cents * (Decimal("0.1785") if aow else Decimal("0.3575"))) - credit)
    assert net == wage - tax - withheld


@given(st.integers(0, 100_000_000), st.sampled_from((0, 10_000, 25_958)))
def test_there_is_a_wage_for_every_net_amount(cents: int, credit: int) -> None:
    net, wage, tax, *_ = one(cents, FIXED_NET, credit)
    assert net == cents
    assert tax == one(wage, GROSS, credit)[2]
