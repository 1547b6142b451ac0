"""The net amount against a calculation by hand in Decimal, and every reason why there is none."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from exchanges.core.period import Period
from exchanges.core.sql import session
from exchanges.ib_oib.list_judge import schemas
from exchanges.ib_oib.list_layout import WORKED_OUT, layout
from exchanges.ib_oib.net import TERMS, VARIANTS, assessed, other_income
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


@pytest.mark.parametrize(("given", "net"), [(80_00, 2136_00), (0, 2056_00), (None, None)])
def test_the_amount_with_the_monthly_toeslag_stands_beside_the_one_without(given, net):
    assert one(vt_toeslag=given)["netto_met_vt"] == net
    assert one(vt_toeslag=given, loon_lbph_totaal=None)["netto_met_vt"] is None


@pytest.mark.parametrize(("paid", "net"), [(1000_00, 596_50), (900_00, None), (None, None), (0, None)])
def test_holiday_allowance_is_netted_apart_when_it_is_all_at_the_special_tariff(paid, net):
    assert one(vakantietoeslag=paid)["netto_vakantietoeslag"] == net


CENTS = st.integers(-500_00, 9000_00) | st.sampled_from([0, 1, -1])
# Of a term both tariffs; now and then the total is another, and a term, or one of its columns, is missing.
PARTS = st.tuples(CENTS, CENTS | st.just(0), st.sampled_from([0] * 60 + [1, -1]))
WITHOUT = st.sampled_from([()] * 12 + [(TERMS[2],), (TERMS[3],), TERMS[2:], TERMS[:1], TERMS[1:2]])
LABELS: list[list[str]] = [[]] * 40 + [["Loon-in-natura"], ["Bereken-VT-en-EPS"], ["iets"]]
COLUMNS = [f"{term}_{variant}" for term in TERMS for variant in VARIANTS]
ROWS = st.lists(
    st.fixed_dictionaries({
        **dict.fromkeys(TERMS, PARTS), "zonder": WITHOUT,
        "gaten": st.sampled_from([()] * 36 + [(name,) for name in COLUMNS]),
        "auto": st.none() | CENTS, "netto": st.tuples(*[st.sampled_from([None] * 6 + [0] * 4 + [1, -1, 2])] * 3),
        "soort": st.sampled_from(["15", "11", "43", "56", None, "99"]),
        "volledig": st.sampled_from([True] * 19 + [False]), "labels": st.sampled_from(LABELS),
        "betaald": st.sampled_from([(None, None)] * 12 + [(5_00, None), (5_00, 0), (0, 7_00), (5_00, 7_00)]),
    }), min_size=30, max_size=60)  # fmt: skip
Amounts = dict[str, Decimal | None]


def as_row(drawn: dict) -> dict:
    row = {**WAGES, **dict.fromkeys(AMOUNTS), "code_soort_inkomstenverhouding": drawn["soort"],
           "berekening_volledig": drawn["volledig"], "waarde_gebruik_auto": drawn["auto"], "labels": drawn["labels"],
           "vakantietoeslag": drawn["betaald"][0], "extra_periode_salaris": drawn["betaald"][1]}  # fmt: skip
    for term in TERMS:
        if term not in drawn["zonder"]:
            normal, special, beside = drawn[term]
            row |= {f"{term}_totaal": normal + special + beside, f"{term}_normaal": normal,
                    f"{term}_bijzonder": special}  # fmt: skip
    row |= dict.fromkeys(drawn["gaten"])
    for variant, (net, beside) in zip(VARIANTS, zip(by_hand(row).values(), drawn["netto"], strict=True), strict=True):
        if net is not None and beside is not None:
            row[f"netto_inkomen_{variant}"] = int(net * 100) + beside
    return row


def by_hand(row: dict) -> Amounts:
    """In euros, by variant: wage less car, tax, Zvw and WGA (ib-signalen 6.1). None: a term is missing. A premium of
    which there is nothing at all is not withheld; WGA always is of wages."""
    out: Amounts = {}
    for variant in VARIANTS:
        terms = [row[f"{term}_{variant}"] for term in TERMS]
        for place, withheld in ((2, True), (3, row["code_soort_inkomstenverhouding"] in ("43", "56"))):
            if withheld and all(row[f"{TERMS[place]}_{one}"] is None for one in VARIANTS):
                terms[place] = 0
        # The list has one value of the car, of the normal tariff.
        terms.append(0 if variant == "bijzonder" else row["waarde_gebruik_auto"] or 0)
        wage, *less = (None if cents is None else Decimal(cents) / 100 for cents in terms)
        out[variant] = None if wage is None or None in less else wage - sum(filter(None, less), Decimal(0))
    return out


def manual(row: dict, net: Amounts) -> bool:
    """Whether a person must look: something is missing in the total, or the list contradicts itself."""
    given = [(row[f"netto_inkomen_{variant}"], net[variant]) for variant in VARIANTS]
    tariffs = [one for one in VARIANTS[1:] if any(row[f"{term}_{one}"] is not None for term in TERMS)]
    sums = False
    for term in (*TERMS, "netto_inkomen") if tariffs else ():
        total, *parts = (row[f"{term}_{variant}"] for variant in VARIANTS)
        # A tariff without any amount is one without income.
        parts = [cents if one in tariffs else cents or 0 for one, cents in zip(VARIANTS[1:], parts, strict=True)]
        sums |= None not in (total, *parts) and total != sum(parts)
    return (net["totaal"] is None or not row["berekening_volledig"] or row["labels"] not in ([], ["iets"]) or sums
            or bool(row["vakantietoeslag"] and row["extra_periode_salaris"])
            or any(None not in pair and abs(Decimal(pair[0]) / 100 - pair[1]) > Decimal("0.01") for pair in given))


# Without shrinking: one row differs, and is easily read.
@settings(max_examples=20, deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(ROWS)
def test_the_amount_is_that_of_a_calculation_by_hand(drawn):
    rows = [as_row(one) for one in drawn]
    for found, row in zip(assess(rows, other=OTHER).to_pylist(), rows, strict=True):
        net = by_hand(row)
        judged = manual(row, net)
        assert (found["netto_stand"], bool(found["netto_redenen"])) == ("handmatig" if judged else "berekend", judged)
        for variant in VARIANTS:
            given_, cents = row[f"netto_inkomen_{variant}"], found[f"netto_berekend_{variant}"]
            assert (None if cents is None else Decimal(cents) / 100) == (None if judged else net[variant])
            beside = None if given_ is None or net[variant] is None else Decimal(given_) / 100 - net[variant]
            assert found[f"netto_verschil_{variant}"] == (None if beside is None else beside * 100)
