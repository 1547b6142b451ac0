"""The three sides of a year, from the administration of a few persons in :mod:`world` and what was declared of it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from exchanges.core.dated import parameters
from exchanges.core.period import Period
from exchanges.core.sql import add_sources, connect, period_parameters
from exchanges.loonaangifte import jaar_ontvangen, jaaropgave
from exchanges.loonaangifte.jaar_administratie import Administration, administered
from exchanges.loonaangifte.jaar_betalingen import Payments
from exchanges.loonaangifte.jaar_lijnen import JAAROPGAVEN, PAYMENTS, RECEIVED, Ledger
from tests.unit.loonaangifte.world import _RECEIVED, _SCHEMAS, World

Sides = dict[str, dict[str, pa.Table]]
_TEXT = [("uitkering_id", pa.string())]
_NAMES = [(name, pa.string()) for name in ("voorletters", "voorvoegsel", "achternaam")]
_TOTALS = [(name, pa.int64()) for name in (*jaar_ontvangen.TOTALS, "tot_gen")]
_EXTRA = {"betaling": _TEXT, "persoon": _NAMES}
_HEADS = {"aangifte": [*_TOTALS, ("lh_nr", pa.string())], "correctie": _TOTALS}


def given(year: int = 2026, **changed: Any) -> dict[str, Any]:
    """The parameters of December."""
    period = Period(year, 12)
    known = {name: row.value for name, row in parameters("loonaangifte", period).items()}
    return {**known, **period_parameters("0153", period), "methode": "losse_correctie", "volgnummer": 0, **changed}


def written(world: World, folder: Path) -> dict[str, Path]:
    """The administration as Parquet files."""
    folder.mkdir(parents=True, exist_ok=True)
    files = {}
    for name, schema in _SCHEMAS.items():
        fields = pa.schema([*schema, *(field for field in _EXTRA.get(name, []) if field[0] not in schema.names)])
        rows = [{**row, "uitkering_id": f"U{row['ikv_id']}"} if name == "betaling" else row for row in world.rows[name]]
        files[name] = folder / f"{name}.parquet"
        pq.write_table(pa.Table.from_pylist(rows, schema=fields), files[name])
    benefits = [{"uitkering_id": f"U{row['ikv_id']}", "regeling": "PW"} for row in world.rows["inkomstenverhouding"]]
    files["uitkering"] = folder / "uitkering.parquet"
    schema = pa.schema([("uitkering_id", pa.string()), ("regeling", pa.string())])
    pq.write_table(pa.Table.from_pylist(benefits, schema=schema), files["uitkering"])
    return files


def ontvangen(con: Any, rows: Mapping[str, list[dict[str, Any]]]) -> None:
    """``ontvangen.*`` as the read-backs give it."""
    for name, columns in {**_RECEIVED, "saldo": []}.items():
        fields = [*columns, *_HEADS.get(name, [])]
        if name == "saldo":
            fields = [("_volgorde", pa.int32()), ("dat_aanv_tv", pa.date32()), ("saldo", pa.int64())]
        con.register(f"arrow_{name}", pa.Table.from_pylist(rows.get(name, []), schema=pa.schema(fields)))
        con.execute(f"CREATE TABLE ontvangen.{name} AS SELECT * FROM arrow_{name}")
        con.unregister(f"arrow_{name}")


def sides(world: World, tmp: Path, **changed: Any) -> tuple[Sides, Administration, dict[str, Path]]:
    """By month and side; the administration, and its files."""
    files = written(world, tmp / "bron")
    now = administered(given(world.year, **changed), files, tmp / "administratie")
    paid = Payments(files, world.year, tmp / "betalingen")
    con = connect(tmp / "ontvangen")
    try:
        ontvangen(con, world.received)
        said = jaar_ontvangen.messages(con)
        months = [f"{world.year}-{month:02}" for month in range(1, 13)]
        found = {
            month: {
                RECEIVED: jaar_ontvangen.of_month(con, said, month), JAAROPGAVEN: now.of_month(month),
                PAYMENTS: paid.of_month(month),
            }
            for month in months
        }  # fmt: skip
    finally:
        con.close()
    return found, now, files


def laid(of: Sides, tmp: Path) -> Ledger:
    """The sides beside each other."""
    ledger = Ledger(connect(tmp / "naast"))
    for month, tables in of.items():
        ledger.add(month, tables)
    return ledger


def closes(ledger: Ledger) -> bool:
    return all(line.closes for line in ledger.lines) and not any(count.differ for count in ledger.counts)


def opgaven(world: World, tmp: Path, **changed: Any) -> list[dict[str, Any]]:
    """The jaaropgaven as rows, by BSN and regeling."""
    files = written(world, tmp / "bron")
    parameters_ = given(world.year, **changed)
    now = administered(parameters_, files, tmp / "administratie")
    con = connect(tmp / "opgaven")
    try:
        add_sources(con, files)
        jaaropgave.make(con, parameters_, now.relations, tmp / "jaaropgaven.parquet")
    finally:
        con.close()
    rows: list[dict[str, Any]] = pq.read_table(tmp / "jaaropgaven.parquet").to_pylist()
    return rows
