"""The worked examples S-01 to S-13 of spec bvv-and-settlement 2.8 (without S-12: see decision 0038)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from exchanges.core.period import Period
from exchanges.ib_oib.settlement.parameters import Choices
from tests.settlement import JULY, OWN, Households

NEW = Choices(exemptions_from=Period(2026, 1), own_numbers=(OWN,))


@pytest.mark.parametrize(
    ("net", "ground", "circumstance", "new", "code", "exempt", "benefit"),
    [
        pytest.param(60_000, "31n", None, False, "E-01", 15_000, 89_849, id="S-01"),
        pytest.param(140_000, "31n", None, False, "E-01", 28_500, 23_349, id="S-02"),
        pytest.param(110_000, "31r", "alleenstaande_ouder", False, "E-03", 13_750, 38_599, id="S-03"),
        pytest.param(130_000, None, "medisch_urenbeperkt", False, "E-04", 18_019, 22_868, id="S-04 art. 31"),
        pytest.param(130_000, None, "medisch_urenbeperkt", True, "E-12", 19_500, 24_349, id="S-04 art. 34a"),
        pytest.param(90_000, "34a", None, True, "E-11", 13_500, 58_349, id="S-05"),
    ],
)
def test_income_from_work_with_an_exemption(
    tmp_path: Path, net: int, ground: str | None, circumstance: str | None, new: bool, code: str, exempt: int,
    benefit: int
) -> None:  # fmt: skip
    world = Households()
    person = world.person()
    dossier = world.client(person)
    world.paid(dossier)
    world.wage(person, net)
    if ground:
        world.right(person, ground, date(2026, 5, 1) if ground == "34a" else date(2026, 7, 1))
    if ground == "31r":
        world.right(person, "31n", date(2024, 1, 1), date(2024, 6, 30), used=6)
    if circumstance:
        world.add("omstandigheid", persoon_id=person, soort=circumstance, datum_begin=date(2024, 1, 1))
    said = world.propose(tmp_path, choices=NEW if new else None)
    row = said.one()
    assert (row["vrij"], row["uitkering"], row["te_verrekenen"]) == (exempt, benefit, net - exempt)
    assert said.lines() == [("T-01", net), (code, -exempt)]
    assert (row["voorstel"], row["verschil"]) == ("vordering", net - exempt)
    if code == "E-11":
        assert any("maand 3 van 12" in line["tekst"] for line in said.rows("berekening"))


def test_s06_aow(tmp_path: Path) -> None:
    world = Households()
    person = world.person(19550301)
    world.paid(world.client(person), norm=158_734, reserved=7_937)
    world.wage(person, 100_000)
    said = world.propose(tmp_path, choices=NEW)
    assert said.lines() == [("T-01", 100_000), ("E-13", -22_600)]
    assert said.one()["uitkering"] == 73_397


def test_s07_a_spouse_without_a_right(tmp_path: Path) -> None:
    world = Households()
    person, spouse = world.person(), world.person()
    # Half the norm for a couple (N-03): 1.013,895, paid as 1.013,90.
    world.paid(world.client(person, spouse=spouse, entitled=False), norm=101_390, reserved=5_070)
    world.wage(spouse, 120_000)
    said = world.propose(tmp_path)
    assert said.lines() == [("T-01", 120_000), ("T-08", -101_389)]
    assert (said.one()["te_verrekenen"], said.one()["uitkering"]) == (18_611, 82_779)


def test_s08_gifts_above_the_limit_are_for_a_person_to_judge(tmp_path: Path) -> None:
    world = Households()
    person = world.person()
    world.client(person)
    for month, cents in ((2, 90_000), (5, 60_000)):
        world.add("vrije_ontvangst", persoon_id=person, soort="gift", datum=date(2026, month, 1), bedrag_cent=cents)
    (row,) = world.propose(tmp_path).rows("toets")
    assert (row["toets"], row["bedrag"], row["vrij"], row["boven"]) == ("giften", 150_000, 120_000, 30_000)
    assert "Beoordeel" in row["uitleg"]


@pytest.mark.parametrize(("early", "granted"), [(True, 15_000), (False, 0)])
def test_s09_what_is_left_of_the_bufferbudget(tmp_path: Path, early: bool, granted: int) -> None:
    world = Households()
    person = world.person()
    world.client(person)
    for kind, cents in (("bufferbudget", 25_000), ("bufferbudget", 60_000), ("bufferbudget_verzoek", 30_000)):
        world.add("vrije_ontvangst", persoon_id=person, soort=kind, datum=date(2026, 7, 1), bedrag_cent=cents)
    choices = Choices(buffer_from=Period(2026, 1) if early else None, own_numbers=(OWN,))
    (row,) = world.propose(tmp_path, choices=choices).rows("toets")
    assert (row["toe_te_kennen"], row["rest"]) == (granted, 0 if early else None)


@pytest.mark.parametrize(
    ("end", "rule", "cents"),
    [pytest.param(20260331, "T-01", 80_000, id="a month"), pytest.param(20260409, "T-03", 80_000, id="beyond the end")],
)
def test_s10_earned_during_bijstand_counts_in_its_last_month(
    tmp_path: Path, end: int, rule: str, cents: int
) -> None:
    world = Households()
    person = world.person()
    dossier = world.client(person, end=date(2026, 3, 31))
    world.paid(dossier, "2026-03")
    world.wage(person, 80_000, 20260301 if end == 20260331 else 20260311, end)
    said = world.propose(tmp_path)
    assert {row["maand"] for row in said.rows()} == {"2026-03"}
    first, *cut = said.lines("2026-03")
    assert first == (rule, cents)
    # Of 30 days 21 are in the right to bijstand (T-02).
    assert cut == ([] if rule == "T-01" else [("T-02", -24_000)])


def test_s11_earned_before_bijstand_does_not_count(tmp_path: Path) -> None:
    world = Households()
    person = world.person()
    world.paid(world.client(person, date(2026, 3, 1)), "2026-03")
    world.wage(person, 80_000, 20260201, 20260228)
    said = world.propose(tmp_path)
    assert said.rows() == []
    assert said.proposal.ladder.outside == 80_000


@pytest.mark.parametrize(("net", "claim"), [(70_000, 3_780), (100_000, 7_725)])
def test_s13_the_claim_to_holiday_allowance_by_the_table_of_2022(tmp_path: Path, net: int, claim: int) -> None:
    world = Households()
    person = world.person()
    world.paid(world.client(person), "2022-07", norm=115_000, reserved=5_750)
    world.wage(person, net, 20220701, 20220731)
    said = world.propose(tmp_path, Period(2022, 7))
    assert said.lines("2022-07") == [("T-01", net), ("V-01", claim)]
    assert said.one("2022-07")["te_verrekenen"] == net + claim


def test_of_a_year_without_a_table_no_claim_is_made_up(tmp_path: Path) -> None:
    world = Households()
    person = world.person()
    world.paid(world.client(person), "2025-07")
    world.wage(person, 70_000, 20250701, 20250731)
    row = world.propose(tmp_path, Period(2025, 7)).one("2025-07")
    assert (row["voorstel"], row["te_verrekenen"]) == ("handmatig", None) and "VT-TABEL" in row["codes"]
    assert "tabel" in row["uitleg"]


def test_the_month_of_the_examples_is_the_one_of_the_norms() -> None:
    assert str(JULY) == "2026-07"
