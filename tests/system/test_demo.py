"""The demo as somebody runs it who has just cloned: every delivery through Airflow, answered and explained."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from tests.sluis import sluis

pytestmark = pytest.mark.system


def test_the_demo_shows_every_delivery_answered_and_explained(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    done = sluis(tmp_path, "demo", "--home", home, "--clients", 300, "--json", alone=True)
    assert done.code == 0, done.err
    *lines, evidence = map(json.loads, done.out.splitlines())
    found = {line["delivery"]: line for line in lines}
    expected = [
        f"{exchange}/{gemeente}/{month}/0001"
        for exchange, gemeenten in (
            ("dkd_reintegratie", ("0153", "0344")),
            ("loonaangifte", ("0344",)),
            ("ib_rechtmatigheid", ("0153",)),
            ("ib_samenloop", ("0153",)),
            ("ib_oib", ("0153",)),
            ("ib_lks", ("0153",)),
        )
        for gemeente in gemeenten
        for month in ("2026-09", "2026-10")
    ]
    replacement = "dkd_reintegratie/0153/2026-10/0002"
    expected.insert(2, replacement)
    assert list(found) == expected
    # Six persons had no wage value; with one they are delivered, and somebody else agreed to that.
    before = found[replacement.replace("0002", "0001")]
    assert found[replacement]["records"] == before["records"] + 6
    assert found[replacement]["rejected"] == before["rejected"] - 6 > 0
    assert "b.bakker gaf akkoord" in found[replacement]["approval"]
    assert evidence["ok"] and evidence["anchors"] == 1 and evidence["deliveries"] == len(expected)
    assert evidence["events"] > 10 * len(expected)
    for delivery, line in found.items():
        if delivery.startswith("ib_samenloop"):
            assert (line["new"], line["known"]) == (80, 0 if "2026-09" in delivery else 5)
        if delivery.startswith(("ib_samenloop", "ib_oib", "ib_lks")):
            _told(line, sealed=2 if delivery.startswith("ib_samenloop") else 1)
            continue
        wage_tax = delivery.startswith("loonaangifte")
        assert line["state"] == ("accepted" if wage_tax else "partly_accepted"), line
        assert line["error"] is None and line["records"] > 50
        # The first of each waits, and a colleague agrees; what is like it passes.
        agreed = "b.bakker gaf akkoord" in line["approval"]
        assert agreed or ("2026-10" in delivery and "geen akkoord nodig" in line["approval"]), line["approval"]
        assert (line["rejected"] > 0) == delivery.startswith("dkd_reintegratie/0153")
        assert (line["rejected_by_partner"] > 0) != wage_tax
        report = json.loads(Path(line["report_json"]).read_text(encoding="utf-8"))
        assert report["verdict"]["closed"] and Path(line["report"]).is_file()
        assert bool(report["money"]) == wage_tax
    for exchange in ("ib_samenloop", "ib_oib", "ib_lks"):
        with zipfile.ZipFile(home / "gemeente" / "0153" / f"{exchange}_0153_2026-10_001.xlsx") as book:
            assert b"Voorblad" in book.read("xl/workbook.xml")


def _told(line: dict[str, Any], sealed: int) -> None:
    assert (line["state"], line["set_apart"]) == ("published", 0) and line["new"] > 0
    assert [name.endswith(".zip.age") for name in line["lists"]] == [True] * sealed
    report = json.loads(Path(line["report_json"]).read_text(encoding="utf-8"))
    assert report["verdict"]["closed"] and report["not_assessed"] == []
