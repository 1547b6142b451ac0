"""The figures of a measurement, as people read them."""

from __future__ import annotations

import pytest

from exchanges.bench import _each, outbound
from exchanges.cli.figures import lines
from exchanges.core.errors import UsageError


def test_figures_are_in_words_with_dutch_numbers() -> None:
    found = {"clients": 200000, "ratio": 1.95, "steps": {"select": 0.227, "reconcile": 1.0}, "classes": {"NIEUW": 1234},
             "microseconds_per_client": None}  # fmt: skip
    assert list(lines(found)) == [
        "       200.000  personen",
        "          1,95  verhouding",
        "                seconden per stap:",
        "           0,227  Selectie",
        "             1,0  Aansluiting",
        "                uitkomsten per soort:",
        "           1.234  NIEUW",
    ]


def test_only_what_sends_has_this_chain() -> None:
    with pytest.raises(UsageError, match=r"^ib_samenloop ontvangt; meet een uitwisseling die verzendt\.$"):
        outbound("ib_samenloop", 10)


@pytest.mark.parametrize(("seconds", "persons", "each"), [
    (2.0, 100_000, 20.0), (-0.1, 500, None), (0.1, 0, None), (0.1, -100, None),
])  # fmt: skip
def test_what_a_person_costs_is_a_cost_or_not_known(seconds: float, persons: int, each: float | None) -> None:
    assert _each(seconds, persons) == each
