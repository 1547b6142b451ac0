"""The account of what is reserved for holiday allowance (spec 2.5, V-03)."""

from __future__ import annotations

import tempfile
from datetime import date
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any

from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from exchanges.core.period import Period
from tests.settlement import HOLIDAY, SINGLE, Households

MONTHS = [f"2026-{month:02d}" for month in range(1, 8)]


def client(world: Households, begin: date = date(2026, 1, 1), end: date | None = None) -> tuple[str, str]:
    person = world.person()
    return person, world.client(person, begin, end)


def account(world: Households, folder: Path, period: str = "2026-07") -> dict[str, Any]:
    (row,) = world.propose(folder, Period.parse(period)).rows("reservering")
    return row


def test_what_is_left_of_the_benefit_puts_by_and_the_employer_takes_off(tmp_path: Path) -> None:
    world = Households()
    person, dossier = client(world)
    for month in MONTHS:
        world.paid(dossier, month)
    world.wage(person, 60_000, recht_vakantietoeslag=4_800)
    row = account(world, tmp_path)
    left = SINGLE - HOLIDAY - 60_000
    put_by = cents(Decimal(left) * 5 / 95)
    assert (row["vanaf"], row["tot"]) == ("2026-01", "2026-07")
    assert (row["erbij"], row["eraf"], row["tot_nul"]) == (6 * HOLIDAY + put_by, 4_800, 0)
    assert row["saldo"] == 6 * HOLIDAY + put_by - 4_800
    assert row["verschil"] == put_by - HOLIDAY - 4_800 and row["uit_te_betalen"] is None


def test_it_is_never_under_nothing(tmp_path: Path) -> None:
    world = Households()
    person, dossier = client(world, date(2026, 6, 1))
    for month in ("2026-06", "2026-07"):
        world.paid(dossier, month)
    world.wage(person, 130_000, 20260601, 20260630, recht_vakantietoeslag=10_400)
    row = account(world, tmp_path)
    june = cents(Decimal(SINGLE - HOLIDAY - 130_000) * 5 / 95)
    assert row["saldo"] == HOLIDAY and row["tot_nul"] == 10_400 - june
    assert row["erbij"] - row["eraf"] + row["tot_nul"] == row["saldo"]
    assert "niet negatief" in row["uitleg"]


def test_a_choice_budget_is_taken_off_as_holiday_allowance_and_its_payment_is_for_a_person(tmp_path: Path) -> None:
    world = Households()
    person, dossier = client(world, date(2026, 6, 1))
    for month in ("2026-06", "2026-07"):
        world.paid(dossier, month)
    world.wage(person, 20_000, 20260601, 20260630, recht_vakantietoeslag=1_600, recht_extra=900)
    assert account(world, tmp_path / "opbouw")["eraf"] == 2_500
    world.wage(person, 25_000, extra_betaald=5_000)
    said = world.propose(tmp_path / "betaald")
    assert (said.one()["voorstel"], said.one()["codes"]) == ("handmatig", "IKB")
    assert said.one("2026-06")["voorstel"] == "vordering"


def test_after_it_was_paid_it_is_empty(tmp_path: Path) -> None:
    world = Households()
    _, dossier = client(world, date(2020, 1, 1))
    for month in MONTHS:
        world.paid(dossier, month, vakantietoeslag=12 * HOLIDAY if month == "2026-05" else 0)
    row = account(world, tmp_path)
    assert (row["vanaf"], row["saldo"], row["verschil"]) == ("2026-06", 2 * HOLIDAY, 0)


def test_what_was_in_it_before_is_not_guessed(tmp_path: Path) -> None:
    world = Households()
    _, dossier = client(world, date(2020, 1, 1))
    for month in MONTHS:
        world.paid(dossier, month)
    row = account(world, tmp_path)
    assert row["saldo"] is None and row["uit_te_betalen"] is None and "niet bekend" in row["uitleg"]
    assert (row["erbij"], row["verschil"]) == (7 * HOLIDAY, 0)


def test_after_a_month_to_judge_it_is_not_known(tmp_path: Path) -> None:
    world = Households()
    person, dossier = client(world)
    for month in MONTHS:
        world.paid(dossier, month)
    world.wage(person, None, 20260301, 20260331)
    row = account(world, tmp_path)
    assert (row["saldo"], row["erbij"], row["uitleg"]) == (None, None, "Beoordeel eerst maart 2026.")


def test_it_is_paid_in_may_and_at_the_end(tmp_path: Path) -> None:
    world = Households()
    _, dossier = client(world, date(2026, 1, 1), date(2026, 7, 12))
    for month in MONTHS:
        world.paid(dossier, month)
    assert account(world, tmp_path / "mei", "2026-05")["uit_te_betalen"] == 5 * HOLIDAY
    assert account(world, tmp_path / "juni", "2026-06")["uit_te_betalen"] is None
    ended = account(world, tmp_path / "juli")
    assert (ended["uit_te_betalen"], ended["uitleg"]) == (7 * HOLIDAY, "De bijstand eindigt.")


# By month: net wage, how much more the taxable wage is, and the gross accrual; a correction is negative in all.
_months = st.lists(st.tuples(st.integers(0, 160_000), st.integers(0, 60_000), st.integers(0, 13_000),
                             st.sampled_from([1, 1, -1])), min_size=7, max_size=7)  # fmt: skip


# Without shrinking: a proposal takes a third of a second.
@settings(max_examples=4, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.lists(_months, min_size=5, max_size=15))
def test_against_month_by_month(wages: list[list[tuple[int, int, int, int]]]) -> None:
    world, balances = Households(), {}
    for mine in wages:
        person, dossier = client(world)
        balance = 0
        for month, (net, tax, accrued, sign) in zip(MONTHS, mine, strict=True):
            world.paid(dossier, month)
            begin = int(month.replace("-", "")) * 100 + 1
            world.wage(person, net * sign, begin, begin + 27, loon_lb=(net + tax) * sign,
                       recht_vakantietoeslag=accrued * sign)  # fmt: skip
            left = min(max(0, SINGLE - HOLIDAY - net * sign), SINGLE - HOLIDAY)
            put_by = cents(Decimal(left) * 5 / 95)
            taken = cents(Decimal(accrued * sign) * net / (net + tax)) if net else 0
            balance = max(0, balance + put_by - taken)
        balances[dossier] = balance
    with tempfile.TemporaryDirectory() as folder:
        rows = world.propose(Path(folder)).rows("reservering")
    assert {row["dossier_id"]: row["saldo"] for row in rows} == balances


def cents(exact: Decimal) -> int:
    return int(exact.quantize(Decimal(1), ROUND_HALF_UP))
