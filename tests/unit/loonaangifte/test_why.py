"""Why is this person in a declaration, or not: taxed or not, this month or another, corrected, remarked upon."""

from __future__ import annotations

from typing import Any

import pytest

from exchanges.core.why import why
from tests.wage_town import NOBODY, PEOPLE, UNTAXED, WageTown, wage_town

BOTH, PLAIN, GONE, CORRECTED = PEOPLE[:4]


@pytest.fixture(scope="module")
def answered(tmp_path_factory) -> tuple[WageTown, str]:
    """February, with corrections of January: of one who is paid in both months, and of one who ended in January."""
    town = wage_town(tmp_path_factory.mktemp("waarom"))
    town.pay(1)
    assert town.declare(1).state == "accepted"
    town.pay(2, 0, 1)
    town.pay(1, 0, 3, net=10_000, kind="nabetaling")
    town.ended = {2: f"{town.year - 1}-12-31", 3: "2026-01-31"}
    town.paid = [line for line in town.paid if line.who != 2]
    february = town.declare(2, report_count=1)
    assert february.state == "accepted"
    yield town, february.id
    town.leave()


def ask(answered: tuple[WageTown, str], bsn: str) -> dict[str, Any]:
    town, delivery = answered
    found = why(delivery, bsn, town.chain.settings)
    assert bsn not in str(found) and found["person"].startswith("p:")
    return found


def test_who_was_declared(answered):
    found = ask(answered, PLAIN)
    assert found["conclusion"] == (
        "De persoon zit wel in het bestand, en het is verzonden. De partner heeft de persoon geaccepteerd."
    )
    assert [(place["table"], place["under"]) for place in found["places"]] == [("ikv", [])]
    # as the specification has them: only that another year is corrected by itself is law
    sure = {rule["code"] for rule in found["rules"] if rule["certainty"] == "verified"}
    assumed = {rule["code"] for rule in found["rules"] if rule["certainty"] == "assumed"}
    assert (sure, assumed) == ({"LA-JAAR"}, {"LA-ONBELAST", "LA-LATER", "LA-NIET-OPEN"})


def test_who_has_a_correction_as_well_and_a_remark(answered):
    found = ask(answered, BOTH)
    assert found["answer"] == "geaccepteerd" and found["conclusion"] == (
        "De persoon zit wel in het bestand, en het is verzonden. Waar: inkomstenverhoudingen; gecorrigeerde"
        " inkomstenverhoudingen (2026-01-01). De partner heeft de persoon geaccepteerd, met deze melding:"
        " Persoonsgegevens kloppen niet met de basisregistratie"
    )


def test_who_is_not_in_this_month_and_has_a_correction(answered):
    found = ask(answered, CORRECTED)
    assert found["in_file"] and found["conclusion"].startswith(
        "De persoon zit wel in het bestand, en het is verzonden. Waar: gecorrigeerde inkomstenverhoudingen"
        " (2026-01-01). Niet bij de inkomstenverhoudingen zelf: "
    )
    assert "De inkomstenverhouding loopt niet in het tijdvak en er is niets op betaald." in found["conclusion"]


def test_who_was_withdrawn(answered):
    found = ask(answered, GONE)
    assert [(place["table"], place["under"]) for place in found["places"]] == [("intrekking", ["2026-01-01"])]


def test_who_is_paid_untaxed(answered):
    found = ask(answered, UNTAXED)
    assert not found["in_file"] and found["answer"] is None
    assert found["conclusion"] == "De persoon is niet geselecteerd: De betaling is onbelast (bijzondere bijstand)."


def test_who_is_not_there(answered):
    assert ask(answered, NOBODY)["conclusion"] == "De bron van deze levering kent dit BSN niet."


def test_who_has_nothing_in_a_separate_correction(tmp_path):
    town = wage_town(tmp_path, year=2022)
    town.pay(11)
    assert town.declare(11).state == "accepted"
    town.pay(11, 0, net=10_000, kind="nabetaling")
    loose = town.declare(11, method="losse_correctie")
    town.leave()
    assert why(loose.id, BOTH, town.chain.settings)["in_file"]
    assert why(loose.id, PLAIN, town.chain.settings)["conclusion"] == (
        "De persoon zit er niet in: deze levering meldt alleen wat anders is dan de partner al heeft, en van deze"
        " persoon is dat niets."
    )


def test_who_is_there_with_nothing_to_declare(tmp_path):
    town = wage_town(tmp_path)
    town.pay(1)
    town.idle = True
    january = town.open(1)
    assert town.deliver(january, "reconcile") is None
    found = why(january, NOBODY, town.chain.settings)
    assert found["conclusion"] == "De bron kent dit BSN wel, maar heeft er niets bij in inkomstenverhouding."


def test_who_was_in_a_declaration_that_was_refused(tmp_path):
    town = wage_town(tmp_path)
    town.pay(1)
    refused = town.declare(1, refuse_consistency=True)
    town.leave()
    found = why(refused.id, PLAIN, town.chain.settings)
    assert found["answer"] == "afgewezen" and found["conclusion"] == (
        "De persoon zit wel in het bestand, en het is verzonden. De partner heeft de levering als geheel afgekeurd:"
        " BD-C-99: geweigerd bij de consistentiecontrole"
    )
