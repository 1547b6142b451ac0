"""Declarations and corrections together are always the final state of the administration, whatever happened when."""

from __future__ import annotations

import tempfile
from datetime import date
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.loonaangifte.world import BSNS, World

_STATE = ("tijdvak", "bsn", "num_iv", "dat_aanv", "dat_eind", "srt_iv", "lb_tab", "cd_zvw")
_MONTHS = 4

cents = st.integers(-90_000, 250_000)
# What can become known in a month: (kind, person, how many months ago, amount).
events = st.lists(
    st.tuples(
        st.sampled_from(["pay", "end", "bsn", "elsewhere", "code", "start", "other person"]),
        st.integers(0, 1), st.integers(0, 3), cents,
    ),
    max_size=5,
)  # fmt: skip


def happen(world: World, month: int, kind: str, who: int, ago: int, amount: int) -> None:
    relations = world.rows["inkomstenverhouding"]
    relation = relations[who]
    then = max(1, month - ago)
    if kind == "pay":
        world.pay(relation["ikv_id"], then, amount, "nabetaling")
    elif kind == "end":  # a death that becomes known late: what was paid afterwards is taken back
        relation["datum_einde"] = date(2026, then, 20)
        for line in list(world.rows["betaling"]):
            if line["ikv_id"] == relation["ikv_id"] and line["periode"] > f"2026-{then:02}":
                world.pay(relation["ikv_id"], int(line["periode"][5:]), -line["netto_cent"], "terugbetaling")
    elif kind == "bsn":
        free = [bsn for bsn in BSNS if bsn not in {row["bsn"] for row in world.rows["persoon"]}]
        world.rows["persoon"][who]["bsn"] = free[0]
    elif kind == "elsewhere":
        world.rows["inkomstenperiode"][who]["korting_elders_cent"] = abs(amount) // 10
    elif kind == "code":
        relation["inkomenscode"] = "42" if relation["inkomenscode"] == "43" else "43"
    elif kind == "start":
        relation["datum_aanvang"] = world.rows["inkomstenperiode"][who]["datum_begin"] = date(2026, then, 5)
    elif kind == "other person":
        relation["persoon_id"] = world.rows["persoon"][1 - who]["persoon_id"]
        relation["nummer"] = 2 + month


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(events, min_size=_MONTHS, max_size=_MONTHS))
def test_declared_plus_corrected_is_the_final_state(happened):
    world = World()
    for bsn in BSNS[:2]:
        world.relation(world.person(bsn))
    with tempfile.TemporaryDirectory() as folder:
        tmp = Path(folder)
        due = 0
        for month, known in enumerate(happened, start=1):
            for relation in list(world.rows["inkomstenverhouding"]):
                world.pay(relation["ikv_id"], month, 120_000)
            for event in known:
                happen(world, month, *event)
            made = world.declare(month, tmp)
            now = next(row for row in made["maandtotaal"].to_pylist() if row["huidig"])
            due += now["ing_lb_ph"] + now["tot_wgh_zvw"] + now["ing_bijdr_zvw"]
            due += sum(row["saldo"] for row in made["gecorrigeerd"].to_pylist())
        final = world.work(_MONTHS + 1, tmp)
    # Nothing is left to correct, ...
    assert final["gewijzigd"].num_rows == final["ingetrokken"].num_rows == 0
    # ... what the partner has is what is administered, ...
    had = sorted([*(row[name] for name in _STATE), row["ln_lb_ph"], row["ing_lb_ph"], row["wgh_zvw"], row["bijdr_zvw"]]
                 for row in final["gehad"].to_pylist())  # fmt: skip
    stand = sorted([*(row[name] for name in _STATE), row["ln"], row["heffing_nu"], row["wgh"], row["bijdr"]]
                   for row in final["stand"].to_pylist() if not row["huidig"])  # fmt: skip
    assert [list(map(str, row)) for row in had] == [list(map(str, row)) for row in stand]
    # ... and what was paid is what is due over it.
    months = [row for row in final["maandtotaal"].to_pylist() if not row["huidig"]]
    assert due == sum(row["ing_lb_ph"] + row["tot_wgh_zvw"] + row["ing_bijdr_zvw"] for row in months)
    net = sum(line["netto_cent"] for line in world.rows["betaling"])
    assert net == sum(row[-4] - row[-3] - row[-1] for row in had)
