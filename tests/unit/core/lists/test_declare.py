"""A list that cannot be made is refused where it is declared."""

from __future__ import annotations

import subprocess
import sys

import pytest

from exchanges.core.lists.cover import Cover
from exchanges.core.lists.declare import Column, Sheet, SignalList
from exchanges.core.period import Period

BSN = (Column("bsn", "BSN", "bsn"),)


@pytest.mark.parametrize(("sheet", "why"), [
    (("INK-1", "Inkomen", BSN), "an id is"), (("", "Inkomen", BSN), "an id is"), (("1NK", "Inkomen", BSN), "an id is"),
    (("INK", "x" * 27, BSN), "a title"), (("INK", "In/komen", BSN), "a title"), (("INK", "'t", BSN), "a title"),
    (("INK", " Inkomen", BSN), "a title"), (("INK", "Voorblad", BSN), "a title"), (("INK", "", BSN), "a title"),
    (("INK", "Inkomen", ()), "every column once"), (("INK", "Inkomen", BSN * 2), "every column once"),
    (("INK", "Inkomen", BSN, ("naam",)), "sort names"),
])
def test_a_sheet_that_a_workbook_cannot_have(sheet, why):
    with pytest.raises(ValueError, match=why):
        Sheet(*sheet)


@pytest.mark.parametrize(("sheets", "more", "why"), [
    ((), {}, "every sheet once"),
    ((Sheet("INK", "A", BSN), Sheet("ink", "B", BSN)), {}, "every sheet once"),
    ((Sheet("INK", "Aa", BSN), Sheet("VRM", "aA", BSN)), {}, "every sheet once"),
    ((Sheet("INK", "A", BSN),), {"restricted": ("DET",), "kind": "soort"}, "restricted names"),
    ((Sheet("INK", "A", BSN),), {"restricted": ("INK",)}, "name the column"),
])
def test_a_list_that_cannot_be(sheets, more, why):
    with pytest.raises(ValueError, match=why):
        SignalList("Lijst", sheets, **more)


def test_common_and_apart_are_all_sheets_and_each_once():
    sheets = tuple(Sheet(name, name, BSN) for name in ("INK", "DET", "VVV", "VRM"))
    signals = SignalList("Lijst", sheets, ("DET", "VVV"), "soort")
    assert [sheet.id for sheet in signals.common] == ["INK", "VRM"]
    assert [sheet.id for sheet in signals.apart] == ["DET", "VVV"]


@pytest.mark.parametrize("wrong", [("Ib", "0153", 1), ("ib/..", "0153", 1), ("ib", "153", 1), ("ib", "111222333", 1),
                                   ("ib", "0153", 0), ("ib", "0153", 10_000)])
def test_a_cover_of_which_no_file_can_be_named(wrong):
    exchange, gemeente, number = wrong
    with pytest.raises(ValueError, match="a cover needs"):
        Cover(exchange, gemeente, "Enschede", Period(2026, 10), number, {})


def test_files_are_named_by_what_is_no_personal_data():
    assert Cover("ib_oib", "0153", "Enschede", Period(2026, 1), 12, {}).base == "ib_oib_0153_2026-01_012"


def test_declaring_a_list_loads_nothing_heavy():
    heavy = ("duckdb", "numpy", "pyarrow", "pyrage", "xlsxwriter")
    code = f"import sys, exchanges.core.lists.declare; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
