"""Files of LKS signals for the tests of reading: of the simulator, and changed by hand."""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from exchanges.core.period import Period
from exchanges.core.receive.arrival import Arrival, Read
from exchanges.ib_lks.reader import read
from exchanges.simulators.ib_lks import Known, Office, Signal

OCTOBER = Period(2026, 10)
KEY = b"sleutel van de tests"
BSNS = ("999990019", "999990020", "999990032", "999990044")


def office() -> Office:
    known = {bsn: Known(code, f"V2026-{code}", 6_250 if code == "1" else None)
             for bsn, code in zip(BSNS, "123", strict=False)}
    return Office(1, "0153", known, strangers=BSNS[3:])


def made(folder: Path, count: int = 12, **how: str) -> tuple[Path, list[Signal]]:
    at = office()
    sent = at.month(OCTOBER, count)
    return at.write(folder, OCTOBER, sent, **how), sent


def taken(path: Path, *, gemeente: str = "0153", period: Period = OCTOBER) -> Read:
    return read(Arrival(path, path.name, gemeente, period, KEY, path.parent / "werk"))


def signals(found: Read) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = pq.read_table(found.tables["signaal"]).to_pylist()
    return rows


def cells(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter=";"))


def put(path: Path, data: list[dict[str, str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, list(data[0]), delimiter=";", lineterminator="\r\n")
        out.writeheader()
        out.writerows(data)


def changed(path: Path, change: Callable[[list[dict[str, str]]], None]) -> Path:
    data = cells(path)
    change(data)
    put(path, data)
    return path
