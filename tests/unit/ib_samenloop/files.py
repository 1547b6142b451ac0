"""Files of signals for the tests: from the simulator, and changed by hand."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow.parquet as pq

from exchanges.core.period import Period
from exchanges.ib_samenloop.reading import SignalsRead, read
from exchanges.simulators.ib_signals import KINDS, Signal, Signals
from tests.unit.simulators.files import bsns

OCTOBER = Period(2026, 10)
GEMEENTE = "0153"
KEY = b"k" * 32
FORMS = [(version, form) for version in ("07", "08", "09") for form in ("csv", "xml")]


def made(folder: Path, version: str, form: str, count: int = 2 * len(KINDS), seed: int = 1,
         kinds: tuple[str, ...] = tuple(KINDS)) -> tuple[Path, list[Signal]]:
    """A good file, and what IB knows of each of its signals."""
    ib = Signals(seed, GEMEENTE, bsns(40))
    signals = ib.month(OCTOBER, count, kinds=kinds)
    path = ib.write(folder / "in", OCTOBER, signals, version, form)
    return path, [one for one in signals if version != "07" or not one.unverified]


def taken(path: Path, gemeente: str = GEMEENTE, period: Period = OCTOBER, **more: int) -> SignalsRead:
    return read(path, gemeente=gemeente, period=period, work=path.parent.parent / "uit", key=KEY, **more)


def rows(found: SignalsRead, table: str) -> list[dict]:
    return pq.read_table(found.tables[table]).to_pylist()


def codes(found: SignalsRead) -> list[str]:
    return [str(row["code"]) for row in found.findings]


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def put(path: Path, data: list[dict[str, str]], *, delimiter: str = ";", encoding: str = "utf-8") -> None:
    with path.open("w", encoding=encoding, newline="") as file:
        out = csv.DictWriter(file, list(data[0]), delimiter=delimiter)
        out.writeheader()
        out.writerows(data)
