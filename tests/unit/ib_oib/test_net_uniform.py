"""The variant with the uniform WGA deduction (bvv-and-settlement 2.4), and that its percentage is not known."""

from __future__ import annotations

from decimal import ROUND_HALF_UP, Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.core.errors import CatalogueError
from exchanges.core.period import Period
from exchanges.ib_oib.net import assessed
from exchanges.ib_oib.net_uniform import uniform, wga_percentage
from tests.unit.ib_oib.test_net import AMOUNTS, OTHER, WAGES, assess

HEAD = "parameter;waarde;geldig_van;geldig_tot;zekerheid;bron;omschrijving\n"


def both(source: str, *, percentage: int | None) -> str:
    return uniform(assessed(source, OTHER), OTHER, percentage)


def one(percentage: int | None, **changes: object) -> tuple[int | None, list[str]]:
    row = assess([{**WAGES, **dict.fromkeys(AMOUNTS), **changes}], sql=both, percentage=percentage).to_pylist()[0]
    return row["netto_uniform"], row["netto_uniform_redenen"]


S12 = {"loon_lbph_totaal": 1000_00, "inhouding_lbph_totaal": 40_00, "inhouding_zvw_premie_totaal": 0}


@pytest.mark.parametrize(("percentage", "changes", "net", "reasons"), [
    (50, {}, 955_00, []),                                                     # S-12
    (None, {}, None, ["GEEN_WGA_PERCENTAGE"]),
    (None, {"code_soort_inkomstenverhouding": "33"}, 960_00, []),             # no income from employment
    (50, {"code_soort_inkomstenverhouding": None}, 955_00, []),
    (0, {}, 960_00, []),
    (50, {"inhouding_zvw_premie_totaal": 48_50}, 906_50, []),
    (50, {"loon_lbph_totaal": -1000_00, "inhouding_lbph_totaal": -40_00}, -955_00, []),
    (50, {"loon_lbph_totaal": 1_00, "inhouding_lbph_totaal": 0}, 99, []),     # half a cent is a cent
    (50, {"loon_lbph_totaal": -1_00, "inhouding_lbph_totaal": 0}, -99, []),
    (50, {"waarde_gebruik_auto": 183_50}, None, ["EIGEN_BIJDRAGE_AUTO"]),
    (50, {"loon_lbph_totaal": None}, None, ["GEEN_LOON"]),
    (50, {"inhouding_lbph_totaal": None}, None, ["GEEN_INHOUDING"]),
    (50, {"labels": ["Loon-in-natura"]}, None, ["LOON_IN_NATURA"]),
    (50, {"klasse": "VERVALLEN_LOONPERIODE"}, None, ["VERVALLEN"]),
    (50, {"netto_inkomen_totaal": 1}, 955_00, []),                            # of the other formula
])
def test_the_variant(percentage, changes, net, reasons):
    assert one(percentage, **{**S12, **changes}) == (net, reasons)


@settings(max_examples=10, deadline=None)
@given(st.lists(st.tuples(st.integers(-10**7, 10**7), st.integers(0, 10**6)), min_size=20, max_size=60),
       st.integers(0, 300))
def test_the_deduction_is_rounded_to_the_cent(wages, percentage):
    rows = [{**WAGES, **dict.fromkeys(AMOUNTS), "loon_lbph_totaal": wage, "inhouding_lbph_totaal": tax}
            for wage, tax in wages]
    expected = [wage - tax - int((Decimal(wage) * percentage / 10_000).quantize(Decimal(1), ROUND_HALF_UP))
                for wage, tax in wages]
    assert assess(rows, sql=both, percentage=percentage)["netto_uniform"].to_pylist() == expected


def test_the_percentage_is_not_known():
    assert wga_percentage(Period(2026, 10)) is None


def test_the_percentage_is_a_dated_parameter(tmp_path):
    path = tmp_path / "ib_oib.csv"
    path.write_text(f"{HEAD}wga_uniform_pct;50;2027-01-01;2027-12-31;assumed;x;x\n"
                    "wga_uniform_pct;65;2028-01-01;;assumed;x;x\n")
    assert [wga_percentage(Period(year, 10), tmp_path) for year in (2026, 2027, 2028)] == [None, 50, 65]
    path.write_text(f"{HEAD}wga_uniform_pct;0,50;2027-01-01;;assumed;x;x\n")
    with pytest.raises(CatalogueError, match="honderdsten"):
        wga_percentage(Period(2027, 10), tmp_path)
