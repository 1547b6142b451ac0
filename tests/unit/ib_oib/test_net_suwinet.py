"""Of an answer over Suwinet no net amount is made, and the reason is told."""

from __future__ import annotations

import pyarrow as pa
import pytest

from exchanges.ib_oib.comparison import INCOME
from exchanges.ib_oib.net_suwinet import assessed_suwinet
from exchanges.ib_oib.net_words import REASONS
from tests.unit.ib_oib.test_net import assess

IKO = next(level for level in INCOME.levels if level.name == "iko")
SCHEMA = pa.schema([("begin", pa.int32()), ("eind", pa.int32()), *((name, pa.int64()) for name in IKO.measured)])
WAGES = {"begin": 20261001, "eind": 20261031, "loon_sv": 3386_48, "loon_lb": 3555_80, "ingehouden_lb": 670_51}


@pytest.mark.parametrize(("changes", "state", "reasons"), [
    ({}, "handmatig", ["ALLEEN_SUWINET"]),
    ({"loon_lb": -12_00, "ingehouden_lb": 0}, "handmatig", ["ALLEEN_SUWINET"]),
    ({"loon_lb": None}, "handmatig", ["GEEN_LOON", "ALLEEN_SUWINET"]),
    ({"ingehouden_lb": None}, "handmatig", ["GEEN_INHOUDING", "ALLEEN_SUWINET"]),
    ({"vakantietoeslag": 1, "extra_periode": 1}, "handmatig", ["VT_EN_EPS", "ALLEEN_SUWINET"]),
    ({"vakantietoeslag": 1, "extra_periode": 0}, "handmatig", ["ALLEEN_SUWINET"]),
    ({"loon_sv": None, "loon_lb": None, "ingehouden_lb": None, "uren": 0}, "handmatig",
     ["GEEN_LOON", "GEEN_INHOUDING", "ALLEEN_SUWINET"]),
    ({"loon_sv": None, "loon_lb": None, "ingehouden_lb": None}, "niet_van_toepassing", ["GEEN_LOONPERIODE"]),
])
def test_every_row_says_why_it_is_by_hand(changes, state, reasons):
    row = assess([{**WAGES, **changes}], sql=assessed_suwinet, schema=SCHEMA).to_pylist()[0]
    assert (row["netto_stand"], row["netto_redenen"]) == (state, reasons)
    assert set(reasons) <= set(REASONS) and not [name for name in row if name.startswith("netto_berekend")]
