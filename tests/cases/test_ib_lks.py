"""Every folder ``ib_lks/<situation>`` is a municipality that delivered, and a file of LKS signals about it.

    situatie.toml   titel
    <table>.csv     rows of the administration, only the columns that matter (see tests/rows.py); delivered in DELIVERED
    signalen.csv    the file of the Inlichtingenbureau, only the columns that matter
    expect.json     bladen: per sheet every row in order, of each the columns named; bevindingen: how many of every
                    code; controles: parts of the lines of control
"""

from __future__ import annotations

import csv
import json
import tomllib
from pathlib import Path

import pytest

from exchanges.simulators.ib_lks import columns
from tests.cases.test_cases import differences
from tests.lks import town
from tests.rows import read_csv, write_csv

CASES = sorted(path.parent for path in (Path(__file__).parent / "ib_lks").glob("*/situatie.toml"))
DELIVERED, PERIOD = "2026-09", "2026-10"
_USUAL = {"gemeentecode": "0153", "loonheffingennummer_werkgever": "001000275L01", "publicatiedatum": "20261001"}


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_case(folder: Path, tmp_path: Path) -> None:
    assert tomllib.loads((folder / "situatie.toml").read_text(encoding="utf-8"))["titel"]
    tables = read_csv(folder)
    signals = tables.pop("signalen")
    place = town(tmp_path / "huis", write_csv(tmp_path / "bron", tables), "csv")
    place.deliver(DELIVERED)
    with (place.outbox / "0153_LKS_signaalrapport_20261001.csv").open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, columns(), delimiter=";", restval="")
        out.writeheader()
        out.writerows(_USUAL | row for row in signals)
    delivery, stopped = place.receive(PERIOD)
    assert stopped is None, stopped

    expected = json.loads((folder / "expect.json").read_text(encoding="utf-8"))
    assert differences(expected["bladen"], place.listed(delivery)) == []
    assert place.findings(delivery) == expected["bevindingen"]
    assert differences(expected.get("controles", {}), place.controls(delivery)) == []
    assert place.chain.report(delivery)["verdict"]["closed"]
    broken = {code for code, line in place.controls(delivery).items() if not line["holds"]}
    assert broken <= {"R-LKS-4-TERUG"}


def test_there_are_cases() -> None:
    assert len(CASES) >= 11
