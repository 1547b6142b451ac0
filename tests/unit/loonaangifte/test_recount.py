"""Two ways to the same cents: the tables a declaration is made from, and the recount it is held against.

Both follow the specification, neither knows the other. Where they differ one of them is wrong.
"""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from exchanges.loonaangifte import recount
from tests.unit.loonaangifte.world import BSNS, World

_AMOUNTS = ("loon", "heffing", "ingehouden", "werkgever", "alimentatie_in", "alimentatie_rechtstreeks")
# Below and above the AOW age, and in the months around it; unknown, and such as no calendar has.
born = st.sampled_from([19850315, 19590312, 19591001, 19590900, 19580101, 19590000, 0, None, 19851345, 99999999])
days = st.sampled_from([date(2025, 6, 1), date(2026, 1, 1), date(2026, 2, 10), date(2026, 12, 31)])
cents = st.integers(-300_000, 300_000)
amounts = st.fixed_dictionaries({
    "loon_cent": cents, "loonheffing_cent": cents, "zvw_werkgever_cent": cents, "zvw_ingehouden_cent": cents,
})  # fmt: skip
some = st.one_of(st.just({}), amounts, st.fixed_dictionaries({"loon_cent": cents}))
lines = st.lists(
    st.tuples(
        st.integers(1, 12), cents, some, st.sampled_from(["periodiek"] * 9 + ["herrekening"]),
        st.fixed_dictionaries({}, optional={"alimentatie_in_cent": cents, "alimentatie_rechtstreeks_cent": cents}),
    ),
    max_size=16,
)  # fmt: skip
relations = st.tuples(
    born, st.sampled_from([("43", "250"), ("43", "250"), ("42", "250"), ("34", "022")]), days,
    st.none() | days, st.booleans(), st.sampled_from([0, 5_000, 40_000]), st.none() | days, lines,
)  # fmt: skip


def both(world: World, month: int, tmp: Path) -> tuple[list[tuple[object, ...]], list[tuple[object, ...]]]:
    """Of the declared month: per relation what the message will say, and the recount of it."""
    made = world.work(month, tmp, also=[("her", f"SELECT * FROM {recount.due(recount.NOW)}")])
    names = ("ln", "heffing_nu", "bijdr", "wgh", *_AMOUNTS[4:])
    said = [(r["ikv_id"], *(r[n] for n in names)) for r in made["stand"].to_pylist() if r["huidig"]]
    again = [(r["ikv_id"], *(r[n] for n in _AMOUNTS)) for r in made["her"].to_pylist()]
    return sorted(said), sorted(again)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(relations, min_size=1, max_size=3), st.sampled_from([3, 4, 10, 12]))
def test_both_ways_give_the_same_cents(people, month):
    world = World()
    for bsn, (day, (code, table), start, end, credit, elsewhere, switch, paid) in zip(BSNS, people, strict=False):
        ikv = world.relation(world.person(bsn, day), code, table, start, end=end, credit=credit, elsewhere=elsewhere)
        if switch is not None and switch > start:
            first = world.rows["inkomstenperiode"][-1]
            later = {"periode_id": f"{ikv}b", "datum_begin": switch, "loonheffingskorting": not credit}
            world.rows["inkomstenperiode"].append({**first, **later})
        for tijdvak, net, given_, kind, alimony in paid:
            world.pay(ikv, tijdvak, net, kind, **given_, **alimony)
    with tempfile.TemporaryDirectory() as tmp:
        said, again = both(world, month, Path(tmp))
    assert said == again


def of_one_person(people: list[Any]) -> World:
    """All relations are those of one person."""
    world = World()
    person = world.person(BSNS[0], people[0][0])
    for number, (_, (code, table), start, end, credit, elsewhere, _, paid) in enumerate(people, 1):
        ikv = world.relation(person, code, table, start, end=end, credit=credit, elsewhere=elsewhere, number=number)
        for tijdvak, net, given_, kind, alimony in paid:
            world.pay(ikv, tijdvak, net, kind, **given_, **alimony)
    return world


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(relations, min_size=2, max_size=3), st.sampled_from([3, 4, 12]))
def test_both_ways_share_one_credit_alike(people, month):
    with tempfile.TemporaryDirectory() as tmp:
        said, again = both(of_one_person(people), month, Path(tmp))
    assert said == again


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.integers(0, 300_000), min_size=2, max_size=4))
def test_what_is_paid_in_parts_is_taxed_as_one(nets):
    """To the rounding of a cent per relation: the law has one wage and one credit of a person over a month."""
    split, whole = World(), World()
    person = split.person(BSNS[0])
    for number, net in enumerate(nets, 1):
        split.pay(split.relation(person, number=number), 3, net)
    whole.pay(whole.relation(whole.person(BSNS[0])), 3, sum(nets))
    with tempfile.TemporaryDirectory() as tmp:
        (Path(tmp) / "a").mkdir()
        (Path(tmp) / "b").mkdir()
        said, _ = both(split, 3, Path(tmp) / "a")
        (one,), _ = both(whole, 3, Path(tmp) / "b")
    assert abs(sum(tax for _, _, tax, *_ in said) - one[2]) <= len(nets)


@pytest.mark.parametrize("sign", [1, -1])
def test_what_is_taken_back_after_the_aow_age_takes_its_zvw_back(tmp_path, sign):
    """100.000 x 23,09 % = 23.090; 123.090 / (1 - 4,85 %) = 129.364; 4,85 % of that is 6.274,15: to the cent the same
    in both directions."""
    world = World()
    ikv = world.relation(world.person(BSNS[0], 19580101), credit=False)
    world.pay(ikv, 3, sign * 100_000)
    said, again = both(world, 3, tmp_path)
    assert said == again == [(ikv, sign * 129_364, sign * 23_090, sign * 6_274, 0, None, None)]


def test_a_year_end_of_our_own_leaves_the_zvw_that_was_given(tmp_path):
    """Above the AOW age nothing is added to the werkgeversheffing, and what is given of it is not lost."""
    world = World()
    ikv = world.relation(world.person(BSNS[0], 19580101))
    for month in range(1, 13):
        world.pay(ikv, month, 100_000, loon_cent=120_000, loonheffing_cent=20_000, zvw_werkgever_cent=77,
                  zvw_ingehouden_cent=0)  # fmt: skip
    said, again = both(world, 12, tmp_path)
    assert said == again and said[0][4] == 77 and said[0][2] != 20_000


@pytest.mark.parametrize("cents_", [10**14, 10**18, -(10**18)])
def test_an_amount_beyond_all_bounds_stops_nothing_here(tmp_path, cents_):
    """The rules say that it is wrong; to say so they must be reached."""
    world = World()
    ikv = world.relation(world.person(BSNS[0]))
    for _ in range(12):
        world.pay(ikv, 3, cents_)
    said, again = both(world, 3, tmp_path)
    assert abs(said[0][1]) > 9_999_999_999 and said != again
