"""An administration from a few rows that say only what matters: the rest is filled in as a clean one would have it."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.administration.model import TABLES

Row = Mapping[str, Any]
CHANGED = "2026-10-15T12:00:00Z"
# What a column that may not be empty holds when a row does not say.
_USUAL: dict[str, str] = {
    "huishouden_id": "H1", "gemeentecode": "0153", "gewijzigd_op": CHANGED, "cluster": "04", "bedrag_cent": "50000",
    "ind_dkd": "ja", "periode": "2026-10", "tijdstip": CHANGED, "duur_ms": "300", "landcode": "NL", "nummer": "1",
    "inkomenscode": "43", "loonbelastingtabel": "250", "loonheffingskorting": "ja", "korting_elders_cent": "0",
    "regeling": "PW", "statistiekcode": "01", "kostendelers": "1", "registratienummer": "R1", "dossier_id": "D1",
    "soort": "periodiek", "datum_betaalbaar": "2026-10-24",
}
ALWAYS = (
    "persoon", "traject", "voorziening", "loonkostensubsidie", "adres", "uitkering", "inkomstenverhouding",
    "inkomstenperiode", "betaling",
)


def write_csv(folder: Path, tables: Mapping[str, Iterable[Row]]) -> Path:
    """CSV files for the CSV adapter, with all columns of the model, from rows of text. The tables without which
    nothing can be delivered are always there."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in dict.fromkeys([*ALWAYS, *tables]):
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, TABLES[name].schema.names, delimiter=";", quoting=csv.QUOTE_ALL)
            writer.writeheader()
            writer.writerows(_whole(name, row) for row in tables.get(name, ()))
    return folder


def _whole(name: str, row: Row) -> dict[str, Any]:
    unknown = set(row) - set(TABLES[name].schema.names)
    assert not unknown, f"{name}: {unknown}"
    filled = {field.name: _USUAL.get(field.name, "") for field in TABLES[name].schema if not field.nullable}
    return filled | dict(row)


def read_csv(folder: Path) -> dict[str, list[dict[str, str]]]:
    """The tables that lie in a folder of a case."""
    found = {}
    for path in sorted(folder.glob("*.csv")):
        with path.open(encoding="utf-8", newline="") as file:
            found[path.stem] = list(csv.DictReader(file, delimiter=";"))
    return found


def write_parquet(folder: Path, tables: Mapping[str, Iterable[Row]]) -> Path:
    """Parquet for the Parquet adapter, from rows of typed values; also such as no CSV file can hold."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in dict.fromkeys([*ALWAYS, *tables]):
        rows = [_typed(name, row) for row in tables.get(name, ())]
        pq.write_table(pa.Table.from_pylist(rows, schema=TABLES[name].schema), folder / f"{name}.parquet")
    return folder


def _typed(name: str, row: Row) -> dict[str, Any]:
    return {key: _value(TABLES[name].schema.field(key).type, value) for key, value in _whole(name, row).items()}


def _value(kind: pa.DataType, value: Any) -> Any:
    if not isinstance(value, str) or pa.types.is_string(kind):
        return value
    if value == "":
        return None
    if pa.types.is_date(kind):
        return date.fromisoformat(value)
    if pa.types.is_timestamp(kind):
        return datetime.fromisoformat(value)
    if pa.types.is_boolean(kind):
        return value == "ja"
    return int(value)
