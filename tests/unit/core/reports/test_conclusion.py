"""The headline: a delivery that does not close never looks like one that does."""

from __future__ import annotations

import itertools
from typing import get_args

import pytest

from exchanges.core.reports import Report
from exchanges.core.reports.conclusion import conclude, no_answer
from exchanges.core.reports.parts import State
from tests.unit.core.reports.documents import ALL, example


@pytest.mark.parametrize(("name", "tone", "headline"), [
    ("example", "goed", "Deze levering sluit"),
    ("accepted", "goed", "Deze levering sluit"),
    ("waiting", "let-op", "Deze levering sluit tot en met het versturen"),
    ("blocked", "fout", "Deze levering is tegengehouden"),
    ("broken", "fout", "Deze levering sluit niet en is tegengehouden"),
    ("failed", "fout", "Deze levering is mislukt"),
    ("empty", "let-op", "Deze levering is nog niet begonnen"),
])
def test_headline(name: str, tone: str, headline: str) -> None:
    conclusion = conclude(Report.from_dict(ALL[name]()))
    assert (conclusion.tone, conclusion.headline) == (tone, headline)


@pytest.mark.parametrize(("state", "closed"), list(itertools.product(get_args(State), (True, False))))
def test_every_state(state: str, closed: bool) -> None:
    document = example()
    document["delivery"]["state"] = state
    document["verdict"]["closed"] = closed
    conclusion = conclude(Report.from_dict(document))
    good = closed and state in ("accepted", "partly_accepted", "published")
    assert (conclusion.tone == "goed") == good
    assert ("sluit niet" in conclusion.headline) == ("sluit niet" in conclusion.balance) == (not closed)
    if state in ("blocked", "failed", "rejected"):
        assert conclusion.tone == "fout"


@pytest.mark.parametrize(("name", "headline", "balance"), [
    ("blocked", "Deze levering is tegengehouden", "Nog niet bewezen"),
    ("empty", "Deze levering is nog niet begonnen", "Nog niets geteld"),
])
def test_without_a_proof_nothing_closes_and_nothing_differs(name: str, headline: str, balance: str) -> None:
    document = ALL[name]()
    document["verdict"]["closed"] = False
    conclusion = conclude(Report.from_dict(document))
    assert (conclusion.headline, conclusion.balance) == (headline, balance)
    assert conclusion.tone != "goed"


def test_nothing_to_send_is_no_fault_unless_something_does_not_add_up() -> None:
    document = ALL["blocked"]()
    document["delivery"]["state"] = "nothing"
    document["verdict"]["closed"] = False
    report = Report.from_dict(document)
    assert (conclude(report).tone, conclude(report).headline) == ("goed", "Er is niets te verzenden")
    assert "niets te verzenden" in no_answer(report)
    document["steps"][0]["measures"][0]["out"] -= 1
    document["steps"][0]["measures"][0]["closed"] = False
    assert conclude(Report.from_dict(document)).tone == "fout"


def test_halfway() -> None:
    document = ALL["blocked"]()
    document["verdict"]["closed"] = False
    document["delivery"]["state"] = "open"
    assert conclude(Report.from_dict(document)).headline == "Deze levering is nog niet bewezen"
    document["steps"][0]["measures"][0] |= {"out": 1, "closed": False}
    assert conclude(Report.from_dict(document)).headline == "Deze levering sluit niet"


@pytest.mark.parametrize(("name", "words"), [
    ("waiting", "Nog geen antwoord"), ("blocked", "tegengehouden"), ("failed", "mislukt"),
    ("empty", "nog niet verstuurd"),
])
def test_why_there_is_no_answer(name: str, words: str) -> None:
    assert words in no_answer(Report.from_dict(ALL[name]()))


def test_delivered_without_a_receipt() -> None:
    document = ALL["waiting"]()
    document["receipt"] = None
    assert "is verstuurd" in no_answer(Report.from_dict(document))


def test_a_file_that_came_before_is_not_a_delivery_that_has_not_begun() -> None:
    document = ALL["empty"]()
    document["delivery"] |= {"state": "nothing", "direction": "in"}
    document["verdict"] = {"closed": False, "text": "Dit bestand is al verwerkt."}
    conclusion = conclude(Report.from_dict(document))
    assert (conclusion.tone, conclusion.headline) == ("goed", "Er is niets nieuws ontvangen")
    assert conclusion.balance == "Niets te bewijzen"
