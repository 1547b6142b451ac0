"""What is assumed is told so that whoever does not know our parameters knows what it is."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from exchanges.core.dated import ParameterRow
from exchanges.core.steps.accounted import assumed_parameters


@pytest.mark.parametrize(
    ("value", "shown"), [(24, "24"), (12_345, "12.345"), ("Ketensluis", "Ketensluis"), ("", "niets ingevuld"), (0, "0")]
)
def test_a_parameter_is_told_by_what_it_is_with_its_value_and_where_that_is_from(value: Any, shown: str) -> None:
    rows = {
        "venster_maanden": ParameterRow("venster_maanden", value, "assumed", "spec 10", "zoveel maanden tellen mee"),
        "zeker": ParameterRow("zeker", 1, "verified", "wet", "wat vaststaat"),
    }
    context: Any = SimpleNamespace(parameter_rows=rows, exchange=SimpleNamespace(id="proef"))
    (told,) = assumed_parameters(context)
    assert told == {
        "what": "zoveel maanden tellen mee", "where": "mappings/parameters/proef.csv", "place": "selectie",
        "remark": f"Gebruikt: venster_maanden = {shown}. Bron: spec 10.",
    }  # fmt: skip
