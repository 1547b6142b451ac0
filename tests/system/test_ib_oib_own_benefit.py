"""The municipality's own benefit comes back through UWV: it is not told as income, and must be what was declared."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.chain import Chain
from tests.oib import Town, answer, relation, wage
from tests.wage_town import LH_NR, PEOPLE, WageTown, wage_town


@pytest.fixture
def declared(tmp_path: Path) -> WageTown:
    """Benefits of January to March, declared; February was corrected with the declaration of March."""
    town = wage_town(tmp_path / "huis")
    town.pay(1)
    town.declare(1)
    town.pay(2)
    town.declare(2)
    town.paid[4].net += 5_000
    town.pay(3)
    town.declare(3)
    town.leave()
    return town


def oib(town: WageTown) -> Town:
    home = town.chain.home
    settings = home / "ketensluis.toml"
    partner = home / "ib"
    for name in ("in", "uit"):
        (partner / name).mkdir(parents=True)
    settings.write_text(
        settings.read_text(encoding="utf-8")
        + f'\n[partner.inlichtingenbureau]\nsoort = "map"\nmap = "{partner}"\nin = "in"\nuit = "uit"\n',
        encoding="utf-8",
    )
    return Town(Chain(home, town.chain.source, partner, town.chain.gemeente, "ib_oib"))


def returned(town: WageTown, who: int, off: int = 0) -> bytes:
    """What UWV has of the benefit of somebody: the wages that were declared; ``off`` cents in January."""
    ends = {1: "0131", 2: "0228", 3: "0331"}
    wages = []
    for month, end in ends.items():
        cents = sum(one.net + one.tax for one in town.paid if one.who == who and one.month == f"2026-{month:02}")
        wages.append(wage(f"2026{month:02}01", f"2026{end}", cents + (off if month == 1 else 0)))
    own = relation(LH_NR, *wages, kind="43", begin="20250601")
    job = relation("001234567L01", wage("20260101", "20260131", 90_000))
    return answer(PEOPLE[who], own, job, window=("20260101", "20260331"))


def test_it_is_counted_not_told_and_equal_to_the_declaration(declared: WageTown) -> None:
    place = oib(declared)
    place.put("2026-03", {PEOPLE[who]: returned(declared, who) for who in range(4)})
    delivery, stopped = place.receive("2026-03")
    assert stopped is None
    assert {row["loonheffingennummer"] for row in place.rows(delivery)} == {"001234567L01"}
    apart = place.rows(delivery, "apart/inkomen")
    assert {row["loonheffingennummer"] for row in apart if row["reden"] == "eigen uitkering"} == {LH_NR}
    money, persons = [proof for proof in place.proofs(delivery) if proof["code"] == "R-OIB 5"]
    total = sum(one.net + one.tax for one in declared.paid)
    assert (money["left"], money["right"], money["holds"]) == (total, total, True)
    assert (persons["left"], persons["holds"]) == (0, True)


def test_a_cent_of_difference_is_shown(declared: WageTown) -> None:
    place = oib(declared)
    place.put("2026-03", {PEOPLE[who]: returned(declared, who, off=int(who == 2)) for who in range(4)})
    delivery, stopped = place.receive("2026-03")
    assert stopped is None
    money, persons = [proof for proof in place.proofs(delivery) if proof["code"] == "R-OIB 5"]
    assert int(str(money["left"])) - int(str(money["right"])) == 1 and not money["holds"]
    assert (persons["left"], persons["holds"]) == (1, False)
    controls = place.chain.report(delivery)["controls"]
    assert [one["holds"] for one in controls if one["code"] == "R-OIB 5"] == [False, False]
