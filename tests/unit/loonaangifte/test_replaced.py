"""A declaration that gives way to a new one takes along the corrections that came in it (spec loonaangifte C-1)."""

from __future__ import annotations

from tests.unit.loonaangifte.test_work import one
from tests.unit.loonaangifte.world import BSNS, World


def test_a_new_declaration_says_the_corrections_of_the_former_again(tmp_path):
    world = World()
    ikv, other = (world.relation(world.person(bsn)) for bsn in BSNS[:2])
    for relation in (ikv, other):
        world.pay(relation, 1, 120000)
    world.declare(1, tmp_path)
    world.pay(ikv, 1, 30000, "nabetaling")
    for relation in (ikv, other):
        world.pay(relation, 2, 120000)
    former = one(world.declare(2, tmp_path)["gecorrigeerd"], tijdvak="2026-01")
    # What was due by the former declaration of February, its saldo over January included, is due no longer.
    world.pay(ikv, 2, 10000, "nabetaling")
    made = world.declare(2, tmp_path)
    assert one(made["gecorrigeerd"], tijdvak="2026-01")["saldo"] == former["saldo"] > 0
    assert [row["ikv_id"] for row in made["gewijzigd"].to_pylist()] == [ikv]
    assert world.declare(3, tmp_path)["gecorrigeerd"].num_rows == 0


def test_a_month_is_measured_against_what_stands_of_it(tmp_path):
    world = World()
    ikv = world.relation(world.person(BSNS[0]))
    for month in (1, 2):
        world.pay(ikv, month, 120000)
        first = one(world.declare(month, tmp_path)["maandtotaal"], huidig=True)
    world.pay(ikv, 1, 30000, "nabetaling")
    world.pay(ikv, 3, 120000)
    before = one(world.declare(3, tmp_path)["gecorrigeerd"], tijdvak="2026-01")
    # Known a day later, before March was final: the late payment was a mistake. So nothing is corrected after all.
    world.rows["betaling"] = [row for row in world.rows["betaling"] if row["soort"] != "nabetaling"]
    made = world.declare(3, tmp_path)
    assert before["saldo"] > 0 and made["gecorrigeerd"].num_rows == 0
    assert one(made["oud_totaal"], tijdvak="2026-01")["tot_te_bet"] == first["ing_lb_ph"] + first["tot_wgh_zvw"]
