"""Net to gross, the state of a month, corrections and the end of the year, on a few persons."""

from __future__ import annotations

from datetime import date

import pytest

from tests.unit.loonaangifte.world import BSNS, World


def one(table, **wanted):
    rows = [row for row in table.to_pylist() if all(row[name] == value for name, value in wanted.items())]
    assert len(rows) == 1, rows
    return rows[0]


@pytest.fixture
def world():
    return World()


def amounts(row):
    return row["ln"], row["heffing_nu"], row["bijdr"], row["wgh"]


def test_the_worked_example_of_the_spec(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]))
    world.pay(ikv, 3, 140150)
    state = one(world.work(3, tmp_path)["stand"], ikv_id=ikv)
    assert amounts(state) == (177728, 37578, 0, 10841)
    assert (state["srt_iv"], state["lb_tab"], state["cd_zvw"], state["korting"]) == ("43", "250", "K", True)


def test_what_the_administration_gives_stands(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]))
    world.pay(ikv, 3, 100000, loon_cent=140001, loonheffing_cent=40001, zvw_werkgever_cent=8541, zvw_ingehouden_cent=0)
    assert amounts(one(world.work(3, tmp_path)["stand"], ikv_id=ikv)) == (140001, 40001, 0, 8541)


def test_an_open_relation_without_payment_is_there_with_nothing(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]))
    assert amounts(one(world.work(3, tmp_path)["stand"], ikv_id=ikv)) == (0, 0, 0, 0)


def test_credit_used_elsewhere_and_no_credit_for_bbz(world, tmp_path):
    part = world.relation(world.person(BSNS[0]), elsewhere=10000)
    bbz = world.relation(world.person(BSNS[1]), code="42")
    for ikv in (part, bbz):
        world.pay(ikv, 3, 100000)
    state = world.work(3, tmp_path)["stand"]
    # (100.000 - 15.958) x 55,64 % - 15.958 and 100.000 x 55,64 %
    assert one(state, ikv_id=part)["heffing_nu"] == round((100000 - 15958) * 0.5564) - 15958
    assert one(state, ikv_id=bbz)["heffing_nu"] == 55640


def test_tax_is_never_below_nothing(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]))
    world.pay(ikv, 3, 20000)
    assert amounts(one(world.work(3, tmp_path)["stand"], ikv_id=ikv)) == (20000, 0, 0, 1220)


def test_pension_age_changes_tax_in_its_month_and_zvw_a_month_later(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0], born=19590312))  # 67 on 12 March 2026
    for month in (2, 3, 4):
        world.pay(ikv, month, 100000)
        row = one(world.work(month, tmp_path)["stand"], tijdvak=f"2026-{month:02}")
        assert row["pct"] == {2: 5564, 3: 2173, 4: 2309}[month]
        assert row["cd_zvw"] == ("M" if month == 4 else "K")
        assert row["ln"] == row["heffing_nu"] + row["bijdr"] + 100000
        assert (row["wgh"] == 0) == (month == 4) and (row["bijdr"] > 0) == (month == 4)


def test_totals_are_summed_in_cents_and_cut_once(world, tmp_path):
    for bsn in BSNS[:3]:
        ikv = world.relation(world.person(bsn))
        world.pay(ikv, 3, 100060, loon_cent=100060, loonheffing_cent=0, zvw_werkgever_cent=60, zvw_ingehouden_cent=0)
    made = world.work(3, tmp_path)
    total = one(made["maandtotaal"], tijdvak="2026-03")
    assert (total["tot_ln_lb_ph"], total["tot_wgh_zvw"], total["aantal"]) == (3001, 1, 3)


@pytest.mark.parametrize(("mode", "total"), [("gunstig", -2), ("naar_nul", -1)])
def test_a_negative_total_is_cut_as_the_parameter_says(world, tmp_path, mode, total):
    ikv = world.relation(world.person(BSNS[0]))
    world.pay(ikv, 3, -150, loon_cent=-150, loonheffing_cent=0, zvw_werkgever_cent=0, zvw_ingehouden_cent=0)
    assert one(world.work(3, tmp_path, afronding=mode)["maandtotaal"], tijdvak="2026-03")["tot_ln_lb_ph"] == total


