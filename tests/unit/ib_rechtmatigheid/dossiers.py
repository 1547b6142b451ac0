"""A clean couple with one benefit, to be broken in one place: as rows of the administration, selected and judged."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.administration.model import TABLES
from exchanges.core.dated import parameters
from exchanges.core.period import Period
from exchanges.core.rules.engine import Outcome, evaluate
from exchanges.core.select import Selected, select
from exchanges.core.sql import add_sources, connect, parquet, period_parameters
from exchanges.ib_rechtmatigheid.rules import RULES
from exchanges.ib_rechtmatigheid.selection import SELECTION

Row = dict[str, Any]
Tables = dict[str, list[Row]]
PERIOD = Period(2026, 10)
BSN, OTHER, THIRD = "999990007", "999990019", "111111110"


def person(id: str, bsn: str | None, **more: Any) -> Row:
    return {
        "persoon_id": id,
        "bsn": bsn,
        "achternaam": "Berg",
        "geboortedatum": 19850612,
        "gemeentecode": "0153",
    } | more


def benefit(id: str, person: str, partner: str | None = None, **more: Any) -> Row:
    return {
        "uitkering_id": id,
        "registratienummer": f"R-{id}",
        "persoon_id": person,
        "partner_persoon_id": partner,
        "regeling": "PW",
        "leefvorm": "1",
        "datum_begin": date(2024, 3, 1),
        "datum_einde": None,
    } | more


def clean() -> Tables:
    return {"persoon": [person("P1", BSN), person("P2", OTHER)], "uitkering": [benefit("U1", "P1", "P2")]}


def given(period: Period = PERIOD) -> Any:
    known: Any = {name: row.value for name, row in parameters("ib_rechtmatigheid", period).items()}
    return known | period_parameters("0153", period)


def sources(folder: Path, tables: Tables) -> dict[str, Path]:
    """The rows as a snapshot: only the columns that this exchange reads."""
    paths = {}
    for name, rows in tables.items():
        schema = pa.schema([field for field in TABLES[name].schema if field.name in clean()[name][0]])
        paths[name] = folder / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema), paths[name])
    return paths


def selected(folder: Path, tables: Tables, period: Period = PERIOD) -> tuple[Any, Selected]:
    """The session, with the administration in it, and what was selected. Close the session afterwards."""
    con = connect(folder)
    con.execute("CREATE TABLE geweigerd.record (sleutel VARCHAR)")
    add_sources(con, sources(folder, tables))
    (folder / "uit").mkdir(exist_ok=True)
    rows = {name: len(rows) for name, rows in tables.items()}
    return con, select(con, SELECTION, given(period), rows, folder / "uit")


def judge(con: Any, chosen: Selected) -> Outcome:
    """The rules over a selection."""
    for name, path in chosen.paths.items():
        more = "_row AS _root, NULL::BIGINT AS _line, 0 AS _file"
        con.execute(f"CREATE VIEW {name} AS SELECT *, {more} FROM {parquet(path, '_row')}")
    names = ("persoon", "uitkering")
    return evaluate(con, RULES, given(), record="regel", key="bsn", sources=names, loose=("bestand",))


def codes(outcome: Outcome) -> list[str]:
    """Of every broken rule and row the code."""
    return sorted(outcome.rules[number].code for number in outcome.hits["rule"].to_pylist())


def lines(chosen: Selected, *columns: str) -> list[tuple[Any, ...]]:
    rows: Iterable[Row] = pq.read_table(chosen.paths["regel"]).to_pylist()
    return [tuple(row[name] for name in columns) for row in rows]


def without(chosen: Selected, rejected: set[int]) -> Path:
    """The lines as they are in the file: those that were rejected left out."""
    table = pq.read_table(chosen.paths["regel"])
    keep = [number for number in range(table.num_rows) if number not in rejected]
    path = chosen.paths["regel"].with_name("geschreven.parquet")
    pq.write_table(table.take(pa.array(keep, pa.int64())), path)
    return path
