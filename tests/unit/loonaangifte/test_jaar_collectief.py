"""Whole euros beside cents, saldi beside totals, what was asked beside what is due; by hand."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from exchanges.loonaangifte.jaar_collectief import SEPARATE, Rounding, settle
from exchanges.loonaangifte.jaar_lijnen import Line
from exchanges.loonaangifte.jaar_ontvangen import Correction, Message

MONTHS = ["2026-01", "2026-02"]


def totals(tax: int, employer: int = 0) -> dict[str, int]:
    return {"tot_ln_lb_ph": 1000, "ing_lb_ph": tax, "ing_bijdr_zvw": 0, "tot_wgh_zvw": employer}


def line(name: str, month: str, cents: int) -> Line:
    return Line(name, month, cents, cents, cents, 0, 0)


LINES = [
    line(name, month, cents)
    for month, tax in (("2026-01", 11_450), ("2026-02", 20_099))
    for name, cents in (("loon", 100_005), ("loonheffing", tax), ("bijdrage_zvw", 0), ("werkgeversheffing_zvw", 1_099))
]  # fmt: skip


def said(**changed: int) -> list[Message]:
    """January 120 and 10; in February January became 114: saldo -6; then February 200 and 10."""
    values = {"saldo": -6, "general": 204, "due": 210} | changed
    return [
        Message(1, "2026-01", totals(120, 10), 130, 130, "001000275L01"),
        Message(2, "2026-02", totals(200, 10), values["due"], values["general"], "001000275L01",
                corrections=[Correction("2026-01", 0, totals(114, 10), 124, values["saldo"], 3, 1)]),
    ]  # fmt: skip


def test_what_was_asked_is_what_is_due():
    found = settle(said(), MONTHS, LINES, "gunstig")
    assert found.closes and found.asked == found.due == 130 + 204 == 124 + 210
    january, february = found.months
    assert (january.declared, january.general, january.due, january.corrections) == (130, 130, 124, 1)
    assert (february.declared, february.saldi, february.general) == (210, -6, 204)
    (corrected,) = found.corrections
    assert (corrected.by, corrected.month, corrected.saldo, corrected.relations, corrected.withdrawn) == (
        "2026-02", "2026-01", -6, 3, 1,
    )  # fmt: skip
    cents = {(one.month, one.total): one.rounding for one in found.rounding}
    assert cents["2026-01", "IngLbPh"] == 50 and cents["2026-02", "IngLbPh"] == 99
    assert cents["2026-01", "TotWghZvw"] == 99 and cents["2026-01", "TotLnLbPh"] == 5


@pytest.mark.parametrize("changed", [{"saldo": -5}, {"general": 205}, {"due": 211}])
def test_a_euro_that_is_off_does_not_close(changed):
    assert not settle(said(**changed), MONTHS, LINES, "gunstig").closes


def test_a_month_without_declaration_does_not_close():
    found = settle(said()[:1], MONTHS, LINES, "gunstig")
    assert not found.closes and found.months[1].declared is None
    assert not [one for one in found.rounding if one.month == "2026-02"]


def test_a_separate_correction_is_asked_apart():
    loose = Message(3, None, dict.fromkeys(totals(0)), None, None,
                    corrections=[Correction("2026-02", 1, totals(230, 10), 240, None, 2)])  # fmt: skip
    lines = [one for one in LINES if (one.line, one.month) != ("loonheffing", "2026-02")]
    found = settle([*said(), loose], MONTHS, [*lines, line("loonheffing", "2026-02", 23_000)], "gunstig")
    assert found.closes and (found.asked, found.separate, found.due) == (334, 30, 364)
    assert found.corrections[-1].by == SEPARATE and found.corrections[-1].saldo == 30


def test_a_declaration_that_gave_way_asks_nothing():
    first, second = said()
    again = replace(second, order=3)
    found = settle([first, replace(second, replaced=True), again], MONTHS, LINES, "gunstig")
    assert found.closes and found.asked == 334
    assert found.months[1].replaced == 1 and len(found.corrections) == 1


def test_a_saldo_without_a_correction_does_not_close():
    first, second = said()
    second.corrections.append(Correction("2026-01", -1, totals(0), 0, 4))
    second.total_general = 208
    assert not settle([first, second], MONTHS, LINES, "gunstig").closes


@given(st.integers(-10_000, 10_000), st.integers(-150, 150))
def test_rounding_is_below_a_euro_and_in_favour_of_the_withholder(euros, rest):
    cents = euros * 100 + rest
    assert Rounding("2026-01", "IngLbPh", euros, cents, up=False).closes == (0 <= rest < 100)
    towards = Rounding("2026-01", "IngLbPh", euros, cents, up=True).closes
    assert towards == (-100 < rest <= 0 if cents < 0 else 0 <= rest < 100)
