"""What the worked examples do not show: own benefit, spreading, reserve, differences, and every reason to judge."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from exchanges.core.errors import SourceError
from exchanges.core.period import Period
from exchanges.ib_oib.settlement.parameters import Choices
from exchanges.ib_oib.settlement.propose import propose
from exchanges.ib_oib.settlement.reasons import REASONS
from tests.settlement import HOLIDAY, JULY, OWN, Households


def one(settled: int = 0, born: int = 19900115, **others: int) -> tuple[Households, str]:
    """A single client who is paid over July."""
    world = Households()
    person = world.person(born)
    world.paid(world.client(person), settled=settled, **others)
    return world, person


@pytest.mark.parametrize(
    ("kind", "number", "counts"),
    [("43", "001234567L01", False), ("43", OWN, False), ("34", OWN, False), ("45", OWN, False),
     ("34", "001234567L01", True), ("15", OWN, True)],
)  # fmt: skip
def test_own_benefit_is_no_income(tmp_path: Path, kind: str, number: str, counts: bool) -> None:
    world, person = one(settled=20_000)
    world.wage(person, 20_000)
    world.wage(person, 50_000, kind=kind, number=number)
    row = world.propose(tmp_path).one()
    assert row["te_verrekenen"] == (70_000 if counts else 20_000)


def test_a_quarter_is_spread_over_its_months(tmp_path: Path) -> None:
    world, person = one()
    for month in ("2026-05", "2026-06"):
        world.paid("d0", month)
    world.wage(person, 92_000, 20260501)
    said = world.propose(tmp_path)
    assert [said.lines(month) for month in ("2026-05", "2026-06", "2026-07")] == [
        [("T-04", 31_000)], [("T-04", 30_000)], [("T-04", 31_000)]]


def test_accrued_holiday_allowance_goes_from_the_reserve_by_its_net_part(tmp_path: Path) -> None:
    world, person = one()
    world.wage(person, 60_000, loon_lb=80_000, recht_vakantietoeslag=6_400)
    said = world.propose(tmp_path)
    # What remains of the benefit is 748,49; 5/95 of it, and of 64,00 three quarters.
    assert said.lines(part="reserve") == [("V-03", 3_939), ("V-03", -4_800)]


def test_a_correction_of_an_accrual_goes_back_to_the_reserve(tmp_path: Path) -> None:
    world, person = one()
    world.wage(person, 60_000, loon_lb=80_000, recht_vakantietoeslag=6_400)
    world.wage(person, -15_000, loon_lb=-20_000, recht_vakantietoeslag=-1_600, number="009876543L01")
    assert world.propose(tmp_path / "beide").one()["reserve_af"] == 3_600
    del world.income[0]
    said = world.propose(tmp_path / "terug")
    assert said.lines(part="reserve") == [("V-03", HOLIDAY), ("V-03", 1_200)]
    assert "Terug naar de reservering" in said.rows("berekening")[-1]["tekst"]


def test_what_the_net_amount_has_of_a_tax_credit_does_not_count(tmp_path: Path) -> None:
    world, person = one(settled=50_000)
    world.wage(person, 56_750, kind="37", niet_verrekend=6_750)
    said = world.propose(tmp_path)
    assert said.lines() == [("T-01", 56_750), ("2.4 e", -6_750)]
    assert (said.one()["netto"], said.one()["voorstel"]) == (50_000, "niets")
    assert said.proposal.ladder.not_settled == 6_750


@pytest.mark.parametrize(("known", "expected"), [(None, None), (16_000, 60_000)])
def test_holiday_allowance_that_is_paid_does_not_count_again(
    tmp_path: Path, known: int | None, expected: int | None
) -> None:
    world, person = one()
    world.wage(person, 76_000, vakantietoeslag_betaald=20_000, netto_vakantietoeslag=known)
    row = world.propose(tmp_path).one()
    assert row["te_verrekenen"] == expected and ("VT-NETTO" in row["codes"]) == (known is None)


@pytest.mark.parametrize(
    ("net", "settled", "kind", "code"),
    [(60_000, 60_000, "niets", ""), (60_000, 0, "vordering", "LAAT"), (60_000, 70_000, "nabetaling", "ANDERS"),
     (200_000, 134_849, "niets", "BOVEN-NORM")],
)  # fmt: skip
def test_what_differs_from_what_was_settled(tmp_path: Path, net: int, settled: int, kind: str, code: str) -> None:
    world, person = one(settled)
    world.wage(person, net)
    said = world.propose(tmp_path)
    assert (said.one()["voorstel"], said.one()["codes"]) == (kind, code)
    assert len(said.rows("onverklaard")) == (kind != "niets")


def test_a_corrected_period_changes_the_month_it_is_about(tmp_path: Path) -> None:
    world, person = one(settled=60_000)
    world.paid("d0", "2026-03", settled=50_000)
    world.wage(person, 60_000)
    world.wage(person, 52_500, 20260301, 20260331)
    said = world.propose(tmp_path)
    assert (said.one("2026-03")["voorstel"], said.one("2026-03")["verschil"]) == ("vordering", 2_500)
    assert said.one()["voorstel"] == "niets"


Wrong = Callable[[Households, str], None]
_JUDGED: dict[str, Wrong] = {
    "NETTO": lambda world, person: world.wage(person, None, loon_lb=90_000),
    "DATUM": lambda world, person: world.wage(person, 100, 20260700),
    "SOORT": lambda world, person: world.wage(person, 100, kind="99"),
    "PENSIOEN": lambda world, person: world.wage(_old(world), 100, kind="21"),
    "BSN-DUBBEL": lambda world, person: _twice(world),
    "VRIJ-LEEFTIJD": lambda world, person: world.right(_young(world), "31n"),
    "VRIJ-LKS": lambda world, person: world.right(person, "31z"),
    "GEBOORTEDATUM": lambda world, person: world.tables["persoon"][0].update(geboortedatum=0),
}


def _twice(world: Households) -> None:
    world.tables["persoon"].append(world.tables["persoon"][0] | {"persoon_id": "other"})


def _old(world: Households) -> str:
    world.tables["persoon"][0]["geboortedatum"] = 19550115
    return "p0"


def _young(world: Households) -> str:
    world.tables["persoon"][0]["geboortedatum"] = 20040115
    return "p0"


@pytest.mark.parametrize("code", _JUDGED)
def test_what_is_not_known_is_for_a_person(tmp_path: Path, code: str) -> None:
    world, person = one()
    world.wage(person, 50_000)
    _JUDGED[code](world, person)
    row = world.propose(tmp_path).one()
    assert code in row["codes"].split() and row["voorstel"] == "handmatig"
    assert row["te_verrekenen"] is None and row["uitleg"]


@pytest.mark.parametrize(("kind", "code"), [("afstemming", "AFSTEMMING"), ("correctie", "CORRECTIE")])
def test_a_month_with_something_else_in_it_is_for_a_person(tmp_path: Path, kind: str, code: str) -> None:
    world, person = one(**{kind: -1_000})
    world.wage(person, 50_000)
    assert code in world.propose(tmp_path).one()["codes"].split()


def test_a_month_with_a_claim_that_runs_is_for_a_person(tmp_path: Path) -> None:
    world, person = one()
    world.wage(person, 50_000)
    world.add("vordering", vordering_id="v1", uitkering_id="d0", datum_tijdvak_begin=date(2026, 6, 1),
              datum_tijdvak_einde=date(2026, 7, 31))
    assert "VORDERING" in world.propose(tmp_path).one()["codes"].split()


def test_a_month_without_payment_is_for_a_person(tmp_path: Path) -> None:
    world = Households()
    person = world.person()
    world.client(person)
    world.wage(person, 50_000)
    assert "GEEN-BETALING" in world.propose(tmp_path).one()["codes"].split()


def test_of_two_benefits_at_once_one_counts_and_a_person_judges(tmp_path: Path) -> None:
    world, person = one()
    world.paid(world.client(person, date(2026, 5, 1)))
    world.wage(person, 50_000)
    said = world.propose(tmp_path)
    assert "UITKERING-DUBBEL" in said.one()["codes"].split() and said.proposal.ladder.judged == 50_000


def test_a_wage_period_over_two_dossiers_is_not_counted_twice(tmp_path: Path) -> None:
    world = Households()
    person = world.person()
    world.paid(world.client(person, end=date(2026, 7, 10)))
    world.paid(world.client(person, date(2026, 7, 11)))
    world.wage(person, 31_000)
    said = world.propose(tmp_path)
    assert sorted(row["netto"] for row in said.rows()) == [10_000, 21_000]
    assert {row["codes"] for row in said.rows()} == {"UITKERING-DUBBEL"}


@pytest.mark.parametrize(
    ("born", "holder", "code"),
    # The last ones may have the AOW age, or 21 years, or not yet.
    [(19900115, 30_000, "PAAR-BEIDE"), (20080115, 0, "NORM-PAAR"), (0, 0, "NORM-PAAR"), (19590000, 0, "NORM-PAAR"),
     (19590700, 0, "NORM-PAAR"), (20050700, 0, "NORM-PAAR")],
)
def test_a_spouse_without_a_right_that_cannot_be_reckoned(tmp_path: Path, born: int, holder: int, code: str) -> None:
    world = Households()
    person, spouse = world.person(), world.person(born)
    world.paid(world.client(person, spouse=spouse, entitled=False), norm=101_390, reserved=5_070)
    world.wage(spouse, 120_000)
    if holder:
        world.wage(person, holder)
    row = world.propose(tmp_path).one()
    assert code in row["codes"].split() and row["te_verrekenen"] is None


def test_couples_of_whom_one_has_the_aow_age_have_another_norm(tmp_path: Path) -> None:
    world = Households()
    person, spouse = world.person(), world.person(19550115)
    world.paid(world.client(person, spouse=spouse, entitled=False), norm=101_390, reserved=5_070)
    world.wage(spouse, 120_000, kind="22")
    # 1.013,90 + 1.200,00 - 2.176,10
    assert world.propose(tmp_path).one()["te_verrekenen"] == 3_780


def test_every_reason_is_seen_in_a_test() -> None:
    """A reason that nothing can give is a promise that nobody keeps."""
    texts = "".join(path.read_text(encoding="utf-8") for path in Path(__file__).parent.glob("test_*.py"))
    assert [code for code in REASONS if f'"{code}"' not in texts] == []


def test_another_scheme_is_never_calculated(tmp_path: Path) -> None:
    world = Households()
    person = world.person()
    world.paid(world.client(person, scheme="IOAW"))
    world.wage(person, 50_000)
    assert world.propose(tmp_path).one()["codes"] == "REGELING"


def test_settled_without_income_is_listed(tmp_path: Path) -> None:
    world, _ = one(settled=12_345)
    said = world.propose(tmp_path)
    (row,) = said.rows("onverklaard")
    assert (row["codes"], row["verrekend"], said.proposal.ladder.settled_judged) == ("NIET-POLIS", 12_345, 12_345)


def test_without_own_numbers_a_benefit_cannot_be_told_from_income(tmp_path: Path) -> None:
    world, person = one()
    world.wage(person, 50_000, kind="34", number=OWN)
    assert "EIGEN" in world.propose(tmp_path, choices=Choices()).one()["codes"].split()


def test_an_extension_prolongs_art_34a(tmp_path: Path) -> None:
    new = Choices(exemptions_from=Period(2026, 1), own_numbers=(OWN,))
    codes = {}
    for longer in (0, 6):
        world, person = one()
        world.wage(person, 90_000)
        world.right(person, "34a", date(2025, 7, 1), longer=longer)
        row = world.propose(tmp_path / str(longer), choices=new).one()
        codes[longer] = row["vrij"], "VRIJ-OP" in row["codes"]
    assert codes == {0: (0, True), 6: (13_500, False)}


def test_a_table_that_is_not_there_is_named(tmp_path: Path) -> None:
    world, person = one()
    world.wage(person, 1)
    world.propose(tmp_path)
    with pytest.raises(SourceError, match="betaling"):
        propose(tmp_path / "inkomen.parquet", {}, "0153", JULY, Choices(), tmp_path / "uit2")


def test_nothing_that_was_read_is_changed(tmp_path: Path) -> None:
    world, person = one()
    world.wage(person, 50_000)
    world.propose(tmp_path)
    before = {path: path.read_bytes() for path in tmp_path.glob("*.parquet")}
    paths = {path.stem: path for path in before if path.stem != "inkomen"}
    propose(tmp_path / "inkomen.parquet", paths, "0153", JULY, Choices(), tmp_path / "uit2")
    assert {path: path.read_bytes() for path in before} == before
    assert pq.read_metadata(tmp_path / "uit2" / "voorstel.parquet").num_rows == 1