def test_nothing_changed_is_nothing_corrected(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]))
    for month in (1, 2, 3):
        world.pay(ikv, month, 120000)
        made = world.declare(month, tmp_path)
        assert made["gecorrigeerd"].num_rows == made["gewijzigd"].num_rows == made["ingetrokken"].num_rows == 0


def test_a_late_payment_is_a_correction_of_its_month_with_the_whole_new_state(world, tmp_path):
    first, other = (world.relation(world.person(bsn)) for bsn in BSNS[:2])
    for ikv in (first, other):
        world.pay(ikv, 1, 120000)
    before = one(world.declare(1, tmp_path)["maandtotaal"], tijdvak="2026-01")
    world.pay(first, 1, 30000, "nabetaling")
    for ikv in (first, other):
        world.pay(ikv, 2, 120000)
    made = world.declare(2, tmp_path)
    correction = one(made["gecorrigeerd"], tijdvak="2026-01")
    assert [row["ikv_id"] for row in made["gewijzigd"].to_pylist()] == [first]
    assert correction["aantal"] == 2
    paid = before["ing_lb_ph"] + before["tot_wgh_zvw"]
    assert correction["saldo"] == correction["tot_te_bet"] - paid > 0
    # and once received it is not sent again
    assert world.declare(3, tmp_path)["gecorrigeerd"].num_rows == 0


def test_a_saldo_is_measured_against_the_last_correction(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]))
    world.pay(ikv, 1, 120000)
    world.declare(1, tmp_path)
    world.pay(ikv, 1, -20000, "terugbetaling")
    first = one(world.declare(2, tmp_path)["gecorrigeerd"], tijdvak="2026-01")
    world.pay(ikv, 1, 5000, "nabetaling")
    second = one(world.declare(3, tmp_path)["gecorrigeerd"], tijdvak="2026-01")
    assert first["saldo"] < 0 < second["saldo"]
    assert second["saldo"] == second["tot_te_bet"] - first["tot_te_bet"]


def test_a_corrected_bsn_withdraws_the_old_and_reports_the_new(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]))
    world.pay(ikv, 1, 120000)
    world.declare(1, tmp_path)
    world.rows["persoon"][0]["bsn"] = BSNS[3]
    made = world.declare(2, tmp_path)
    assert one(made["ingetrokken"])["bsn"] == BSNS[0]
    assert one(made["gewijzigd"])["bsn"] == BSNS[3]
    assert one(made["gecorrigeerd"])["saldo"] == 0
    assert world.declare(3, tmp_path)["gecorrigeerd"].num_rows == 0


def test_a_month_that_was_never_declared_is_not_corrected(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]))
    for month in (1, 2, 3):
        world.pay(ikv, month, 120000)
    assert world.work(3, tmp_path)["gecorrigeerd"].num_rows == 0


def test_a_new_whole_declaration_replaces_the_former(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]))
    world.pay(ikv, 1, 120000)
    world.declare(1, tmp_path)
    world.pay(ikv, 1, 10000, "nabetaling")
    again = one(world.declare(1, tmp_path)["maandtotaal"], tijdvak="2026-01")
    made = world.declare(2, tmp_path)
    assert made["gecorrigeerd"].num_rows == 0
    assert one(made["oud_totaal"], tijdvak="2026-01")["tot_te_bet"] == again["ing_lb_ph"] + again["tot_wgh_zvw"]


def test_the_year_end_settles_what_the_months_took_too_much(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]))
    # A month below the credit pays no tax and loses part of it; over the year the credit counts in full.
    nets = [20000] + [120000] * 11
    for month, net in enumerate(nets, start=1):
        world.pay(ikv, month, net)
        made = world.declare(month, tmp_path)
    credit = 12 * 25958
    over_year = ((sum(nets) - credit) * 5564 + 5000) // 10000 - credit
    withheld = sum(row["ing_lb_ph"] for row in world.received["ikv"])
    assert withheld == over_year
    december = one(made["stand"], tijdvak="2026-12")
    assert december["extra"] < 0
    assert december["ln"] == 120000 + december["heffing_nu"]


