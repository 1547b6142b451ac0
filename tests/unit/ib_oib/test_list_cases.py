"""Every folder of tests/cases/ib_oib/lijst is a situation: a list as it comes (written by hand), and what is read.

    lijst.csv      the list of gemeente 0153 over October 2026
    expect.json    titel; regels: of every line that was read, in order, the columns that matter; apart: the lines set
                   apart; bevindingen: code and line
"""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.unit.ib_oib.list_files import apart, rows, taken

HERE = Path(__file__).resolve().parents[2] / "cases" / "ib_oib" / "lijst"
CASES = sorted(path.parent for path in HERE.glob("*/lijst.csv"))


def test_the_cases_are_there():
    assert len(CASES) >= 14


@pytest.mark.parametrize("folder", CASES, ids=lambda folder: folder.name)
def test_case(folder, tmp_path):
    expected = json.loads((folder / "expect.json").read_text(encoding="utf-8"))
    path = tmp_path / "in" / "OIB.csv"
    path.parent.mkdir()
    shutil.copy(folder / "lijst.csv", path)

    found = taken(path)

    read = rows(found)
    assert len(read) == len(expected["regels"])
    assert [{name: row[name] for name in wanted} for row, wanted in zip(read, expected["regels"], strict=True)] == (
        expected["regels"])
    assert [{name: row[name] for name in ("regel", "code", "veld")} for row in apart(found)] == expected["apart"]
    told = found.findings.select(["code", "line"]).to_pylist()
    assert [[row["code"], row["line"]] for row in told] == expected["bevindingen"]
    assert found.rows == len(expected["regels"]) + len(expected["apart"])
