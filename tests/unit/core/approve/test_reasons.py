"""Why approval is needed, and why not: what changed, and by how much."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.core.approve.basis import Basis
from exchanges.core.approve.reasons import DEFAULT_LIMIT, Facts, Measure, change, measures_of, weigh

BASIS = Basis("a" * 64, {"norm": "10"}, "b" * 64, "c" * 64, "Bericht v0200", "d" * 64, "Bericht v0200")
NUMBERS = st.integers(min_value=-(10**12), max_value=10**12)


def facts(*values: int, basis: Basis | None = BASIS, unit: str = "aantal") -> Facts:
    names = ("records", "totaal/loon", "tabel/adres")
    measures = tuple(Measure(name, name, value, unit) for name, value in zip(names, values, strict=False))
    return Facts("proef/0153/2026-10/0001", basis, measures)


def codes(now: Facts, before: Facts | None, limit: Decimal = DEFAULT_LIMIT) -> list[str]:
    return [reason.code for reason in weigh(now, before, limit).required]


def test_the_first_is_always_looked_at():
    assert codes(facts(1), None) == ["AKK-EERSTE"]


def test_alike_is_passed_and_says_what_was_looked_at():
    found = weigh(facts(100, 5, 7), facts(100, 5, 7), DEFAULT_LIMIT)
    assert found.required == []
    assert [reason.code for reason in found.passed] == [
        "AKK-EERSTE", "AKK-SELECTIE", "AKK-PARAMETERS", "AKK-SCHEMA", "AKK-MAPPING", "AKK-AANTAL", "AKK-TOTAAL",
        "AKK-TABEL"]  # fmt: skip


@pytest.mark.parametrize(
    "changed, code, told",
    [
        ({"selection": "e" * 64}, "AKK-SELECTIE", "selectie of een regel is gewijzigd"),
        ({"parameters": {"norm": "11"}}, "AKK-PARAMETERS", "norm is 11, was 10"),
        ({"parameters": {}}, "AKK-PARAMETERS", "norm is vervallen, was 10"),
        ({"parameters": {"norm": "10", "nieuw": "1"}}, "AKK-PARAMETERS", "nieuw is 1, was er niet"),
        ({"local": "e" * 64}, "AKK-PARAMETERS", "gegevens van de gemeente"),
        ({"schema_version": "Bericht v0300"}, "AKK-SCHEMA", "Bericht v0300, was Bericht v0200"),
        ({"schema": "e" * 64}, "AKK-SCHEMA", "inhoud van schema Bericht v0200 is gewijzigd"),
        ({"mapping_version": "Bericht v0300"}, "AKK-MAPPING", "Bericht v0300, was Bericht v0200"),
        ({"mapping": "e" * 64}, "AKK-MAPPING", "inhoud van mapping Bericht v0200 is gewijzigd"),
    ],
)
def test_what_it_rests_on_has_changed(changed, code, told):
    found = weigh(facts(100, basis=replace(BASIS, **changed)), facts(100), DEFAULT_LIMIT)
    (reason,) = found.required
    assert reason.code == code and told in reason.text


def test_a_former_delivery_of_which_that_is_not_known_is_no_ground_to_pass():
    assert codes(facts(100), facts(100, basis=None)) == ["AKK-SELECTIE"]
    assert Basis.kept(None) is None and Basis.kept({"selection": "x"}) is None


@pytest.mark.parametrize("value, beyond", [(110, False), (111, True), (90, False), (89, True), (100, False)])
def test_exactly_the_limit_passes(value, beyond):
    assert codes(facts(value), facts(100)) == (["AKK-AANTAL"] if beyond else [])


def test_the_numbers_are_in_the_reason():
    (reason,) = weigh(facts(1234, 0), facts(1000, 0), DEFAULT_LIMIT).required
    assert reason.text == "records: 1.234, was 1.000 (+23,40 %); meer dan 10,00 % verschil."
    (money,) = weigh(facts(123456, unit="cent"), facts(100000, unit="cent"), DEFAULT_LIMIT).required
    assert "€ 1.234,56, was € 1.000,00" in money.text


def test_where_there_was_nothing_anything_is_beyond():
    assert codes(facts(100, 1), facts(100, 0)) == ["AKK-TOTAAL"]
    assert codes(facts(100, 0), facts(100, 0)) == []


def test_a_table_or_total_that_came_or_went_counts_as_nothing_on_the_other_side():
    assert codes(facts(100, 5, 7), facts(100, 5)) == ["AKK-TABEL"]
    assert codes(facts(100, 5), facts(100, 5, 7)) == ["AKK-TABEL"]
    assert codes(facts(100), facts(100, 0)) == []
    # It is not told as nothing: it was not counted.
    (came,) = weigh(facts(100, 5, 7), facts(100, 5), DEFAULT_LIMIT).required
    (went,) = weigh(facts(100, 5), facts(100, 5, 7), DEFAULT_LIMIT).required
    assert came.text == "tabel/adres: 7, de vorige keer niet geteld; meer dan 10,00 % verschil."
    assert went.text == "tabel/adres: nu niet geteld, was 7; meer dan 10,00 % verschil."


def test_a_limit_of_the_municipality():
    assert codes(facts(150), facts(100), Decimal(50)) == []
    assert codes(facts(101), facts(100), Decimal(0)) == ["AKK-AANTAL"]
    assert codes(facts(1001), facts(1000), Decimal("0.05")) == ["AKK-AANTAL"]


def test_what_is_demanded_whatever_the_numbers_say():
    found = weigh(facts(100), facts(100), DEFAULT_LIMIT, {"AKK-VERVANGING": "Dit vervangt een eerdere levering."})
    assert [reason.code for reason in found.required] == ["AKK-VERVANGING"]


@given(NUMBERS, NUMBERS, st.decimals(0, 1000, places=2))
def test_beyond_is_exactly_more_than_the_share(now, before, limit):
    """Held against fractions: no rounding decides."""
    from fractions import Fraction

    beyond = abs(Fraction(now - before)) > Fraction(limit) / 100 * abs(before)
    assert (codes(facts(now), facts(before), limit) == ["AKK-AANTAL"]) == beyond


@given(NUMBERS, NUMBERS)
def test_a_change_is_told_with_its_direction(now, before):
    told = change(now, before)
    assert (told == "gelijk") == (now == before)
    if now > before and not told.endswith(" %"):
        assert told.startswith("+") and before == 0


def test_measures_of_a_delivery_that_was_built():
    details = {"totals": [{"id": "loon", "title": "loon", "unit": "cent", "source": 5, "file": 5},
                          {"id": "weg", "title": "weg", "unit": "cent", "source": 5, "file": None}]}  # fmt: skip
    found = measures_of(3, ("persoon", "personen"), details, {"adres": ("adressen", 4)})
    assert [(one.name, one.value) for one in found] == [("records", 3), ("totaal/loon", 5), ("tabel/adres", 4)]