@pytest.mark.parametrize("why", ["parameter", "administration", "bbz"])
def test_no_year_end_where_there_is_none(world, tmp_path, why):
    ikv = world.relation(world.person(BSNS[0]), code="42" if why == "bbz" else "43")
    for month in range(1, 13):
        world.pay(ikv, month, 20000 if month == 1 else 120000)
    if why == "administration":
        given = {"loon_cent": 5, "loonheffing_cent": 5, "zvw_werkgever_cent": 0, "zvw_ingehouden_cent": 0}
        world.pay(ikv, 12, 0, "herrekening", **given)
    made = world.work(12, tmp_path, **({"herrekening": "nee"} if why == "parameter" else {}))
    assert made["jaareinde"].num_rows == 0


def test_a_relation_that_ended_has_its_end_only_from_that_month(world, tmp_path):
    ikv = world.relation(world.person(BSNS[0]), end=date(2026, 2, 10))
    world.pay(ikv, 1, 120000)
    world.pay(ikv, 2, 40000)
    assert one(world.work(1, tmp_path)["stand"], ikv_id=ikv)["dat_eind"] is None
    assert one(world.work(2, tmp_path)["stand"], ikv_id=ikv)["dat_eind"] == date(2026, 2, 10)
    assert world.work(3, tmp_path)["stand"].num_rows == 0


def test_two_relations_of_one_person_share_one_credit(tmp_path):
    """The example of the spec (7.3) in two relations: 300,00 takes what makes its own tax nothing, the other what
    is left. 30.000 x 55,64 % / 155,64 % = 10.724,8, so 10.725; 25.958 - 10.725 = 15.233 is left for 110.150:
    (110.150 - 15.233) x 55,64 % - 15.233 = 37.579. As one wage it is 37.578."""
    world = World()
    person = world.person(BSNS[0])
    first = world.relation(person, end=date(2026, 3, 10))
    second = world.relation(person, start=date(2026, 3, 11), number=2)
    world.pay(first, 3, 30_000)
    world.pay(second, 3, 110_150)
    taxed = {row["ikv_id"]: (row["recht"], row["heffing_nu"]) for row in world.work(3, tmp_path)["stand"].to_pylist()}
    assert taxed == {first: (10_725, 0), second: (15_233, 37_579)}


def test_a_relation_of_which_the_tax_was_given_has_used_its_credit(tmp_path):
    world = World()
    person = world.person(BSNS[0])
    net_only = world.relation(person)
    given = world.relation(person, "34", "022", number=2)
    world.pay(net_only, 3, 50_000)
    world.pay(given, 3, 100_000, loon_cent=120_000, loonheffing_cent=20_000, zvw_werkgever_cent=0,
              zvw_ingehouden_cent=0)  # fmt: skip
    taxed = {row["ikv_id"]: (row["recht"], row["heffing_nu"]) for row in world.work(3, tmp_path)["stand"].to_pylist()}
    assert taxed == {given: (25_958, 20_000), net_only: (0, 27_820)}


def test_what_was_already_used_elsewhere_is_not_taken_off_twice(tmp_path):
    """The administration may say itself what the other relation used: then that is what is left."""
    world = World()
    person = world.person(BSNS[0])
    first = world.relation(person)
    second = world.relation(person, number=2, elsewhere=10_725)
    world.pay(first, 3, 30_000)
    world.pay(second, 3, 110_150)
    taxed = {row["ikv_id"]: row["recht"] for row in world.work(3, tmp_path)["stand"].to_pylist()}
    assert taxed == {first: 10_725, second: 15_233}


def test_over_the_year_one_credit_counts_as_well(tmp_path):
    """The recalculation of December takes from each relation the credit it had, together no more than the year has."""
    world = World()
    person = world.person(BSNS[0])
    first, second = world.relation(person), world.relation(person, number=2)
    for month in range(1, 13):
        world.pay(first, month, 20_000)
        world.pay(second, month, 120_000)
    made = world.work(12, tmp_path)["geheven"].to_pylist()
    assert sum(row["recht"] for row in made) == 12 * 25_958 and {row["ikv_id"] for row in made} == {first, second}
