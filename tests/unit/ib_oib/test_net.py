"""The net amount against a calculation by hand in Decimal, and every reason why there is none."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from exchanges.core.period import Period
from exchanges.core.sql import session
from exchanges.ib_oib.list_judge import schemas
from exchanges.ib_oib.list_layout import WORKED_OUT, layout
from exchanges.ib_oib.net import TERMS, VARIANTS, assessed, other_income, split
from exchanges.ib_oib.net_findings import problems
from exchanges.ib_oib.net_words import REASONS

OCTOBER = Period(2026, 10)
OTHER = other_income(OCTOBER)
LIST = schemas(layout(OCTOBER))["regel_oib"]
SCHEMA = pa.schema([field for field in LIST if field.name not in (*WORKED_OUT, "sleutel", "nummer")])
AMOUNTS = {
    "loon_lbph_totaal": 3000_00, "loon_lbph_normaal": 2000_00, "loon_lbph_bijzonder": 1000_00,
    "inhouding_lbph_totaal": 600_00, "inhouding_lbph_normaal": 250_00, "inhouding_lbph_bijzonder": 350_00,
    "inhouding_zvw_premie_totaal": 145_50, "inhouding_zvw_premie_normaal": 97_00,
    "inhouding_zvw_premie_bijzonder": 48_50, "inhouding_wgawhk_premie_totaal": 15_00,
    "inhouding_wgawhk_premie_normaal": 10_00, "inhouding_wgawhk_premie_bijzonder": 5_00, "waarde_gebruik_auto": 183_50,
    "netto_inkomen_totaal": 2056_00, "netto_inkomen_normaal": 1459_50, "netto_inkomen_bijzonder": 596_50,
}
WAGES = {
    "klasse": "NIEUWE_LOONPERIODE", "labels": [], "code_soort_inkomstenverhouding": "15", "berekening_volledig": True,
    "datum_aanvang_inkomstenopgave": 20261001, "datum_einde_inkomstenopgave": 20261031, **AMOUNTS,
}


def assess(rows: list[dict], *, sql=assessed, schema=SCHEMA, work: Path = Path("/nergens"), **more) -> pa.Table:
    with session(work, rows=1) as con:
        con.register("regels", pa.Table.from_pylist(rows, schema=schema))
        table = con.execute(f"SELECT * FROM {sql('regels', **more)}").to_arrow_table()
        con.unregister("regels")
    return table


def one(**changes: object) -> dict:
    return assess([{**WAGES, **changes}], other=OTHER).to_pylist()[0]


def told(**changes: object) -> set[tuple[str, str]]:
    table = assess([{**WAGES, **changes}], other=OTHER)
    return {(code, column) for code, column, mask in problems(table) if mask.any()}


def test_the_formula_in_three_variants():
    row = one()
    assert [row[f"netto_berekend_{variant}"] for variant in VARIANTS] == [2056_00, 1459_50, 596_50]
    assert (row["netto_stand"], row["netto_redenen"], row["delen_sluiten"], row["delen_fout"]) == (
        "berekend", [], True, [])
    assert told() == set()


def test_the_kinds_that_are_no_wages_come_from_the_code_list():
    assert "56" in OTHER and "43" in OTHER and not {"11", "13", "15", "17"} & set(OTHER)


def without(*starts: str) -> dict[str, None]:
    return {name: None for name in AMOUNTS if name.startswith(starts)}


NOTHING = {**dict.fromkeys(AMOUNTS), "berekening_volledig": False}
REASON = {
    "loon in natura": ({"labels": ["Loon-in-natura"]}, ["LOON_IN_NATURA"]),
    "label VT en EPS": ({"labels": ["Bereken-VT-en-EPS"]}, ["VT_EN_EPS"]),
    "VT en EPS zonder label": ({"vakantietoeslag": 5_00, "extra_periode_salaris": 5_00}, ["VT_EN_EPS"]),
    "VT alleen": ({"vakantietoeslag": 5_00, "extra_periode_salaris": 0}, []),
    "onvolledig": ({"berekening_volledig": False}, ["ONVOLLEDIG"]),
    "geen loon": (without("loon_lbph", "netto"), ["GEEN_LOON"]),
    "geen loon in totaal": ({"loon_lbph_totaal": None}, ["GEEN_LOON"]),
    "geen inhouding": (without("inhouding_lbph", "netto"), ["GEEN_INHOUDING"]),
    "Zvw alleen in een tarief": ({**without("netto"), "inhouding_zvw_premie_totaal": None}, ["GEEN_ZVW"]),
    "geen WGA bij loon": (without("inhouding_wgawhk", "netto"), ["GEEN_WGA"]),
    "geen WGA bij een onbekende soort": (
        {**without("inhouding_wgawhk", "netto"), "code_soort_inkomstenverhouding": None}, ["GEEN_WGA"]),
    "geen WGA bij pensioen": ({**without("inhouding_wgawhk", "netto"), "code_soort_inkomstenverhouding": "56"}, []),
    "WGA bij pensioen in een tarief": ({"inhouding_wgawhk_premie_totaal": None, "code_soort_inkomstenverhouding": "56",
                                        **without("netto")}, ["GEEN_WGA"]),
    "geen Zvw": (without("inhouding_zvw", "netto"), []),
    "geen auto": (without("waarde_gebruik_auto", "netto"), []),
    "1 cent anders": ({"netto_inkomen_totaal": 2056_01, "netto_inkomen_normaal": 1459_51}, []),
    "2 cent anders": ({"netto_inkomen_totaal": 2056_02, "netto_inkomen_normaal": 1459_52}, ["FORMULE_WIJKT_AF"]),
    "delen 1 cent anders": ({"loon_lbph_normaal": 2000_01}, ["DELEN_SLUITEN_NIET"]),
    "loon is nul": (dict.fromkeys(AMOUNTS, 0), []),
    "alles ontbreekt, wel een loonperiode": (NOTHING, ["ONVOLLEDIG", "GEEN_LOON", "GEEN_INHOUDING", "GEEN_WGA"]),
    "vervallen": ({"klasse": "VERVALLEN_LOONPERIODE"}, ["VERVALLEN"]),
    "relatie": ({**NOTHING, "klasse": "NIEUWE_INKOMSTENVERHOUDING", "datum_aanvang_inkomstenopgave": None,
                 "datum_einde_inkomstenopgave": None}, ["GEEN_LOONPERIODE"]),
    "lege opgave van een relatie": ({**NOTHING, "klasse": "EERSTE_LEVERING"}, ["GEEN_LOONPERIODE"]),
    "kenmerk gecorrigeerd": ({**NOTHING, "klasse": "GECORRIGEERDE_LOONPERIODE", "datum_aanvang_inkomstenopgave": None,
                              "datum_einde_inkomstenopgave": None}, ["GEEN_LOONPERIODE"]),
    "natura zonder een bedrag": ({**NOTHING, "klasse": "EERSTE_LEVERING", "labels": ["Loon-in-natura"]},
                                 ["LOON_IN_NATURA", "ONVOLLEDIG", "GEEN_LOON", "GEEN_INHOUDING", "GEEN_WGA"]),
}


@pytest.mark.parametrize(("changes", "reasons"), REASON.values(), ids=list(REASON))
def test_why_there_is_no_amount(changes, reasons):
    row = one(**changes)
    assert row["netto_redenen"] == reasons and set(reasons) <= set(REASONS)
    nothing = reasons in (["VERVALLEN"], ["GEEN_LOONPERIODE"])
    assert row["netto_stand"] == ("niet_van_toepassing" if nothing else "handmatig" if reasons else "berekend")
    assert (row["netto_berekend_totaal"] is None) == bool(reasons)


FOUND = {
    "formule": ({"netto_inkomen_totaal": 2060_00, "netto_inkomen_normaal": 1463_50},
                {("OIB-NET-FORMULE", "netto_inkomen_totaal"), ("OIB-NET-FORMULE", "netto_inkomen_normaal")}),
    "delen van een term": ({"inhouding_lbph_bijzonder": 350_01}, {("OIB-NET-DELEN", "inhouding_lbph_totaal")}),
    "delen van de uitkomst": ({"netto_inkomen_bijzonder": 596_51}, {("OIB-NET-DELEN", "netto_inkomen_totaal")}),
    "een cent te weinig in Zvw": ({"inhouding_zvw_premie_totaal": 145_49, "netto_inkomen_totaal": 2056_01},
                                  {("OIB-NET-DELEN", "inhouding_zvw_premie_totaal"),
                                   ("OIB-NET-DELEN", "netto_inkomen_totaal")}),
    "volledig zonder loon": ({**without("loon_lbph", "netto")}, {("OIB-NET-TERM", "berekening_volledig")}),
    "onvolledig met netto": ({"berekening_volledig": False}, {("OIB-NET-ONVERWACHT", "netto_inkomen_totaal")}),
    "onvolledig zonder netto": ({"berekening_volledig": False, **without("netto", "inhouding_wgawhk")}, set()),
    "zonder splitsing": ({name: None for name in AMOUNTS if name.endswith(("normaal", "bijzonder"))}, set()),
    "alleen normaal": ({**{name: None for name in AMOUNTS if name.endswith("bijzonder")},
                        **{f"{name}_totaal": AMOUNTS[f"{name}_normaal"] for name in (*TERMS, "netto_inkomen")}}, set()),
    "alleen normaal, en niet het totaal": ({name: None for name in AMOUNTS if name.endswith("bijzonder")},
                                           {("OIB-NET-DELEN", f"{name}_totaal") for name in (*TERMS, "netto_inkomen")}),
}


@pytest.mark.parametrize(("changes", "found"), FOUND.values(), ids=list(FOUND))
def test_what_contradicts_the_list_is_found_and_nothing_else(changes, found):
    assert told(**changes) == found


def test_a_part_that_is_missing_cannot_be_tested():
    row = one(inhouding_lbph_bijzonder=None, netto_inkomen_bijzonder=None)
    assert (row["delen_sluiten"], row["delen_fout"], row["netto_berekend_bijzonder"]) == (None, [], None)
    assert row["netto_berekend_totaal"] == 2056_00


def test_what_is_not_settled_takes_no_part():
    assert one(jgk=75_00, anw_tegemoetkoming=17_50, vt_toeslag=80_00)["netto_berekend_totaal"] == 2056_00


def test_the_monthly_toeslag_is_an_option():
    rows = assess([{**WAGES, "vt_toeslag": 80_00}, WAGES], other=OTHER, vt_toeslag=True).to_pylist()
    assert [row["netto_met_vt"] for row in rows] == [2136_00, None]
    assert "netto_met_vt" not in one(vt_toeslag=80_00)


@pytest.mark.parametrize(("paid", "net"), [(1000_00, 596_50), (900_00, None), (None, None), (0, None)])
def test_holiday_allowance_is_netted_apart_when_it_is_all_at_the_special_tariff(paid, net):
    assert one(vakantietoeslag=paid)["netto_vakantietoeslag"] == net


def test_records_without_an_amount_are_split_off():
    table = assess([WAGES, {**WAGES, **NOTHING}, WAGES], other=OTHER)
    done, not_done = split(table)
    assert (done.num_rows, not_done.num_rows) == (2, 1)
    assert set(done["netto_stand"].to_pylist()) == {"berekend"}


CENTS = st.integers(-500_00, 9000_00)
PARTS = st.none() | st.tuples(CENTS, CENTS)
ROWS = st.lists(
    st.fixed_dictionaries({
        **dict.fromkeys(TERMS, PARTS), "auto": st.none() | CENTS, "netto": st.none() | st.integers(-3, 3),
        "soort": st.sampled_from(["15", "11", "43", "56", None, "99"]), "volledig": st.booleans(),
    }), min_size=1, max_size=12)


def as_row(drawn: dict) -> dict:
    row = {**WAGES, **dict.fromkeys(AMOUNTS), "code_soort_inkomstenverhouding": drawn["soort"],
           "berekening_volledig": drawn["volledig"], "waarde_gebruik_auto": drawn["auto"]}
    for term in TERMS:
        if drawn[term] is not None:
            normal, special = drawn[term]
            row |= {f"{term}_totaal": normal + special, f"{term}_normaal": normal, f"{term}_bijzonder": special}
    net, _ = by_hand(drawn)
    if net is not None and drawn["netto"] is not None:
        row["netto_inkomen_totaal"] = int(net * 100) + drawn["netto"]
    return row


def by_hand(drawn: dict) -> tuple[Decimal | None, dict[str, Decimal]]:
    """In euros: the total, and each tariff, by the text of the assumptions; None: a term is missing."""
    wages = drawn["soort"] not in ("43", "56")
    needed = [term for term in TERMS if term in TERMS[:2] or (term == TERMS[3] and wages)]
    if any(drawn[term] is None for term in needed):
        return None, {}
    euros = {term: [Decimal(part) / 100 for part in drawn[term] or (0, 0)] for term in TERMS}
    car = Decimal(drawn["auto"] or 0) / 100
    tariffs = {}
    for place, tariff in enumerate(("normaal", "bijzonder")):
        wage, *withheld = (euros[term][place] for term in TERMS)
        tariffs[tariff] = wage - sum(withheld) - (car if tariff == "normaal" else 0)
    return sum(tariffs.values(), Decimal(0)), tariffs


@settings(max_examples=120, deadline=None)
@given(ROWS)
def test_the_amount_is_that_of_a_calculation_by_hand_and_the_sum_of_its_parts(drawn):
    for row, given_ in zip(assess([as_row(one) for one in drawn], other=OTHER).to_pylist(), drawn, strict=True):
        net, tariffs = by_hand(given_)
        close = given_["netto"] is None or abs(given_["netto"]) <= 1
        if net is not None and given_["volledig"] and close:
            assert row["netto_stand"] == "berekend"
            assert Decimal(row["netto_berekend_totaal"]) / 100 == net
            assert {name: Decimal(row[f"netto_berekend_{name}"]) / 100 for name in tariffs} == tariffs
            assert row["netto_berekend_totaal"] == row["netto_berekend_normaal"] + row["netto_berekend_bijzonder"]
        else:
            assert row["netto_stand"] != "berekend" and row["netto_berekend_totaal"] is None and row["netto_redenen"]
        # What was drawn in parts closes, and a given amount alone says nothing about its parts.
        assert row["delen_fout"] == []
        assert row["netto_verschil_totaal"] == (None if net is None else given_["netto"])
