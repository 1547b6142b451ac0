"""The jaaropgave of a few persons by hand: whole euros, what was paid back, the recalculation, the credit."""

from __future__ import annotations

from datetime import date

import pytest

from tests.unit.loonaangifte.world import BSNS, World
from tests.unit.loonaangifte.year_world import closes, laid, opgaven, sides

CREDIT = 25_958


def tax(net: int, credit: int = CREDIT) -> int:
    return max(0, ((net - credit) * 5564 + 5000) // 10000 - credit)


@pytest.fixture
def world():
    return World()


def paid(world: World, ikv: str, *nets: int, first: int = 1) -> None:
    for month, net in enumerate(nets, start=first):
        world.pay(ikv, month, net)


def test_a_year_of_equal_months(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]))
    paid(world, ikv, *[120_000] * 12)
    (row,) = opgaven(world, tmp_path)
    # Over the year the credit is 12 x 259,58; by month each month is rounded by itself, December makes it even.
    over_year = ((12 * 120_000 - 12 * CREDIT) * 5564 + 5000) // 10000 - 12 * CREDIT
    assert row["loonheffing_cent"] == over_year
    assert row["fiscaal_loon_cent"] == 12 * 120_000 + over_year
    assert row["fiscaal_loon"] == (row["fiscaal_loon_cent"] + 50) // 100
    assert row["loonheffing"] == (over_year + 50) // 100
    assert (row["regeling"], row["dienstjaar"], row["loonbelastingtabel"]) == ("Participatiewet", 2026, "250")
    assert (row["van"], row["tot"]) == (date(2026, 1, 1), date(2026, 12, 31))
    assert (row["indicatie_zvw"], row["code_zvw"], row["ingehouden_zvw"]) == (True, "K", 0)
    assert row["heffingskorting"] == [{"vanaf": date(2026, 1, 1), "toegepast": True}]
    assert row["ontvangsten_loon"] == row["belaste_alimentatie"] == row["verrekende_arbeidskorting"] == 0


def test_who_stopped_in_the_year_is_not_recalculated(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]), end=date(2026, 3, 31))
    paid(world, ikv, 20_000, 120_000, 120_000)
    (row,) = opgaven(world, tmp_path)
    # January lost most of its credit, and stays so: the difference is due over December, which is not there.
    assert row["loonheffing_cent"] == tax(20_000) + 2 * tax(120_000)
    assert (row["van"], row["tot"]) == (date(2026, 1, 1), date(2026, 3, 31))


def test_who_is_there_in_december_is_recalculated(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]))
    nets = [20_000, *[120_000] * 11]
    paid(world, ikv, *nets)
    (row,) = opgaven(world, tmp_path)
    assert row["loonheffing_cent"] == ((sum(nets) - 12 * CREDIT) * 5564 + 5000) // 10000 - 12 * CREDIT
    assert row["loonheffing_cent"] < tax(20_000) + 11 * tax(120_000)


def test_who_did_the_recalculation_himself_is_left_alone(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]))
    paid(world, ikv, 20_000, *[120_000] * 11)
    world.pay(ikv, 12, 0, "herrekening", loon_cent=-9_900, loonheffing_cent=-9_900, zvw_werkgever_cent=-604,
              zvw_ingehouden_cent=0)  # fmt: skip
    (row,) = opgaven(world, tmp_path)
    # December is not all given, so it is worked out from the net; nothing is put on top of it.
    assert row["loonheffing_cent"] == tax(20_000) + 11 * tax(120_000)


def test_a_recalculation_of_the_administration_counts_as_it_is(world, tmp_path):
    given = {"loon_cent": 150_000, "loonheffing_cent": 30_000, "zvw_werkgever_cent": 9_150, "zvw_ingehouden_cent": 0}
    ikv = world.relation(world.person(BSNS[0]))
    for month in range(1, 13):
        world.pay(ikv, month, 120_000, **given)
    world.pay(ikv, 12, 0, "herrekening", loon_cent=-9_900, loonheffing_cent=-9_900, zvw_werkgever_cent=-604,
              zvw_ingehouden_cent=0)  # fmt: skip
    for month in range(1, 13):
        world.declare(month, tmp_path)
    found, now, _ = sides(world, tmp_path)
    assert closes(laid(found, tmp_path)) and now.computed["herrekend"] == 0
    (row,) = opgaven(world, tmp_path)
    assert row["loonheffing_cent"] == 12 * 30_000 - 9_900
    assert row["fiscaal_loon_cent"] == 12 * 150_000 - 9_900
    assert row["werkgeversheffing_zvw_cent"] == 12 * 9_150 - 604


def test_what_was_paid_back_stands_apart(world, tmp_path):
    known, net_only = (world.relation(world.person(bsn)) for bsn in BSNS[:2])
    paid(world, net_only, *[120_000] * 12)
    given = {"loon_cent": 150_000, "loonheffing_cent": 30_000, "zvw_werkgever_cent": 9_150, "zvw_ingehouden_cent": 0}
    for month in range(1, 13):
        world.pay(known, month, 120_000, **given)
    world.pay(known, 4, -20_000, "terugbetaling", loon_cent=-25_000, loonheffing_cent=-5_000, zvw_werkgever_cent=-1_525,
              zvw_ingehouden_cent=0)  # fmt: skip
    world.pay(net_only, 4, -20_000, "terugbetaling")
    first, second = opgaven(world, tmp_path, herrekening="nee")
    assert (first["ontvangsten_loon_cent"], first["ontvangsten_werkgeversheffing_zvw_cent"]) == (-25_000, -1_525)
    assert (first["fiscaal_loon_cent"], first["loonheffing_cent"]) == (12 * 150_000, 12 * 30_000 - 5_000)
    assert (first["ontvangsten_loon"], first["ontvangsten_werkgeversheffing_zvw"]) == (-250, -15)
    # Net only: the month with what was paid back, less the month without.
    back = (100_000 + tax(100_000)) - (120_000 + tax(120_000))
    assert second["ontvangsten_loon_cent"] == back < -20_000
    assert second["fiscaal_loon_cent"] == 12 * (120_000 + tax(120_000))


