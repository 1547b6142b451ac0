"""Lists of OIB for the tests: from the simulator, and by hand."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path

import pyarrow.parquet as pq

from exchanges.core.period import Period
from exchanges.core.receive.arrival import Arrival, Read
from exchanges.ib_oib.list_file import read
from exchanges.simulators.ib_oib_items import SITUATIONS, Items, Planted
from exchanges.simulators.ib_oib_list import Item, Writing, write
from tests.unit.simulators.files import bsns

OCTOBER = Period(2026, 10)
GEMEENTE = "0153"
KEY = b"k" * 32


def planted(count: int = 2 * len(SITUATIONS), seed: int = 1) -> list[Planted]:
    return Items(seed, bsns(40)).month(OCTOBER, count)


def put(folder: Path, items: Sequence[Item], writing: Writing | None = None, *, gemeente: str = GEMEENTE,
        period: Period = OCTOBER) -> Path:
    return write(folder / "in" / "OIB.csv", gemeente, period, items, writing)


def taken(path: Path, *, gemeente: str = GEMEENTE, period: Period = OCTOBER, key: bytes = KEY) -> Read:
    return read(Arrival(path, path.name, gemeente, period, key, path.parent.parent / "uit"))


def rows(found: Read) -> list[dict]:
    return pq.read_table(found.tables["regel_oib"]).to_pylist()


def apart(found: Read) -> list[dict]:
    return pq.read_table(found.apart).to_pylist()


def codes(found: Read) -> list[str]:
    return found.findings["code"].to_pylist()


def cells(path: Path) -> list[list[str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.reader(file, delimiter=";"))


def put_cells(path: Path, data: list[list[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(data)
