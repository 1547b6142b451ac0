"""Every folder ``<exchange>/<situation>`` is a delivery: what is administered, what must arrive, what the report says.

    case.toml           titel; eerder (month of an earlier, accepted delivery, from the folder eerder/); methode;
                        status (what becomes of it; accepted when not said); storingen (of the partner)
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

from tests.chain import Chain, chain
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


def deliver(folder: Path, case: dict[str, Any], home: Path) -> tuple[Chain, str]:
    partner = chain(home, home / "bron", kind="csv", method=case.get("methode"))
    if "eerder" in case:
        write_csv(partner.source, read_csv(folder / "eerder"))
        before = partner.open(case["eerder"])
        assert partner.finish(before) is None
    write_csv(partner.source, read_csv(folder))
    delivery = partner.open(PERIOD)
    partner.finish(delivery, case.get("storingen", ()))
    return partner, delivery


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: f"{folder.parent.name}/{folder.name}")
def test_case(folder, tmp_path):
    case = tomllib.loads((folder / "case.toml").read_text(encoding="utf-8"))
    partner, delivery = deliver(folder, case, tmp_path)
    arrived = [name for name in partner.inbox if name.endswith(".xml") and f"_{PERIOD}_" in name]
    expected = folder / "expect.xml"

    assert partner.delivery(delivery).state == case.get("status", "accepted"), partner.delivery(delivery).reason
    if expected.exists():
        data = (partner.partner / "in" / arrived[-1]).read_bytes()
        assert canonical(data).decode() == canonical(expected.read_bytes()).decode()
    else:
        assert partner.inbox == []
    report = partner.report(delivery)
    assert differences(json.loads((folder / "expect_report.json").read_text(encoding="utf-8")), report) == []


def test_a_case_can_fail():
    """The comparisons see what they should see."""
    assert canonical(b"<a>\n  <b>x</b>\n</a>") == canonical(b"<a><b>x</b></a>") != canonical(b"<a><b>x </b></a>")
    assert differences({"a": [1, {"b": 2}]}, {"a": [1, {"b": 2, "c": 3}], "d": 4}) == []
    assert differences({"a": [1]}, {"a": [1, 2]}) == ["/a: [1], not [1, 2]"]
    assert differences({"a": {"b": 2}}, {"a": {"b": 3}}) == ["/a/b: 2, not 3"]
    assert len(CASES) >= 20