def test_what_counts_as_paid_back_and_how_euros_are_made_are_data(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]))
    for month in range(1, 13):
        world.pay(ikv, month, 120_000, loon_cent=120_099, loonheffing_cent=99, zvw_werkgever_cent=0,
                  zvw_ingehouden_cent=0, alimentatie_in_cent=1_000, alimentatie_rechtstreeks_cent=200)  # fmt: skip
    world.pay(ikv, 4, -99, "correctie", loon_cent=-199, loonheffing_cent=-100, zvw_werkgever_cent=0,
              zvw_ingehouden_cent=0)  # fmt: skip
    (row,) = opgaven(world, tmp_path / "a", herrekening="nee")
    assert (row["ontvangsten_loon"], row["fiscaal_loon"], row["belaste_alimentatie"]) == (0, 14_410, 144)
    (row,) = opgaven(world, tmp_path / "b", herrekening="nee", jaaropgave_afronding="afkappen",
                     jaaropgave_ontvangsten="correctie", jaaropgave_alimentatie="begrepen")  # fmt: skip
    assert (row["ontvangsten_loon"], row["fiscaal_loon"], row["belaste_alimentatie"]) == (-1, 14_411, 120)


def test_one_per_person_and_regeling(world, tmp_path):
    person, other = world.person(BSNS[0]), world.person(BSNS[1])
    first = world.relation(person, end=date(2026, 4, 30))
    again = world.relation(person, start=date(2026, 7, 1), number=2)
    ioaw = world.relation(person, code="34", table="022", start=date(2026, 5, 1), end=date(2026, 6, 30), number=3)
    silent = world.relation(other)
    paid(world, first, *[100_000] * 4)
    paid(world, ioaw, *[110_000] * 2, first=5)
    paid(world, again, *[100_000] * 6, first=7)
    rows = opgaven(world, tmp_path)
    assert [(row["regeling"], row["van"], row["tot"]) for row in rows] == [
        ("IOAW", date(2026, 5, 1), date(2026, 6, 30)), ("Participatiewet", date(2026, 1, 1), date(2026, 12, 31)),
    ]  # fmt: skip
    assert silent not in {row["klantnummer"] for row in rows}


def test_the_days_on_which_the_credit_began_or_stopped(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]))
    for number, (start, credit) in enumerate([(date(2025, 12, 1), True), (date(2026, 5, 1), False),
                                              (date(2026, 6, 15), False), (date(2026, 9, 1), True)]):  # fmt: skip
        first = world.rows["inkomstenperiode"][0]
        world.rows["inkomstenperiode"].append(
            {**first, "periode_id": f"{ikv}{number}", "datum_begin": start, "loonheffingskorting": credit}
        )
    paid(world, ikv, *[120_000] * 12)
    (row,) = opgaven(world, tmp_path)
    assert row["heffingskorting"] == [
        {"vanaf": date(2026, 1, 1), "toegepast": True}, {"vanaf": date(2026, 5, 1), "toegepast": False},
        {"vanaf": date(2026, 9, 1), "toegepast": True},
    ]  # fmt: skip


def test_relations_are_done_in_parts_with_the_same_outcome(world, tmp_path, monkeypatch):
    for number, bsn in enumerate(BSNS):
        ikv = world.relation(world.person(bsn))
        paid(world, ikv, *[100_000 + number] * 12)
        world.pay(ikv, 3, -number - 1, "terugbetaling")
    whole = opgaven(world, tmp_path / "a")
    monkeypatch.setattr("exchanges.loonaangifte.jaar_administratie.AT_A_TIME", 1)
    assert opgaven(world, tmp_path / "b") == whole and len(whole) == 4


def test_relations_of_one_person_share_one_credit_in_whatever_parts(world, tmp_path, monkeypatch):
    """The first, 100.000, takes all of it: (100.000 - 25.958) x 55,64 % - 25.958 = 15.239. Of the second 20.000 of
    50.000 was paid back, and 55,64 % with it."""
    monkeypatch.setattr("exchanges.loonaangifte.jaar_administratie.AT_A_TIME", 1)
    ended = date(2026, 3, 31)
    for bsn in BSNS[1:]:
        paid(world, world.relation(world.person(bsn), end=ended), 100_000, first=3)
    person = world.person(BSNS[0])
    paid(world, world.relation(person, end=ended), 100_000, first=3)
    second = world.relation(person, end=ended, number=2)
    paid(world, second, 50_000, first=3)
    world.pay(second, 3, -20_000, kind="terugbetaling")
    row, *others = opgaven(world, tmp_path)
    assert (row["loonheffing_cent"], row["ontvangsten_loon_cent"]) == (15_239 + 16_692, -20_000 - 11_128)
    assert {(one["loonheffing_cent"], one["ontvangsten_loon_cent"]) for one in others} == {(15_239, 0)}
