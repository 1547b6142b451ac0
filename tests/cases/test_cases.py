"""Every folder ``<exchange>/<situation>`` is a delivery: what is administered, what must arrive, what the report says.

    case.toml           titel; periode (PERIOD when not said); methode; eerder (month of an earlier, accepted delivery,
                        from the folder eerder/, by eerder_methode; the same month: it is made anew); status (what
                        becomes of it; accepted when not said); reden (words of what stops it); storingen (of the
                        partner); [gegevens] (what the municipality says of itself otherwise than usual, see
                        tests/chain.py; "-": nothing)
    <table>.csv         rows of the administration, only the columns that matter (see tests/rows.py)
    expect.xml          the message that arrives, laid out for reading; none: nothing may arrive
    expect_report.json  parts of the report: of an object the keys named, of a list every item in order
"""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from lxml import etree

from tests.chain import DESKS, Chain, chain
from tests.rows import read_csv, write_csv

HERE = Path(__file__).parent
CASES = sorted(path.parent for path in HERE.glob("*/*/case.toml"))
PERIOD = "2026-10"


def canonical(xml: bytes) -> bytes:
    """The document without its layout: white space between elements means nothing."""
    return etree.tostring(etree.fromstring(xml, etree.XMLParser(remove_blank_text=True)), method="c14n")


def differences(expected: Any, found: Any, at: str = "") -> list[str]:
    if isinstance(expected, dict) and isinstance(found, dict):
        return [line for key, value in expected.items() for line in differences(value, found.get(key), f"{at}/{key}")]
    if isinstance(expected, list) and isinstance(found, list) and len(expected) == len(found):
        pairs = enumerate(zip(expected, found, strict=True))
        return [line for number, (one, other) in pairs for line in differences(one, other, f"{at}/{number}")]
    return [] if expected == found else [f"{at}: {expected!r}, not {found!r}"]


def deliver(folder: Path, case: dict[str, Any], home: Path) -> tuple[Chain, str, list[str]]:
    """(the chain, the delivery, what was at the partner before it)."""
    exchange = folder.parent.name
    says = {name: value for name, value in (DESKS[exchange].says | case.get("gegevens", {})).items() if value != "-"}
    partner = chain(home, home / "bron", kind="csv", exchange=exchange, says=says)
    if "eerder" in case:
        write_csv(partner.source, read_csv(folder / "eerder"))
        before = partner.open(case["eerder"], method=case.get("eerder_methode"))
        assert partner.finish(before) is None
    write_csv(partner.source, read_csv(folder))
    there = partner.inbox
    period = case.get("periode", PERIOD)
    delivery = partner.open(period, method=case.get("methode"), new=case.get("eerder") == period)
    partner.finish(delivery, case.get("storingen", ()))
    return partner, delivery, there


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_case(folder, tmp_path):
    case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    partner, delivery, there = deliver(folder, case, tmp_path)
    arrived = [name for name in partner.inbox if name.endswith(".xml") and name not in there]
    expected = folder / "expect.xml"

    after = partner.delivery(delivery)
    assert after.state == case.get("status", "accepted"), after.reason
    assert case.get("reden", "") in after.reason
    assert len(arrived) == expected.exists()
    if arrived:
        data = (partner.partner / partner.desk.inbox / arrived[0]).read_bytes()
        assert canonical(data).decode() == canonical(expected.read_bytes()).decode()
    report = partner.report(delivery)
    assert differences(json.loads((folder / "expect_report.json").read_text(encoding="utf-8")), report) == []


def test_a_case_can_fail():
    """The comparisons see what they should see."""
    assert canonical(b"<a>\n  <b>x</b>\n</a>") == canonical(b"<a><b>x</b></a>") != canonical(b"<a><b>x </b></a>")
    assert differences({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2, "c": 3}], "d": 4}) == []
    assert differences({"a": [1]}, {"a": [1, 2]}) == ["/a: [1], not [1, 2]"]
    assert differences({"a": {"b": 2}}, {"a": {"b": 3}}) == ["/a/b: 2, not 3"]
    assert len(CASES) >= 60
