"""A list of signals with every kind of column, and how each format is read back to plain values."""

from __future__ import annotations

import csv
import json
import re
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.lists.cover import Cover
from exchanges.core.lists.declare import Column, Sheet, SignalList
from exchanges.core.lists.publish import Published, publish
from exchanges.core.lists.seal import Seal
from exchanges.core.period import Period

KEY = b"sleutel van de test"
COLUMNS = (
    Column("bsn", "BSN", "bsn", 12),
    Column("naam", "Naam", "tekst", 30),
    Column("dossier", "Dossiernummer", "code", 16, "assumed"),
    Column("datum", "Datum signaal", "datum", 18),
    Column("einde", "Einde dienstverband", "deeldatum", 20, "assumed"),
    Column("loon", "Loon", "bedrag", 14),
    Column("uren", "Uren", "getal", 8),
    Column("waarde", "Loonwaarde", "procent", 12),
    Column("gezien", "Geverifieerd", "janee", 14),
    Column("jaar", "Belastingjaar", "jaar", 14),
)
TYPES = (pa.string(), pa.string(), pa.string(), pa.date32(), pa.int32(), pa.int64(), pa.int64(), pa.int32(), pa.bool_(),
         pa.int16())
NAMES = tuple(column.name for column in COLUMNS)
SIGNALS = SignalList(
    "Signalen van de proef",
    (
        Sheet("INK", "Start inkomsten", COLUMNS, sort=("bsn", "datum")),
        Sheet("VRM", "Vermogen", COLUMNS[:6]),
        Sheet("DET", "Detentie", tuple(Column(c.name, c.heading, c.kind, c.width, "assumed") for c in COLUMNS[:4])),
    ),
    restricted=("DET",), kind="soort", retention="15 maanden",
    restricted_role="de medewerker handhaving", restricted_retention="6 maanden",
)
ROW = ("111222333", "O'Brien", "0042", date(2026, 10, 3), 20261100, 123456, 12, 6250, True, 2025)


def table(rows: list[tuple[Any, ...]], kind: str = "INK", columns: tuple[Column, ...] = COLUMNS) -> pa.Table:
    fields = [pa.array([row[i] for row in rows], TYPES[i]) for i in range(len(columns))]
    return pa.table([*fields, pa.array([kind] * len(rows), pa.string())], names=[*(c.name for c in columns), "soort"])


def tables(folder: Path, **rows: list[tuple[Any, ...]]) -> dict[str, Path]:
    """A Parquet file per sheet; sheets that are not named are empty."""
    paths = {}
    for sheet in SIGNALS.sheets:
        paths[sheet.id] = folder / f"{sheet.id}.parquet"
        pq.write_table(table(rows.get(sheet.id, []), sheet.id, sheet.columns), paths[sheet.id])
    return paths


def cover(**counts: int) -> Cover:
    return Cover("ib_proef", "0153", "Enschede", Period(2026, 10), 1, {"INK": 0, "VRM": 0, "DET": 0, **counts})


def published(folder: Path, seal: Seal | None = None, **rows: list[tuple[Any, ...]]) -> Published:
    folder.mkdir(parents=True, exist_ok=True)
    counts = {name: len(values) for name, values in rows.items()}
    return publish(SIGNALS, tables(folder, **rows), cover(**counts), folder / "uit", seal, pseudonym_key=KEY)


def from_xlsx(path: Path, title: str, columns: tuple[Column, ...] = COLUMNS) -> list[tuple[Any, ...]]:
    """The rows of a worksheet as the values of the table."""
    book = openpyxl.load_workbook(path)
    rows = [[cell.value for cell in row][: len(columns)] for row in book[title].iter_rows(min_row=2)]
    return [tuple(_from_cell(column.kind, value) for column, value in zip(columns, row, strict=True)) for row in rows]


def _from_cell(kind: str, value: Any) -> Any:
    if value is None:
        return None
    if kind == "janee":
        return {"Ja": True, "Nee": False}[value]
    if kind in ("tekst", "code", "bsn"):
        assert isinstance(value, str)
        return re.sub("_x005F_", "_", value) or None
    if kind in ("datum", "deeldatum"):
        # Partial dates and days before March 1900 are words.
        return value.date() if isinstance(value, datetime) else f"woorden: {value}"
    if isinstance(value, str):
        return int(value.replace(",", ""))
    return int(Decimal(repr(value)).scaleb({"bedrag": 2, "procent": 4, "getal": 0, "jaar": 0}[kind]))


def from_csv(path: Path, columns: tuple[Column, ...] = COLUMNS) -> list[tuple[Any, ...]]:
    text = path.read_bytes().decode("utf-8-sig")
    rows = list(csv.reader(text.splitlines(keepends=True), delimiter=";", strict=True))
    assert [heading.removesuffix(" (pseudoniem)") for heading in rows[0]] == [c.heading for c in columns]
    return [tuple(_from_field(c.kind, value) for c, value in zip(columns, row, strict=True)) for row in rows[1:]]


def _from_field(kind: str, value: str) -> Any:
    if kind in ("tekst", "code", "bsn"):
        return re.sub(r"^'(?='*\s*[=+\-@\t＝＋－＠])", "", value) or None
    if value == "":
        return None
    if kind == "janee":
        return {"Ja": True, "Nee": False}[value]
    if kind == "datum":
        return date.fromisoformat(value)
    if kind == "deeldatum":
        return int(value) if len(value) == 8 else int(value.replace("-", "").ljust(8, "0"))
    return int(value.replace(",", ""))


def from_json(path: Path, sheet: str, columns: tuple[Column, ...] = COLUMNS) -> list[tuple[Any, ...]]:
    said = json.loads(path.read_text(encoding="utf-8"))
    rows = next(part["rijen"] for part in said["bladen"] if part["id"] == sheet)
    return [tuple(_from_json(c.kind, row[c.name]) for c in columns) for row in rows]


def _from_json(kind: str, value: Any) -> Any:
    if kind == "datum" and value is not None:
        return date.fromisoformat(value)
    return value if value != "" else None
